"""One trace of an evaluation: question, answer, and what each scorer says and why."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.evaluation.results import ResultRow
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.values.text import usd_text
from pages.ui.draw.model_text import model_markdown, plain_label
from pages.ui.evaluate.words import score_text
from pages.ui.trace.link import draw_traces_link

_COLOURS = {True: "green", False: "red", None: "gray"}


def draw_trace(row: ResultRow, *, key: str) -> None:
    """Draw it, with the ways to its trace and to the judges' own."""
    subject = row.subject
    with st.container(border=True, key="evaluate-row"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            words = [f":violet-badge[Lane {plain_label(subject.lane)}]"] if subject.lane else []
            words += [plain_label(each) for each in (subject.prompt, subject.model) if each]
            st.markdown(" ".join(words) or "Trace", width="stretch")
            draw_traces_link(subject.trace_id, key=f"{key}.trace")
        left, right = st.columns([1.15, 1], gap="medium")
        with left:
            st.caption("Question")
            st.markdown(model_markdown(subject.question) or "(none)")
            st.caption("Answer")
            draw_answer(subject)
            if subject.expected is not None:
                st.caption("Expected")
                st.markdown(model_markdown(subject.expected))
        with right:
            for place, score in enumerate(row.scores.values()):
                _draw_score(score, key=f"{key}.score.{place}")


def draw_answer(subject: Subject) -> None:
    """The answer, and how it ended where that needs words."""
    if subject.answer or not subject.ending:
        st.markdown(model_markdown(subject.answer) or "(none)")
    if subject.ending:
        st.caption(f":material/info: {plain_label(subject.ending.capitalize())}.")


def _draw_score(score: Score, *, key: str) -> None:
    verdict = score.verdict
    passed = None if verdict is None else verdict.passed
    with st.container(gap=None):
        text = plain_label(score_text(score) or score.state, limit=60)
        st.markdown(f"**{plain_label(score.scorer_name)}** :{_COLOURS[passed]}-badge[{text}]")
        reason = score.problem if verdict is None else verdict.rationale or ""
        if reason:
            st.markdown(model_markdown(reason))
        cost = score.lost_cost_usd if verdict is None else verdict.cost_usd
        trace_id = score.lost_trace_id if verdict is None else verdict.judge_trace_id
        if trace_id is not None:
            label = "The judge's own trace"
            if cost is not None:
                label += f" ({usd_text(cost)})".replace("$", "\\$")
            draw_traces_link(trace_id, key=f"{key}.judge", label=label)
