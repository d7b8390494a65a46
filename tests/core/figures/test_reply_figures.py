from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.figures.reply_figures import (
    Cost,
    Figure,
    compare_figures,
    describe_cache,
    make_figures,
)
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply, ReplyStatus, TextBlock
from gwtrace_core.values.speed import NoSpeed, Streamed

FINISHED = Reply(
    status="finished",
    blocks=(TextBlock(text="An answer."),),
    usage=Usage(input_tokens=1_304, output_tokens=200),
    model_request_count=1,
    first_token_ms=412.0,
    last_token_ms=2_412.0,
    duration_ms=2_450.0,
    chunk_count=200,
    longest_gap_ms=80.0,
    streaming_ms=2_000.0,
    streamed=Streamed(tokens=200, streaming_ms=2_000.0),
)
FAILED = Reply(
    status="failed",
    failure=Failure(
        source=FailureSource.PROVIDER,
        cause=FailureCause.UPSTREAM_ERROR,
        message="It failed",
        hint="Wait.",
    ),
    duration_ms=90.0,
)
TABLE = Cost(amount_usd=0.0031, source="genai-prices")
MLFLOW = Cost(amount_usd=0.0032, source="MLflow")


def no_speed(why: NoSpeed | None, **changes: Any) -> Reply:
    return replace(FINISHED, streamed=None, no_speed=why, **changes)


def strip(reply: Reply, table: Cost | None = None, trace: Cost | None = None) -> list[Figure]:
    return make_figures(reply, table_cost=table, trace_cost=trace)


def shown(figures: Sequence[Figure]) -> list[str]:
    return [f"{figure.label} {figure.value} {figure.unit}".strip() for figure in figures]


@pytest.mark.parametrize(
    ("reply", "table", "expected"),
    [
        (
            FINISHED,
            TABLE,
            [
                "first token 412 ms",
                "total 2.45 s",
                "speed 100 tok/s",
                "tokens 1,304 → 200",
                "cost $0.0031 estimate",
            ],
        ),
        (
            replace(FINISHED, gateway_cost_usd=0.0029),
            TABLE,
            [
                "first token 412 ms",
                "total 2.45 s",
                "speed 100 tok/s",
                "tokens 1,304 → 200",
                "cost $0.0029 gateway",
            ],
        ),
        (
            replace(
                FINISHED,
                usage=Usage(input_tokens=1_304, output_tokens=200, cache_read_tokens=1_024),
                gateway_cost_usd=0.0,
                cached_request_count=1,
            ),
            TABLE,
            [
                "first token 412 ms",
                "total 2.45 s",
                "speed 100 tok/s",
                "tokens 1,304 (1,024 cached) → 200",
                "cost $0 from cache",
            ],
        ),
        (
            replace(FINISHED, status="stopped", usage=None, streamed=None),
            None,
            ["first token 412 ms", "stopped at 2.45 s", "speed n/a", "tokens n/a", "cost n/a"],
        ),
        (FAILED, None, ["first token n/a", "failed at 90 ms", "speed n/a", "tokens n/a",
                        "cost n/a"]),
        (Reply(), None, ["first token n/a", "total n/a", "speed n/a", "tokens n/a", "cost n/a"]),
        (
            replace(FINISHED, usage=Usage(input_tokens=None, output_tokens=0), streamed=None),
            Cost(amount_usd=0.0, source="genai-prices"),
            [
                "first token 412 ms",
                "total 2.45 s",
                "speed n/a",
                "tokens n/a → 0",
                "cost $0 estimate",
            ],
        ),
    ],
    ids=["finished", "gateway's cost", "gateway's cache", "stopped", "failed", "running", "zeros"],
)  # fmt: skip
def test_the_strip_shows_what_is_known_and_says_what_is_not(
    reply: Reply, table: Cost | None, expected: list[str]
) -> None:
    assert shown(strip(reply, table)) == expected


def test_a_cost_names_every_source_and_the_gateways_goes_first() -> None:
    *_, cost = strip(replace(FINISHED, gateway_cost_usd=0.0029), TABLE, MLFLOW)
    assert cost.explanation == (
        "$0.0029 by the gateway; $0.0031 by genai-prices; $0.0032 by MLflow."
    )
    assert cost.amount == 0.0029


