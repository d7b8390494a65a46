"""The table of traces, drawn of what MLflow gives for a trace of another program."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.unclean import unclean_in


def draw() -> None:
    from mlflow.entities import AssessmentSource, Feedback
    from mlflow.entities.trace_info import TraceInfo
    from mlflow.entities.trace_location import TraceLocation
    from mlflow.entities.trace_state import TraceState

    from gwtrace_core.mlflow_store.format.entities import summary_of
    from gwtrace_core.mlflow_store.traces.listing import list_trace
    from gwtrace_core.trace.listing import TracePage
    from pages.ui.traces.table import draw_trace_table

    half = "\ud83d"
    info = TraceInfo(
        trace_id="tr-1",
        trace_location=TraceLocation.from_experiment_id("0"),
        request_time=0,
        state=TraceState.OK,
        request_preview=f"cut {half}",
        response_preview='"cut here \\ud83d"',
        trace_metadata={"mlflow.trace.session": half},
        tags={"mlflow.traceName": half, "gwtrace.model": half, "gwtrace.sdk_path": half},
        assessments=[Feedback(name=half, value=half, source=AssessmentSource("HUMAN", half))],
    )
    draw_trace_table(TracePage(rows=(list_trace(summary_of(info)),), next_token=None, looked_at=1))


def test_half_a_character_anywhere_in_a_trace_leaves_the_table_in_place() -> None:
    app = AppTest.from_function(draw).run()
    assert not app.exception
    (table,) = app.dataframe
    row = table.value.iloc[0].to_dict()
    assert (row["question"], row["answer"]) == ("cut \ufffd", "cut here \ufffd")
    assert unclean_in(row) == []
