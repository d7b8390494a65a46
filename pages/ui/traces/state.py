"""What the traces page keeps of one browser session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gwtrace_core.trace.filters import TraceFilter, TraceOrder
from gwtrace_core.trace.listing import ExperimentSummary, TracePage
from pages.ui.frame.address import ListView, Since
from pages.ui.traces.feedback_state import FeedbackState

SINCE_MS: Mapping[Since, int] = {
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 7 * 86_400_000,
    "month": 30 * 86_400_000,
}
"""How far back; a range is the filter's own `after_ms` and `before_ms`."""


@dataclass(slots=True, kw_only=True)
class TracesState:
    """The list as it is set up, and the page of it that is shown."""

    filter: TraceFilter = field(default_factory=TraceFilter)
    since: Since = "any"
    """How far back, counted from when the first page is asked for."""
    order: TraceOrder = "newest"
    experiment_id: str | None = None
    """None is gwtrace's own."""
    experiments: tuple[ExperimentSummary, ...] | None = None
    """For the picker, its own first; None until they are asked for."""
    view: ListView = "traces"
    tokens: list[str | None] = field(default_factory=lambda: [None])
    """What each page so far was asked for with; the last is the one that is shown."""
    page: TracePage | None = None
    """None until it is asked for."""
    asked_ms: int = 0
    """When the first page was asked for, milliseconds since the Unix epoch."""
    has_read_address: bool = False
    filled_in: int = 0
    """How often the filter's inputs were filled in by the page and not by hand."""
    session_tokens: list[str | None] = field(default_factory=lambda: [None])
    """The same of the sessions view."""
    session_ids: tuple[str, ...] = ()
    """Of the sessions view's rows, as they were drawn last."""
    feedback: FeedbackState = field(default_factory=FeedbackState)
    """Of the feedback view."""

    def ask_again(self) -> None:
        """Have the list read anew, from its first page."""
        self.feedback.ask_again()
        self.tokens = [None]
        self.session_tokens = [None]
        self.page = None
