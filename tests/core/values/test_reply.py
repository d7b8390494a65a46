from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Usage,
)
from gwtrace_core.values.reply import ReasoningBlock, Reply, TextBlock, ToolBlock, advance

FAILURE = Failure(source=FailureSource.PROVIDER, cause=FailureCause.UPSTREAM_ERROR, message="No.")
STARTED = ModelRequestStarted(index=0, model="m")


def ended(index: int = 0, **given: object) -> ModelRequestFinished:
    defaults: dict[str, object] = {"finish_reason": "stop", "usage": None, "response_model": None}
    return ModelRequestFinished(index=index, **{**defaults, **given})  # pyright: ignore[reportArgumentType] - a test's fields


def folded(*timed: tuple[float, StreamEvent]) -> Reply:
    reply = Reply()
    for elapsed_ms, event in timed:
        reply = advance(reply, event, elapsed_ms=elapsed_ms)
    return reply


def test_what_came_and_is_not_shown_is_named_once_over_all_model_requests() -> None:
    reply = folded(
        (0, STARTED),
        (1, ended(unseen=("a picture", "audio"))),
        (2, ModelRequestStarted(index=1, model="m")),
        (3, ended(1, unseen=("a picture", "a web search by the provider"))),
        (4, Finished(finish_reason="stop")),
    )
    assert reply.unseen == ("a picture", "audio", "a web search by the provider")


def test_a_streamed_answer_becomes_text_with_its_times() -> None:
    usage = Usage(input_tokens=10, output_tokens=4)
    reply = folded(
        (0, STARTED),
        (100, ReasoningDelta(text="Hm")),
        (150, ReasoningDelta(text="m.")),
        (300, TextDelta(text="Hel")),
        (320, TextDelta(text="lo")),
        (330, ended(usage=usage, response_model="m-1", response_id="r", request_id="q")),
        (340, Finished(finish_reason="stop")),
    )
    assert reply == Reply(
        status="finished",
        blocks=(ReasoningBlock(text="Hmm."), TextBlock(text="Hello")),
        usage=usage,
        model_request_count=1,
        response_model="m-1",
        response_id="r",
        request_id="q",
        finish_reason="stop",
        first_token_ms=100,
        last_token_ms=320,
        duration_ms=340,
        chunk_count=4,
        longest_gap_ms=150,
        streaming_ms=220,
        last_piece_ms=320,
        no_speed="few pieces",
    )
    assert (reply.text, reply.reasoning, reply.running) == ("Hello", "Hmm.", False)


def test_a_tool_round_keeps_the_order_and_does_not_count_the_tool_as_streaming() -> None:
    reply = folded(
        (0, STARTED),
        (10, TextDelta(text="Let me see.")),
        (20, ToolCallDelta(call_id="a", name="calculator", arguments_text="")),
        (30, ToolCallDelta(call_id="a", name=None, arguments_text='{"x":')),
        (40, ToolCallDelta(call_id="a", name=None, arguments_text="1}")),
        (50, ended(usage=Usage(input_tokens=5, output_tokens=3), gateway_cost_usd=0.1)),
        (60, ToolCallStarted(call_id="a", name="calculator", arguments={"x": 1})),
        (560, ToolCallFinished(call_id="a", name="calculator", content="1")),
        (570, ModelRequestStarted(index=1, model="m")),
        (670, TextDelta(text="One.")),
        (680, ended(1, usage=Usage(input_tokens=9, output_tokens=1), gateway_cost_usd=0.2)),
        (690, Finished(finish_reason="stop")),
    )
    assert reply.blocks == (
        TextBlock(text="Let me see."),
        ToolBlock(
            call_id="a",
            name="calculator",
            arguments_text='{"x":1}',
            arguments={"x": 1},
            content="1",
            started_ms=60,
            finished_ms=560,
        ),
        TextBlock(text="One."),
    )
    assert reply.usage == Usage(input_tokens=14, output_tokens=4)
    assert reply.gateway_cost_usd == pytest.approx(0.3)
    assert (reply.streaming_ms, reply.longest_gap_ms, reply.model_request_count) == (30, 10, 2)
    assert not reply.usage_is_partial


