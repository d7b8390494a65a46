"""Earlier comparisons: their menu, and one shown again from MLflow and this process's runs."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from gwtrace_core.batch.plan import KeptBatch
from gwtrace_core.lanes.comparison import COMPARISON
from gwtrace_core.lanes.lanes import MAX_LANES
from gwtrace_core.mlflow_store.conversations.comparisons import ComparisonSummary, StoredComparison
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.text import plural
from pages.ui.compare import actions as act
from pages.ui.compare.batch_actions import show_live, show_mode
from pages.ui.compare.batch_stored import stored_batch
from pages.ui.compare.restore import lane_column, restored
from pages.ui.compare.setups import without_connection
from pages.ui.compare.state import CompareLane, CompareState
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.picker import forget_picker
from pages.ui.session.kept import batch, compare, show_comparison
from pages.ui.session.notice import Notice
from pages.ui.session.services import services

_LISTED = 25
_PARAMETER = "comparison"


def history_menu() -> None:
    """A button with the comparisons that MLflow holds."""
    with st.popover(
        "",
        icon=":material/history:",
        help="Earlier comparisons",
        key="compare.history",
        on_change="rerun",
        width="content",
    ) as menu:
        if menu.open:
            with st.spinner("Asking MLflow"):
                _list_comparisons()


def _list_comparisons() -> None:
    try:
        found = services().store.comparisons(limit=_LISTED)
    except TrackingError as error:
        show_error(error)
        return
    if not found:
        st.caption("MLflow holds no comparisons yet.")
    shown_id = _batch_id() if batch().is_shown else compare().comparison_id
    for summary in found:
        st.button(
            f"{plain_label(summary.title or 'Untitled', limit=48)}  \n:small[{_facts(summary)}]",
            key=f"compare.history.{summary.comparison_id}",
            type="tertiary",
            width="stretch",
            on_click=open_comparison,
            args=(summary.comparison_id,),
            disabled=summary.comparison_id == shown_id,
        )


def _facts(summary: ComparisonSummary) -> str:
    when = datetime.fromtimestamp(summary.last_ms / 1000, UTC).astimezone()
    asked = "batch" if summary.round_count is None else plural(summary.round_count, "question")
    models = ", ".join(plain_label(model) for model in summary.models[:2])
    more = "…" if len(summary.models) > 2 else ""
    return f"{when:%d %b %H:%M} · {plural(summary.lane_count, 'lane')} · {asked} · {models}{more}"


def restore_comparison() -> None:
    """On the first draw, return to the comparison that the address names."""
    comparison_id = st.query_params.get(_PARAMETER)
    if comparison_id is None or compare().lanes:
        return
    with st.spinner("Returning to the comparison"):
        open_comparison(comparison_id)


def keep_address() -> None:
    """Have the address restore the comparison, once it holds anything."""
    wanted = _batch_id() if batch().is_shown else _board_id(compare())
    if wanted is None:
        st.query_params.pop(_PARAMETER, None)
    elif st.query_params.get(_PARAMETER) != wanted:
        st.query_params[_PARAMETER] = wanted


def _board_id(state: CompareState) -> str | None:
    return state.comparison_id if state.rounds else state.unread_id


def _batch_id() -> str | None:
    state = batch()
    if state.stored is not None:
        return state.stored.comparison_id
    return None if state.run is None else state.run.comparison_id


def open_comparison(comparison_id: str) -> None:
    """Show a comparison: its turns in MLflow, and those that this process still holds."""
    if show_live(comparison_id):
        return
    live = services().hub.find_tagged_runs(COMPARISON, comparison_id)
    problem: TrackingError | None = None
    try:
        stored = services().store.comparison(comparison_id)
    except TrackingError as error:
        problem = error
        stored = StoredComparison(comparison_id=comparison_id, rounds=())
    if stored.is_batch or not (stored.rounds or live or problem):
        kept, problem = _kept_batch(comparison_id)
        if stored.is_batch or kept is not None:
            _show_batch(stored, kept)
            return
    state = restored(stored, live)
    if state is None:
        # The lanes that are there stay; without any the address's own are set up.
        state = compare()
        state.unread_id = comparison_id if problem is not None else None
        state.notice = _nothing_found(problem)
        return
    for column in state.lanes:
        forget_picker(act.lane_key(column.lane_id))
    state.notice = _what_is_missing(stored, state, problem)
    show_comparison(state)
    show_mode(is_batch=False)


def _kept_batch(comparison_id: str) -> tuple[KeptBatch | None, TrackingError | None]:
    """What was planned, should the comparison be a batch, or why that is not known."""
    try:
        return services().batches.find(comparison_id), None
    except TrackingError as error:
        return None, error


def _show_batch(stored: StoredComparison, kept: KeptBatch | None) -> None:
    batch().stored = stored_batch(stored, kept)
    batch().problem = None
    show_mode(is_batch=True)
    state = compare()
    if state.rounds:
        return
    if kept is None:
        columns = [lane_column(place, lane) for place, lane in stored.lanes]
    else:
        columns = [
            CompareLane(lane=each.lane, name=each.name, lane_id=each.lane_id)
            for each in kept.plan.lanes
        ]
    state.lanes = columns[:MAX_LANES]


def _nothing_found(problem: TrackingError | None) -> Notice:
    if problem is None:
        return Notice(
            kind="info",
            message="MLflow holds no answers of the comparison that the address names.",
            hint="A new comparison begins with the next question.",
        )
    hint = f"{problem.hint} Reload the page to try again.".strip()
    return Notice(
        kind="error", message=f"The comparison was not restored. {problem.message}", hint=hint
    )


def _what_is_missing(
    stored: StoredComparison, state: CompareState, problem: TrackingError | None
) -> Notice | None:
    if problem is not None:
        return Notice(
            kind="error",
            message=f"Only what this process still holds is shown. {problem.message}",
            hint=problem.hint,
        )
    words: list[str] = []
    shown = {column.lane_id for column in state.lanes}
    gone = [place.lane_name for place, _ in stored.lanes if place.lane_id not in shown]
    if gone:
        words.append(
            f"{plural(len(gone), 'lane')} without an answer to the newest question "
            f"({', '.join(gone)}) left out."
        )
    if stored.skipped:
        reason = stored.skipped[0].reason
        words.append(f"{plural(len(stored.skipped), 'trace')} could not be shown: {reason}")
    if not stored.is_whole:
        words.append("There is more in MLflow than could be read at once: the newest is shown.")
    if words:
        return Notice(kind="info", message=" ".join(words))
    return without_connection(state.lanes)