@pytest.mark.parametrize(
    ("rounded_usd", "requests", "table", "shown_cost", "explanation"),
    [
        (
            0.0031,
            1,
            Cost(amount_usd=0.00312, source="a table"),
            "cost $0.0031 estimate",
            "$0.0031 by a table; $0.0031 by the gateway, rounded to four decimals.",
        ),
        (
            0.0029,
            1,
            Cost(amount_usd=0.0031, source="a table"),
            "cost $0.0029 gateway",
            "$0.0029 by the gateway, rounded to four decimals; $0.0031 by a table.",
        ),
        (
            # Each of the requests may have been rounded.
            0.0029,
            4,
            Cost(amount_usd=0.00309, source="a table"),
            "cost $0.0031 estimate",
            "$0.0031 by a table; $0.0029 by the gateway, rounded to four decimals.",
        ),
        (
            0.0012,
            1,
            None,
            "cost $0.0012 gateway",
            "$0.0012 by the gateway, rounded to four decimals.",
        ),
        (
            0.0,
            1,
            Cost(amount_usd=0.0000336, source="a table"),
            "cost $0.000034 estimate",
            "$0.000034 by a table; below $0.000050 by the gateway, which rounds.",
        ),
        (
            0.0,
            1,
            Cost(amount_usd=0.5, source="a table"),
            "cost $0.5000 estimate",
            "$0.5000 by a table; below $0.000050 by the gateway, which rounds.",
        ),
        (
            0.0,
            2,
            None,
            "cost n/a",
            "No price is known for this model. It is below $0.000100 by the gateway, which rounds.",
        ),
    ],
)
def test_of_a_rounded_cost_only_what_its_rounding_allows_is_said(
    rounded_usd: float, requests: int, table: Cost | None, shown_cost: str, explanation: str
) -> None:
    reply = replace(FINISHED, rounded_cost_usd=rounded_usd, model_request_count=requests)
    *_, cost = strip(reply, table)
    assert shown([cost]) == [shown_cost]
    assert cost.explanation == explanation


@pytest.mark.parametrize(
    ("reply", "label", "why"),
    [
        (FAILED, "first token", "Nothing of the answer arrived."),
        (Reply(), "total", "The run has not ended."),
        (Reply(), "speed", "The run has not ended."),
        (FAILED, "speed", "Nothing of the answer arrived."),
        (no_speed(None, chunk_count=1), "speed", "in one piece"),
        (no_speed("cached", chunk_count=1), "speed", "no model wrote it"),
        (no_speed("few pieces"), "speed", "in fewer than 10 pieces: too few"),
        (no_speed("brief"), "speed", "within 200 ms: too short a time"),
        (no_speed("uncounted"), "speed", "No count of output tokens was reported."),
        (no_speed("hidden tokens"), "speed", "part of them was not streamed"),
        (no_speed(None, status="stopped"), "speed", "broke off before its tokens were counted"),
        (no_speed(None), "speed", "was not kept with this answer"),
        (replace(FINISHED, usage=None), "tokens", "The provider did not report usage."),
        (replace(FINISHED, usage=None, status="stopped"), "tokens", "is still charged"),
        (FAILED, "tokens", "failed before usage was reported"),
        (FINISHED, "cost", "No price is known"),
        (replace(FINISHED, usage=None), "cost", "nothing to price"),
    ],
)
def test_a_missing_figure_says_why(reply: Reply, label: str, why: str) -> None:
    figure = next(each for each in strip(reply) if each.label == label)
    assert (figure.value, figure.amount, figure.is_missing) == ("n/a", None, True)
    assert why in figure.explanation


