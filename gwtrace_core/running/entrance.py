"""Where an SDK path's events enter a run: their texts become valid Unicode, once for all.

Whatever comes after it (reply, recorder, pages, files) need not ask. An ending that is a failure
becomes one here too, for every path alike.
"""

from __future__ import annotations

import operator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from gwtrace_core.endings import ending_failure
from gwtrace_core.events import (
    Failed,
    Finished,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
)
from gwtrace_core.unicode_text import clean_json, clean_text

_T = TypeVar("_T")
_Piece = TextDelta | ReasoningDelta | ToolCallDelta


class Entrance:
    """One run's events, cleaned.

    A character beyond the first 65,536 may be cut in two by the end of a piece. Its first half is
    held back until the other one has come, or anything else that it cannot belong to.
    """

    def __init__(self, *, model: str) -> None:
        self._model = model
        self._held: dict[str, _Piece] = {}
        """By tool call; what belongs to none under an empty id."""

    def take(self, event: StreamEvent) -> tuple[StreamEvent, ...]:
        """The event as it may go on, behind what was held back and will not be completed."""
        match event:
            case TextDelta() | ReasoningDelta() | ToolCallDelta():
                return self._take_piece(event)
            case Finished(finish_reason=reason):
                failure = ending_failure(reason, model=self._model)
                end = event if failure is None else Failed(failure=failure)
                return (*self._release(), cleaned(end))
            case _:
                return (*self._release(), cleaned(event))

    def _take_piece(self, piece: _Piece) -> tuple[StreamEvent, ...]:
        place = piece.call_id if isinstance(piece, ToolCallDelta) else ""
        text = _text_of(piece)
        before = self._held.get(place)
        if before is not None and type(before) is type(piece):
            del self._held[place]
            text = _text_of(before) + text
        # Calls may be written side by side, a piece of each in turn; nothing else is.
        released = self._release("") if place else self._release()
        if not "\ud800" <= text[-1:] <= "\udbff":
            return (*released, cleaned(_with_text(piece, text)))
        self._held[place] = _nameless(_with_text(piece, text[-1]))
        if len(text) == 1 and _nameless(piece) == piece:
            return released
        return (*released, cleaned(_with_text(piece, text[:-1])))

    def _release(self, *places: str) -> tuple[StreamEvent, ...]:
        """What was held back of those places, or of all."""
        if not self._held:
            return ()
        taken = [place for place in places or tuple(self._held) if place in self._held]
        return tuple(cleaned(self._held.pop(place)) for place in taken)


def cleaned(value: _T) -> _T:
    """A value of ours with all its texts as valid Unicode; itself when nothing is wrong."""
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, Any] = {}
    for each in fields(value):
        before: Any = getattr(value, each.name)
        after = _clean(before)
        if after is not before:
            changed[each.name] = after
    return cast(_T, replace(value, **changed)) if changed else value


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        clean = tuple(_clean(item) for item in items)
        return items if all(map(operator.is_, clean, items)) else clean
    return cleaned(clean_json(value))


def _text_of(piece: _Piece) -> str:
    return piece.arguments_text if isinstance(piece, ToolCallDelta) else piece.text


def _with_text(piece: _Piece, text: str) -> _Piece:
    if text == _text_of(piece):
        return piece
    if isinstance(piece, ToolCallDelta):
        return replace(piece, arguments_text=text)
    return replace(piece, text=text)


def _nameless(piece: _Piece) -> _Piece:
    """Without the tool's name, which is told once."""
    if isinstance(piece, ToolCallDelta) and piece.name is not None:
        return replace(piece, name=None)
    return piece
