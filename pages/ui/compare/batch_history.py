"""A batch shown again from MLflow: what was asked, what came back, and what is missing."""

from __future__ import annotations

from functools import partial

import streamlit as st

from gwtrace_core.background.heartbeat import SILENT_MS
from gwtrace_core.batch.plan import KeptBatch
from gwtrace_core.evaluation.sources import ComparisonTraces
from gwtrace_core.values.text import count_text, plural
from pages.ui.compare import batch_actions
from pages.ui.compare.batch_go_on import draw_go_on, say_refused
from pages.ui.compare.batch_report import draw_batch_report_button
from pages.ui.compare.batch_run import draw_summary_table
from pages.ui.compare.batch_state import BatchState, StoredBatch
from pages.ui.compare.batch_stored import go_on, read_again
from pages.ui.compare.batch_table import draw_results
from pages.ui.draw.evaluate_button import draw_evaluate_button
from pages.ui.draw.messages import show_error
from pages.ui.lane.targets import Reach
from pages.ui.session.kept import recall


def draw_stored(state: BatchState, stored: StoredBatch) -> None:
    """The lanes' summary and the rows, and how to go on with what is left."""
    kept = stored.kept
    reach = None if kept is None else batch_actions.find_reach_of_lanes(kept.plan.lanes)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="batch-bar"):
        st.markdown(
            f":material/history: **Batch read back from MLflow** {_size_words(stored)}",
            width="stretch",
        )
        if kept is not None and reach is not None and not kept.is_alive:
            draw_go_on(
                [lane_id for _, lane_id in kept.left],
                [lane_id for _, lane_id in kept.failed],
                reach,
                resume=partial(go_on, stored, False),
                retry=partial(go_on, stored, True),
            )
        draw_evaluate_button(
            ComparisonTraces(comparison_id=stored.comparison_id), key="batch.stored.evaluate"
        )
        draw_batch_report_button(
            stored.results, stored.comparison_id, "" if kept is None else kept.plan.file_name
        )
        if kept is not None and kept.is_running:
            st.button(
                "Read again",
                icon=":material/refresh:",
                key="batch.read_again",
                type="tertiary",
                on_click=read_again,
                args=(stored.comparison_id,),
            )
        st.button(
            "Back to the batch" if state.run is not None else "New batch",
            icon=":material/replay:",
            key="batch.leave",
            on_click=_leave,
        )
    if state.problem is not None:
        show_error(state.problem)
    if kept is not None and reach is not None:
        _say_what_is_left(kept, reach)
    if stored.note:
        st.caption(f":material/info: {stored.note}")
    draw_summary_table(stored.results)
    draw_results(stored.results)


def _size_words(stored: StoredBatch) -> str:
    calls = sum(len(row.cells) for row in stored.results.rows)
    words = f":small[{plural(len(stored.results.rows), 'row')} · {plural(calls, 'call')}]"
    kept = stored.kept
    if kept is None:
        return words
    if kept.is_alive:
        return f"{words} :blue-badge[Under way elsewhere]"
    return f"{words} :orange-badge[Not complete]" if kept.left else words


def _say_what_is_left(kept: KeptBatch, reach: Reach) -> None:
    left = kept.left
    if kept.is_alive:
        silent_s = max(0, kept.read_ms - kept.alive_ms) // 1000
        st.caption(
            f":material/sync: {count_text(len(kept.calls))} of {plural(kept.planned, 'call')} are "
            f"in MLflow so far. Whoever is at it gave a sign of life {silent_s} s before this was "
            f"read. Should that process have ended, the rest can be called from here after "
            f"{SILENT_MS // 1000} s of silence: *Read again*."
        )
        return
    if left:
        missing = kept.planned - len(kept.calls)
        words = f"{count_text(len(kept.calls))} of {plural(kept.planned, 'call')} are in MLflow"
        if missing:
            words += f"; {count_text(missing)} were not made or not recorded"
        if stopped := len(left) - missing:
            words += f"; {count_text(stopped)} were stopped"
        how = "*Resume* makes what is left; no answer that is there is asked for again."
        st.caption(f":material/pause_circle: {words}. {how}")
    if left or kept.failed:
        say_refused(kept.plan.lanes, {lane_id for _, lane_id in (*left, *kept.failed)}, reach)


def _leave() -> None:
    recall(BatchState).stored = None
