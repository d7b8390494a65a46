"""A batch shown again from MLflow: what was asked, what came back, and what is missing."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.batch.results import BatchCall, BatchResults, batch_results
from gwtrace_core.evaluation.sources import ComparisonTraces
from gwtrace_core.format import plural
from gwtrace_core.tracing.comparisons import ComparisonTurn, StoredComparison
from gwtrace_core.tracing.store import EXPECTED_RESPONSE
from pages.ui.batch_run import summary_table
from pages.ui.batch_state import BatchState, StoredBatch
from pages.ui.batch_table import draw_results
from pages.ui.evaluate_actions import evaluate_button
from pages.ui.report_dialog import batch_report_button
from pages.ui.state import batch


def stored_batch(stored: StoredComparison) -> StoredBatch:
    """What the page keeps of a batch that was read back."""
    results = stored_results(stored)
    return StoredBatch(
        comparison_id=stored.comparison_id, results=results, note=_note(stored, results)
    )


def stored_results(stored: StoredComparison) -> BatchResults:
    """The table of the stored calls; the same function made it while they ran."""
    turns = sorted(stored.turns, key=lambda each: each.place.lane_name)
    return batch_results(
        BatchCall(
            row=each.place.row,
            lane_name=each.place.lane_name,
            lane=each.turn.lane,
            prompt=each.turn.message.text,
            expected=_expected(each),
            reply=each.turn.reply,
            trace_id=each.turn.trace_id,
        )
        for each in turns
        if each.place.row is not None
    )


def _expected(each: ComparisonTurn) -> str | None:
    found = [
        str(assessment.value)
        for assessment in each.turn.assessments
        if assessment.kind == "expectation"
        and assessment.name == EXPECTED_RESPONSE
        and assessment.is_valid
    ]
    return found[-1] if found else None


def _note(stored: StoredComparison, results: BatchResults) -> str:
    """What a reader might miss."""
    missing = sum(len(results.lane_names) - len(row.cells) for row in results.rows)
    words: list[str] = []
    if missing:
        words.append(f"{plural(missing, 'call')} of these rows not in MLflow.")
    if stored.skipped:
        reason = stored.skipped[0].reason
        words.append(f"{plural(len(stored.skipped), 'trace')} could not be read: {reason}")
    if not stored.is_whole:
        words.append("There is more in MLflow than could be read at once: the newest is shown.")
    return " ".join(words)


def draw_stored(state: BatchState, stored: StoredBatch) -> None:
    """The lanes' summary and the rows."""
    calls = sum(len(row.cells) for row in stored.results.rows)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="batch-bar"):
        st.markdown(
            f":material/history: **Batch read back from MLflow** "
            f":small[{plural(len(stored.results.rows), 'row')} · {plural(calls, 'call')}]",
            width="stretch",
        )
        evaluate_button(
            ComparisonTraces(comparison_id=stored.comparison_id), key="batch.stored.evaluate"
        )
        batch_report_button(stored.results, stored.comparison_id, "")
        st.button(
            "Back to the batch" if state.run is not None else "New batch",
            icon=":material/replay:",
            key="batch.leave",
            on_click=_leave,
        )
    if stored.note:
        st.caption(f":material/info: {stored.note}")
    summary_table(stored.results)
    draw_results(stored.results)


def _leave() -> None:
    batch().stored = None
