"""A trace as the screens show it, independent of the form in which it was stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NewType

from gwtrace_core.values import trace_names
from gwtrace_core.values.events import Usage

Nanoseconds = NewType("Nanoseconds", int)
"""Since the Unix epoch."""

SpanStatus = Literal["ok", "error", "unset"]
TraceStatus = Literal["ok", "error", "in_progress", "cut", "unset"]
"""`cut` is ours: to MLflow it is in progress, but who was at it is gone. See `ending.is_cut`."""
RecordedBy = Literal["mlflow", "gwtrace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanEvent:
    """Something that happened at one moment of a span; an exception is the event `exception`."""

    name: str
    time_ns: Nanoseconds
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanLink:
    """Another span, of the same or of another trace, that a span names as related to it."""

    trace_id: str
    """As recorded: MLflow's id, or 32 hex digits from other programs."""
    span_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span as recorded; None means that the recording does not say."""

    span_id: str
    parent_id: str | None
    name: str
    kind: str
    """MLflow's span type: `AGENT`, `LLM`, `CHAT_MODEL`, `TOOL`, `CHAIN`, …; `UNKNOWN` if none."""
    start_ns: Nanoseconds
    end_ns: Nanoseconds | None
    """None while it runs, and for a span that was never closed."""
    status: SpanStatus = "unset"
    status_message: str | None = None
    model: str | None = None
    provider: str | None = None
    usage: Usage | None = None
    cost_usd: float | None = None
    first_token_ns: Nanoseconds | None = None
    """When the first piece of a streamed answer came."""
    recorded_by: RecordedBy = "mlflow"
    """`gwtrace` where we filled a gap that autolog leaves, or opened the turn's root."""
    is_stopped: bool = False
    """True when the span was ended because somebody pressed Stop."""
    inputs: Any = None
    outputs: Any = None
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    events: tuple[SpanEvent, ...] = ()
    links: tuple[SpanLink, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Whether it ended in an error. Stopped is not failed; MLflow has one word for both."""
        return self.status == "error" and not self.is_stopped

    @property
    def duration_ns(self) -> int | None:
        """None while the span has no end."""
        return None if self.end_ns is None else self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A judgement stored on a trace: feedback or an expectation."""

    assessment_id: str
    name: str
    kind: Literal["feedback", "expectation"]
    value: Any
    rationale: str | None
    source_kind: str
    """`HUMAN`, `LLM_JUDGE` or `CODE`."""
    source_id: str
    span_id: str | None = None
    is_valid: bool = True
    """False once a newer one has replaced it."""
    given_ms: int | None = None
    """When it was given, milliseconds since the Unix epoch."""
    is_stars: bool = False
    """Whether the number was given as stars, 1 to 5."""
    error: str | None = None
    """Why a judge or a scorer could not judge, in its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    """What a list shows of a trace; no spans."""

    trace_id: str
    experiment_id: str | None
    status: TraceStatus
    start_ms: int
    """Milliseconds since the Unix epoch."""
    duration_ms: float | None
    request_preview: str = ""
    response_preview: str = ""
    session_id: str | None = None
    user: str | None = None
    usage: Usage | None = None
    cost_usd: float | None = None
    """As MLflow sums it."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    assessments: tuple[Assessment, ...] = ()

    @property
    def is_from_cache(self) -> bool:
        """Whether a gateway's response cache answered, or part of it: then times and cost are not
        the model's. Only of gwtrace's own traces, by their tag."""
        return self.tags.get(trace_names.FROM_CACHE) == "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A whole trace; `spans` in the order in which the store gave them, nothing dropped."""

    summary: TraceSummary
    spans: tuple[Span, ...]

    @property
    def trace_id(self) -> str:
        """MLflow's id, `tr-` and 32 hex digits."""
        return self.summary.trace_id
