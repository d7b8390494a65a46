"""What the prompt registry holds, as values, and what it takes for names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gwtrace_core.prompts.template import ChatTemplate, Template, texts_of
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.text import count_text

AUTHOR = "author"
"""The tag of a version that says who wrote it: MLflow's own field stays empty in open source."""
MAX_TEMPLATE_CHARS = 100_000
MAX_NAME_CHARS = 250
MAX_TAG_CHARS = 5_000
MAX_COMMIT_CHARS = 5_000

SUGGESTED_ALIASES = ("production", "challenger")

_NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)
_ALIAS = re.compile(r"[a-zA-Z0-9_-]+", re.ASCII)
_NUMBERED = re.compile(r"v\d+", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r"[\w.:/ -]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion:
    """A version of a prompt: it never changes, but for its aliases and tags."""

    name: str
    version: int
    """From 1."""
    template: Template
    commit_message: str = ""
    author: str = ""
    created_ms: int | None = None
    """Milliseconds since the Unix epoch."""
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The user's own, without the author's."""

    @property
    def is_chat(self) -> bool:
        """Whether it is of several messages."""
        return isinstance(self.template, ChatTemplate)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSummary:
    """A prompt as a list shows it."""

    name: str
    description: str = ""
    """As MLflow keeps it: the first version's commit message, unless it was changed."""
    created_ms: int | None = None
    changed_ms: int | None = None
    latest_version: int | None = None
    aliases: Mapping[str, int] = field(default_factory=dict[str, int])
    """Which version each alias stands for."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPage:
    """A page of the list; `next_token` is None when there is no other."""

    prompts: tuple[PromptSummary, ...]
    next_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptHistory:
    """A prompt with its versions, the newest first."""

    summary: PromptSummary
    versions: tuple[PromptVersion, ...]

    def version(self, number: int | None) -> PromptVersion | None:
        """The version of that number."""
        return next((each for each in self.versions if each.version == number), None)


def check_name(name: str) -> str:
    """The name as MLflow takes it. Raises RequestRefused."""
    name = name.strip()
    if _NAME.fullmatch(name) is None or len(name) > MAX_NAME_CHARS:
        raise RequestRefused(
            f"{name[:60]!r} cannot be the name of a prompt." if name else "The prompt has no name.",
            hint=f"Use letters, digits, hyphens, underscores and dots, at most {MAX_NAME_CHARS}.",
        )
    return name


def check_template(template: Template) -> Template:
    """The template as MLflow takes it. Raises RequestRefused."""
    if isinstance(template, ChatTemplate):
        if not template.messages:
            raise RequestRefused("The prompt has no messages.", hint="Write at least one.")
        nameless = [message for message in template.messages if not message.role.strip()]
        if nameless:
            raise RequestRefused(
                "A message of the prompt has no role.", hint="Use system, user or assistant."
            )
    for text in texts_of(template):
        _check_characters(text, "The prompt")
    if not any(text.strip() for text in texts_of(template)):
        raise RequestRefused("The prompt is empty.", hint="Write its text first.")
    length = sum(map(len, texts_of(template)))
    if length > MAX_TEMPLATE_CHARS:
        raise RequestRefused(
            f"The prompt has {count_text(length)} characters; "
            f"MLflow keeps at most {count_text(MAX_TEMPLATE_CHARS)}.",
            hint="Shorten it.",
        )
    return template


def check_commit_message(text: str) -> str:
    """The message, trimmed. Raises RequestRefused."""
    text = text.strip()
    _check_characters(text, "The commit message")
    if len(text) > MAX_COMMIT_CHARS:
        raise RequestRefused(
            f"The commit message has {count_text(len(text))} characters; "
            f"at most {count_text(MAX_COMMIT_CHARS)} are kept.",
            hint="Shorten it.",
        )
    return text


def check_alias(alias: str) -> str:
    """The alias as MLflow takes it. Raises RequestRefused."""
    alias = alias.strip()
    if _ALIAS.fullmatch(alias) is None or len(alias) > MAX_NAME_CHARS or alias.isdigit():
        raise RequestRefused(
            f"{alias[:60]!r} cannot be an alias.",
            hint="Use letters, digits, hyphens and underscores, not digits alone.",
        )
    if alias.lower() == "latest" or _NUMBERED.fullmatch(alias):
        raise RequestRefused(
            f"MLflow keeps the alias {alias!r} for itself.",
            hint="Choose another, such as production or challenger.",
        )
    return alias


def check_tag(key: str, value: str) -> tuple[str, str]:
    """A tag of a person's own as MLflow takes it. Raises RequestRefused."""
    key, value = key.strip(), value.strip()
    if _TAG.fullmatch(key) is None or len(key) > MAX_NAME_CHARS:
        raise RequestRefused(
            f"{key[:60]!r} cannot be the name of a tag.",
            hint="Use letters, digits, spaces and . : / - _",
        )
    if is_internal(key) or key == AUTHOR:
        raise RequestRefused(f"The tag {key!r} is written by itself.", hint="Choose another name.")
    _check_characters(value, f"The value of the tag {key!r}")
    if not value or len(value) > MAX_TAG_CHARS:
        raise RequestRefused(
            f"The value of the tag {key!r} must have 1 to {count_text(MAX_TAG_CHARS)} characters."
        )
    return key, value


def is_internal(key: str) -> bool:
    """Whether a tag is MLflow's own."""
    return key.startswith(("mlflow.", "_mlflow"))


def _check_characters(text: str, what: str) -> None:
    if "\0" in text:
        raise RequestRefused(
            f"{what} holds a NUL character, which not every database can keep.",
            hint="Remove it: it is nothing that one sees.",
        )
