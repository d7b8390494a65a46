"""What a parity check says, as values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from gwtrace_core.values.text import count_text


class Verdict(StrEnum):
    """What became of one fact on its way from the wire into the trace."""

    RECORDED = "recorded"
    """Autolog, or whoever traced the call, has it, and has it right."""
    FILLED = "filled by gwtrace"
    """The trace has it right because gwtrace recorded or corrected it."""
    MISSING = "missing"
    WRONG = "wrong"
    NOT_APPLICABLE = "not applicable"
    """There was nothing to record."""


class Aspect(StrEnum):
    """What is held against each other; the value is the name on screen."""

    SPANS = "Spans"
    MODEL_ASKED = "Model asked"
    MODEL_ANSWERED = "Model that answered"
    PROVIDER = "Provider"
    ANSWER = "Answer"
    INPUT_TOKENS = "Input tokens"
    OUTPUT_TOKENS = "Output tokens"
    CACHE_READ_TOKENS = "Cache-read tokens"
    CACHE_WRITE_TOKENS = "Cache-write tokens"
    REASONING_TOKENS = "Reasoning tokens"
    COST = "Cost"
    TOOL_CALLS = "Tool calls asked for"
    TOOL_RUNS = "Tools run"
    FINISH_REASON = "Finish reason"
    ERROR = "Error or stop"
    STREAMING = "Streaming"
    FIRST_TOKEN = "First token"  # noqa: S105  # a piece of text, not a credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One fact: as the run saw it, as the trace holds it, and what to think of that."""

    aspect: Aspect
    seen: str | None
    """What the run itself saw; None when there was nothing to see."""
    held: str | None
    """What the trace holds, gwtrace's own part included; None for nothing."""
    autolog: str | None
    """What of it was there without gwtrace; None for nothing, and where a correction has
    overwritten it."""
    verdict: Verdict
    reason: str = ""
    """Why, in a sentence, where there is something to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """All cells of one turn, in the order of `Aspect`."""

    cells: tuple[Cell, ...]

    def cell(self, aspect: Aspect) -> Cell:
        """The cell of that aspect."""
        return next(cell for cell in self.cells if cell.aspect is aspect)

    def count(self, verdict: Verdict) -> int:
        """How many cells have that verdict."""
        return sum(cell.verdict is verdict for cell in self.cells)

    @property
    def summary(self) -> str:
        """`12 recorded · 2 filled by gwtrace · 1 missing`; what there is none of is left out."""
        counts = Counter(cell.verdict for cell in self.cells)
        told = [
            f"{count_text(counts[verdict])} {verdict.value}"
            for verdict in Verdict
            if counts[verdict] and verdict is not Verdict.NOT_APPLICABLE
        ]
        return " · ".join(told) or "nothing to record"
