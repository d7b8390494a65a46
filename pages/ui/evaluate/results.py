"""What an evaluation came to: pass rates by group, the traces worst first, one read closely."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from gwtrace_core.evaluation.results import (
    UNGROUPED,
    GroupBy,
    Lead,
    ResultRow,
    RowFilter,
    ScorerGroup,
    find_leads,
    group_of,
    group_scores,
    list_groupings,
    list_rows,
    sort_worst_first,
)
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.values.text import MISSING, count_text, plural
from pages.ui.compare.batch_table import cell_text
from pages.ui.compare.table import table_csv
from pages.ui.draw.model_text import plain_label
from pages.ui.evaluate.one_trace import draw_trace
from pages.ui.evaluate.words import (
    GROUP_LABELS,
    answer_text,
    group_text,
    interval_text,
    lane_text,
    rate_text,
    score_text,
    value_text,
)
from pages.ui.session.kept import evaluate
from pages.ui.session.known_secrets import known_secrets

if TYPE_CHECKING:
    import pandas as pd

_BY_PREFERENCE: tuple[GroupBy, ...] = ("prompt version", "lane", "model", "SDK path", "all")
_FILTERS: dict[RowFilter, str] = {
    "all": "All",
    "not passed": "Not passed",
    "not judged": "Not judged",
}
_TABLE_PX = 460
_FEW_ROWS = 12


def draw_results(
    evaluation_id: str, subjects: Sequence[Subject], scores: Sequence[Score], *, is_moving: bool
) -> None:
    """Draw both tables as they are now; they can be read while others are still judged."""
    key = f"evaluate.{evaluation_id}"
    _draw_rates(subjects, scores, key=key)
    _draw_rows(subjects, scores, key=key, is_moving=is_moving)
    secrets = known_secrets()
    st.download_button(
        "CSV",
        lambda: table_csv(long_frame(subjects, scores), secrets),
        file_name="gwtrace_evaluation.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"{key}.csv",
        help="Every trace by every scorer, with rationales and trace ids.",
    )


def _draw_rates(subjects: Sequence[Subject], scores: Sequence[Score], *, key: str) -> None:
    offered = list_groupings(subjects)
    by: GroupBy = next(each for each in _BY_PREFERENCE if each in offered)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("##### Pass rates", width="content")
        if len(offered) > 1:
            picked = st.segmented_control(
                "By",
                offered,
                default=by,
                required=True,
                format_func=lambda each: GROUP_LABELS[each],
                key=f"{key}.by",
                label_visibility="collapsed",
            )
            by = cast(GroupBy, picked)
    groups = group_scores(subjects, scores, by)
    st.dataframe(
        [_rate_cells(group, by) for group in groups],
        hide_index=True,
        placeholder=MISSING,
        column_config={
            "rate": st.column_config.ProgressColumn(
                "", min_value=0, max_value=1, format="percent", width=110
            ),
            "95% interval": st.column_config.TextColumn(
                help="Where the true rate is with 95% confidence (Wilson). Wide with few traces."
            ),
        },
        key=f"{key}.rates",
    )
    if by == "lane":
        lanes = [group.group for group in groups if group.scorer_name == groups[0].scorer_name]
        words = [lane_text(lane, subjects) for lane in lanes if lane != UNGROUPED]
        st.caption("  \n".join(plain_label(each, limit=200) for each in words))
    if by != "all":
        st.caption("  \n".join(_lead_text(each, by) for each in find_leads(groups)))


def _rate_cells(group: ScorerGroup, by: GroupBy) -> dict[str, Any]:
    grouped = {} if by == "all" else {GROUP_LABELS[by]: group_text(by, group.group)}
    return {
        "Scorer": group.scorer_name,
        **grouped,
        # As in words beside it: the bar's own figure has two decimals more.
        "rate": None if group.rate.rate is None else round(group.rate.rate, 2),
        "Passed": rate_text(group.rate),
        "95% interval": interval_text(group.rate),
        "Mean": MISSING if group.mean is None else f"{group.mean:.2f}",
        "Scored": count_text(group.scored),
        "Not applicable": count_text(group.not_applicable),
        "Failed": count_text(group.failed),
    }


def _lead_text(lead: Lead, by: GroupBy) -> str:
    """Which group is best, and whether that says anything yet."""
    label = plain_label(lead.scorer_name)
    best, worst = lead.best, lead.worst
    if lead.is_tied:
        alike = f"{plural(lead.group_count, by)}, all at {best.rate.rate:.0%}"
        return f":material/drag_handle: **{label}**: {alike}."
    words = (
        f":material/trophy: **{label}**: {plain_label(group_text(by, best.group))} is ahead "
        f"with {rate_text(best.rate)}, {plain_label(group_text(by, worst.group))} is last with "
        f"{rate_text(worst.rate)}."
    )
    if lead.is_sure:
        return words
    return f"{words} The intervals overlap: more traces are needed to be sure."


def _draw_rows(
    subjects: Sequence[Subject], scores: Sequence[Score], *, key: str, is_moving: bool
) -> None:
    rows = sort_worst_first(subjects, scores)
    if is_moving:
        # Rows that change places under the pointer cannot be read.
        order = {subject.trace_id: place for place, subject in enumerate(subjects)}
        rows = tuple(sorted(rows, key=lambda row: order[row.subject.trace_id]))
    names = list(dict.fromkeys(score.scorer_name for score in scores))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("##### Traces" if is_moving else "##### Traces, worst first", width="content")
        shown = {which: list_rows(rows, which) for which in _FILTERS}
        picked = st.segmented_control(
            "Which traces",
            list(_FILTERS),
            default="all",
            required=True,
            format_func=lambda which: f"{_FILTERS[which]} ({count_text(len(shown[which]))})",
            key=f"{key}.filter",
            label_visibility="collapsed",
        )
    chosen = shown[picked or "all"]
    if not chosen:
        st.caption("No trace is of that sort.")
        return
    row = _chosen_row(chosen, names, key=key)
    if row is not None:
        draw_trace(row, key=key)
    else:
        st.caption("Choose a row to read the answer and what each scorer says of it.")


def _chosen_row(rows: Sequence[ResultRow], names: Sequence[str], *, key: str) -> ResultRow | None:
    """Draw the table; returns the row that is chosen, which stays so in another order."""
    ids = [row.subject.trace_id for row in rows]
    # Among other rows a row's number means another trace, so that is another table; it begins
    # with the trace that is being read.
    table_key = f"{key}.rows.{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:12]}"
    reading = evaluate().reading
    if table_key not in st.session_state and reading.get(key) in ids:
        st.session_state[table_key] = _selection(ids.index(reading[key]))
    event = st.dataframe(
        _frame(rows, names),
        hide_index=True,
        height="content" if len(rows) <= _FEW_ROWS else _TABLE_PX,
        on_select="rerun",
        selection_mode="single-row",
        placeholder=MISSING,
        column_config=_column_config(names),
        key=table_key,
        alt="Traces by scorer",
    )
    selected = cast("list[int]", cast(Any, event).selection.rows)
    if selected and selected[0] < len(rows):
        row = rows[selected[0]]
        reading[key] = row.subject.trace_id
        return row
    if reading.get(key) in ids:
        del reading[key]
    return None


def _selection(row: int) -> dict[str, dict[str, list[int]]]:
    return {"selection": {"rows": [row], "columns": [], "cells": []}}


def _frame(rows: Sequence[ResultRow], names: Sequence[str]) -> pd.DataFrame:
    # Not at the top: pandas takes a while to load, and other pages can do without.
    import pandas as pd

    subjects = [row.subject for row in rows]
    columns: dict[str, list[Any]] = {"question": [cell_text(each.question) for each in subjects]}
    for place, name in enumerate(names):
        columns[f"s{place}"] = [score_text(row.scores.get(name)) for row in rows]
    columns["answer"] = [cell_text(answer_text(each)) for each in subjects]
    if any(each.expected is not None for each in subjects):
        columns["expected"] = [cell_text(each.expected or "") for each in subjects]
    for by in ("lane", "prompt version", "model"):
        values = [_group(each, by) for each in subjects]
        if any(values):
            columns[by] = values
    return pd.DataFrame(columns)


def _group(subject: Subject, by: GroupBy) -> str | None:
    found = group_of(subject, by)
    if not found:
        return None
    return found if by == "lane" else group_text(by, found)


def _column_config(names: Sequence[str]) -> dict[str, Any]:
    column = st.column_config
    config: dict[str, Any] = {
        "question": column.TextColumn("Question", width=240),
        "answer": column.TextColumn("Answer", width=320),
        "expected": column.TextColumn("Expected", width="small"),
        "lane": column.TextColumn("Lane", width=60),
        "prompt version": column.TextColumn("Prompt version", width=130),
        "model": column.TextColumn("Model", width=120),
    }
    for place, name in enumerate(names):
        config[f"s{place}"] = column.TextColumn(name, width=120)
    return config


def long_frame(subjects: Sequence[Subject], scores: Sequence[Score]) -> pd.DataFrame:
    """One line for each trace by each scorer, nothing cut: what the CSV holds."""
    import pandas as pd

    lines = [
        _line(row.subject, score)
        for row in sort_worst_first(subjects, scores)
        for score in row.scores.values()
    ]
    return pd.DataFrame(lines)


def _line(subject: Subject, score: Score) -> dict[str, Any]:
    verdict = score.verdict
    return {
        "trace": subject.trace_id,
        "scorer": score.scorer_name,
        "state": score.state,
        "value": None if verdict is None else value_text(verdict.value),
        "passed": None if verdict is None else verdict.passed,
        "rationale": score.problem if verdict is None else verdict.rationale,
        "question": subject.question,
        "answer": subject.answer,
        "ending": subject.ending or None,
        "expected": subject.expected,
        "lane": subject.lane,
        "model": subject.model,
        "SDK path": subject.sdk_path,
        "prompt version": subject.prompt,
        "session": subject.session_id,
        "judge cost (USD)": score.lost_cost_usd if verdict is None else verdict.cost_usd,
        "judge trace": score.lost_trace_id if verdict is None else verdict.judge_trace_id,
    }
