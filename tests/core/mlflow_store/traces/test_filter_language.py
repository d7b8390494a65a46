"""What we write in MLflow's filter language, MLflow's own parser reads as it was meant."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.search_utils import SearchTraceUtils

from gwtrace_core.mlflow_store.traces.filter_language import compile_filter
from gwtrace_core.trace.filters import StatusFilter, TraceFilter
from gwtrace_core.trace.model import Assessment, TraceStatus, TraceSummary
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.events import Usage

_parse: Any = SearchTraceUtils.parse_search_filter_for_search_traces
_TEXT_FIELDS = (
    *("session_id", "user", "name", "sdk_path", "model", "provider", "comparison_id", "prompt"),
    *("connection", "verdict_value", "full_text"),
)
_tricky = st.text(st.sampled_from(list("ab'\"`\\;%_-=() \n\té😀")) | st.characters(), max_size=12)


def parsed(chosen: TraceFilter) -> list[tuple[str, str, str, Any]]:
    return [
        (found["type"], found["key"], found["comparator"], found["value"])
        for found in _parse(compile_filter(chosen).text)
    ]


def summary(status: Any = "ok", **fields: Any) -> TraceSummary:
    return TraceSummary(
        trace_id="tr-1", experiment_id="1", status=status, start_ms=0, duration_ms=1.0, **fields
    )


def judged(value: Any, source: str = "HUMAN", **more: Any) -> TraceSummary:
    fields: dict[str, Any] = {"assessment_id": "a", "name": "verdict", "kind": "feedback"}
    fields |= {"rationale": None, "source_id": "x"} | more
    said = Assessment(**fields | {"value": value, "source_kind": source})
    other = Assessment(**fields | {"name": "other", "value": 5, "source_kind": "CODE"})
    return summary(assessments=(other, said))


FAILED = summary("error")
PROMPTED = summary(tags={"mlflow.linkedPrompts": '[{"name": "p", "version": "1"}]'})
STOPPED = summary("error", tags={"gwtrace.outcome": "stopped"})


@given(st.sampled_from(_TEXT_FIELDS), _tricky)
def test_a_text_reaches_mlflow_as_it_is_or_is_refused(field: str, text: str) -> None:
    conditions: dict[str, Any] = {field: text}
    try:
        found = parsed(TraceFilter(**conditions))
    except RequestRefused as refusal:
        assert refusal.hint
        return
    expected = f"%{text}%" if field == "full_text" else text
    assert [value for *_, value in found] == [expected]


@pytest.mark.parametrize(
    "name", ["name", "Prompt", "run_id", "timestamp", "execution_time", "end_time", "TEXT"]
)
def test_feedback_that_mlflow_takes_for_the_traces_own_is_not_searched_for(name: str) -> None:
    with pytest.raises(RequestRefused, match=f"cannot search for feedback named '{name}'"):
        compile_filter(TraceFilter(verdict_name=name))


@given(_tricky)
def test_a_feedbacks_name_reaches_mlflow_as_it_is_or_is_refused(name: str) -> None:
    try:
        found = parsed(TraceFilter(verdict_name=name or "x", verdict_value="true"))
    except RequestRefused as refusal:
        assert refusal.hint
        return
    assert found == [("feedback", name or "x", "=", "true")]


def test_every_condition_that_mlflow_knows_is_left_to_it() -> None:
    chosen = TraceFilter(
        status="ok",
        after_ms=5,
        before_ms=9,
        min_duration_ms=1,
        max_duration_ms=2,
        session_id="s",
        sdk_path="openai-chat",
        model="o'model",
        provider="openai",
        connection="demo",
        outcome="failed",
        comparison_id="c",
        user="ada",
        name="chat",
        verdict_name="how good",
        verdict_value="4",
        by_gwtrace=False,
        by_judge=False,
    )
    assert parsed(chosen) == [
        ("attribute", "timestamp_ms", ">=", 5),
        ("attribute", "timestamp_ms", "<", 9),
        ("attribute", "execution_time_ms", ">=", 1),
        ("attribute", "execution_time_ms", "<=", 2),
        ("attribute", "status", "=", "OK"),
        ("tag", "mlflow.traceName", "=", "chat"),
        ("request_metadata", "mlflow.trace.session", "=", "s"),
        ("request_metadata", "mlflow.trace.user", "=", "ada"),
        ("tag", "gwtrace.sdk_path", "=", "openai-chat"),
        ("tag", "gwtrace.model", "=", "o'model"),
        ("tag", "gwtrace.provider", "=", "openai"),
        ("tag", "gwtrace.connection", "=", "demo"),
        ("tag", "gwtrace.outcome", "=", "failed"),
        ("tag", "gwtrace.comparison", "=", "c"),
        ("tag", "gwtrace.sdk_path", "IS NULL", None),
        ("tag", "gwtrace.judge", "IS NULL", None),
        ("feedback", "how good", "=", "4"),
    ]
    assert compile_filter(chosen).checks == ()


@pytest.mark.parametrize("status", ["in_progress", "cut"])
def test_whether_what_has_no_end_still_runs_is_checked_here(status: StatusFilter) -> None:
    chosen = TraceFilter(status=status)
    assert parsed(chosen) == [("attribute", "status", "=", "IN_PROGRESS")]
    compiled = compile_filter(chosen)
    passing = [each for each in get_args(TraceStatus) if compiled.lets_pass(summary(each))]
    assert passing == [status]


def test_stopped_is_asked_for_by_gwtraces_own_tag_and_is_no_error() -> None:
    assert parsed(TraceFilter(status="stopped")) == [("tag", "gwtrace.outcome", "=", "stopped")]
    assert parsed(TraceFilter(status="error")) == [("attribute", "status", "=", "ERROR")]


@pytest.mark.parametrize(
    ("chosen", "passes", "fails"),
    [
        (
            TraceFilter(preview="RIVER"),
            [summary(request_preview="a river"), summary(response_preview="Rivers")],
            [summary(request_preview="a lake")],
        ),
        (
            TraceFilter(min_tokens=10, max_tokens=20),
            [summary(usage=Usage(input_tokens=5, output_tokens=15))],
            [summary(), summary(usage=Usage(input_tokens=5, output_tokens=4))],
        ),
        (TraceFilter(max_cost_usd=1.0), [summary(cost_usd=1.0)], [summary(), summary(cost_usd=2)]),
        (TraceFilter(status="error"), [FAILED], [STOPPED]),
        (TraceFilter(has_error=True), [FAILED], [summary(), STOPPED]),
        (TraceFilter(has_error=False), [summary(), STOPPED], [FAILED]),
        (TraceFilter(has_prompt=True), [PROMPTED], [summary()]),
        (TraceFilter(has_prompt=False), [summary()], [PROMPTED]),
        (
            TraceFilter(verdict_source="judge"),
            [judged(True, "LLM_JUDGE")],
            [judged(True), judged(True, "CODE"), judged(True, "LLM_JUDGE", is_valid=False)],
        ),
        (
            TraceFilter(verdict_source="person", verdict_value="false"),
            [judged(False), judged("false")],
            [judged(True), judged(False, "LLM_JUDGE"), judged(0)],
        ),
        (
            TraceFilter(verdict_person="x", verdict_value="true"),
            [judged(True)],
            [judged(False), judged(True, source_id="X"), judged(True, "LLM_JUDGE")],
        ),
        (
            TraceFilter(verdict_kind="number", verdict_name="verdict"),
            [judged(1), judged(4.5)],
            [judged(True), judged("4"), judged(4, kind="expectation")],
        ),
    ],
)
def test_what_mlflow_cannot_check_is_checked_here(
    chosen: TraceFilter, passes: list[TraceSummary], fails: list[TraceSummary]
) -> None:
    compiled = compile_filter(chosen)
    assert [compiled.lets_pass(each) for each in passes] == [True] * len(passes)
    assert [compiled.lets_pass(each) for each in fails] == [False] * len(fails)
