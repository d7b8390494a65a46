"""A prompt several times per lane, by Streamlit's AppTest on a real hub."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwtrace_core.figures.repeated import make_distinct_line
from gwtrace_core.lanes.lanes import choose_default_lane
from gwtrace_core.values.connection import Connection
from gwtrace_core.values.request import ChatRequest, Lane, TurnContext
from pages.ui.compare.table import comparison_frame, plot_points, shown_table
from tests.pages.compare_page import Page

Calls = list[tuple[ChatRequest, TurnContext]]


@pytest.fixture
def page(calls: Calls, demo_connection: Connection) -> Page:
    """Two lanes, three runs each, by the link."""
    lane = replace(choose_default_lane(demo_connection), tools=())
    return Page(*lanes_of(lane), more={"runs": "3"})


def lanes_of(lane: Lane) -> list[Lane]:
    return [replace(lane, system_prompt=f"You are number {number}.") for number in range(2)]


def of_lane(calls: Calls, number: int) -> Calls:
    return [call for call in calls if call[0].lane.system_prompt == f"You are number {number}."]


def test_a_prompt_runs_as_often_as_the_link_says_and_each_run_is_told_apart(
    page: Page, calls: Calls
) -> None:
    assert page.state.runs == 3
    page.ask("Hello")
    assert len(calls) == 6
    for number, lane_id in enumerate(page.ids):
        contexts = [context for _, context in of_lane(calls, number)]
        assert [each.tags["gwtrace.comparison.repetition"] for each in contexts] == ["1", "2", "3"]
        session = f"{page.state.comparison_id}-{lane_id}"
        assert [each.session_id for each in contexts] == [session, f"{session}-r2", f"{session}-r3"]
    assert [text for text in page.texts if "3 of 3 runs finished" in text] == [
        "3 of 3 runs finished. Median (lowest to highest):"
    ] * 2
    assert page.test.query_params["runs"] == "3"


def test_every_run_is_asked_the_same_and_the_next_question_goes_on_from_the_first(
    page: Page, calls: Calls
) -> None:
    page.ask("Hello")
    assert {tuple(each.text for each in call[0].messages) for call in calls} == {("Hello",)}
    first = [turn.snapshot().reply.text for turn in page.state.rounds[0].turns.values()]
    page.ask("And now?")
    for number, answer in enumerate(first):
        later = of_lane(calls, number)[3:]
        assert [[each.text for each in call[0].messages] for call in later] == [
            ["Hello", answer, "And now?"]
        ] * 3


def test_asking_a_repeated_lane_again_runs_as_often(page: Page, calls: Calls) -> None:
    page.ask("Hello")
    page.click(f"compare.regenerate.{page.state.rounds[0].turns[page.ids[1]].turn_id}")
    assert (len(of_lane(calls, 0)), len(of_lane(calls, 1))) == (3, 6)
    assert len(page.state.rounds[0].runs_of(page.ids[1])) == 3


def test_one_run_leaves_link_and_tags_as_they_were(page: Page, calls: Calls) -> None:
    page.test.selectbox(key="compare.runs").set_value(1)
    page.run()
    assert "runs" not in page.test.query_params
    page.ask("Hello")
    assert len(calls) == 2
    assert all("gwtrace.comparison.repetition" not in call[1].tags for call in calls)


def test_distinct_requests_differ_by_a_line_that_is_shown_and_kept_in_the_address(
    page: Page, calls: Calls
) -> None:
    page.test.toggle(key="compare.distinct").set_value(True)
    page.run()
    assert page.test.query_params["distinct"] == "1"
    page.ask("Hello")
    sent = [call[0].system_prompt for call in calls]
    assert len(set(sent)) == 6
    for number, lane_id in enumerate(page.ids):
        requests = [call[0] for call in of_lane(calls, number)]
        [mark] = {request.distinct_line.split()[1].split("-")[0] for request in requests}
        assert [request.system_prompt for request in requests] == [
            f"You are number {number}.\n\n{make_distinct_line(run, mark)}" for run in (1, 2, 3)
        ]
        shown = f":material/fingerprint: Its system prompt ended in: {make_distinct_line(1, mark)}"
        assert shown in page.texts, lane_id
    page.test.selectbox(key="compare.runs").set_value(1)
    page.run()
    assert "distinct" not in page.test.query_params


def test_the_same_request_is_sent_where_nobody_wants_it_distinct(page: Page, calls: Calls) -> None:
    page.ask("Hello")
    assert {call[0].distinct_line for call in calls} == {""}


def test_the_table_counts_the_runs_and_has_median_and_ends(page: Page, calls: Calls) -> None:
    page.ask("Hello")
    frame = comparison_frame(page.state)
    assert list(frame["lane"]) == ["A", "B"]
    assert (
        frame[["runs", "finished", "failed", "stopped", "not made"]].to_numpy().tolist()
        == [[3, 3, 0, 0, 0]] * 2
    )
    row = frame.iloc[0]
    durations = sorted(
        turn.snapshot().reply.duration_ms or 0 for turn in page.state.rounds[0].runs_of(page.ids[0])
    )
    assert [row[f"total (ms){end}"] for end in (", min", "", ", max")] == durations
    assert row["total (ms), n"] == 3
    assert (row["output tokens"], row["output tokens, min"], row["output tokens, max"]) == (2, 2, 2)


def test_the_page_writes_figures_as_under_the_answers_and_sorts_by_the_numbers(
    page: Page, calls: Calls
) -> None:
    page.ask("Hello")
    frame = comparison_frame(page.state).assign(
        **{
            "first token (ms)": [900.4, None],
            "total (ms)": [900.4, 61_000.0],
            "cost (USD)": [0.004933, 0.00001],
        }
    )
    shown = shown_table(frame)
    data = shown.data
    assert all(name[0].isupper() for name in data)
    assert {"Total, min", "Total, n", "Runs", "Not made"} <= set(data)
    assert list(data["Cost"]) == [0.004933, 0.00001]
    head, *rows = [line.split("|") for line in shown.to_string(delimiter="|").splitlines()]
    written = {name: [row[head.index(name)] for row in rows] for name in head}
    assert [written[name] for name in ("First token", "Total", "Cost", "Status")] == [
        ["900 ms", "n/a"],
        ["900 ms", "1 min 01 s"],
        ["$0.0049", "$0.000010"],
        ["Finished", "Finished"],
    ]


def test_equal_points_of_the_plot_share_a_label(page: Page, calls: Calls) -> None:
    page.ask("Hello")
    frame = comparison_frame(page.state).assign(
        **{"total (ms)": [1000.0, 1001.0], "cost (USD)": [0.002, 0.002]}
    )
    points = plot_points(frame)
    assert [(point["lane"], point["label"]) for point in points] == [("A", "A, B"), ("B", "")]