_AMOUNTS_MS = st.none() | st.floats(0.001, 1e7)
_COUNTS = st.none() | st.integers(0, 10**7)
_COSTS = st.none() | st.builds(Cost, amount_usd=st.floats(0, 100), source=st.just("a table"))
REPLIES = st.builds(
    Reply,
    status=st.sampled_from(["running", "finished", "failed", "stopped"]),
    usage=st.none() | st.builds(Usage, input_tokens=_COUNTS, output_tokens=_COUNTS),
    first_token_ms=_AMOUNTS_MS,
    duration_ms=_AMOUNTS_MS,
    gateway_cost_usd=st.none() | st.floats(0, 100),
    rounded_cost_usd=st.none() | st.floats(0, 100).map(lambda usd: round(usd, 4)),
    cached_request_count=st.integers(0, 2),
    chunk_count=st.integers(0, 2),
    streamed=st.none()
    | st.builds(Streamed, tokens=st.integers(1, 10**6), streaming_ms=st.floats(200, 1e7)),
    no_speed=st.sampled_from([None, "cached", "uncounted", "few pieces", "brief", "hidden tokens"]),
)


@given(REPLIES, _COSTS, _COSTS)
def test_every_figure_is_explained_and_nothing_missing_becomes_a_number(
    reply: Reply, table: Cost | None, trace: Cost | None
) -> None:
    figures = strip(reply, table, trace)
    assert len(figures) == 5
    for figure in figures:
        assert figure.explanation
        assert figure.is_missing == (figure.value == "n/a")
        if figure.is_missing:
            assert (figure.amount, figure.unit) == (None, "")


def test_a_part_of_the_usage_that_is_missing_is_never_a_sum() -> None:
    figures = strip(replace(FINISHED, usage=Usage(input_tokens=3, output_tokens=None)))
    assert (figures[3].value, figures[3].amount, figures[3].is_missing) == ("3 → n/a", None, False)


def figure(amount: float | None, *, more: bool | None = False) -> Figure:
    return Figure(label="x", value=str(amount), amount=amount, is_more_better=more)


@pytest.mark.parametrize(
    ("amounts", "more", "best"),
    [
        ((3.0, 1.0, 2.0), False, [1]),
        ((3.0, 1.0, 2.0), True, [0]),
        ((3.0, 1.0, 2.0), None, []),
        ((1.0, 1.0, 2.0), False, [0, 1]),
        ((1.0, 1.0, 1.0), False, []),
        ((None, 1.0, 2.0), False, [1]),
        ((None, 1.0, None), False, []),
        ((None, None), True, []),
        ((0.0, 1.0), False, [0]),
        ((5.0,), False, []),
    ],
)
def test_the_best_is_marked_where_somebody_was_beaten(
    amounts: tuple[float | None, ...], more: bool | None, best: list[int]
) -> None:
    rows = compare_figures([[figure(amount, more=more)] for amount in amounts], baseline=None)
    assert [index for index, (each,) in enumerate(rows) if each.is_best] == best
    assert {each.delta for (each,) in rows} == {""}


@pytest.mark.parametrize(
    ("amounts", "baseline", "deltas"),
    [
        ((100.0, 150.0, 50.0), 0, ["", "+50%", "−50%"]),
        ((100.0, 150.0, 50.0), 2, ["+100%", "+200%", ""]),
        ((100.0, 100.4, 99.6), 0, ["", "±0%", "±0%"]),
        ((100.0, None, 200.0), 0, ["", "", "+100%"]),
        ((None, 1.0, 2.0), 0, ["", "", ""]),
        ((0.0, 1.0), 0, ["", ""]),
        ((1.0, 0.0), 0, ["", "−100%"]),
        ((100.0, 150.0), None, ["", ""]),
    ],
)
def test_a_baseline_turns_the_others_into_differences(
    amounts: tuple[float | None, ...], baseline: int | None, deltas: list[str]
) -> None:
    rows = compare_figures([[figure(amount)] for amount in amounts], baseline=baseline)
    assert [each.delta for (each,) in rows] == deltas


def test_what_reads_the_same_is_equally_good() -> None:
    costs = [Cost(amount_usd=usd, source="a table") for usd in (0.002791, 0.002798, 0.0031)]
    rows = compare_figures([strip(FINISHED, cost) for cost in costs], baseline=None)
    marked = [(row[4].value, row[4].is_best) for row in rows]
    assert marked == [("$0.0028", True), ("$0.0028", True), ("$0.0031", False)]
    alike = compare_figures([strip(FINISHED, cost) for cost in costs[:2]], baseline=None)
    assert [row[4].is_best for row in alike] == [False, False]


