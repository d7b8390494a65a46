"""What the feedback view of the traces page keeps of one browser session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from gwtrace_core.trace.feedback import FeedbackSource
from gwtrace_core.trace.feedback_summary.summary import FeedbackName, FeedbackReading, GroupBy
from gwtrace_core.trace.feedback_summary.times import Over

OVER_WORDS: dict[Over, str] = {
    "today": "Today",
    "week": "Last 7 days",
    "month": "Last 30 days",
    "all": "Any time",
}


@dataclass(slots=True, kw_only=True)
class FeedbackState:
    """What is summed up, and what was read for it."""

    name: str | None = None
    """None until one is known; then that given most often."""
    source: FeedbackSource | None = None
    """Who gave it; None is anybody."""
    over: Over = "month"
    by: GroupBy = "model"
    names: tuple[FeedbackName, ...] | None = None
    """None until they are asked for."""
    reading: FeedbackReading | None = None
    read_for: tuple[str, Over] | None = None
    """What the reading is of."""
    after_ms: int | None = None
    """From when on the reading is, milliseconds since the Unix epoch; None is from the start."""

    def ask_again(self) -> None:
        """Have all of it read anew."""
        self.names = None
        self.reading = None
        self.read_for = None

    def read_params(self, params: Mapping[str, str]) -> None:
        """Take what a checked address says."""
        self.name = params.get("feedback", self.name)
        self.source = cast("FeedbackSource | None", params.get("from", self.source))
        self.over = cast(Over, params.get("over", self.over))
        self.by = cast(GroupBy, params.get("by", self.by))

    def params(self) -> dict[str, str]:
        """What an address needs to restore it."""
        found = {"over": self.over} if self.over != "month" else {}
        found |= {"by": self.by} if self.by != "model" else {}
        found |= {"from": self.source} if self.source else {}
        return found | ({"feedback": self.name} if self.name else {})
