"""Where people and judges disagree: how often, and on which traces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from gwtrace_core.evaluation.disagreement import Agreement, Disagreement, measure_agreements
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.values.text import count_text, plural
from pages.ui.draw.model_text import plain_label
from pages.ui.evaluate.words import score_text
from pages.ui.trace.link import traces_link

_SHOWN = 20


def draw_people(
    evaluation_id: str,
    subjects: Sequence[Subject],
    scores: Sequence[Score],
    *,
    read_again: Callable[[str], None],
) -> None:
    """Draw it. `read_again` has the page ask MLflow what people have said by now."""
    key = f"evaluate.people.{evaluation_id}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("##### Where people and judges disagree", width="content")
        st.button(
            "Read again",
            icon=":material/refresh:",
            key=f"{key}.again",
            type="tertiary",
            help="Asks MLflow what people have said by now.",
            on_click=read_again,
            args=(evaluation_id,),
        )
    found = [each for each in measure_agreements(subjects, scores) if each.compared or each.split]
    if not found:
        st.caption(
            "Nobody has judged these traces yet. A thumb on a turn or on its trace, or feedback "
            "with the scorer's name, is held against what the scorers say here."
        )
        return
    for agreement in found:
        _draw(agreement, key=f"{key}.{agreement.scorer_name}")


def _draw(agreement: Agreement, *, key: str) -> None:
    with st.container(border=True, key=f"evaluate-people-{agreement.scorer_name}", gap="small"):
        st.markdown(_words(agreement))
        if details := _details(agreement):
            st.caption(" · ".join(details))
        for each in agreement.disagreements[:_SHOWN]:
            _draw_one(each, key=f"{key}.{each.subject.trace_id}")
        more = len(agreement.disagreements) - _SHOWN
        if more > 0:
            st.caption(f"and {plural(more, 'more trace')}")


def _words(agreement: Agreement) -> str:
    name = f"**{plain_label(agreement.scorer_name)}**"
    if agreement.rate is None:
        return f"{name}: people disagree among themselves on {plural(agreement.split, 'trace')}"
    return (
        f"{name} agrees with people on **{count_text(agreement.agreed)} of "
        f"{plural(agreement.compared, 'trace')}** ({agreement.rate:.0%})"
    )


def _details(agreement: Agreement) -> list[str]:
    counts = {
        "passed by the scorer and not by people": agreement.too_lenient,
        "passed by people and not by the scorer": agreement.too_strict,
    }
    details = [f"{plural(count, 'trace')} {what}" for what, count in counts.items() if count]
    if agreement.compared and agreement.split:
        details.append(f"{count_text(agreement.split)} left out: people disagree")
    if agreement.kappa is not None:
        details.append(f"Cohen's kappa {agreement.kappa:.2f}")
    return details


def _draw_one(found: Disagreement, *, key: str) -> None:
    thumb = ":material/thumb_up:" if found.person_passes else ":material/thumb_down:"
    words = f"{thumb} {plain_label(found.person)}"
    if found.comment:
        words += f": {plain_label(found.comment, limit=120)}"
    verdict = found.score.verdict
    because = plain_label(verdict.rationale, limit=160) if verdict and verdict.rationale else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap=None):
            st.markdown(plain_label(found.subject.question, limit=120) or "(no question)")
            said = plain_label(score_text(found.score))
            st.caption(f"{words} · scorer {said}{': ' + because if because else ''}")
        traces_link(found.subject.trace_id, key=f"{key}.open", label="Open")
