"""Traces, sessions and verdicts as MLflow has them. Every question has a time limit.

Light: mlflow is imported when the first question is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gwtrace_core.mlflow_store.connection.ask import ask, ready
from gwtrace_core.mlflow_store.connection.tracking import Tracking
from gwtrace_core.trace.feedback import VERDICT
from gwtrace_core.trace.model import Assessment, Trace
from gwtrace_core.values.preferences import Preference
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane, Message

if TYPE_CHECKING:
    from gwtrace_core.mlflow_store.conversations.comparisons import (
        ComparisonSummary,
        SavedSetup,
        StoredComparison,
    )
    from gwtrace_core.mlflow_store.conversations.queries import Queries

PREFERENCE = "preference"
"""What a blind comparison made of a reply: `win`, `loss`, `tie` or `bad`."""

EXPECTED_RESPONSE = "expected_response"
"""MLflow's own name for the answer that is expected; its scorers look for it."""

_T = TypeVar("_T")

_QUERY_S = 8.0
_SESSION_S = 20.0
_COMPARISON_S = 40.0


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
class StoredTurn:
    """One turn of a conversation, as it was when it ended."""

    trace_id: str
    message: Message
    """The user's message; of pictures only their size was kept."""
    lane: Lane
    reply: Reply
    start_ms: int
    turn_index: int
    """Position in the conversation; a turn that was asked again has the index of the first."""
    distinct_line: str = ""
    """What was added to the system prompt to make the request unlike any other."""
    assessments: tuple[Assessment, ...] = ()
    """Verdicts and expectations on its trace, replaced ones included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedTrace:
    """A trace of the session that is not one of our turns, or not a whole one."""

    trace_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """A conversation read back, oldest turn first; nothing dropped without being named."""

    turns: tuple[StoredTurn, ...]
    skipped: tuple[SkippedTrace, ...] = ()


class TraceStore:
    """Questions to MLflow. Methods block and raise TrackingError, also while MLflow is away."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking

    def trace(self, trace_id: str) -> Trace | None:
        """The whole trace, None when MLflow has none of that id."""
        return self._ask(lambda queries: queries.trace(trace_id), "read the trace")

    def sessions(self, *, limit: int = 25) -> tuple[SessionSummary, ...]:
        """The newest conversations, found in the experiment's newest 2,000 traces."""
        return self._ask(lambda queries: queries.sessions(limit), "list the sessions")

    def session(self, session_id: str) -> StoredSession:
        """A conversation: up to its newest 500 turns, and what had to be left out."""
        return self._ask(
            lambda queries: queries.session(session_id), "read the session", limit_s=_SESSION_S
        )

    def session_turns(self, session_id: str) -> tuple[StoredTurn, ...]:
        """The turns of a conversation, oldest first."""
        return self.session(session_id).turns

    def verdict(
        self, trace_id: str, *, name: str = VERDICT, user: str | None = None
    ) -> Assessment | None:
        """The valid verdict of that name, of that user if one is named; None if there is none."""
        return self._ask(lambda queries: queries.verdict(trace_id, name, user), "read the verdict")

    def set_verdict(
        self,
        trace_id: str,
        *,
        value: bool | str,
        comment: str | None,
        user: str,
        name: str = VERDICT,
        metadata: Mapping[str, str] | None = None,
    ) -> Assessment:
        """Store a person's verdict; one that the same user gave before is kept as replaced.

        `metadata` goes on the assessment, such as the id of the comparison that it was given in.
        """
        return self._ask(
            lambda queries: queries.set_verdict(trace_id, name, value, comment, user, metadata),
            "store the verdict",
        )

    def set_expectation(
        self, trace_id: str, *, value: str, user: str, name: str = EXPECTED_RESPONSE
    ) -> None:
        """Store what a person expects the answer to be, on a trace that MLflow has."""
        self._ask(
            lambda queries: queries.set_expectation(trace_id, name, value, user),
            "store the expected answer",
        )

    def preferences(self) -> tuple[Preference, ...]:
        """The valid outcomes of blind comparisons in the experiment's newest 2,000 traces."""
        return self._ask(lambda queries: queries.preferences(), "read the preferences")

    def comparisons(self, *, limit: int = 25) -> tuple[ComparisonSummary, ...]:
        """The newest comparisons, newest first, found in the newest 2,000 of their traces."""
        return self._ask(lambda queries: queries.comparisons(limit), "list the comparisons")

    def comparison(self, comparison_id: str) -> StoredComparison:
        """A comparison with its traces: its newest 2,000 turns, as far as the time suffices."""
        return self._ask(
            lambda queries: queries.comparison(comparison_id),
            "read the comparison",
            limit_s=_COMPARISON_S,
        )

    def setups(self) -> tuple[SavedSetup, ...]:
        """The saved set-ups of lanes, by name."""
        return self._ask(lambda queries: queries.setups(), "list the saved set-ups")

    def save_setup(self, name: str, lanes: tuple[Lane, ...], *, user: str) -> None:
        """Keep lanes under a name, in place of those of that name; case makes no difference."""
        self._ask(lambda queries: queries.save_setup(name, lanes, user), "save the set-up")

    def delete_setup(self, name: str) -> None:
        """Forget a saved set-up; no error when there is none of that name."""
        self._ask(lambda queries: queries.delete_setup(name), "delete the set-up")

    def withdraw_verdict(
        self, trace_id: str, *, name: str = VERDICT, user: str | None = None
    ) -> None:
        """Delete the verdict and what it replaced; of that user, if one is named."""
        self._ask(
            lambda queries: queries.withdraw_verdict(trace_id, name, user), "withdraw the verdict"
        )

    def _ask(
        self, question: Callable[[Queries], _T], what: str, *, limit_s: float = _QUERY_S
    ) -> _T:
        found = ready(self._tracking)
        # Not at the top: it imports mlflow, which is ready only now.
        from gwtrace_core.mlflow_store.conversations.queries import Queries

        queries = Queries(self._tracking.config.uri, found.experiment_id)
        return ask(self._tracking, lambda: question(queries), what=what, limit_s=limit_s)
