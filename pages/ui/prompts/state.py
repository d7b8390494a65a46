"""What the prompts page keeps of one browser session."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal

from gwtrace_core.prompts.registry import PromptVersion
from gwtrace_core.prompts.template import (
    ChatTemplate,
    Template,
    TemplateMessage,
    TextTemplate,
)
from gwtrace_core.values.errors import TrackingError

PAGE_SIZE = 50
Kind = Literal["text", "chat"]


@dataclass(slots=True, kw_only=True)
class DraftMessage:
    """A message of a chat prompt that is being written."""

    role: str
    text: str = ""
    message_id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])


@dataclass(slots=True, kw_only=True)
class Draft:
    """A version that is being written, in the dialog."""

    name: str = ""
    """Empty for a new prompt."""
    kind: Kind = "text"
    text: str = ""
    messages: list[DraftMessage] = field(
        default_factory=lambda: [DraftMessage(role="system"), DraftMessage(role="user")]
    )
    draft_id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    """In the keys of its widgets: another draft begins with empty ones."""

    @property
    def template(self) -> Template:
        """As it is written now; empty messages are left out."""
        if self.kind == "text":
            return TextTemplate(text=self.text)
        return ChatTemplate(
            messages=tuple(
                TemplateMessage(role=each.role, text=each.text)
                for each in self.messages
                if each.text.strip()
            )
        )


def make_draft(version: PromptVersion) -> Draft:
    """A draft of the next version, which begins as this one."""
    template = version.template
    if isinstance(template, TextTemplate):
        return Draft(name=version.name, text=template.text)
    messages = [DraftMessage(role=each.role, text=each.text) for each in template.messages]
    return Draft(name=version.name, kind="chat", messages=messages)


@dataclass(slots=True, kw_only=True)
class PromptsState:
    """The prompts page of one browser session."""

    shown: int = PAGE_SIZE
    """How many prompts the list shows at most."""
    tab: str = "Template"
    """What of a prompt is shown."""
    draft: Draft = field(default_factory=Draft)
    problem: TrackingError | None = None
    """Why the example could not be created."""
