"""Prompts and their versions as MLflow's registry returns them, turned into values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gwtrace_core.mlflow_store.format.entities import texts_of
from gwtrace_core.prompts.registry import AUTHOR, PromptSummary, PromptVersion, is_internal
from gwtrace_core.prompts.template import ChatTemplate, Template, TemplateMessage, TextTemplate
from gwtrace_core.values.unicode_text import clean_json, clean_text

IS_PROMPT = "mlflow.prompt.is_prompt"
"""MLflow's tag of a registered model that is a prompt: `true`."""


def is_prompt(model: Any) -> bool:
    """Whether a registered model is a prompt."""
    # The public `tags` leave MLflow's own out.
    return model._tags.get(IS_PROMPT) == "true"


def summary_of(model: Any) -> PromptSummary:
    """A prompt out of the registered model that it is underneath."""
    aliases = {clean_text(str(alias)): int(version) for alias, version in model.aliases.items()}
    latest: Sequence[Any] = model.latest_versions or ()
    return PromptSummary(
        name=clean_text(model.name),
        description=clean_text(model.description or ""),
        created_ms=model.creation_timestamp,
        changed_ms=model.last_updated_timestamp,
        latest_version=max((int(each.version) for each in latest), default=None),
        aliases=dict(sorted(aliases.items())),
        tags=_keep_own_tags(model.tags),
    )


def version_of(found: Any, *, aliases: Sequence[str]) -> PromptVersion:
    """A version with these aliases out of MLflow's."""
    return PromptVersion(
        name=clean_text(found.name),
        version=int(found.version),
        template=_template_of(clean_json(found.template)),
        commit_message=clean_text(found.commit_message or ""),
        author=clean_text(str(found.tags.get(AUTHOR) or found.user_id or "")),
        created_ms=found.creation_timestamp or None,
        aliases=tuple(sorted(aliases)),
        tags=_keep_own_tags(found.tags),
    )


def _keep_own_tags(tags: Mapping[str, Any]) -> dict[str, str]:
    return texts_of(
        {
            key: value
            for key, value in sorted(tags.items())
            if not is_internal(key) and key != AUTHOR
        }
    )


def template_to_mlflow(template: Template) -> str | list[dict[str, str]]:
    """A template as MLflow registers it: a text, or messages."""
    if isinstance(template, TextTemplate):
        return template.text
    return [{"role": message.role, "content": message.text} for message in template.messages]


def _template_of(template: Any) -> Template:
    if isinstance(template, str):
        return TextTemplate(text=template)
    return ChatTemplate(
        messages=tuple(
            TemplateMessage(role=str(each.get("role", "")), text=_text_of(each.get("content")))
            for each in template
        )
    )


def _text_of(content: Any) -> str:
    """A message's text; parts as other programs store them are shown as they are, in JSON."""
    if isinstance(content, str):
        return content
    return "" if content is None else json.dumps(content, ensure_ascii=False)
