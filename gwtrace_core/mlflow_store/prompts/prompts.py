"""What the prompts page and the lanes ask of MLflow's prompt registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwtrace_core.mlflow_store.connection.ask import Questions, Store, ask, question
from gwtrace_core.mlflow_store.connection.tracking import Ready
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.errors import read_error_code
from gwtrace_core.mlflow_store.prompts.as_values import (
    IS_PROMPT,
    is_prompt,
    summary_of,
    template_to_mlflow,
    version_of,
)
from gwtrace_core.prompts import registry
from gwtrace_core.prompts.registry import PromptHistory, PromptPage, PromptVersion
from gwtrace_core.prompts.template import Template
from gwtrace_core.values.errors import PromptsUnsupported, RequestRefused, TrackingError

_READ_S = 10.0
_SOON_S = 1.5
_WRITE_S = 15.0

# The workspace registry has no prompts, and Unity Catalog's cannot be listed without a schema.
_NOT_OPEN_SOURCE = ("databricks", "uc:")
_MISSING_CODES = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")
_PAGE_OF_VERSIONS = 100
_MOST_VERSIONS = 500


class Prompts(Questions):
    """MLflow's prompt registry.

    Questions raise `PromptsUnsupported`, a TrackingError, when the store has no prompts at all, and
    RequestRefused for what MLflow would not take.
    """

    @question("list the prompts", limit_s=_READ_S, unsupported=PromptsUnsupported)
    def list_prompts(
        self, store: Store, text: str = "", *, page_token: str | None = None, page_size: int = 50
    ) -> PromptPage:
        """Prompts whose name holds `text` in any case, the one changed last first."""
        text = text.strip()
        clauses = [f"tags.`{IS_PROMPT}` = 'true'"]
        # The filter's only wildcards that a name can hold are `_` and, of what is typed, `%`.
        kept = "".join(each for each in text if each.isalnum() or each in "_.-")
        if text:
            if not kept:
                return PromptPage(prompts=())
            clauses.append(f"name ILIKE '%{kept}%'")
        found = _open_models(store).search_registered_models(
            filter_string=" AND ".join(clauses),
            max_results=page_size,
            order_by=["last_updated_timestamp DESC"],
            page_token=page_token,
        )
        return PromptPage(
            prompts=tuple(summary_of(model) for model in found), next_token=found.token or None
        )

    @question("read the prompt", limit_s=_READ_S, unsupported=PromptsUnsupported)
    def read_history(self, store: Store, name: str) -> PromptHistory | None:
        """The prompt with its newest 500 versions; None when there is no such prompt."""
        return _read_history(store, name)

    def read_history_soon(self, name: str) -> PromptHistory | None:
        """The same on the way of a message: for 1.5 s at most, None when MLflow is away or slow."""
        if not isinstance(self.tracking.state, Ready):
            return None
        try:
            return ask(
                self.tracking,
                lambda store: _read_history(store, name),
                what="read the prompt",
                limit_s=_SOON_S,
            )
        except TrackingError:
            return None

    def create(
        self,
        name: str,
        template: Template,
        *,
        author: str,
        commit_message: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> PromptVersion:
        """The first version of a new prompt. Raises RequestRefused when the name is taken."""
        name = registry.check_name(name)
        if self.read_history(name) is not None:
            raise RequestRefused(
                f"There is a prompt named {name!r} already.",
                hint="Choose another name, or add a version to that one.",
            )
        return self.add_version(
            name, template, author=author, commit_message=commit_message, tags=tags
        )

    @question("store the prompt", limit_s=_WRITE_S, unsupported=PromptsUnsupported)
    def add_version(
        self,
        store: Store,
        name: str,
        template: Template,
        *,
        author: str,
        commit_message: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> PromptVersion:
        """A version more; of a prompt that is not there yet, the first."""
        name = registry.check_name(name)
        registry.check_template(template)
        message = registry.check_commit_message(commit_message)
        kept = dict(registry.check_tag(key, value) for key, value in (tags or {}).items())
        if author:
            kept[registry.AUTHOR] = author[: registry.MAX_NAME_CHARS]
        made = _open_prompts(store).register_prompt(
            name, template_to_mlflow(template), commit_message=message or None, tags=kept
        )
        return version_of(made, aliases=())

    @question("set the alias", limit_s=_WRITE_S, unsupported=PromptsUnsupported)
    def set_alias(self, store: Store, name: str, alias: str, version: int) -> None:
        """Have the alias stand for this version, and no longer for another."""
        _open_prompts(store).set_prompt_alias(name, registry.check_alias(alias), version)

    @question("remove the alias", limit_s=_WRITE_S, unsupported=PromptsUnsupported)
    def delete_alias(self, store: Store, name: str, alias: str) -> None:
        """Take the alias away."""
        _open_prompts(store).delete_prompt_alias(name, alias)

    @question("store the tag", limit_s=_WRITE_S, unsupported=PromptsUnsupported)
    def set_tag(
        self, store: Store, name: str, key: str, value: str, *, version: int | None = None
    ) -> None:
        """Tag a version, or the prompt itself."""
        key, value = registry.check_tag(key, value)
        client = _open_prompts(store)
        if version is None:
            client.set_prompt_tag(name, key, value)
        else:
            client.set_prompt_version_tag(name, version, key, value)

    @question("remove the tag", limit_s=_WRITE_S, unsupported=PromptsUnsupported)
    def delete_tag(self, store: Store, name: str, key: str, *, version: int | None = None) -> None:
        """Take a tag away from a version, or from the prompt itself."""
        client = _open_prompts(store)
        if version is None:
            client.delete_prompt_tag(name, key)
        else:
            client.delete_prompt_version_tag(name, version, key)

    @question("delete the prompt", limit_s=_WRITE_S, unsupported=PromptsUnsupported)
    def delete(self, store: Store, name: str, *, version: int | None = None) -> None:
        """Delete a version, or the prompt with all of them; traces go on naming it."""
        client = _open_prompts(store)
        if version is None:
            client.delete_prompt(name)
        else:
            client.delete_prompt_version(name, str(version))


def _open_prompts(store: Store) -> Any:
    """The client, where it has a registry of prompts. Raises PromptsUnsupported."""
    client = store.client
    if client._registry_uri.startswith(_NOT_OPEN_SOURCE):
        raise PromptsUnsupported
    return client


def _open_models(store: Store) -> Any:
    """Prompts are registered models underneath. Only there are their aliases in one place; the
    client's own way to them refuses prompts."""
    return mlflow_api.ModelRegistryClient(_open_prompts(store)._registry_uri, store.uri)


def _read_history(store: Store, name: str) -> PromptHistory | None:
    try:
        model = _open_models(store).get_registered_model(name)
    except mlflow_api.MlflowException as exc:
        if read_error_code(exc) in _MISSING_CODES:
            return None
        raise
    if not is_prompt(model):
        return None
    summary = summary_of(model)
    by_version: dict[int, list[str]] = {}
    for alias, version in summary.aliases.items():
        by_version.setdefault(version, []).append(alias)
    return PromptHistory(
        summary=summary,
        versions=tuple(
            version_of(each, aliases=by_version.get(int(each.version), ()))
            for each in _read_versions(store, name)
        ),
    )


def _read_versions(store: Store, name: str) -> list[Any]:
    client = _open_prompts(store)
    versions: list[Any] = []
    token: str | None = None
    while len(versions) < _MOST_VERSIONS:
        page = client.search_prompt_versions(name, max_results=_PAGE_OF_VERSIONS, page_token=token)
        versions += page
        token = page.token
        if not token:
            break
    return versions
