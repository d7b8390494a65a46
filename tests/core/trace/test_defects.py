from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from gwtrace_core.trace.defects import DefectGroup, NamedDefect, NamedKind, group_defects
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.tree import build_tree
from tests.core.trace.traces import any_trace, span, trace


def groups(found: Trace) -> list[tuple[NamedKind, list[str | None]]]:
    return [
        (group.kind, [defect.span_id for defect in group.defects])
        for group in group_defects(found, build_tree(found))
    ]


def test_a_sound_trace_has_no_defects() -> None:
    assert groups(trace(span("root"), span("child", "root"))) == []
    assert groups(trace()) == []


def test_a_root_that_never_closed_is_told_from_a_span_that_did_not() -> None:
    found = trace(span("root", at=(0, None)), span("child", "root", at=(1, None)))
    assert groups(found) == [("root_never_closed", ["root"]), ("no_end", ["child"])]


def test_what_still_runs_is_expected() -> None:
    found = trace(span("root", at=(0, None)), status="in_progress")
    (group,) = group_defects(found, build_tree(found))
    assert group == DefectGroup(
        kind="still_running",
        defects=(
            NamedDefect(
                kind="still_running",
                span_id="root",
                row_id="root",
                words="Span 'root' is still running.",
            ),
        ),
    )
    assert group.is_expected
    assert group.title == "Spans still running"


def test_a_trace_whose_root_was_lost_says_so() -> None:
    assert groups(trace(span("a", "gone"), span("b", "a"))) == [
        ("no_root", [None]),
        ("orphan", ["a"]),
    ]


def test_fewer_spans_than_mlflow_counted_are_named() -> None:
    whole = trace(span("root"))
    sizes = {"mlflow.trace.sizeStats": '{"num_spans": 1200}'}
    found = replace(whole, summary=replace(whole.summary, metadata=sizes))
    (group,) = group_defects(found, build_tree(found))
    assert group.defects[0].words == ("MLflow counted 1,200 spans when the trace ended, but has 1.")


@given(any_trace)
def test_every_defect_of_the_tree_is_in_one_group(broken: Trace) -> None:
    tree = build_tree(broken)
    named = [
        defect.words
        for group in group_defects(broken, tree)
        for defect in group.defects
        if defect.row_id is not None
    ]
    assert sorted(named) == sorted(defect.message for defect in tree.defects)
