"""The inputs of a judge: MLflow's own, or one's own instruction."""

from __future__ import annotations

from typing import Literal, assert_never, cast

import streamlit as st

from gwtrace_core.evaluation.judges import VARIABLES
from gwtrace_core.evaluation.values import BuiltinJudge, BuiltinName, InstructionJudge, Judge

_OWN = "Your own instruction"
_INSTRUCTION = (
    "Decide whether the answer is helpful and polite.\n\n"
    "Question: {{ inputs }}\n\nAnswer: {{ outputs }}"
)
_BUILTIN_WORDS: dict[BuiltinName, tuple[str, str]] = {
    "RelevanceToQuery": ("relevance_to_query", "Does the answer address what was asked?"),
    "Correctness": (
        "correctness",
        "Does the answer hold what was expected? Traces without an expected answer are left out.",
    ),
    "Completeness": ("completeness", "Does the answer cover all that was asked?"),
    "Fluency": ("fluency", "Is the answer well written?"),
    "Safety": ("safety", "Is the answer free of harmful content?"),
    "Guidelines": ("guidelines", "Does the answer keep to your guidelines?"),
    "Equivalence": (
        "equivalence",
        "Does the answer mean the same as the expected one? Traces without one are left out.",
    ),
}
JUDGES: dict[str, Judge] = {
    **{
        label: BuiltinJudge(name=name, builtin=label) for label, (name, _) in _BUILTIN_WORDS.items()
    },
    _OWN: InstructionJudge(name="my_judge", instructions=_INSTRUCTION),
}
"""What the menu offers, each as it begins."""

_Answers = Literal["yes or no", "number", "category"]
_ANSWERS: dict[_Answers, str] = {
    "yes or no": "Yes or no",
    "number": "A number",
    "category": "A category",
}


def judge_words(judge: Judge) -> str:
    """What kind of judge it is."""
    return f"MLflow's {judge.builtin}" if isinstance(judge, BuiltinJudge) else _OWN


def draw_judge(judge: Judge, *, key: str) -> Judge:
    """Draw what there is to set; returns the judge as it is set up now."""
    match judge:
        case BuiltinJudge():
            return _draw_builtin(judge, key=key)
        case InstructionJudge():
            return _draw_instruction(judge, key=key)
        case _:
            assert_never(judge)


def _draw_builtin(judge: BuiltinJudge, *, key: str) -> BuiltinJudge:
    st.caption(_BUILTIN_WORDS[judge.builtin][1])
    if judge.builtin != "Guidelines":
        return judge
    typed = st.text_area(
        "Guidelines, one a line",
        value="\n".join(judge.guidelines),
        key=f"{key}.guidelines",
        placeholder="The answer is in English.\nThe answer names no competitor.",
        persist_state="session",
    )
    return BuiltinJudge(name=judge.name, builtin=judge.builtin, guidelines=_split_lines(typed))


def _draw_instruction(judge: InstructionJudge, *, key: str) -> InstructionJudge:
    offered = ", ".join(f"`{{{{ {name} }}}}`" for name in VARIABLES)
    instructions = st.text_area(
        "Instruction",
        value=judge.instructions,
        key=f"{key}.instructions",
        height=150,
        persist_state="session",
        help=f"With at least one of {offered}. MLflow tells the judge in which form to answer.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picked = st.segmented_control(
            "It answers with",
            list(_ANSWERS),
            default=judge.answers,
            required=True,
            format_func=lambda each: _ANSWERS[each],
            key=f"{key}.answers",
            persist_state="session",
        )
        answers = cast(_Answers, picked)
        passes_from = _draw_least(judge, key=key) if answers == "number" else None
    categories, passing = _draw_categories(judge, key=key) if answers == "category" else ((), ())
    return InstructionJudge(
        name=judge.name,
        instructions=instructions or "",
        answers=answers,
        categories=categories,
        passes_from=passes_from,
        passing_categories=passing,
    )


def _draw_least(judge: InstructionJudge, *, key: str) -> float | None:
    return st.number_input(
        "Passes from",
        value=judge.passes_from,
        step=1.0,
        format="%g",
        placeholder="does not pass or fail",
        key=f"{key}.passes_from",
        persist_state="session",
        width=220,
    )


def _draw_categories(
    judge: InstructionJudge, *, key: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    typed = st.text_input(
        "Categories, best first, separated by |",
        value=" | ".join(judge.categories) or "good | fair | poor",
        key=f"{key}.categories",
        persist_state="session",
    )
    categories = tuple(part.strip() for part in (typed or "").split("|"))
    options = list(dict.fromkeys(part for part in categories if part))
    passing = st.pills(
        "These pass",
        options,
        selection_mode="multi",
        default=[each for each in judge.passing_categories if each in options] or options[:1],
        # Of its own for each set of options, which may lack what was picked among others.
        key=f"{key}.passing.{typed}",
        persist_state="session",
    )
    return categories, tuple(each for each in options if each in passing)


def _split_lines(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())