@pytest.mark.parametrize(
    ("costs_usd", "total_usd"),
    [
        ((), None),
        ((None,), None),
        ((0.0,), 0.0),
        ((0.1, 0.2), 0.3),
        ((0.1, None), None),
        ((None, 0.2), None),
        ((0.1, None, 0.3), None),
        ((0.1, 0.2, 0.3), 0.6),
    ],
)
def test_the_gateways_cost_is_known_only_when_every_request_had_one(
    costs_usd: Sequence[float | None], total_usd: float | None
) -> None:
    events: list[StreamEvent] = []
    for index, cost_usd in enumerate(costs_usd):
        events.append(ModelRequestStarted(index=index, model="m"))
        events.append(ended(index, gateway_cost_usd=cost_usd))
    reply = folded(*((0.0, event) for event in events))
    expected = None if total_usd is None else pytest.approx(total_usd)
    assert reply.gateway_cost_usd == expected


def test_a_rounded_cost_is_summed_apart_and_a_cached_request_is_counted() -> None:
    reply = folded(
        (0, STARTED),
        (1, ended(rounded_cost_usd=0.0001)),
        (2, ModelRequestStarted(index=1, model="m")),
        (3, ended(1, rounded_cost_usd=0.0002, is_from_cache=True)),
    )
    assert (reply.gateway_cost_usd, reply.cached_request_count) == (None, 1)
    assert reply.rounded_cost_usd == pytest.approx(0.0003)
    assert reply.is_from_cache


@pytest.mark.parametrize(
    ("usages", "total", "is_partial"),
    [
        ((None,), None, True),
        ((Usage(input_tokens=1), None), Usage(input_tokens=1), True),
        ((None, Usage(input_tokens=1)), Usage(input_tokens=1), True),
        (
            (Usage(input_tokens=0), Usage(output_tokens=2)),
            Usage(input_tokens=0, output_tokens=2),
            False,
        ),
    ],
)
def test_usage_is_summed_and_marked_when_a_request_did_not_report_it(
    usages: Sequence[Usage | None], total: Usage | None, is_partial: bool
) -> None:
    events: list[StreamEvent] = []
    for index, usage in enumerate(usages):
        events += [ModelRequestStarted(index=index, model="m"), ended(index, usage=usage)]
    reply = folded(*((0.0, event) for event in events))
    assert (reply.usage, reply.usage_is_partial) == (total, is_partial)


@pytest.mark.parametrize(
    ("terminal", "expected"),
    [
        (Finished(finish_reason="length"), {"status": "finished", "finish_reason": "length"}),
        (Failed(failure=FAILURE), {"status": "failed", "failure": FAILURE}),
        (Stopped(reason="Left."), {"status": "stopped", "stop_reason": "Left."}),
    ],
)
def test_every_end_keeps_what_had_arrived(
    terminal: StreamEvent, expected: dict[str, object]
) -> None:
    before = folded((0, STARTED), (5, TextDelta(text="Hel")))
    after = advance(before, terminal, elapsed_ms=9)
    assert after == replace(before, duration_ms=9, **expected)


def test_two_calls_at_once_stay_apart() -> None:
    reply = folded(
        (0, STARTED),
        (1, ToolCallDelta(call_id="a", name="f", arguments_text="1")),
        (2, ToolCallDelta(call_id="b", name="g", arguments_text="2")),
        (3, ToolCallDelta(call_id="a", name=None, arguments_text="1")),
        (4, ToolCallFinished(call_id="b", name="g", content="B", is_error=True)),
        (5, ToolCallFinished(call_id="a", name="f", content="A")),
    )
    assert [(tool.name, tool.arguments_text, tool.content) for tool in reply.tool_calls] == [
        ("f", "11", "A"),
        ("g", "2", "B"),
    ]
    assert [tool.is_error for tool in reply.tool_calls] == [False, True]


