"""The questions of `prompts`, through MLflow's client, with MLflow's exceptions made ours."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy.exc
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import IS_PROMPT_TAG_KEY
from mlflow.tracking._model_registry.client import ModelRegistryClient

from gwtrace_core.mlflow_store.format.entities import texts_of, translated
from gwtrace_core.prompts.registry import (
    AUTHOR,
    PromptHistory,
    PromptPage,
    PromptSummary,
    PromptVersion,
    is_internal,
)
from gwtrace_core.prompts.template import ChatTemplate, Template, TemplateMessage, TextTemplate
from gwtrace_core.values.errors import PromptsUnsupported
from gwtrace_core.values.unicode_text import clean_json, clean_text

_MISSING = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")
_UNSUPPORTED = ("ENDPOINT_NOT_FOUND", "NOT_IMPLEMENTED", "FEATURE_DISABLED")
# The workspace registry has no prompts, and Unity Catalog's cannot be listed without a schema.
_NOT_OPEN_SOURCE = ("databricks", "uc:")
_PAGE_OF_VERSIONS = 100
_MOST_VERSIONS = 500


class PromptQueries:
    """One store. Methods raise TrackingError."""

    def __init__(self, uri: str) -> None:
        with _translated("open the prompt registry"):
            self._client: Any = MlflowClient(tracking_uri=uri)
            if self._client._registry_uri.startswith(_NOT_OPEN_SOURCE):
                raise PromptsUnsupported()
            # Prompts are registered models underneath. Only there are their aliases in one place;
            # the client's own way to them refuses prompts.
            self._models: Any = ModelRegistryClient(self._client._registry_uri, uri)

    def prompt_page(self, text: str, token: str | None, page_size: int) -> PromptPage:
        """See `Prompts.prompt_page`."""
        clauses = [f"tags.`{IS_PROMPT_TAG_KEY}` = 'true'"]
        # The filter's only wildcards that a name can hold are `_` and, of what is typed, `%`.
        kept = "".join(each for each in text if each.isalnum() or each in "_.-")
        if text:
            if not kept:
                return PromptPage(prompts=())
            clauses.append(f"name ILIKE '%{kept}%'")
        with _translated("list the prompts"):
            found = self._models.search_registered_models(
                filter_string=" AND ".join(clauses),
                max_results=page_size,
                order_by=["last_updated_timestamp DESC"],
                page_token=token,
            )
        return PromptPage(
            prompts=tuple(_summary(model) for model in found), next_token=found.token or None
        )

    def history(self, name: str) -> PromptHistory | None:
        """See `Prompts.history`."""
        with _translated("read the prompt"):
            try:
                model = self._models.get_registered_model(name)
            except MlflowException as exc:
                if exc.error_code in _MISSING:
                    return None
                raise
            if not _is_prompt(model):
                return None
            versions = self._versions(name)
        summary = _summary(model)
        by_version: dict[int, list[str]] = {}
        for alias, version in summary.aliases.items():
            by_version.setdefault(version, []).append(alias)
        return PromptHistory(
            summary=summary,
            versions=tuple(
                _version(each, aliases=by_version.get(int(each.version), ())) for each in versions
            ),
        )

    def _versions(self, name: str) -> list[Any]:
        versions: list[Any] = []
        token: str | None = None
        while len(versions) < _MOST_VERSIONS:
            page = self._client.search_prompt_versions(
                name, max_results=_PAGE_OF_VERSIONS, page_token=token
            )
            versions += page
            token = page.token
            if not token:
                break
        return versions

    def register(
        self, name: str, template: Template, message: str, tags: Mapping[str, str]
    ) -> PromptVersion:
        """See `Prompts.add_version`."""
        with _translated("store the prompt"):
            made = self._client.register_prompt(
                name, _for_mlflow(template), commit_message=message or None, tags=dict(tags)
            )
        return _version(made, aliases=())

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """See `Prompts.set_alias`."""
        with _translated("set the alias"):
            self._client.set_prompt_alias(name, alias, version)

    def delete_alias(self, name: str, alias: str) -> None:
        """See `Prompts.delete_alias`."""
        with _translated("remove the alias"):
            self._client.delete_prompt_alias(name, alias)

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        """See `Prompts.set_tag`."""
        with _translated("store the tag"):
            if version is None:
                self._client.set_prompt_tag(name, key, value)
            else:
                self._client.set_prompt_version_tag(name, version, key, value)

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        """See `Prompts.delete_tag`."""
        with _translated("remove the tag"):
            if version is None:
                self._client.delete_prompt_tag(name, key)
            else:
                self._client.delete_prompt_version_tag(name, version, key)

    def delete(self, name: str, version: int | None) -> None:
        """See `Prompts.delete`."""
        with _translated("delete the prompt"):
            if version is None:
                self._client.delete_prompt(name)
            else:
                self._client.delete_prompt_version(name, str(version))


def _is_prompt(model: Any) -> bool:
    # The public `tags` leave MLflow's own out.
    return model._tags.get(IS_PROMPT_TAG_KEY) == "true"


def _summary(model: Any) -> PromptSummary:
    aliases = {clean_text(str(alias)): int(version) for alias, version in model.aliases.items()}
    latest: Sequence[Any] = model.latest_versions or ()
    return PromptSummary(
        name=clean_text(model.name),
        description=clean_text(model.description or ""),
        created_ms=model.creation_timestamp,
        changed_ms=model.last_updated_timestamp,
        latest_version=max((int(each.version) for each in latest), default=None),
        aliases=dict(sorted(aliases.items())),
        tags=_own_tags(model.tags),
    )


def _version(found: Any, *, aliases: Sequence[str]) -> PromptVersion:
    return PromptVersion(
        name=clean_text(found.name),
        version=int(found.version),
        template=_from_mlflow(clean_json(found.template)),
        commit_message=clean_text(found.commit_message or ""),
        author=clean_text(str(found.tags.get(AUTHOR) or found.user_id or "")),
        created_ms=found.creation_timestamp or None,
        aliases=tuple(sorted(aliases)),
        tags=_own_tags(found.tags),
    )


def _own_tags(tags: Mapping[str, Any]) -> dict[str, str]:
    return texts_of(
        {
            key: value
            for key, value in sorted(tags.items())
            if not is_internal(key) and key != AUTHOR
        }
    )


def _for_mlflow(template: Template) -> str | list[dict[str, str]]:
    if isinstance(template, TextTemplate):
        return template.text
    return [{"role": message.role, "content": message.text} for message in template.messages]


def _from_mlflow(template: Any) -> Template:
    if isinstance(template, str):
        return TextTemplate(text=template)
    return ChatTemplate(
        messages=tuple(
            TemplateMessage(role=str(each.get("role", "")), text=_content(each.get("content")))
            for each in template
        )
    )


def _content(content: Any) -> str:
    """A message's text; parts as other programs store them are shown as they are, in JSON."""
    if isinstance(content, str):
        return content
    return "" if content is None else json.dumps(content, ensure_ascii=False)


@contextmanager
def _translated(what: str) -> Generator[None]:
    try:
        yield
    except MlflowException as exc:
        if exc.error_code in _UNSUPPORTED:
            raise PromptsUnsupported() from exc
        raise translated(exc, what) from exc
    except sqlalchemy.exc.SQLAlchemyError as exc:
        raise translated(exc, what) from exc
