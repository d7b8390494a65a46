"""What a conversation in a span consists of."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.trace.messages.parts import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanMessage:
    """One message as a span recorded it."""

    role: str
    """`system`, `user`, `assistant` or `tool`; anything else as it was recorded."""
    parts: tuple[Part, ...]
    finish_reason: str | None = None
    """In the provider's words, on an answer that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What went into a span and what came out of it."""

    inputs: tuple[SpanMessage, ...] = ()
    outputs: tuple[SpanMessage, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.inputs or self.outputs)
