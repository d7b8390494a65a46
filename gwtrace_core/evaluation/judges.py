"""Which judges can be made, and what is wrong with the others. Pure."""

from __future__ import annotations

import math
import re
from typing import assert_never

from gwtrace_core.evaluation.values import BuiltinJudge, InstructionJudge, Judge

VARIABLES = ("inputs", "outputs", "expectations", "trace")
"""What an instruction may name in double braces."""

MOST_NAME_CHARS = 250
"""MLflow's databases keep no longer name of an assessment."""

_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*)\s*\}\}")


def check_judge(judge: Judge) -> str:
    """Why MLflow could not make this judge, and what to do; empty when it can."""
    name = judge.name.strip()
    if not name or name != judge.name:
        return "A judge needs a name, without white space around it."
    if len(name) > MOST_NAME_CHARS:
        return f"A judge's name has {MOST_NAME_CHARS} characters at most."
    match judge:
        case BuiltinJudge():
            return _check_builtin(judge)
        case InstructionJudge():
            return _check_instructions(judge) or _check_answers(judge)
        case _:
            assert_never(judge)


def find_variables(instructions: str) -> tuple[str, ...]:
    """What is named in double braces, each once, in order."""
    return tuple(dict.fromkeys(_VARIABLE.findall(instructions)))


def _check_builtin(judge: BuiltinJudge) -> str:
    if judge.builtin == "Guidelines" and not any(each.strip() for each in judge.guidelines):
        return f"{judge.name} has no guidelines. Write down what an answer has to keep to."
    return ""


def _check_instructions(judge: InstructionJudge) -> str:
    offered = ", ".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    used = find_variables(judge.instructions)
    if not used:
        return (
            f"The instruction of {judge.name} names nothing to judge. Put in at least one of "
            f"{offered}."
        )
    if unknown := [name for name in used if name not in VARIABLES]:
        named = ", ".join(f"{{{{ {name} }}}}" for name in unknown)
        return f"The instruction of {judge.name} names {named}, which is not known. Use {offered}."
    return ""


def _check_answers(judge: InstructionJudge) -> str:
    match judge.answers:
        case "yes or no":
            return ""
        case "number":
            if judge.passes_from is not None and not math.isfinite(judge.passes_from):
                return f"The least number that passes {judge.name} has to be a finite number."
            return ""
        case "category":
            return _check_categories(judge)
        case _:
            assert_never(judge.answers)


def _check_categories(judge: InstructionJudge) -> str:
    folded = {each.strip().casefold() for each in judge.categories}
    if "" in folded:
        return f"A category of {judge.name} is empty. Name it or take it out."
    if len(folded) < len(judge.categories):
        return f"Two categories of {judge.name} are the same, case aside. Take one out."
    if len(folded) < 2:
        return f"{judge.name} needs at least two categories to choose from."
    if strange := [each for each in judge.passing_categories if each not in judge.categories]:
        return (
            f"{', '.join(strange)} shall pass {judge.name} but is none of its categories. "
            "Add the category or let another one pass."
        )
    return ""
