"""Puts together the tool calls of one answer, which come in pieces or as a whole."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, cast

from gwtrace_core.values.events import ToolCallDelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool call as the model wrote it."""

    call_id: str
    name: str
    arguments_text: str


@dataclass(slots=True, kw_only=True)
class ToolCallParts:
    """The calls so far, told apart by the index and the id that the provider gives them."""

    _calls: list[ToolCall] = field(default_factory=list[ToolCall])
    _given_ids: list[str] = field(default_factory=list[str])
    """The ids as they came, which may be empty, or one for two calls."""
    _newest: dict[int | None, int] = field(default_factory=dict[int | None, int])
    """Where in `_calls` the newest call of an index stands."""

    def add(
        self, index: int | None, *, call_id: str | None, name: str | None, arguments_text: str
    ) -> ToolCallDelta:
        """Take in one piece; the event that tells of it."""
        place = self._place_of(index, call_id or "", name or "", arguments_text)
        known = None if place is None else self._calls[place]
        if place is None:
            place = len(self._calls)
            self._calls.append(
                ToolCall(call_id=self._own_id(index, call_id), name="", arguments_text="")
            )
            self._given_ids.append(call_id or "")
        self._newest[index] = place
        call = self._calls[place]
        self._calls[place] = replace(
            call,
            name=call.name or name or "",
            arguments_text=call.arguments_text + arguments_text,
        )
        return ToolCallDelta(
            call_id=call.call_id,
            name=name if known is None or not known.name else None,
            arguments_text=arguments_text,
        )

    def knows(self, index: int | None) -> bool:
        """Whether a call of that index has begun."""
        return index in self._newest

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls so far, in the order in which they began."""
        return tuple(self._calls)

    def _place_of(self, index: int | None, call_id: str, name: str, text: str) -> int | None:
        """Where the call stands that a piece goes on with; None when it begins one."""
        place = self._newest.get(index)
        if index is None and call_id in self._given_ids and call_id:
            place = self._given_ids.index(call_id)
        if place is None:
            return None
        # Gemini's API for OpenAI's SDK gives every call the index 0. Only a piece with a name
        # begins a call: some servers make up a new id for each piece.
        if name and call_id and self._given_ids[place] not in ("", call_id):
            return None
        is_repeated = name and text and _is_whole(self._calls[place].arguments_text)
        return None if is_repeated and not call_id else place

    def _own_id(self, index: int | None, call_id: str | None) -> str:
        # A server that sends no id still needs one to tell two calls apart.
        wanted = call_id or f"call_{len(self._calls) if index is None else index}"
        taken = {call.call_id for call in self._calls}
        own, number = wanted, 2
        while own in taken:
            own, number = f"{wanted}_{number}", number + 1
        return own


def parsed_arguments(text: str) -> dict[str, Any] | None:
    """A tool call's arguments, None when they are not a JSON object. No text means no arguments."""
    try:
        # Python reads NaN and Infinity, which are not JSON and no tool can use.
        value = json.loads(text or "{}", parse_constant=_refused_constant)
    except (ValueError, RecursionError):
        return None
    return cast(dict[str, Any], value) if isinstance(value, dict) else None


def _is_whole(text: str) -> bool:
    return bool(text) and parsed_arguments(text) is not None


def _refused_constant(name: str) -> None:
    raise ValueError(name)
