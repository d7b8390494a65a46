"""Rates with their counts, worst first; two evaluations; and judges held against people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.evaluation.compared import compare_evaluations
from gwtrace_core.evaluation.disagreement import measure_agreements
from gwtrace_core.evaluation.results import (
    PassRate,
    find_leads,
    group_scores,
    list_groupings,
    list_rows,
    sort_worst_first,
)
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score, ScoreState, Verdict
from gwtrace_core.trace.model import Assessment


def said(trace_id: str, name: str, passed: bool | None, value: Any = None) -> Score:
    verdict = Verdict(value=bool(passed) if value is None else value, passed=passed)
    return Score(trace_id=trace_id, scorer_name=name, state="scored", verdict=verdict)


def unsaid(trace_id: str, name: str, state: ScoreState) -> Score:
    return Score(trace_id=trace_id, scorer_name=name, state=state)


def subject(trace_id: str, **fields: Any) -> Subject:
    return Subject(trace_id=trace_id, **fields)


def test_rates_come_by_group_with_their_counts_and_the_worst_first() -> None:
    subjects = [
        subject("1", lane="A", model="m"),
        subject("2", lane="A", model="m"),
        subject("3", lane="B", model="m"),
        subject("4", lane="B", model="m"),
        subject("5", model="m"),
    ]
    scores = [
        said("1", "safe", True),
        said("2", "safe", True),
        said("3", "safe", False),
        said("4", "safe", True),
        unsaid("5", "safe", "failed"),
        said("1", "mark", None, 2.0),
        said("2", "mark", None, 4.0),
        unsaid("3", "mark", "not applicable"),
        said("4", "mark", None, 1.0),
        unsaid("5", "mark", "stopped"),
    ]
    found = [
        (each.scorer_name, each.group, each.rate.passed, each.rate.judged, each.mean)
        for each in group_scores(subjects, scores, "lane")
    ]
    assert found == [
        ("safe", "B", 1, 2, 0.5),
        ("safe", "A", 2, 2, 1.0),
        ("safe", "", 0, 0, None),
        ("mark", "B", 0, 0, 1.0),
        ("mark", "A", 0, 0, 3.0),
        ("mark", "", 0, 0, None),
    ]
    safe, mark = group_scores(subjects, scores)
    assert (safe.rate, safe.scored, safe.failed) == (PassRate(passed=3, judged=4), 4, 1)
    assert (mark.rate.rate, mark.not_applicable, mark.scored) == (None, 1, 3)
    assert list_groupings(subjects) == ("all", "lane")


def test_lanes_of_unrelated_comparisons_are_not_one_group() -> None:
    first, second, other = "c" * 32, "c" * 32, "d" * 32
    subjects = [
        subject("1", lane="A", comparison_id=first, model="m"),
        subject("2", lane="B", comparison_id=second, model="n"),
    ]
    assert list_groupings(subjects) == ("all", "lane", "model")
    elsewhere = subject("3", lane="B", comparison_id=other, model="n")
    assert list_groupings([*subjects, elsewhere]) == ("all", "model")


def test_of_each_scorer_it_is_said_which_group_leads_and_whether_that_is_sure() -> None:
    lanes = {"A": range(10), "B": range(10, 20), "": range(20, 22)}
    subjects = [
        subject(str(n), lane=lane or None) for lane, numbers in lanes.items() for n in numbers
    ]
    scores = [
        *(said(str(n), "sure", n < 10) for n in range(20)),
        *(said(str(n), "unsure", n not in (3, 11, 12)) for n in range(20)),
        *(said(str(n), "tied", True) for n in range(20)),
        *(said(str(n), "only A and those of no lane", True) for n in (1, 20, 21)),
        *(said(str(n), "mark", None, 2.0) for n in range(20)),
    ]
    found = {
        lead.scorer_name: (
            lead.best.group,
            lead.worst.group,
            lead.group_count,
            lead.is_tied,
            lead.is_sure,
        )
        for lead in find_leads(group_scores(subjects, scores, "lane"))
    }
    assert found == {
        "sure": ("A", "B", 2, False, True),
        "unsure": ("A", "B", 2, False, False),
        "tied": ("B", "A", 2, True, False),
    }


def test_an_interval_is_wilsons() -> None:
    # Newcombe 1998, table I: 81 of 263, and 0 of 20.
    low, high = PassRate(passed=81, judged=263).interval or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = PassRate(passed=0, judged=20).interval or (1, 1)
    assert (low, round(high, 4)) == (0, 0.1611)
    assert PassRate(passed=0, judged=0).interval is None


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_the_rate_and_stays_between_0_and_1(counts: tuple[int, int]) -> None:
    rate = PassRate(passed=counts[0], judged=counts[1])
    low, high = rate.interval or (2, -1)
    assert 0 <= low <= (rate.rate or 0) + 1e-12
    assert (rate.rate or 0) - 1e-12 <= high <= 1


def test_the_traces_that_most_scorers_fail_come_first() -> None:
    subjects = [subject("1"), subject("2"), subject("3"), subject("4")]
    scores = [
        said("1", "a", True),
        said("2", "a", False),
        said("3", "a", False),
        said("1", "b", True),
        said("2", "b", True),
        said("3", "b", False),
        unsaid("4", "a", "failed"),
    ]
    rows = sort_worst_first(subjects, scores)
    assert [row.subject.trace_id for row in rows] == ["3", "2", "4", "1"]
    assert [(row.failed_checks, row.passed_checks) for row in rows] == [
        (2, 0),
        (1, 1),
        (0, 0),
        (0, 2),
    ]
    assert list_rows(rows, "all") == rows
    assert [row.subject.trace_id for row in list_rows(rows, "not passed")] == ["3", "2"]
    assert [row.subject.trace_id for row in list_rows(rows, "not judged")] == ["4"]


def test_two_evaluations_of_the_same_traces_are_compared_trace_by_trace() -> None:
    names = ["1", "2", "3", "4", "5"]
    before = [
        said("1", "ok", True),
        said("2", "ok", False),
        said("3", "ok", True),
        said("4", "ok", True),
        said("5", "ok", True),
        said("1", "old", True),
        said("2", "mark", None, 2),
    ]
    after = [
        said("1", "ok", False),
        said("2", "ok", True),
        said("3", "ok", True),
        unsaid("4", "ok", "failed"),
        said("6", "ok", True),
        said("1", "new", True),
        said("2", "mark", None, 3),
    ]
    diff = compare_evaluations(
        ([subject(name) for name in names], before),
        ([subject(name) for name in [*names[:4], "6"]], after),
    )
    assert diff.matched_by == "trace"
    (ok, mark) = diff.scorers
    assert (ok.better, ok.worse, ok.same, ok.unclear) == (1, 1, 1, 1)
    assert (ok.before, ok.after) == (
        PassRate(passed=3, judged=4),
        PassRate(passed=2, judged=3),
    )
    assert (mark.scorer_name, mark.better) == ("mark", 1)
    assert [(each.before.trace_id, each.change) for each in diff.changes] == [
        ("1", "worse"),
        ("2", "better"),
        ("2", "better"),
        ("4", "unclear"),
        ("3", "same"),
    ]
    assert [each.trace_id for each in diff.only_before] == ["5"]
    assert [each.trace_id for each in diff.only_after] == ["6"]
    assert (diff.scorers_only_before, diff.scorers_only_after) == (("old",), ("new",))


def test_answers_of_two_prompts_to_the_same_questions_are_compared() -> None:
    before = [subject("1", question="Why?", lane="A"), subject("2", question="How?", lane="A")]
    after = [
        subject("3", question="How? ", lane="B"),
        subject("4", question="Why?", lane="B"),
        subject("5", question="Why?", lane="B"),
    ]
    diff = compare_evaluations(
        (before, [said("1", "ok", False), said("2", "ok", True)]),
        (after, [said("3", "ok", True), said("4", "ok", True), said("5", "ok", False)]),
    )
    assert diff.matched_by == "question"
    assert [(old.trace_id, new.trace_id) for old, new in diff.pairs] == [("1", "4"), ("2", "3")]
    assert (diff.scorers[0].better, diff.scorers[0].same) == (1, 1)
    assert [each.trace_id for each in diff.only_after] == ["5"]


def test_lanes_of_two_comparisons_are_not_mixed_up() -> None:
    before = [subject(f"1{lane}", question="Why?", lane=lane) for lane in "AB"]
    after = [subject(f"2{lane}", question="Why?", lane=lane) for lane in "BA"]
    diff = compare_evaluations((before, []), (after, []))
    assert [(old.trace_id, new.trace_id) for old, new in diff.pairs] == [
        ("1A", "2A"),
        ("1B", "2B"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ((True, "warm"), (True, "kind"), "same"),
        ((None, "warm"), (None, "cold"), "unclear"),
        ((None, "warm"), (None, "warm"), "same"),
        ((False, 1.0), (False, 2.0), "better"),
        ((True, 5.0), (True, 4.0), "worse"),
        ((False, "cold"), (True, "warm"), "better"),
    ],
)
def test_a_change_goes_by_passing_then_by_number(old: Any, new: Any, change: str) -> None:
    one = [subject("1")]
    diff = compare_evaluations((one, [said("1", "s", *old)]), (one, [said("1", "s", *new)]))
    assert [each.change for each in diff.changes] == [change]


def feedback(value: Any, *, name: str = "verdict", user: str = "ann", **more: Any) -> Assessment:
    fields: dict[str, Any] = {
        "assessment_id": "a",
        "name": name,
        "kind": "feedback",
        "value": value,
        "rationale": f"{user} says {value}",
        "source_kind": "HUMAN",
        "source_id": user,
    }
    return Assessment(**{**fields, **more})


def test_people_and_judges_are_held_against_each_other() -> None:
    cases: dict[str, tuple[tuple[Assessment, ...], bool]] = {
        "agree good": ((feedback(True),), True),
        "agree bad": ((feedback(False),), False),
        "too lenient": ((feedback(0.0),), True),
        "too strict": ((feedback("good"),), False),
        "split": ((feedback(True), feedback(False, user="bob")), True),
        "own name counts": ((feedback(True), feedback("no", name="safe")), True),
        "nobody": ((), True),
        "replaced": ((feedback(False, is_valid=False),), True),
        "a judge's": ((feedback(False, source_kind="LLM_JUDGE"),), True),
        "on one span": ((feedback(False, span_id="s"),), True),
        "another name": ((feedback(False, name="other"),), True),
        "stars": ((feedback(4, name="safe"),), True),
    }
    subjects = [subject(name, assessments=given) for name, (given, _) in cases.items()]
    scores = [said(name, "safe", passed) for name, (_, passed) in cases.items()]
    scores += [said("agree bad", "mark", None, 3), unsaid("split", "safe", "failed")]
    (safe,) = measure_agreements(subjects, scores)
    assert (safe.scorer_name, safe.compared, safe.agreed) == ("safe", 5, 2)
    assert (safe.too_lenient, safe.too_strict, safe.split) == (2, 1, 1)
    assert (safe.rate, safe.kappa) == (0.4, None)
    assert [
        (each.subject.trace_id, each.person, each.person_passes, each.comment)
        for each in safe.disagreements
    ] == [
        ("too lenient", "ann", False, "ann says 0.0"),
        ("too strict", "ann", True, "ann says good"),
        ("own name counts", "ann", False, "ann says no"),
    ]


def test_kappa_is_cohens_and_only_said_of_enough_traces() -> None:
    # 20 both good, 5 + 10 differing, 15 both bad: 0.4, the textbook example.
    plan = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    subjects = [
        subject(str(number), assessments=(feedback(person),))
        for number, (person, _) in enumerate(plan)
    ]
    scores = [said(str(number), "safe", judge) for number, (_, judge) in enumerate(plan)]
    (safe,) = measure_agreements(subjects, scores)
    assert (safe.compared, safe.rate) == (50, 0.7)
    assert safe.kappa == pytest.approx(0.4)
    (few,) = measure_agreements(subjects[15:34], scores)
    assert (few.compared, few.kappa) == (19, None)
    (one_sided,) = measure_agreements(subjects[:25], scores)
    assert one_sided.kappa is None
