"""Conversations read back from MLflow: a list of them, and one with its turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.conversations.scan import scan_summaries
from gwtrace_core.mlflow_store.conversations.stored_turns import (
    SkippedTrace,
    StoredTurn,
    read_turn,
)
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import trace_of
from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import TrackingError

NOT_BY_JUDGES = f"tags.`{trace_names.JUDGE}` IS NULL"
"""What judges were asked is no conversation, and can be thousands of traces."""

_MOST_TURNS = 500
_TITLE_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """A conversation as a list shows it."""

    session_id: str
    title: str
    """The beginning of its first message, as far back as the list looks; may be empty."""
    turn_count: int
    last_ms: int
    """When its newest turn began, milliseconds since the Unix epoch."""
    models: tuple[str, ...]
    """In the order in which they were used last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """A conversation read back, oldest turn first; nothing dropped without being named."""

    turns: tuple[StoredTurn, ...]
    skipped: tuple[SkippedTrace, ...] = ()


class Sessions(Questions):
    """What the chat page asks of conversations."""

    @question("list the sessions", limit_s=8.0)
    def list_sessions(self, store: Store, *, limit: int = 25) -> tuple[SessionSummary, ...]:
        """The newest conversations, found in the experiment's newest 2,000 traces."""
        found: dict[str, list[TraceSummary]] = {}
        for summary in scan_summaries(store, NOT_BY_JUDGES):
            if summary.session_id is None:
                continue
            if summary.session_id not in found and len(found) == limit:
                # What is left can only add turns to sessions that are known already.
                continue
            found.setdefault(summary.session_id, []).append(summary)
        return tuple(_summarize(key, summaries) for key, summaries in found.items())

    @question("read the session", limit_s=20.0)
    def read_session(self, store: Store, session_id: str) -> StoredSession:
        """A conversation: up to its newest 500 turns, and what had to be left out."""
        if "'" in session_id or "\\" in session_id:
            # It would not survive MLflow's filter; ours never look like that.
            raise TrackingError(f"{session_id!r} is not a session's id.")
        traces = store.client.search_traces(
            locations=[store.experiment_id],
            filter_string=f"metadata.`{trace_names.SESSION}` = '{session_id}'",
            include_spans=True,
            max_results=_MOST_TURNS,
            order_by=["timestamp_ms DESC"],
        )
        newest_first = cast("Sequence[mlflow_api.Trace]", traces)
        oldest_first = [read_turn(trace_of(each)) for each in newest_first][::-1]
        return StoredSession(
            turns=tuple(each for each in oldest_first if isinstance(each, StoredTurn)),
            skipped=tuple(each for each in oldest_first if isinstance(each, SkippedTrace)),
        )

    def read_session_turns(self, session_id: str) -> tuple[StoredTurn, ...]:
        """The turns of a conversation, oldest first."""
        return self.read_session(session_id).turns


def _summarize(session_id: str, newest_first: list[TraceSummary]) -> SessionSummary:
    models = (summary.tags.get(trace_names.MODEL) for summary in newest_first)
    return SessionSummary(
        session_id=session_id,
        title=preview_text(newest_first[-1].request_preview)[:_TITLE_CHARS],
        turn_count=len(newest_first),
        last_ms=newest_first[0].start_ms,
        models=tuple(dict.fromkeys(model for model in models if model)),
    )
