"""Two evaluations side by side: what got better, worse or stayed, and what only one of them has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import streamlit as st

from gwtrace_core.evaluation.compared import (
    ChangedScore,
    EvaluationDiff,
    ScorerChange,
    compare_evaluations,
)
from gwtrace_core.evaluation.stored import StoredEvaluation
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.text import MISSING, count_text, plural
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import model_markdown, plain_label
from pages.ui.draw.tables import cell_text
from pages.ui.evaluate import actions
from pages.ui.evaluate.one_trace import draw_answer
from pages.ui.evaluate.words import moment_text, rate_text, score_text
from pages.ui.session.services import services
from pages.ui.session.waiting import wait_for
from pages.ui.trace.link import draw_traces_link

_FILTERS = ("worse", "better", "unclear", "same")
_LABELS = {"worse": "Worse", "better": "Better", "unclear": "Not to tell", "same": "Same"}
_SHOWN = 200
_FEW_ROWS = 12
_TABLE_PX = 460


def draw_compared_evaluations(before_id: str, after_id: str) -> None:
    """The second against the first."""
    with st.container(horizontal=True, gap="small"):
        actions.draw_back_to_list()
        st.space("stretch")
        if st.button("Swap", icon=":material/swap_horiz:", key="evaluate.swap", type="tertiary"):
            actions.show_compared(after_id, before_id)
    own = services().evaluations
    try:
        before, after = wait_for(
            lambda: (own.open_evaluation(before_id), own.open_evaluation(after_id)),
            words="Reading both evaluations",
            skeleton_px=420,
        )
    except TrackingError as error:
        show_error(error)
        st.button("Try again", icon=":material/refresh:", key="evaluate.compared.retry")
        return
    if before is None or after is None:
        with st.container(border=True):
            st.markdown("**No such evaluation**")
            st.caption("MLflow does not have one of the two, or no longer has it.")
        return
    _draw_heads(before, after)
    diff = compare_evaluations((before.subjects, before.scores), (after.subjects, after.scores))
    # A row or filter that is picked draws only this again: MLflow is not asked for both anew.
    st.fragment(_draw_diff)(diff)


def _draw_diff(diff: EvaluationDiff) -> None:
    _draw_scorers(diff)
    if diff.pairs and diff.scorers:
        _draw_changes(diff)
    _draw_only(diff)


def _draw_heads(before: StoredEvaluation, after: StoredEvaluation) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, stored in (("Before", before), ("After", after)):
            summary = stored.summary
            with st.container(border=True, gap=None):
                st.caption(label)
                st.markdown(f"**{plain_label(summary.name, limit=80)}**")
                judge = f" · {plain_label(summary.judge_model)}" if summary.judge_model else ""
                st.caption(
                    f"{moment_text(summary.start_ms)} · "
                    f"{plural(len(stored.subjects), 'trace')}{judge}"
                )


def _draw_scorers(diff: EvaluationDiff) -> None:
    matched = "the same trace" if diff.matched_by == "trace" else "answers to the same question"
    st.caption(f"{plural(len(diff.pairs), 'pair')}, matched as {matched}.")
    if not diff.scorers:
        st.info(
            "The two have no scorer in common, so that nothing can be compared.",
            icon=":material/info:",
        )
        return
    st.dataframe(
        [_make_scorer_row(each) for each in diff.scorers],
        hide_index=True,
        key="evaluate.compared.scorers",
    )


def _make_scorer_row(change: ScorerChange) -> dict[str, str]:
    return {
        "Scorer": change.scorer_name,
        "Before": rate_text(change.before),
        "After": rate_text(change.after),
        "Better": count_text(change.better),
        "Worse": count_text(change.worse),
        "Same": count_text(change.same),
        "Not to tell": count_text(change.unclear),
    }


def _draw_changes(diff: EvaluationDiff) -> None:
    by_kind = {name: [each for each in diff.changes if each.change == name] for name in _FILTERS}
    first = next((name for name in _FILTERS if by_kind[name]), "same")
    picked = st.segmented_control(
        "Which",
        _FILTERS,
        default=first,
        required=True,
        format_func=lambda name: f"{_LABELS[name]} ({count_text(len(by_kind[name]))})",
        key="evaluate.compared.filter",
        label_visibility="collapsed",
    )
    chosen = by_kind[picked or first][:_SHOWN]
    if not chosen:
        st.caption("No score is of that sort.")
        return
    subjects = {before.trace_id: (before, after) for before, after in diff.pairs}
    event = st.dataframe(
        [_make_change_row(each, subjects[each.before.trace_id]) for each in chosen],
        hide_index=True,
        height="content" if len(chosen) <= _FEW_ROWS else _TABLE_PX,
        on_select="rerun",
        selection_mode="single-row",
        placeholder=MISSING,
        key=f"evaluate.compared.changes.{picked}",
        alt="Changed scores",
    )
    rows = cast("list[int]", cast(Any, event).selection.rows)
    if rows and rows[0] < len(chosen):
        change = chosen[rows[0]]
        _draw_pair(change, subjects[change.before.trace_id])
    else:
        st.caption("Choose a row to read both answers and why they were judged so.")
    if len(by_kind[picked or first]) > _SHOWN:
        st.caption(f"The first {_SHOWN}.")


def _make_change_row(change: ChangedScore, pair: tuple[Subject, Subject]) -> dict[str, str]:
    cells = {
        "Question": cell_text(pair[0].question),
        "Scorer": change.scorer_name,
        "Before": score_text(change.before),
        "After": score_text(change.after),
    }
    if pair[0].lane:
        cells["Lane"] = pair[0].lane
    return cells


def _draw_pair(change: ChangedScore, pair: tuple[Subject, Subject]) -> None:
    with st.container(border=True, key="evaluate-pair"):
        st.markdown(f"**{plain_label(pair[0].question, limit=200)}**")
        sides = (("Before", change.before), ("After", change.after))
        columns = st.columns(2, gap="medium")
        for place, subject, (label, score) in zip(columns, pair, sides, strict=True):
            with place:
                st.caption(f"{label}: {plain_label(score_text(score))}")
                verdict = score.verdict
                reason = score.problem if verdict is None else verdict.rationale or ""
                if reason:
                    st.markdown(model_markdown(reason))
                st.caption("Answer")
                draw_answer(subject)
                draw_traces_link(subject.trace_id, key=f"evaluate.pair.{label}")


def _draw_only(diff: EvaluationDiff) -> None:
    sides: tuple[tuple[str, Sequence[Subject], tuple[str, ...]], ...] = (
        ("before", diff.only_before, diff.scorers_only_before),
        ("after", diff.only_after, diff.scorers_only_after),
    )
    for label, subjects, names in sides:
        if names:
            st.caption(f"Scorers only {label}: {', '.join(plain_label(name) for name in names)}")
        if not subjects:
            continue
        with st.expander(
            f"{plural(len(subjects), 'trace')} only {label}",
            type="compact",
            key=f"evaluate.only.{label}",
            on_change="rerun",
        ) as box:
            if not box.open:
                continue
            st.dataframe(
                [
                    {"question": cell_text(each.question), "trace": each.trace_id}
                    for each in subjects[:_SHOWN]
                ],
                hide_index=True,
                key=f"evaluate.compared.only.{label}",
            )
