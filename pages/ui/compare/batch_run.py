"""A batch under way or ended: progress, what it costs, the lanes' summary, and what one can do."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.background.work import QueueSnapshot, WorkState
from gwtrace_core.batch.estimate import BatchEstimate
from gwtrace_core.batch.results import BatchResults, LaneSummary
from gwtrace_core.batch.runner import Batch, BatchProgress
from gwtrace_core.evaluation.sources import ComparisonTraces
from gwtrace_core.figures.reply_figures import Figure, write_tokens
from gwtrace_core.running.calls import CallSnapshot
from gwtrace_core.values.text import MISSING, count_text, duration_text, plural, usd_text
from pages.ui.compare import batch_actions
from pages.ui.compare.batch_go_on import draw_go_on, say_refused
from pages.ui.compare.batch_report import draw_batch_report_button
from pages.ui.compare.batch_state import BatchState
from pages.ui.compare.batch_table import draw_table
from pages.ui.components.figures import figures_strip
from pages.ui.draw.clock_text import clock_text
from pages.ui.draw.evaluate_button import draw_evaluate_button
from pages.ui.draw.model_text import plain_label
from pages.ui.draw.simulated import demo_words, is_simulated, list_simulated
from pages.ui.session.kept import recall

_REPAINT_S = 1.0
_FILE_NAME_CHARS = 40
"""With more, the buttons beside it would take a second row."""
_FEW_CALLS = 400
_TABLE_S = 2.0
_LARGE_TABLE_S = 5.0
"""A large table is sent whole each time, so it is sent less often."""


def draw_run(state: BatchState, run: Batch) -> None:
    """Draw it; while calls are under way, progress and table look again by themselves."""
    progress = run.poll()
    is_active = progress.queue.is_active
    _draw_controls(state, run, progress)
    st.fragment(_draw_progress, run_every=_REPAINT_S if is_active else None)(is_active)
    table_s = _TABLE_S if len(progress.queue.items) <= _FEW_CALLS else _LARGE_TABLE_S
    st.fragment(draw_table, run_every=table_s if is_active else None)(run)


def _draw_controls(state: BatchState, run: Batch, progress: BatchProgress) -> None:
    queue = progress.queue
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="batch-bar"):
        st.markdown(
            f":material/table: **{plain_label(state.file_name, limit=_FILE_NAME_CHARS)}** "
            f":small[{plural(len(queue.items), 'call')}]",
            width="stretch",
        )
        if queue.is_active:
            st.button(
                "Stop",
                icon=":material/stop_circle:",
                key="batch.stop",
                type="primary",
                help="Cancels the calls under way; the others keep their places.",
                on_click=batch_actions.stop,
            )
            return
        reach = batch_actions.find_reach(run)
        left, failed = (
            _list_lanes_in(run, queue, "waiting", "stopped"),
            _list_lanes_in(run, queue, "failed"),
        )
        draw_go_on(
            left, failed, reach, resume=batch_actions.resume, retry=batch_actions.retry_failed
        )
        draw_evaluate_button(
            ComparisonTraces(comparison_id=run.comparison_id),
            key="batch.evaluate",
            help="Score all answers by code or by judges, lane against lane.",
        )
        draw_batch_report_button(run.make_results(queue), run.comparison_id, state.file_name)
        st.button(
            "New batch",
            icon=":material/replay:",
            key="batch.new",
            help="The same file, with the lanes as they are picked now. The traces stay in MLflow.",
            on_click=batch_actions.begin_batch,
        )
    say_refused(run.lanes, {*left, *failed}, reach)


def _list_lanes_in(run: Batch, queue: QueueSnapshot[CallSnapshot], *states: WorkState) -> list[str]:
    """The lane of each call that is in one of these states."""
    calls = zip(run.lane_ids, queue.items, strict=True)
    return [lane_id for lane_id, call in calls if call.state in states]


def _draw_progress(was_active: bool) -> None:
    """The part that is repainted every second."""
    state = recall(BatchState)
    run = state.run
    if run is None:
        return
    progress = run.poll()
    queue = progress.queue
    if queue.is_active != was_active:
        # The buttons change, and so does how often this looks again.
        st.rerun()
    st.progress(queue.settled / len(queue.items))
    figures_strip(_make_figures(state, run, progress), key="batch.figures")
    if queue.pause_reason:
        st.caption(f":material/pause_circle: {queue.pause_reason}")
    for lane in run.lanes:
        if reason := queue.lost_lanes.get(lane.lane_id):
            words = plain_label(reason, limit=400)
            st.caption(f":material/key_off: Lane {lane.name} is paused. {words}")
    if left_out := _left_out_words(run, progress):
        st.caption(f":material/block: {left_out}")
    _draw_problems(progress)
    draw_summary_table(run.make_results(queue))
    _draw_lane_buttons(run, progress)


def _left_out_words(run: Batch, progress: BatchProgress) -> str:
    """Which lanes were stopped by themselves, and how to go on with them; empty without any."""
    names = [lane.name for lane in run.lanes if lane.lane_id in progress.queue.stopped_lanes]
    if not names:
        return ""
    # While others go on, each has a button of its own; after that one resumes all.
    lanes = f"{plural(len(names), 'lane').partition(' ')[2].capitalize()} {', '.join(names)}"
    how = "" if progress.queue.is_active else " *Resume* makes the calls that are left."
    return f"{lanes} left out.{how}"


def draw_summary_table(results: BatchResults) -> None:
    """Every lane over all rows, and which of it is not real."""
    simulated = list_simulated((each.lane_name, each.lane) for each in results.summaries)
    if words := demo_words(simulated, len(results.summaries), "Answers and costs"):
        st.markdown(words)
    has_cached = any(summary.cached for summary in results.summaries)
    has_missing = any(summary.missing for summary in results.summaries)
    st.dataframe(
        [
            _summary_cells(
                summary,
                has_cached=has_cached,
                has_missing=has_missing,
                has_expected=results.has_expected,
            )
            for summary in results.summaries
        ],
        hide_index=True,
        column_config={
            "lane": st.column_config.TextColumn("Lane", width=260),
            "calls": st.column_config.NumberColumn("Calls", width=60),
            "ok": st.column_config.NumberColumn("Answered", width=70),
            "failed": st.column_config.NumberColumn("Failed", width=60),
            "missing": st.column_config.NumberColumn(
                "Missing", width=70, help="Planned, and not in MLflow: not made or not recorded."
            ),
            "cached": st.column_config.NumberColumn(
                "From cache",
                width=80,
                help="Answered from the gateway's cache: in no time, token count or cost beside.",
            ),
            "median": "Median",
            "p95": "95th percentile",
            "tokens in → out": "Tokens in → out",
            "cost": "Cost",
            "exact match": "Exact match",
            "contains expected": "Contains expected",
        },
        key="batch.summary",
    )


def _draw_problems(progress: BatchProgress) -> None:
    if progress.untraced:
        st.caption(
            f":material/cloud_off: {plural(progress.untraced, 'call')} without a trace: "
            f"{plain_label(progress.trace_problem, limit=300)}"
        )
    if progress.plan_problem:
        st.caption(
            ":material/cloud_off: What is planned is not in MLflow, so that this batch could not "
            f"be gone on with after a crash: {plain_label(progress.plan_problem, limit=300)}"
        )
    if progress.expectations.unstored:
        st.caption(
            f":material/cloud_off: {plural(progress.expectations.unstored, 'expected answer')} "
            f"not stored: {plain_label(progress.expectations.problem, limit=300)}"
        )


def _draw_lane_buttons(run: Batch, progress: BatchProgress) -> None:
    """Stop the rest of one lane, or go on with it."""
    queue = progress.queue
    if len(run.lanes) < 2 or not queue.is_active:
        return
    reach = batch_actions.find_reach(run)
    with st.container(horizontal=True, gap="small", key="batch-lanes"):
        for lane in run.lanes:
            is_stopped = lane.lane_id in queue.stopped_lanes | queue.lost_lanes.keys()
            refused = reach.refused.get(lane.lane_id) if is_stopped else None
            st.button(
                f"Go on with lane {lane.name}" if is_stopped else f"Stop lane {lane.name}",
                icon=":material/play_arrow:" if is_stopped else ":material/stop_circle:",
                key=f"batch.lane.{lane.lane_id}",
                type="tertiary",
                disabled=refused is not None,
                help=None if refused is None else f"{refused.message} {refused.hint}",
                on_click=batch_actions.resume_lane if is_stopped else batch_actions.stop_lane,
                args=(lane.lane_id,),
            )


def _cost_label(run: Batch) -> str:
    are = [is_simulated(lane.lane) for lane in run.lanes]
    if not any(are):
        return "cost so far"
    return "cost so far, simulated" if all(are) else "cost so far, partly simulated"


def _make_figures(state: BatchState, run: Batch, progress: BatchProgress) -> list[Figure]:
    queue = progress.queue
    estimate = state.estimate
    # Of one that was begun elsewhere it is not known.
    estimated = [] if estimate is None else [_make_estimated(estimate)]
    left = _make_optional(
        "time left",
        None if progress.queue.time_left_s is None else clock_text(progress.queue.time_left_s),
        "By the rate so far.",
        "Known once the first call has ended.",
    )
    return [
        Figure(
            label="done",
            value=f"{count_text(queue.settled)} of {count_text(len(queue.items))}",
            unit="calls",
            explanation=f"{count_text(queue.running)} under way, {count_text(queue.waiting)} "
            f"waiting, {count_text(queue.stopped)} stopped.",
        ),
        Figure(label="failed", value=count_text(queue.failed), unit="calls"),
        Figure(label="elapsed", value=clock_text(queue.elapsed_s), explanation="Without pauses."),
        *([left] if queue.is_active else []),
        _make_optional(
            _cost_label(run),
            None if progress.cost_usd is None else usd_text(progress.cost_usd),
            "What the gateway reported, else list prices."
            + (
                f" {plural(progress.unpriced, 'call')} without a known price not in it."
                if progress.unpriced
                else ""
            ),
            "No call so far has a known price.",
        ),
        *estimated,
        Figure(
            label="tokens",
            value=count_text(progress.tokens),
            explanation="Input and output together, as far as they were reported.",
        ),
    ]


def _make_estimated(estimate: BatchEstimate) -> Figure:
    return _make_optional(
        "estimated",
        None if estimate.amount_usd is None else usd_text(estimate.amount_usd),
        "Of the whole batch, before it was started.",
        "No lane's model has a known price.",
    )


def _make_optional(label: str, value: str | None, explanation: str, why_missing: str) -> Figure:
    return Figure(
        label=label,
        value=MISSING if value is None else value,
        explanation=why_missing if value is None else explanation,
        is_missing=value is None,
    )


def _summary_cells(
    summary: LaneSummary, *, has_cached: bool, has_missing: bool, has_expected: bool
) -> dict[str, str | int]:
    cells: dict[str, str | int] = {
        "lane": f"{summary.lane_name} · {summary.lane.model} · {summary.lane.sdk_path.label}",
        "calls": summary.calls,
        "ok": summary.finished,
        "failed": summary.failed,
        **({"missing": summary.missing} if has_missing else {}),
        **({"cached": summary.cached} if has_cached else {}),
        "median": _duration_text(summary.median_ms),
        "p95": _duration_text(summary.p95_ms),
        "tokens in → out": _tokens_text(summary),
        "cost": _cost_text(summary),
    }
    if has_expected:
        cells["exact match"] = _rate_text(summary.exact, summary.judged)
        cells["contains expected"] = _rate_text(summary.contains, summary.judged)
    return cells


def _cost_text(summary: LaneSummary) -> str:
    if summary.cost_usd is None:
        return MISSING
    is_all = summary.priced >= summary.finished - summary.cached
    some = "" if is_all else f" ({plural(summary.priced, 'call')})"
    return usd_text(summary.cost_usd) + some


def _tokens_text(summary: LaneSummary) -> str:
    return MISSING if summary.usage is None else write_tokens(summary.usage)


def _rate_text(matches: int, judged: int) -> str:
    return MISSING if not judged else f"{matches / judged:.0%} ({matches} of {judged})"


def _duration_text(duration_ms: float | None) -> str:
    return MISSING if duration_ms is None else duration_text(duration_ms)
