"""How quickly the tokens of an answer came, and why that sometimes cannot be said. Pure.

Only what was streamed counts: a provider bills hidden reasoning as output, and it took its time
before the first piece. Each model request is measured by itself, since one that came at once has
tokens and no time, and would make those beside it look quick.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from gwtrace_core.values.events import Usage

MIN_PIECES = 10
MIN_STREAMING_MS = 200.0

_UNSEEN_TOKENS = 100
"""What a model may write beside the text of an answer: its end, and the frame of tool calls."""

NoSpeed = Literal["cached", "uncounted", "few pieces", "brief", "hidden tokens"]
"""No model wrote it; no count of tokens; too few pieces; too short a time; more tokens than the
text can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Pieces that came one after the other."""

    pieces: int = 0
    streaming_ms: float = 0.0
    """Between the first piece and the last."""
    size_bytes: int = 0

    def with_piece(self, text: str, gap_ms: float) -> Stretch:
        """The stretch and one piece more."""
        # Half of a character that needs two UTF-16 units cannot be encoded.
        size_bytes = self.size_bytes + len(text.encode("utf-8", "replace"))
        return Stretch(
            pieces=self.pieces + 1,
            streaming_ms=self.streaming_ms + gap_ms,
            size_bytes=size_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStream:
    """What has been streamed of one model request."""

    whole: Stretch = Stretch()
    answer: Stretch = Stretch()
    """The same without reasoning."""
    ends_in_answer: bool = False

    def with_answer(self, text: str, gap_ms: float) -> RequestStream:
        """The stream with a piece of text or of a tool call."""
        return RequestStream(
            whole=self.whole.with_piece(text, gap_ms),
            answer=self.answer.with_piece(text, gap_ms if self.ends_in_answer else 0.0),
            ends_in_answer=True,
        )

    def with_reasoning(self, text: str, gap_ms: float) -> RequestStream:
        """The stream with a piece of reasoning."""
        return replace(self, whole=self.whole.with_piece(text, gap_ms), ends_in_answer=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Output tokens, and the time in which they came."""

    tokens: int
    streaming_ms: float
    """Never 0."""

    def __add__(self, other: Streamed) -> Streamed:
        return Streamed(
            tokens=self.tokens + other.tokens,
            streaming_ms=self.streaming_ms + other.streaming_ms,
        )

    @property
    def tokens_per_s(self) -> float:
        """Output tokens per second."""
        return self.tokens / (self.streaming_ms / 1000)


def measure(
    stream: RequestStream, usage: Usage | None, *, is_from_cache: bool = False
) -> Streamed | NoSpeed:
    """What counts of a model request that has ended, or why nothing does.

    Reasoning that is counted apart is left out, whether it was shown or not: what is shown of it
    is often a summary, of which nobody counts the tokens.
    """
    if is_from_cache:
        return "cached"
    if usage is None or not usage.output_tokens:
        return "uncounted"
    tokens = usage.output_tokens - (usage.reasoning_tokens or 0)
    part = stream.answer if usage.reasoning_tokens else stream.whole
    if tokens <= 0:
        # Some providers count reasoning beside the output, not as part of it.
        tokens = usage.output_tokens
    if part.pieces < MIN_PIECES:
        return "few pieces"
    if part.streaming_ms < MIN_STREAMING_MS:
        return "brief"
    # No token is shorter than a byte.
    if tokens > part.size_bytes + _UNSEEN_TOKENS:
        return "hidden tokens"
    return Streamed(tokens=tokens, streaming_ms=part.streaming_ms)
