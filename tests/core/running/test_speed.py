from __future__ import annotations

from collections.abc import Sequence

import pytest

from gwtrace_core.values.events import (
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    ReasoningDelta,
    Stopped,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from gwtrace_core.values.reply import Reply, advance
from gwtrace_core.values.speed import Streamed

Timed = Sequence[tuple[float, StreamEvent]]


def pieces(count: int, every_ms: float, *, after_ms: float = 0, text: str = "word ") -> Timed:
    return [(after_ms + number * every_ms, TextDelta(text=text)) for number in range(count)]


def thoughts(count: int, every_ms: float, *, after_ms: float = 0) -> Timed:
    return [
        (at_ms, ReasoningDelta(text="hm "))
        for at_ms, _ in pieces(count, every_ms, after_ms=after_ms)
    ]


def folded(*requests: tuple[Timed, Usage | None]) -> Reply:
    """Each request's pieces at their times, then its end."""
    reply, now_ms = Reply(), 0.0
    for index, (timed, usage) in enumerate(requests):
        reply = advance(reply, ModelRequestStarted(index=index, model="m"), elapsed_ms=now_ms)
        began_ms = now_ms
        for at_ms, event in timed:
            now_ms = began_ms + at_ms
            reply = advance(reply, event, elapsed_ms=now_ms)
        end = ModelRequestFinished(
            index=index, finish_reason="stop", usage=usage, response_model=None
        )
        reply = advance(reply, end, elapsed_ms=now_ms)
    return advance(reply, Finished(finish_reason="stop"), elapsed_ms=now_ms)


def used(output: int | None, reasoning: int | None = None) -> Usage:
    return Usage(input_tokens=10, output_tokens=output, reasoning_tokens=reasoning)


ARGUMENTS: Timed = [
    (number * 50.0, ToolCallDelta(call_id="c", name=None, arguments_text="1234"))
    for number in range(11)
]


@pytest.mark.parametrize(
    ("timed", "usage", "streamed"),
    [
        (pieces(11, 100), used(14), Streamed(tokens=14, streaming_ms=1_000)),
        # Hidden: it took its time before the first piece.
        (
            pieces(11, 100, after_ms=9_000),
            used(1_944, 1_930),
            Streamed(tokens=14, streaming_ms=1_000),
        ),
        # Shown: neither its tokens nor its time.
        (
            [*thoughts(20, 10), *pieces(11, 100, after_ms=500)],
            used(200, 186),
            Streamed(tokens=14, streaming_ms=1_000),
        ),
        # Shown, and not counted apart: both.
        (
            [*thoughts(20, 10), *pieces(11, 100, after_ms=500)],
            used(34),
            Streamed(tokens=34, streaming_ms=1_500),
        ),
        (
            [*thoughts(20, 10), *pieces(11, 100, after_ms=500)],
            used(34, 0),
            Streamed(tokens=34, streaming_ms=1_500),
        ),
        # Counted beside the output, not as part of it.
        (pieces(11, 100), used(14, 30), Streamed(tokens=14, streaming_ms=1_000)),
        (ARGUMENTS, used(20), Streamed(tokens=20, streaming_ms=500)),
    ],
    ids=["plain", "hidden", "shown", "uncounted", "counted as none", "beside", "arguments"],
)
def test_what_was_streamed_counts_over_the_time_in_which_it_came(
    timed: Timed, usage: Usage, streamed: Streamed
) -> None:
    reply = folded((timed, usage))
    assert (reply.streamed, reply.no_speed) == (streamed, None)
    assert reply.output_tokens_per_s == streamed.tokens / (streamed.streaming_ms / 1000)


@pytest.mark.parametrize(
    ("timed", "usage", "why"),
    [
        ([], used(10), "few pieces"),
        (pieces(1, 0), used(10), "few pieces"),
        (pieces(9, 100), used(10), "few pieces"),
        ([*thoughts(50, 10), *pieces(3, 100, after_ms=500)], used(60, 50), "few pieces"),
        (pieces(200, 0.01), used(200), "brief"),
        (pieces(11, 19.9), used(11), "brief"),
        (pieces(11, 100), None, "uncounted"),
        (pieces(11, 100), used(None), "uncounted"),
        (pieces(11, 100), used(0), "uncounted"),
        (pieces(11, 100), used(1_944), "hidden tokens"),
    ],
)
def test_where_too_little_came_there_is_no_speed_and_a_reason(
    timed: Timed, usage: Usage | None, why: str
) -> None:
    reply = folded((timed, usage))
    assert (reply.output_tokens_per_s, reply.streamed, reply.no_speed) == (None, None, why)


def test_a_request_that_came_at_once_does_not_make_the_others_quick() -> None:
    at_once: Timed = [(300, ToolCallDelta(call_id="c", name="calculator", arguments_text="{}"))]
    reply = folded((at_once, used(500)), (pieces(11, 100), used(14)), (pieces(11, 50), used(11)))
    assert reply.streamed == Streamed(tokens=25, streaming_ms=1_500)
    assert reply.usage == Usage(input_tokens=30, output_tokens=525)


def test_what_the_gateways_cache_sent_again_has_no_speed() -> None:
    reply = advance(Reply(), ModelRequestStarted(index=0, model="m"), elapsed_ms=0)
    for at_ms, event in pieces(50, 100):
        reply = advance(reply, event, elapsed_ms=at_ms)
    end = ModelRequestFinished(
        index=0, finish_reason="stop", usage=used(60), response_model=None, is_from_cache=True
    )
    reply = advance(reply, end, elapsed_ms=5_000)
    assert (reply.streamed, reply.no_speed) == (None, "cached")


def test_a_request_that_broke_off_says_nothing_of_its_speed() -> None:
    reply = advance(Reply(), ModelRequestStarted(index=0, model="m"), elapsed_ms=0)
    for at_ms, event in pieces(50, 100):
        reply = advance(reply, event, elapsed_ms=at_ms)
    assert reply.output_tokens_per_s is None
    assert advance(reply, Stopped(), elapsed_ms=6_000).output_tokens_per_s is None


def test_half_a_character_has_a_length_too() -> None:
    reply = folded((pieces(11, 100, text="\ud83d"), used(14)))
    assert reply.streamed == Streamed(tokens=14, streaming_ms=1_000)
