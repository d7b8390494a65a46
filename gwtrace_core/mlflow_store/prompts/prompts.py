"""What the prompts page and the lanes ask of MLflow's prompt registry.

Light: mlflow is imported when the first question is asked. Every question has a time limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from gwtrace_core.mlflow_store.connection.ask import ask, ready
from gwtrace_core.mlflow_store.connection.tracking import Ready, Tracking
from gwtrace_core.prompts import registry
from gwtrace_core.prompts.registry import PromptHistory, PromptPage, PromptVersion
from gwtrace_core.prompts.template import Template
from gwtrace_core.values.errors import RequestRefused, TrackingError

if TYPE_CHECKING:
    from gwtrace_core.mlflow_store.prompts.queries import PromptQueries

_T = TypeVar("_T")

_READ_S = 10.0
_SOON_S = 1.5
_WRITE_S = 15.0


class Prompts:
    """MLflow's prompt registry. Methods block.

    They raise TrackingError while MLflow is away or does not do it, `PromptsUnsupported` when the
    store has no prompts at all, and RequestRefused for what MLflow would not take.
    """

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking

    def prompt_page(
        self, text: str = "", *, page_token: str | None = None, page_size: int = 50
    ) -> PromptPage:
        """Prompts whose name holds `text` in any case, the one changed last first."""
        return self._asked(
            lambda queries: queries.prompt_page(text.strip(), page_token, page_size),
            "list the prompts",
            limit_s=_READ_S,
        )

    def history(self, name: str) -> PromptHistory | None:
        """The prompt with its newest 500 versions; None when there is no such prompt."""
        return self._asked(
            lambda queries: queries.history(name), "read the prompt", limit_s=_READ_S
        )

    def history_soon(self, name: str) -> PromptHistory | None:
        """The same on the way of a message: for 1.5 s at most, None when MLflow is away or slow."""
        if not isinstance(self._tracking.state, Ready):
            return None
        try:
            return self._asked(
                lambda queries: queries.history(name), "read the prompt", limit_s=_SOON_S
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
        if self.history(name) is not None:
            raise RequestRefused(
                f"There is a prompt named {name!r} already.",
                hint="Choose another name, or add a version to that one.",
            )
        return self.add_version(
            name, template, author=author, commit_message=commit_message, tags=tags
        )

    def add_version(
        self,
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
        return self._asked(
            lambda queries: queries.register(name, template, message, kept),
            "store the prompt",
            limit_s=_WRITE_S,
        )

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Have the alias stand for this version, and no longer for another."""
        alias = registry.check_alias(alias)
        self._asked(
            lambda queries: queries.set_alias(name, alias, version),
            "set the alias",
            limit_s=_WRITE_S,
        )

    def delete_alias(self, name: str, alias: str) -> None:
        """Take the alias away."""
        self._asked(
            lambda queries: queries.delete_alias(name, alias), "remove the alias", limit_s=_WRITE_S
        )

    def set_tag(self, name: str, key: str, value: str, *, version: int | None = None) -> None:
        """Tag a version, or the prompt itself."""
        key, value = registry.check_tag(key, value)
        self._asked(
            lambda queries: queries.set_tag(name, version, key, value),
            "store the tag",
            limit_s=_WRITE_S,
        )

    def delete_tag(self, name: str, key: str, *, version: int | None = None) -> None:
        """Take a tag away from a version, or from the prompt itself."""
        self._asked(
            lambda queries: queries.delete_tag(name, version, key),
            "remove the tag",
            limit_s=_WRITE_S,
        )

    def delete(self, name: str, *, version: int | None = None) -> None:
        """Delete a version, or the prompt with all of them; traces go on naming it."""
        self._asked(
            lambda queries: queries.delete(name, version), "delete the prompt", limit_s=_WRITE_S
        )

    def _asked(self, question: Callable[[PromptQueries], _T], what: str, *, limit_s: float) -> _T:
        ready(self._tracking)
        # Not at the top: it imports mlflow, which is ready only now.
        from gwtrace_core.mlflow_store.prompts.queries import PromptQueries

        queries = PromptQueries(self._tracking.config.uri)
        return ask(self._tracking, lambda: question(queries), what=what, limit_s=limit_s)
