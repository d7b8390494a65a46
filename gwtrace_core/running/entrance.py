"""Where an SDK path's events enter a run: their texts become valid Unicode, and keys are masked.

Once for all: whatever comes after it (reply, recorder, pages, files) need not ask. An ending that
is a failure becomes one here too, for every path alike.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from gwtrace_core.values.endings import ending_failure
from gwtrace_core.values.events import (
    Failed,
    Finished,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
)
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.unicode_text import clean_text, with_texts

_T = TypeVar("_T")
_Piece = TextDelta | ReasoningDelta | ToolCallDelta


class Entrance:
    """One run's events, clean and without the keys that `masker` masks.

    What may be the beginning of a key is held back until it is known to be none, and so is the
    first half of a character that the end of a piece has cut in two. A piece that is held back
    whole still passes on, empty: its time counts. The rest comes as a late piece, which does not.
    """

    def __init__(self, *, model: str, masker: Masker | None = None) -> None:
        self._model = model
        self._masker = Masker(()) if masker is None else masker
        self._channels: dict[str, _Channel] = {}
        """By tool call; what belongs to none, text or reasoning, under an empty id."""

    def take(self, event: StreamEvent) -> tuple[StreamEvent, ...]:
        """The event as it may go on, behind what was held back and will not be completed."""
        match event:
            case TextDelta() | ReasoningDelta() | ToolCallDelta():
                return self._take_piece(event)
            case Finished(finish_reason=reason):
                failure = ending_failure(reason, model=self._model)
                end = event if failure is None else Failed(failure=failure)
                return (*self._release(), self._enter(end))
            case _:
                return (*self._release(), self._enter(event))

    def _take_piece(self, piece: _Piece) -> tuple[StreamEvent, ...]:
        place = piece.call_id if isinstance(piece, ToolCallDelta) else ""
        released: tuple[StreamEvent, ...] = ()
        unfinished = self._channels.get("")
        if place or (unfinished is not None and unfinished.kind is not type(piece)):
            # Text ends where a tool call begins, or reasoning. A call goes on whatever comes
            # between: its pieces are put together by its id.
            released = self._release("")
        channel = self._channels.get(place)
        if channel is None:
            channel = self._channels[place] = _Channel(piece, self._masker)
        text = channel.take(_get_text(piece))
        return (*released, self._enter(_put_text(piece, text)))

    def _release(self, *places: str) -> tuple[StreamEvent, ...]:
        """What was held back of those places, or of all; more of it will not come."""
        if not self._channels:
            return ()
        taken = [place for place in places or tuple(self._channels) if place in self._channels]
        rests = [self._channels.pop(place).rest() for place in taken]
        return tuple(self._enter(rest) for rest in rests if rest is not None)

    def _enter(self, value: _T) -> _T:
        return _change_texts(value, lambda text: self._masker.text(clean_text(text)))


class _Channel:
    """One text that comes in pieces."""

    def __init__(self, first: _Piece, masker: Masker) -> None:
        self.kind = type(first)
        self._first = first
        self._half = ""
        self._stream = masker.stream()

    def take(self, text: str) -> str:
        """What may go on by now."""
        text = self._half + text if self._half else text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return self._stream.take(clean_text(text[:-1] if self._half else text))

    def rest(self) -> _Piece | None:
        """What is left, as a late piece; None when there is nothing."""
        text = self._stream.take(clean_text(self._half)) + self._stream.rest()
        if not text:
            return None
        piece = self._first
        if isinstance(piece, ToolCallDelta):
            # The tool's name is told once.
            return replace(piece, name=None, arguments_text=text, is_late=True)
        return replace(piece, text=text, is_late=True)


def clean_value(value: _T) -> _T:
    """A value of ours with all its texts as valid Unicode; itself when nothing is wrong."""
    return _change_texts(value, clean_text)


def _change_texts(value: _T, change: Callable[[str], str]) -> _T:
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, Any] = {}
    for each in fields(value):
        before: Any = getattr(value, each.name)
        after = _change_within(before, change)
        if after is not before:
            changed[each.name] = after
    return cast(_T, replace(value, **changed)) if changed else value


def _change_within(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        after = tuple(_change_within(item, change) for item in items)
        return items if all(map(operator.is_, after, items)) else after
    return _change_texts(with_texts(value, change), change)


def _get_text(piece: _Piece) -> str:
    return piece.arguments_text if isinstance(piece, ToolCallDelta) else piece.text


def _put_text(piece: _Piece, text: str) -> _Piece:
    if text == _get_text(piece):
        return piece
    if isinstance(piece, ToolCallDelta):
        return replace(piece, arguments_text=text)
    return replace(piece, text=text)
