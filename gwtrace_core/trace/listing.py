"""What a list of traces, of sessions and of experiments consists of. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.trace.model import Assessment, TraceSummary
from gwtrace_core.values.events import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTrace:
    """A trace as a list shows it. Empty where the trace does not say."""

    summary: TraceSummary
    name: str = ""
    sdk_path: str = ""
    """A value of `gwtrace_core.values.connection.SdkPath`; empty for traces made elsewhere."""
    provider: str = ""
    model: str = ""
    outcome: str = ""
    """`finished`, `failed` or `stopped`."""
    comparison_id: str = ""
    is_by_gwtrace: bool = False

    @property
    def trace_id(self) -> str:
        """MLflow's id."""
        return self.summary.trace_id

    @property
    def verdicts(self) -> tuple[Assessment, ...]:
        """The feedback that stands, replaced ones left out."""
        return tuple(
            each for each in self.summary.assessments if each.is_valid and each.kind == "feedback"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePage:
    """A page of the list, and where it goes on."""

    rows: tuple[ListedTrace, ...]
    next_token: str | None
    """What the next page is asked for with; None when there is none."""
    looked_at: int
    """How many traces were read for it. More than `rows` where MLflow cannot apply the whole
    filter itself; an empty page with a `next_token` means that the search can be carried on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingTraces:
    """The ids of all traces that a filter lets pass, newest first: what a deletion would delete."""

    experiment_id: str
    trace_ids: tuple[str, ...]
    is_complete: bool
    """False when the search was ended by its bound: there may be more."""
    looked_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSummary:
    """An MLflow experiment, for a picker."""

    experiment_id: str
    name: str
    created_ms: int | None
    """Milliseconds since the Unix epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSession:
    """A conversation as a list shows it, by those of its turns that were read."""

    session_id: str
    title: str
    """The beginning of the oldest question that was read."""
    turn_count: int
    first_ms: int
    last_ms: int
    """When its newest turn began, milliseconds since the Unix epoch."""
    models: tuple[str, ...]
    users: tuple[str, ...]
    sdk_paths: tuple[str, ...]
    """Like `models` without repetition, newest first; values of `SdkPath`."""
    lane: str
    """The letter of the comparison's lane whose conversation it is; empty for any other."""
    comparison_id: str
    """Empty when it belongs to no comparison."""
    failed_count: int
    usage: Usage | None
    cost_usd: float | None
    """As MLflow sums them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    """Conversations, the one with the newest turn first."""

    sessions: tuple[ListedSession, ...]
    next_token: str | None
    looked_at: int
    is_whole: bool
    """Whether the experiment was read to its end, so that the counts are exact; else they are
    lower bounds."""
