"""Feedback in words, and summed up by group and over time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.trace.feedback import compact_words, kind_of, source_of, value_words, who_words
from gwtrace_core.trace.feedback_summary.summary import (
    Categories,
    FailedFeedback,
    Given,
    GroupBy,
    GroupKey,
    GroupRow,
    Numbers,
    Point,
    YesNo,
    failed_of,
    failed_words,
    given_of,
    list_often_given,
    summarise,
    traces_of,
)
from gwtrace_core.trace.feedback_summary.times import Over, bucket_ms, since_ms
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.listing import ListedTrace
from gwtrace_core.trace.model import Assessment, TraceSummary

HOUR = 3_600_000
DAY = 24 * HOUR
MIDNIGHT = 1_790_985_600_000 - 1_790_985_600_000 % DAY
"""Of a day in 2026, in UTC."""


def said(value: Any, *, name: str = "verdict", by: str = "ada", **more: Any) -> Assessment:
    fields: dict[str, Any] = {
        "assessment_id": "a",
        "kind": "feedback",
        "rationale": None,
        "source_kind": "HUMAN",
    }
    return Assessment(**fields | {"name": name, "value": value, "source_id": by} | more)


def one(value: bool | float | str, **more: Any) -> Given:
    fields: dict[str, Any] = {"trace_id": "t", "source": "person", "began_ms": MIDNIGHT}
    return Given(value=value, **fields | more)


@pytest.mark.parametrize(
    ("assessment", "words"),
    [
        (said(True), "good"),
        (said(False), "bad"),
        (said(True, name="quality"), "yes"),
        (said(4, name="quality", is_stars=True), "★★★★☆"),
        (said(4.0, name="quality", is_stars=True), "★★★★☆"),
        (said(4.5, name="quality", is_stars=True), "4.5"),
        (said(7.0, name="quality"), "7"),
        (said("dry", name="tone"), "dry"),
        (said(["a", 1], name="tone"), '["a", 1]'),
        (said(None, name="tone"), "no value"),
        (said(None, error="The judge failed: 429"), "failed, The judge failed: 429"),
        (said(2, name="tone", error="Cut off"), "2, failed, Cut off"),
    ],
)
def test_a_value_is_told_as_it_was_given(assessment: Assessment, words: str) -> None:
    assert value_words(assessment) == words


def test_errors_in_place_of_values_are_told_by_how_often_they_came() -> None:
    judge = {"source_kind": "LLM_JUDGE", "name": "quality"}
    assessments = (
        said(None, error="429", **judge),
        said(2, error="cut off", **judge),
        said(None, error="429", **judge | {"name": "tone"}),
        said(None, error="old", **judge, is_valid=False),
    )
    summary = TraceSummary(
        trace_id="t",
        experiment_id="0",
        status="ok",
        start_ms=0,
        duration_ms=None,
        assessments=assessments,
    )
    failed = failed_of(ListedTrace(summary=summary), "quality")
    assert failed == (FailedFeedback(trace_id="t", error="429", source="judge"),)
    other = FailedFeedback(trace_id="u", error="no key", source="code")
    assert failed_words([*failed, other, *failed]) == ("429 (2 times)", "no key")
    assert failed_words([*failed, other], source="code") == ("no key",)


def test_a_column_says_equal_things_once_with_all_who_said_them() -> None:
    judge = said(True, by="openai:/gpt-4o", source_kind="LLM_JUDGE")
    found = [
        said(True),
        said(True, by="eve"),
        said(False, by="bob"),
        said(3, name="quality", is_stars=True),
        judge,
        said(0.5, name="length", by="default", source_kind="CODE"),
        said("x", name="odd", by="", source_kind=""),
    ]
    assert compact_words(found) == [
        "good · ada, eve, judge",
        "bad · bob",
        "quality: ★★★☆☆ · ada",
        "length: 0.5 · code",
        "odd: x",
    ]
    assert (source_of(judge), who_words(judge)) == ("judge", "judge")
    assert source_of(said(1, source_kind="SOURCE_TYPE_UNSPECIFIED")) is None


def test_what_stands_under_a_name_is_taken_from_a_trace_with_what_the_trace_says() -> None:
    summary = TraceSummary(
        trace_id="tr-1",
        experiment_id="1",
        status="ok",
        start_ms=MIDNIGHT,
        duration_ms=1.0,
        assessments=(
            said(False, is_valid=False),
            said(True, given_ms=MIDNIGHT + 5),
            said("42", kind="expectation"),
            said(3, name="quality"),
            said(["no", "value"]),
        ),
    )
    row = ListedTrace(summary=summary, model="m", sdk_path="openai-chat")
    assert given_of(row, "verdict", connection="demo", prompts=("p/2",)) == (
        Given(
            trace_id="tr-1",
            value=True,
            source="person",
            began_ms=MIDNIGHT,
            given_ms=MIDNIGHT + 5,
            model="m",
            sdk_path="openai-chat",
            connection="demo",
            prompts=("p/2",),
        ),
    )


def test_yes_and_no_are_shares_of_counts_by_group() -> None:
    (section,) = summarise(
        [
            one(True, model="a", trace_id="1", given_ms=MIDNIGHT + 9),
            one(False, model="a", trace_id="1"),
            one(True, model="a", trace_id="2", began_ms=MIDNIGHT + 4),
            one(False, model="b", trace_id="3"),
            one(True, trace_id="4"),
        ],
        "model",
    )
    assert section.kind == "yes_no"
    assert section.rows == (
        GroupRow(key=("a",), traces=2, latest_ms=MIDNIGHT + 9, figures=YesNo(count=3, yes=2)),
        GroupRow(key=("",), traces=1, latest_ms=MIDNIGHT, figures=YesNo(count=1, yes=1)),
        GroupRow(key=("b",), traces=1, latest_ms=MIDNIGHT, figures=YesNo(count=1, yes=0)),
    )
    assert YesNo(count=3, yes=2).share == pytest.approx(2 / 3)


def test_yes_or_no_numbers_and_categories_are_never_mixed() -> None:
    sections = summarise([one(True), one(1), one(1.5), one("true"), one("1"), one("1")], "model")
    assert [(each.kind, each.rows[0].figures) for each in sections] == [
        ("yes_no", YesNo(count=1, yes=1)),
        ("number", Numbers(count=2, mean=1.25, lowest=1, highest=1.5)),
        ("category", Categories(count=3, counts=(("1", 2), ("true", 1)))),
    ]


def test_only_the_asked_source_counts() -> None:
    found = [one(True), one(False, source="judge"), one(False, source=None)]
    assert summarise(found, "model", source="code") == ()
    (section,) = summarise(found, "model", source="judge")
    assert section.rows[0].figures == YesNo(count=1, yes=0)
    (section,) = summarise(found, "model")
    assert section.rows[0].figures == YesNo(count=3, yes=1)


def test_a_trace_with_two_prompts_counts_for_each_and_without_any_for_none() -> None:
    found = [one(True, prompts=("p/1", "q/1")), one(False, prompts=("p/1",)), one(False)]
    (section,) = summarise(found, "prompt")
    assert {row.key: row.figures for row in section.rows} == {
        ("p/1",): YesNo(count=2, yes=1),
        ("q/1",): YesNo(count=1, yes=1),
        ("",): YesNo(count=1, yes=0),
    }


def test_a_lane_is_model_path_and_connection_together() -> None:
    first = one(True, model="m", sdk_path="openai-chat", connection="demo")
    found = [first, replace(first, connection="other"), replace(first, value=False)]
    (section,) = summarise(found, "lane")
    assert [(row.key, row.figures.count) for row in section.rows] == [
        (("m", "openai-chat", "demo"), 2),
        (("m", "openai-chat", "other"), 1),
    ]


@pytest.mark.parametrize(
    ("by", "key", "chosen"),
    [
        ("model", ("m",), TraceFilter(model="m")),
        ("model", ("",), TraceFilter(by_gwtrace=False)),
        ("sdk_path", ("openai-chat",), TraceFilter(sdk_path="openai-chat")),
        ("connection", ("demo",), TraceFilter(connection="demo")),
        ("prompt", ("p/2",), TraceFilter(prompt="p/2")),
        ("prompt", ("",), TraceFilter(has_prompt=False)),
        ("lane", ("m", "", "demo"), TraceFilter(model="m", connection="demo")),
        ("lane", ("", "", ""), TraceFilter(by_gwtrace=False)),
    ],
)
def test_a_groups_traces_are_found_by_what_they_have_in_common(
    by: GroupBy, key: GroupKey, chosen: TraceFilter
) -> None:
    assert traces_of(by, key) == chosen


@pytest.mark.parametrize(
    ("span_ms", "width_ms"),
    [(0, HOUR), (2 * DAY, HOUR), (3 * DAY, DAY), (60 * DAY, DAY), (61 * DAY, 7 * DAY)],
)
def test_time_is_cut_by_how_long_it_is(span_ms: int, width_ms: int) -> None:
    assert bucket_ms(span_ms) == width_ms


def test_days_begin_at_the_midnight_of_the_clock_on_the_wall() -> None:
    evening = MIDNIGHT + 23 * HOUR
    found = [
        one(True, began_ms=MIDNIGHT - 9 * DAY),
        one(True, began_ms=evening),
        one(False, began_ms=evening),
    ]
    (in_utc,) = summarise(found, "model")
    assert in_utc.points[-1] == Point(
        start_ms=MIDNIGHT, end_ms=MIDNIGHT + DAY, key=("",), figures=YesNo(count=2, yes=1)
    )
    (ahead,) = summarise(found, "model", offset_ms=2 * HOUR)
    assert ahead.points[-1].start_ms == MIDNIGHT + 22 * HOUR
    (behind,) = summarise(found, "model", offset_ms=-5 * HOUR)
    assert behind.points[-1].start_ms == MIDNIGHT + 5 * HOUR


@given(
    st.lists(
        st.tuples(
            st.booleans() | st.floats(0, 9) | st.sampled_from(["a", "b"]),
            st.integers(0, 2 * 10**12),
        ),
        min_size=1,
    ),
    st.integers(-12 * HOUR, 14 * HOUR),
)
def test_no_value_is_lost_and_each_lies_in_its_stretch_of_time(
    values: list[tuple[bool | float | str, int]], offset_ms: int
) -> None:
    sections = summarise(
        [one(value, began_ms=at_ms) for value, at_ms in values], "model", offset_ms=offset_ms
    )
    assert sum(row.figures.count for each in sections for row in each.rows) == len(values)
    for section in sections:
        begun = [at_ms for value, at_ms in values if kind_of(value) == section.kind]
        for point in section.points:
            inside = [at_ms for at_ms in begun if point.start_ms <= at_ms < point.end_ms]
            assert len(inside) == point.figures.count


def test_weeks_begin_on_monday() -> None:
    monday = 1_791_158_400_000  # 5 October 2026, 00:00 UTC
    found = [one(True, began_ms=monday + 6 * DAY), one(True, began_ms=monday - 90 * DAY)]
    (section,) = summarise(found, "model")
    assert section.points[-1].start_ms == monday


@pytest.mark.parametrize(
    ("over", "offset_ms", "since"),
    [
        ("today", 0, MIDNIGHT),
        ("today", 9 * HOUR, MIDNIGHT - 9 * HOUR),
        # Where it is ten hours earlier it is still the day before.
        ("today", -10 * HOUR, MIDNIGHT - 14 * HOUR),
        ("week", 0, MIDNIGHT + 8 * HOUR - 7 * DAY),
        ("month", 0, MIDNIGHT + 8 * HOUR - 30 * DAY),
        ("all", 0, None),
    ],
)
def test_today_begins_at_the_readers_midnight_and_the_rest_counts_back_from_now(
    over: Over, offset_ms: int, since: int | None
) -> None:
    assert since_ms(over, now_ms=MIDNIGHT + 8 * HOUR, offset_ms=offset_ms) == since


def test_categories_are_ordered_by_how_often_all_groups_gave_them_then_by_name() -> None:
    one_group = Categories(count=5, counts=(("dry", 3), ("witty", 1), ("flat", 1)))
    other = Categories(count=3, counts=(("witty", 3),))
    assert list_often_given([one_group, other]) == ("witty", "dry", "flat")
    assert list_often_given([]) == ()
