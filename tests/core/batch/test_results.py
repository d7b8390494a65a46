"""The table of a batch from plain values: order, judgement, cost, filters, each lane's summary."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.batch.results import (
    BatchCall,
    BatchResults,
    RowFilter,
    filter_rows,
    make_results,
    normalise,
)
from gwtrace_core.figures.reply_figures import Cost
from gwtrace_core.gateway.prices import estimate_cost
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import Lane

LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="gpt-4o-mini",
)
OTHER = replace(LANE, model="nobody-knows-it")
USAGE = Usage(input_tokens=1_000, output_tokens=100)
FAILED = Reply(
    status="failed",
    failure=Failure(source=FailureSource.PROVIDER, cause=FailureCause.TIMEOUT, message="Late."),
)


def answer(text: str, *, ms: float = 100.0, usage: Usage | None = USAGE) -> Reply:
    return Reply(status="finished", blocks=(TextBlock(text=text),), usage=usage, duration_ms=ms)


def call(
    row: int, name: str, reply: Reply | None, *, expected: str | None = None, lane: Lane = LANE
) -> BatchCall:
    return BatchCall(
        row=row,
        lane_name=name,
        lane=lane,
        prompt=f"Question {row}",
        expected=expected,
        reply=reply,
        trace_id=None if reply is None else f"tr-{row}{name}",
    )


def marks(results: BatchResults, row: int) -> list[tuple[bool | None, bool | None]]:
    found = next(each for each in results.rows if each.number == row)
    return [(cell.is_exact, cell.contains_expected) for cell in found.cells.values()]


def numbers(results: BatchResults, row_filter: RowFilter) -> list[int]:
    return [row.number for row in filter_rows(results.rows, row_filter)]


def test_rows_are_by_number_and_lanes_as_they_come() -> None:
    results = make_results(
        [call(2, "B", answer("b2")), call(1, "B", answer("b1")), call(1, "A", answer("a1"))]
    )
    assert results.lane_names == ("B", "A")
    assert [(row.number, row.prompt, list(row.cells)) for row in results.rows] == [
        (1, "Question 1", ["B", "A"]),
        (2, "Question 2", ["B"]),
    ]
    cell = results.rows[0].cells["A"]
    assert (cell.answer, cell.trace_id, cell.outcome) == ("a1", "tr-1A", "finished")


def test_a_call_that_was_tried_again_replaces_the_one_before() -> None:
    results = make_results([call(1, "A", FAILED), call(1, "A", answer("now"))])
    (summary,) = results.summaries
    assert results.rows[0].cells["A"].answer == "now"
    assert (summary.calls, summary.finished, summary.failed) == (1, 1, 0)


@pytest.mark.parametrize(
    ("expected", "text", "mark"),
    [
        ("Paris", "Paris", (True, True)),
        ("the  answer", "The\nAnswer ", (True, True)),
        ("Paris", "It is paris.", (False, True)),
        ("Paris", "London", (False, False)),
        (None, "Paris", (None, None)),
    ],
)
def test_case_and_white_space_do_not_make_an_answer_another(
    expected: str | None, text: str, mark: tuple[bool | None, bool | None]
) -> None:
    assert marks(make_results([call(1, "A", answer(text), expected=expected)]), 1) == [mark]


@pytest.mark.parametrize("reply", [None, FAILED, Reply(), Reply(status="stopped")])
def test_what_did_not_finish_is_not_judged(reply: Reply | None) -> None:
    results = make_results([call(1, "A", reply, expected="")])
    assert marks(results, 1) == [(None, None)]
    assert results.summaries[0].judged == 0


def test_a_failed_call_says_whose_fault_it_is() -> None:
    cell = make_results([call(1, "A", FAILED)]).rows[0].cells["A"]
    assert (cell.state, cell.outcome) == ("failed", "provider: timeout")


def test_an_answer_that_ended_early_or_has_no_text_is_finished_and_says_so() -> None:
    refused = replace(answer("I ca"), finish_reason="refusal")
    replies = (answer("a"), refused, answer(" "), FAILED, replace(refused, status="stopped"))
    results = make_results([call(row, "A", reply) for row, reply in enumerate(replies, 1)])
    cells = [row.cells["A"] for row in results.rows]
    assert [cell.outcome for cell in cells] == [
        *("finished", "finished: refused", "finished: no text", "provider: timeout", "stopped")
    ]
    assert numbers(results, "early") == [2, 3]
    assert results.summaries[0].finished == 3


def test_the_gateways_own_cost_goes_before_the_price_table_and_no_price_is_not_free() -> None:
    by_gateway = replace(answer("a"), gateway_cost_usd=0.5)
    cells = make_results(
        [
            call(1, "A", by_gateway),
            call(2, "A", answer("a")),
            call(3, "A", answer("a", usage=None)),
            call(4, "A", answer("a"), lane=OTHER),
        ]
    )
    estimate = estimate_cost(LANE.provider, LANE.model, USAGE)
    assert estimate is not None
    assert [row.cells["A"].cost for row in cells.rows] == [
        Cost(amount_usd=0.5, source="the gateway", unit="gateway"),
        Cost(amount_usd=estimate.amount_usd, source=estimate.source),
        None,
        None,
    ]
    (summary,) = cells.summaries
    assert (summary.priced, summary.cost_usd) == (2, 0.5 + estimate.amount_usd)


def test_a_lanes_summary_counts_each_outcome_and_names_what_it_could_measure() -> None:
    times_ms = [float(n) for n in range(1, 21)]
    calls = [call(n, "A", answer("x", ms=ms)) for n, ms in enumerate(times_ms, 1)]
    calls += [call(21, "A", FAILED), call(22, "A", Reply(status="stopped")), call(23, "A", None)]
    (summary,) = make_results(calls).summaries
    assert (summary.calls, summary.finished, summary.failed, summary.stopped) == (23, 20, 1, 1)
    assert (summary.median_ms, summary.p95_ms) == (10.5, 19.0)
    assert summary.usage == Usage(input_tokens=20_000, output_tokens=2_000)


def test_answers_from_the_gateways_cache_are_counted_and_in_no_figure_of_a_lane() -> None:
    kept = replace(answer("x", ms=1.0), gateway_cost_usd=0.0, cached_request_count=1)
    asked = replace(answer("x", ms=9.0), gateway_cost_usd=0.5)
    results = make_results(
        [call(1, "A", asked, expected="x"), call(2, "A", kept, expected="x"), call(3, "A", FAILED)]
    )
    (summary,) = results.summaries
    assert (summary.finished, summary.cached, summary.exact) == (2, 1, 2)
    assert (summary.median_ms, summary.p95_ms) == (9.0, 9.0)
    assert summary.usage == USAGE
    assert (summary.cost_usd, summary.priced) == (0.5, 1)
    assert [row.cells["A"].outcome for row in results.rows] == [
        "finished",
        "finished, from cache",
        "provider: timeout",
    ]


def test_a_lane_that_answered_nothing_has_no_figures_rather_than_zeros() -> None:
    (summary,) = make_results([call(1, "A", None)]).summaries
    assert (summary.median_ms, summary.p95_ms, summary.cost_usd) == (None, None, None)
    assert summary.usage is None


def test_matches_are_counted_among_what_was_judged() -> None:
    (summary,) = make_results(
        [
            call(1, "A", answer("yes"), expected="Yes"),
            call(2, "A", answer("yes, it is"), expected="yes"),
            call(3, "A", answer("no"), expected="yes"),
            call(4, "A", FAILED, expected="yes"),
            call(5, "A", answer("whatever")),
        ]
    ).summaries
    assert (summary.judged, summary.exact, summary.contains) == (3, 1, 2)


def test_rows_are_filtered_by_what_went_wrong_or_apart() -> None:
    results = make_results(
        [
            call(1, "A", answer("yes"), expected="yes"),
            call(1, "B", answer("YES"), expected="yes"),
            call(2, "A", answer("yes"), expected="yes"),
            call(2, "B", answer("no"), expected="yes"),
            call(3, "A", answer("yes")),
            call(3, "B", FAILED),
            call(4, "A", None),
            call(4, "B", answer("yes")),
        ]
    )
    assert numbers(results, "all") == [1, 2, 3, 4]
    assert numbers(results, "failed") == [3]
    assert numbers(results, "differing") == [2]
    assert numbers(results, "inexact") == [2]
    assert numbers(results, "lacking") == [2]


def test_an_answer_that_says_more_than_was_expected_is_not_exact_and_lacks_nothing() -> None:
    results = make_results([call(1, "A", answer("It is yes."), expected="yes")])
    assert numbers(results, "inexact") == [1]
    assert numbers(results, "lacking") == []
    assert results.has_expected


@given(st.text(), st.text())
def test_what_is_exact_contains_too(expected: str, text: str) -> None:
    ((exact, contains),) = marks(make_results([call(1, "A", answer(text), expected=expected)]), 1)
    assert exact == (normalise(expected) == normalise(text))
    assert contains or not exact
