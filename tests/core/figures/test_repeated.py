"""Several runs of one prompt, summed up: exact numbers, and no run left unsaid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwtrace_core.figures.repeated import (
    RunFacts,
    Spread,
    describe_repetition,
    make_distinct_line,
    make_median_figures,
    measure_spread,
    summarise_runs,
)
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply, TextBlock

FAILURE = Failure(
    source=FailureSource.GATEWAY, cause=FailureCause.RATE_LIMITED, message="Too many."
)


def finished(first_ms: float, total_ms: float, tokens: int, cost_usd: float | None) -> RunFacts:
    reply = Reply(
        status="finished",
        blocks=(TextBlock(text="An answer."),),
        first_token_ms=first_ms,
        last_token_ms=total_ms,
        duration_ms=total_ms,
        usage=Usage(input_tokens=12, output_tokens=tokens),
    )
    return RunFacts(reply=reply, cost_usd=cost_usd)


FAILED = RunFacts(reply=Reply(status="failed", failure=FAILURE, duration_ms=1.0))
STOPPED = RunFacts(reply=Reply(status="stopped", first_token_ms=5.0, duration_ms=9.0))
FOUR = [
    finished(700, 2_000, 100, 0.002),
    finished(500, 4_000, 130, 0.004),
    finished(600, 3_000, 101, None),
    finished(900, 2_500, 105, 0.003),
]


def cached(run: RunFacts) -> RunFacts:
    return RunFacts(reply=replace(run.reply, cached_request_count=1), cost_usd=0.0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([None, None], None),
        ([3.0], Spread(median=3.0, lowest=3.0, highest=3.0, count=1)),
        ([3.0, None, 1.0], Spread(median=2.0, lowest=1.0, highest=3.0, count=2)),
        ([9, 1, 4, 2, 0], Spread(median=2, lowest=0, highest=9, count=5)),
    ],
)
def test_a_spread_is_of_what_is_known(values: list[float | None], expected: Spread | None) -> None:
    assert measure_spread(values) == expected


def test_only_finished_runs_count_in_a_median() -> None:
    summed = summarise_runs([*FOUR, FAILED, STOPPED], planned=8)
    assert summed.first_token_ms == Spread(median=650, lowest=500, highest=900, count=4)
    assert summed.duration_ms == Spread(median=2_750, lowest=2_000, highest=4_000, count=4)
    assert summed.output_tokens == Spread(median=103, lowest=100, highest=130, count=4)
    assert summed.cost_usd == Spread(median=0.003, lowest=0.002, highest=0.004, count=3)


def test_runs_from_the_gateways_cache_are_counted_and_in_no_median() -> None:
    kept = cached(finished(1, 2, 900, None))
    summed = summarise_runs([*FOUR, kept, kept], planned=6)
    assert (summed.finished, summed.cached) == (6, 2)
    asked = summarise_runs(FOUR, planned=6)
    assert replace(summed, finished=4, cached=0) == asked
    assert describe_repetition(summed) == (
        "6 of 6 runs finished, 2 of them from the gateway's cache, left out of the medians"
    )


def test_where_all_runs_came_from_the_gateways_cache_nothing_was_measured() -> None:
    strip = make_median_figures(summarise_runs([cached(FOUR[0]), FAILED], planned=2))
    assert [figure.value for figure in strip] == ["n/a"] * 5
    assert {figure.explanation for figure in strip} == {
        "Every run that finished came from the gateway's cache: nothing was measured of the model. "
        "Switch Distinct requests on to have each run asked of it."
    }


def test_what_the_provider_read_from_its_own_cache_stands_beside_the_input() -> None:
    usage = Usage(input_tokens=1_200, output_tokens=5, cache_read_tokens=1_024)
    runs = [RunFacts(reply=replace(FOUR[0].reply, usage=usage))] * 3
    assert (
        make_median_figures(summarise_runs(runs, planned=3))[3].value == "1,200 (1,024 cached) → 5"
    )


def test_distinct_lines_differ_by_run_and_by_question() -> None:
    lines = [make_distinct_line(number, mark) for mark in ("a1", "b2") for number in (1, 2)]
    assert len(set(lines)) == 4
    assert lines[1] == ("Request a1-2. This line only tells requests apart; do not mention it.")


def test_every_run_that_was_to_be_is_counted_and_named() -> None:
    summed = summarise_runs([*FOUR, FAILED, STOPPED], planned=8)
    assert describe_repetition(summed) == (
        "4 of 8 runs finished, 1 failed (rate limited), 1 stopped, 2 not made"
    )
    under_way = summarise_runs([FOUR[0], RunFacts(reply=Reply())], planned=5)
    assert describe_repetition(under_way) == "1 of 5 runs finished, 1 under way, 3 to come"
    assert describe_repetition(summarise_runs(FOUR, planned=4)) == "4 of 4 runs finished"


def test_runs_that_finished_early_or_without_text_are_counted_apart() -> None:
    refused = RunFacts(reply=replace(FOUR[0].reply, finish_reason="refusal"))
    empty = RunFacts(reply=replace(FOUR[0].reply, blocks=()))
    summed = summarise_runs([FOUR[0], refused, refused, empty, FAILED], planned=5)
    assert describe_repetition(summed) == (
        "4 of 5 runs finished (2 refused, 1 no text), 1 failed (rate limited)"
    )


def test_the_strip_says_the_median_and_from_where_to_where() -> None:
    strip = {
        figure.label: figure for figure in make_median_figures(summarise_runs(FOUR, planned=4))
    }
    assert list(strip) == ["first token", "total", "speed", "tokens", "cost"]
    told = {label: (figure.value, figure.spread) for label, figure in strip.items()}
    assert told["first token"] == ("650 ms", "(500 ms to 900 ms)")
    assert told["total"] == ("2.75 s", "(2.00 s to 4.00 s)")
    assert told["tokens"] == ("12 → 103", "(100 to 130)")
    assert told["cost"] == ("$0.0030", "($0.0020 to $0.0040)")
    assert strip["cost"].explanation == (
        "Median of 3 finished runs: half of them are below, half above. "
        "Lowest to highest: $0.0020 to $0.0040."
    )


def test_runs_that_read_the_same_have_no_two_ends() -> None:
    strip = make_median_figures(summarise_runs([FOUR[0], FOUR[0]], planned=2))
    known = [figure.spread for figure in strip if not figure.is_missing]
    assert known == ["(in every run)"] * 4


def test_without_a_finished_run_nothing_is_0() -> None:
    strip = make_median_figures(summarise_runs([FAILED, STOPPED], planned=2))
    assert [figure.value for figure in strip] == ["n/a"] * 5
    assert [figure.amount for figure in strip] == [None] * 5