def test_a_later_round_that_uses_a_call_id_again_gets_a_block_of_its_own() -> None:
    reply = folded(
        (0, STARTED),
        (1, ToolCallDelta(call_id="call_0", name="f", arguments_text="1")),
        (2, ended(finish_reason="tool_calls")),
        (3, ToolCallStarted(call_id="call_0", name="f", arguments={"x": 1})),
        (4, ToolCallFinished(call_id="call_0", name="f", content="A")),
        (5, ModelRequestStarted(index=1, model="m")),
        (6, ToolCallDelta(call_id="call_0", name="g", arguments_text="2")),
        (7, ended(1, finish_reason="tool_calls")),
        (8, ToolCallStarted(call_id="call_0", name="g", arguments={"x": 2})),
        (9, ToolCallFinished(call_id="call_0", name="g", content="B")),
    )
    assert [(tool.name, tool.arguments_text, tool.content) for tool in reply.tool_calls] == [
        ("f", "1", "A"),
        ("g", "2", "B"),
    ]


@pytest.mark.parametrize(
    ("usage", "streaming_ms"),
    [
        (None, 100),
        (Usage(output_tokens=0), 100),
        (Usage(input_tokens=1), 100),
        (Usage(output_tokens=9), 0),
    ],
)
def test_the_rate_is_unknown_rather_than_zero_or_infinite(
    usage: Usage | None, streaming_ms: float
) -> None:
    assert Reply(usage=usage, streaming_ms=streaming_ms).output_tokens_per_s is None


PIECES = st.one_of(
    st.builds(TextDelta, text=st.text()),
    st.builds(ReasoningDelta, text=st.text()),
    st.builds(
        ToolCallDelta,
        call_id=st.sampled_from("ab"),
        name=st.sampled_from(["f", None]),
        arguments_text=st.text(),
    ),
)
EVENTS = st.one_of(
    PIECES,
    st.builds(ModelRequestStarted, index=st.integers(0, 5), model=st.text()),
    st.builds(
        ModelRequestFinished,
        index=st.integers(0, 5),
        finish_reason=st.none() | st.text(),
        usage=st.none() | st.builds(Usage, input_tokens=st.none() | st.integers(0, 9)),
        response_model=st.none() | st.text(),
    ),
    st.builds(
        ToolCallStarted, call_id=st.sampled_from("abc"), name=st.just("f"), arguments=st.just({})
    ),
    st.builds(
        ToolCallFinished, call_id=st.sampled_from("abc"), name=st.just("f"), content=st.text()
    ),
)
STEPS = st.lists(st.tuples(st.floats(0, 1_000), EVENTS), max_size=40)


@given(steps=STEPS)
def test_no_text_is_lost_or_reordered(steps: list[tuple[float, StreamEvent]]) -> None:
    events = [event for _, event in steps]
    reply = folded(*((0.0, event) for event in events))
    texts = [block.text for block in reply.blocks if isinstance(block, TextBlock)]
    assert "".join(texts) == "".join(e.text for e in events if isinstance(e, TextDelta))
    assert reply.text == "\n\n".join(texts)
    assert reply.reasoning == "".join(e.text for e in events if isinstance(e, ReasoningDelta))
    written = sum(len(e.arguments_text) for e in events if isinstance(e, ToolCallDelta))
    assert sum(len(tool.arguments_text) for tool in reply.tool_calls) == written


@given(steps=STEPS)
def test_the_times_fit_together(steps: list[tuple[float, StreamEvent]]) -> None:
    elapsed_ms, timed = 0.0, []
    for wait_ms, event in steps:
        elapsed_ms += wait_ms
        timed.append((elapsed_ms, event))
    reply = folded(*timed, (elapsed_ms + 1, Finished(finish_reason=None)))
    pieces = [e for _, e in timed if isinstance(e, TextDelta | ReasoningDelta | ToolCallDelta)]
    assert reply.chunk_count == len(pieces)
    assert (reply.first_token_ms is None) is (not pieces)
    if reply.first_token_ms is not None and reply.last_token_ms is not None:
        span_ms = reply.last_token_ms - reply.first_token_ms
        assert 0 <= reply.streaming_ms <= span_ms + 1e-6
        assert (reply.longest_gap_ms or 0) <= reply.streaming_ms + 1e-6
        assert reply.last_token_ms <= (reply.duration_ms or 0)


@given(steps=STEPS)
def test_a_stored_stream_replays_to_the_same_end(steps: list[tuple[float, StreamEvent]]) -> None:
    assert folded(*steps) == folded(*steps)
    if steps:
        *before, last = steps
        halfway = folded(*before)
        kept = replace(halfway)
        advance(halfway, last[1], elapsed_ms=last[0])
        assert halfway == kept
