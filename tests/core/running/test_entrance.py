"""What enters a run: text cut anywhere is put together, and none that is broken gets further."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.running.entrance import Entrance
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import (
    Failed,
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    ReasoningDelta,
    Stopped,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallFinished,
    ToolCallStarted,
)
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.reply import Reply, TextBlock, ToolBlock, advance
from gwtrace_core.values.secret import MASK, Secret
from gwtrace_core.values.unicode_text import clean_text, with_texts

BROKEN = st.text(st.characters(categories=["Lu", "So", "Cs"]), max_size=6)
"""Letters, signs beyond the first 65,536 characters, and halves of such."""
VALUES = st.recursive(
    st.none() | st.booleans() | BROKEN,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(BROKEN, inner, max_size=2),
    max_leaves=5,
)
OBJECTS = st.dictionaries(BROKEN, VALUES, max_size=3)
FAILURES = st.builds(
    Failure,
    source=st.sampled_from(FailureSource),
    cause=st.sampled_from(FailureCause),
    message=BROKEN,
    hint=BROKEN,
    body=st.none() | BROKEN,
    routes=st.lists(BROKEN, max_size=2).map(tuple),
)
EVENTS: st.SearchStrategy[StreamEvent] = st.one_of(
    st.builds(ModelRequestStarted, index=st.just(0), model=BROKEN, inputs=OBJECTS),
    st.builds(TextDelta, text=BROKEN),
    st.builds(ReasoningDelta, text=BROKEN),
    st.builds(ToolCallDelta, call_id=BROKEN, name=st.none() | BROKEN, arguments_text=BROKEN),
    st.builds(
        ModelRequestFinished,
        index=st.just(0),
        finish_reason=BROKEN,
        usage=st.none(),
        response_model=BROKEN,
        response_id=BROKEN,
        request_id=BROKEN,
        unseen=st.lists(BROKEN, max_size=2).map(tuple),
        outputs=OBJECTS,
    ),
    st.builds(ToolCallStarted, call_id=BROKEN, name=BROKEN, arguments=OBJECTS),
    st.builds(ToolCallFinished, call_id=BROKEN, name=BROKEN, content=BROKEN),
)
ENDS: st.SearchStrategy[StreamEvent] = st.one_of(
    st.builds(Finished, finish_reason=st.none() | BROKEN),
    st.builds(Failed, failure=FAILURES),
    st.builds(Stopped, reason=BROKEN),
)


def in_pieces(text: str) -> list[str]:
    """UTF-16 as a program cuts it that does not look: every character beyond 65,535 in two."""
    units = text.encode("utf-16-le", "surrogatepass")
    return [
        units[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(units), 2)
    ]


def entered(events: Iterable[StreamEvent], model: str = "m", key: str = "") -> list[StreamEvent]:
    entrance = Entrance(model=model, masker=Masker([Secret(key)]))
    return [clean for event in events for clean in entrance.take(event)]


def folded(events: Iterable[StreamEvent]) -> Reply:
    reply = Reply()
    for event in events:
        reply = advance(reply, event, elapsed_ms=1.0)
    return reply


def tool(name: str | None, text: str, call_id: str = "1") -> ToolCallDelta:
    return ToolCallDelta(call_id=call_id, name=name, arguments_text=text)


def read_text(reply: Reply) -> str:
    return reply.text


def read_reasoning(reply: Reply) -> str:
    return reply.reasoning


def read_arguments(reply: Reply) -> str:
    return "".join(call.arguments_text for call in reply.tool_calls)


WAYS: dict[str, tuple[Callable[[str], StreamEvent], Callable[[Reply], str]]] = {
    "text": (lambda text: TextDelta(text=text), read_text),
    "reasoning": (lambda text: ReasoningDelta(text=text), read_reasoning),
    "arguments": (lambda text: tool("clock", text), read_arguments),
}


@pytest.mark.parametrize("way", WAYS)
@given(text=BROKEN, is_cut=st.booleans())
def test_a_text_in_pieces_is_the_clean_text_wherever_it_was_cut(
    way: str, text: str, is_cut: bool
) -> None:
    event_of, read = WAYS[way]
    pieces = in_pieces(text) if is_cut else list(text)
    events = [*map(event_of, pieces), Finished(finish_reason="stop")]
    assert read(folded(entered(events))) == clean_text("".join(pieces))


@given(events=st.lists(EVENTS, max_size=12), end=ENDS, model=BROKEN)
def test_no_broken_text_gets_further_and_no_event_is_lost(
    events: list[StreamEvent], end: StreamEvent, model: str
) -> None:
    clean = entered([*events, end], model)
    # What a page, a store and a file do with it: refuses half a character.
    everything: Any = [asdict(event) for event in clean] + [asdict(folded(clean))]
    json.dumps(everything, ensure_ascii=False, default=str).encode()
    deltas = (TextDelta, ReasoningDelta, ToolCallDelta)
    assert [type(each) for each in clean if not isinstance(each, deltas)] == [
        type(each) for each in (*events, end) if not isinstance(each, deltas)
    ]


def test_half_a_character_waits_for_the_other_half_and_no_longer_than_for_that() -> None:
    assert entered([TextDelta(text="Hi \ud83d")]) == [TextDelta(text="Hi ")]
    assert entered([TextDelta(text="Hi \ud83d"), TextDelta(text="\ude00!")]) == [
        TextDelta(text="Hi "),
        TextDelta(text="\N{GRINNING FACE}!"),
    ]
    assert entered([TextDelta(text="Hi \ud83d"), ReasoningDelta(text="Hm")]) == [
        TextDelta(text="Hi "),
        TextDelta(text="\ufffd", is_late=True),
        ReasoningDelta(text="Hm"),
    ]
    stopped = Stopped(reason="Stopped by the user.")
    assert entered([TextDelta(text="\ud83d"), stopped]) == [
        TextDelta(text=""),
        TextDelta(text="\ufffd", is_late=True),
        stopped,
    ]


def test_calls_that_are_written_side_by_side_keep_their_own_halves() -> None:
    pieces = [
        tool("a", "x\ud83d", "1"),
        tool("b", "\ud83d", "2"),
        tool(None, "\ude00", "1"),
        tool(None, "\ude01", "2"),
    ]
    reply = folded(entered([*pieces, Finished(finish_reason="stop")]))
    assert reply.blocks == (
        ToolBlock(call_id="1", name="a", arguments_text="x\N{GRINNING FACE}"),
        ToolBlock(call_id="2", name="b", arguments_text="\N{GRINNING FACE WITH SMILING EYES}"),
    )


def test_clean_events_are_passed_on_as_they_are() -> None:
    events: list[StreamEvent] = [
        ModelRequestStarted(index=0, model="m", inputs={"messages": [{"content": "hi"}]}),
        TextDelta(text="Hello \N{GRINNING FACE}"),
        tool("clock", '{"zone": "UTC"}'),
        Finished(finish_reason="stop"),
    ]
    passed = entered(events)
    assert all(new is old for new, old in zip(passed, events, strict=True))


def test_an_end_that_is_an_error_fails_the_turn_and_its_text_stands() -> None:
    reply = folded(entered([TextDelta(text="Hel"), Finished(finish_reason="error")]))
    assert (reply.status, reply.blocks) == ("failed", (TextBlock(text="Hel"),))
    assert reply.failure is not None
    assert reply.failure.source is FailureSource.PROVIDER


KEY = "pylf_v1_canary_0123456789"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_key_in_pieces_never_gets_further(way: str, size: int) -> None:
    event_of, read = WAYS[way]
    text = f"It is {KEY}, in short \N{GRINNING FACE} {KEY}"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    passed = entered([*map(event_of, pieces), Finished(finish_reason="stop")], key=KEY)
    reply = folded(passed)
    assert read(reply) == f"It is {MASK}, in short \N{GRINNING FACE} {MASK}"
    # And its pieces are counted and timed as they came.
    assert reply.chunk_count == len(pieces)


@given(events=st.lists(EVENTS, max_size=5), end=ENDS, at=st.integers(0, 5))
def test_a_key_in_any_place_of_any_event_never_gets_further(
    events: list[StreamEvent], end: StreamEvent, at: int
) -> None:
    place = min(at, len(events))
    told = [*events[:place], *(replaced(each) for each in (*events[place:], end))]
    clean = entered(told, model="m", key=KEY)
    everything: Any = [asdict(event) for event in clean] + [asdict(folded(clean))]
    assert KEY not in json.dumps(everything, ensure_ascii=False, default=str)


def replaced(event: StreamEvent) -> StreamEvent:
    """The event with the key in every text of it."""
    told: Any = event
    values = {each.name: getattr(told, each.name) for each in fields(told)}
    return replace(told, **{name: with_key(value) for name, value in values.items()})


def with_key(value: Any) -> Any:
    if isinstance(value, Failure):
        body = f"{value.body}{KEY}"
        return replace(value, message=f"{value.message} {KEY}", hint=KEY, body=body, routes=(KEY,))
    if isinstance(value, tuple):
        return (*value, KEY)
    return with_texts(value, lambda text: f"{text}{KEY}")


def test_a_text_that_waits_goes_before_what_comes_of_another_kind() -> None:
    assert entered(
        [
            TextDelta(text="The sky is pylf"),
            ReasoningDelta(text="Hm p"),
            tool("clock", '{"a": "pylf_v1'),
            TextDelta(text="!"),
            tool(None, '_canary_0123456789"}'),
            Finished(finish_reason="stop"),
        ],
        key=KEY,
    ) == [
        TextDelta(text="The sky is "),
        TextDelta(text="pylf", is_late=True),
        ReasoningDelta(text="Hm "),
        ReasoningDelta(text="p", is_late=True),
        tool("clock", '{"a": "'),
        TextDelta(text="!"),
        tool(None, f'{MASK}"}}'),
        Finished(finish_reason="stop"),
    ]