@pytest.mark.parametrize("status", ["stopped", "failed"])
def test_a_call_that_broke_off_wins_nothing_and_takes_nothing_from_those_that_did_not(
    status: ReplyStatus,
) -> None:
    slow = replace(FINISHED, first_token_ms=900.0, duration_ms=3_000.0)
    broken = replace(FINISHED, status=status, first_token_ms=1.0, duration_ms=5.0, streamed=None)
    costs = [Cost(amount_usd=usd, source="a table") for usd in (0.002, 0.003, 0.0001)]
    rows = compare_figures(
        [strip(each, cost) for each, cost in zip((FINISHED, slow, broken), costs, strict=True)],
        baseline=0,
    )
    assert [[each.label for each in row if each.is_best] for row in rows] == [
        ["first token", "total", "cost"],
        [],
        [],
    ]
    assert rows[2][1].delta == ""


@pytest.mark.parametrize(
    ("change", "wins"),
    [
        ({"finish_reason": "content_filter"}, False),
        ({"finish_reason": "refusal"}, False),
        ({"blocks": ()}, False),
        # The same limit cuts all lanes, and all had the same to do.
        ({"finish_reason": "length"}, True),
        ({"finish_reason": "tired"}, False),
        ({"finish_reason": "stop"}, True),
    ],
)
def test_an_answer_that_ended_early_or_has_no_text_wins_nothing(
    change: dict[str, Any], wins: bool
) -> None:
    quick = replace(FINISHED, first_token_ms=1.0, duration_ms=5.0, **change)
    rows = compare_figures([strip(FINISHED, TABLE), strip(quick, TABLE)], baseline=0)
    best = [each.label for each in rows[1] if each.is_best]
    assert best == (["first token", "total"] if wins else [])


def test_an_answer_from_the_gateways_cache_is_held_against_no_other() -> None:
    slow = replace(FINISHED, first_token_ms=900.0, streamed=Streamed(tokens=9, streaming_ms=500.0))
    kept = replace(
        FINISHED,
        first_token_ms=1.0,
        duration_ms=5.0,
        streamed=Streamed(tokens=200, streaming_ms=201.0),
        gateway_cost_usd=0.0,
        cached_request_count=1,
    )
    for baseline in (0, 2):
        rows = compare_figures(
            [strip(each, TABLE) for each in (FINISHED, slow, kept)], baseline=baseline
        )
        assert [[each.label for each in row if each.is_best] for row in rows] == [
            ["first token", "speed"],
            [],
            [],
        ]
        assert {each.delta for each in rows[2]} == {""}
    assert {each.delta for row in rows for each in row} == {""}, "nothing is held against it"


@pytest.mark.parametrize(
    ("cached", "requests", "words"),
    [
        (0, 1, ""),
        (1, 1, "From the gateway's cache. "),
        (2, 2, "From the gateway's cache. "),
        (1, 2, "1 of 2 model requests answered from the gateway's cache. "),
    ],
)
def test_a_cached_answer_says_how_much_of_it_is(cached: int, requests: int, words: str) -> None:
    rest = "Its times and cost are not the model's, so they count in no comparison."
    reply = replace(FINISHED, cached_request_count=cached, model_request_count=requests)
    assert describe_cache(reply) == (words + rest if words else "")


def test_comparing_changes_nothing_but_marks_and_differences() -> None:
    strips = [strip(FINISHED, TABLE), strip(replace(FINISHED, duration_ms=3_000.0), MLFLOW)]
    rows = compare_figures(strips, baseline=1)
    assert [[replace(each, is_best=False, delta="") for each in row] for row in rows] == strips
    assert [each.is_best for each in rows[0]] == [False, True, False, False, True]


def test_no_lane_is_no_comparison() -> None:
    assert compare_figures([], baseline=None) == []
