"""The scorers of a new evaluation: chosen from two menus, each with its inputs and its problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

import streamlit as st

from gwtrace_core.evaluation.scorers import MOST_SCORERS, check_scorer
from gwtrace_core.evaluation.values import (
    BuiltinJudge,
    CodeCheck,
    CodeScorer,
    Contains,
    CostAtMost,
    ExactMatch,
    InstructionJudge,
    LatencyAtMost,
    LengthBetween,
    MatchesJsonSchema,
    MatchesRegex,
    Scorer,
    ToolCalled,
)
from pages.ui.draw.model_text import plain_label
from pages.ui.evaluate.judges import JUDGES, draw_judge, judge_words
from pages.ui.evaluate.state import DraftScorer, EvaluateState
from pages.ui.session.kept import evaluate

_CODE: dict[str, tuple[str, CodeCheck]] = {
    "Exact match": ("exact_match", ExactMatch()),
    "Contains": ("contains", Contains()),
    "Regular expression": ("regex", MatchesRegex(pattern="")),
    "JSON schema": ("json_schema", MatchesJsonSchema(schema_text='{"type": "object"}')),
    "Latency": ("latency", LatencyAtMost(limit_ms=5_000)),
    "Cost": ("cost", CostAtMost(limit_usd=0.01)),
    "Length": ("length", LengthBetween(most_chars=600)),
    "Tool called": ("tool_called", ToolCalled(tool_name="")),
}
_ADD_CODE, _ADD_JUDGE = "evaluate.add.code", "evaluate.add.judge"


def choose_scorers(state: EvaluateState) -> tuple[Scorer, ...]:
    """Draw them; returns them as they are set up now."""
    is_full = len(state.scorers) >= MOST_SCORERS
    with st.container(horizontal=True, gap="small"):
        st.menu_button(
            "Check by code",
            list(_CODE),
            key=_ADD_CODE,
            icon=":material/code:",
            help="Needs no model and costs nothing.",
            disabled=is_full,
            on_click=_add_code,
        )
        st.menu_button(
            "Judge",
            list(JUDGES),
            key=_ADD_JUDGE,
            icon=":material/gavel:",
            help="A model that is asked about each answer: MLflow's own judges, or yours.",
            disabled=is_full,
            on_click=_add_judge,
        )
    if not state.scorers:
        st.caption("Add at least one scorer: a check by code, or a judge.")
    for draft in state.scorers:
        _draw(draft, [each.scorer for each in state.scorers if each is not draft])
    return tuple(draft.scorer for draft in state.scorers)


def _add_code() -> None:
    name, check = _CODE[st.session_state[_ADD_CODE]]
    _add(CodeScorer(name=name, check=check))


def _add_judge() -> None:
    _add(JUDGES[st.session_state[_ADD_JUDGE]])


def _add(scorer: Scorer) -> None:
    state = evaluate()
    known = {draft.scorer.name.casefold() for draft in state.scorers}
    name, number = scorer.name, 2
    while name.casefold() in known:
        name, number = f"{scorer.name}_{number}", number + 1
    state.scorers.append(DraftScorer(scorer=replace(scorer, name=name)))


def _remove(draft_id: str) -> None:
    state = evaluate()
    state.scorers = [draft for draft in state.scorers if draft.draft_id != draft_id]


def _draw(draft: DraftScorer, others: Sequence[Scorer]) -> None:
    scorer, key = draft.scorer, f"evaluate.scorer.{draft.draft_id}"
    with st.container(border=True, key=f"evaluate-card-{draft.draft_id}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            icon = ":material/code:" if isinstance(scorer, CodeScorer) else ":material/gavel:"
            st.markdown(f"{icon} **{_kind_words(scorer)}**", width="stretch")
            st.button(
                "",
                icon=":material/delete:",
                key=f"{key}.remove",
                type="tertiary",
                help="Remove this scorer",
                on_click=_remove,
                args=(draft.draft_id,),
            )
        match scorer:
            case CodeScorer():
                # Beside a tall input the name stays at its top.
                is_tall = isinstance(scorer.check, MatchesJsonSchema)
                align = "top" if is_tall else "bottom"
                with st.container(horizontal=True, vertical_alignment=align, gap="small"):
                    name = _draw_name(scorer.name, key)
                    check = _draw_check(scorer.check, key)
                draft.scorer = CodeScorer(name=name, check=check)
            case BuiltinJudge() | InstructionJudge():
                name = _draw_name(scorer.name, key)
                draft.scorer = draw_judge(replace(scorer, name=name), key=key)
            case _:
                assert_never(scorer)
        if problem := _problem(draft.scorer, others):
            # No caption, whose colours are too faint for what keeps one from starting.
            st.markdown(f":red[:material/error: :small[{plain_label(problem, limit=400)}]]")


def _draw_name(name: str, key: str) -> str:
    typed = st.text_input(
        "Name",
        value=name,
        key=f"{key}.name",
        persist_state="session",
        width=220,
        help="The name of the assessments in MLflow.",
    )
    return (typed or "").strip()


def _problem(scorer: Scorer, others: Sequence[Scorer]) -> str:
    name = scorer.name.casefold()
    if problem := check_scorer(scorer):
        return problem
    if any(other.name.casefold() == name for other in others):
        return "Another scorer has this name. Rename one of them."
    return ""


def _kind_words(scorer: Scorer) -> str:
    if isinstance(scorer, CodeScorer):
        return next(
            label for label, (_, check) in _CODE.items() if isinstance(scorer.check, type(check))
        )
    return judge_words(scorer)


def _draw_check(check: CodeCheck, key: str) -> CodeCheck:
    match check:
        case ExactMatch():
            st.caption(
                "The answer is the expected one, case and white space aside. Traces without an "
                "expected answer are left out."
            )
            return check
        case Contains(text=text):
            typed = _text("Text", text or "", key, placeholder="the expected answer")
            return Contains(text=typed or None)
        case MatchesRegex(pattern=pattern):
            return MatchesRegex(
                pattern=_text("Pattern", pattern, key, placeholder=r"\border \d+\b")
            )
        case MatchesJsonSchema(schema_text=schema):
            typed = st.text_area(
                "JSON schema", value=schema, key=f"{key}.schema", persist_state="session"
            )
            return MatchesJsonSchema(schema_text=typed or "")
        case LatencyAtMost(limit_ms=limit):
            seconds = _number("At most (s)", limit / 1000, key, step=0.5)
            return LatencyAtMost(limit_ms=seconds * 1000)
        case CostAtMost(limit_usd=limit):
            return CostAtMost(limit_usd=_number("At most (USD)", limit, key, step=0.001))
        case LengthBetween(least_chars=least, most_chars=most):
            with st.container(horizontal=True, gap="small"):
                return LengthBetween(
                    least_chars=_bound("At least (characters)", least, f"{key}.least"),
                    most_chars=_bound("At most (characters)", most, f"{key}.most"),
                )
        case ToolCalled(tool_name=tool):
            return ToolCalled(tool_name=_text("Tool", tool, key, placeholder="any tool"))
        case _:
            assert_never(check)


def _text(label: str, value: str, key: str, *, placeholder: str) -> str:
    typed = st.text_input(
        label, value=value, key=f"{key}.text", placeholder=placeholder, persist_state="session"
    )
    return typed or ""


def _number(label: str, value: float, key: str, *, step: float) -> float:
    typed = st.number_input(
        label,
        min_value=0.0,
        value=value,
        step=step,
        format="%g",
        key=f"{key}.limit",
        persist_state="session",
        width=200,
    )
    return float(typed)


def _bound(label: str, value: int | None, key: str) -> int | None:
    return st.number_input(
        label,
        min_value=0,
        value=value,
        step=50,
        placeholder="no bound",
        key=key,
        persist_state="session",
        width=200,
    )
