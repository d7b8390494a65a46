"""What all scorers have in common: which cannot work, and how they are kept as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import assert_never

from gwtrace_core.evaluation.code_scorers import check_code_scorer
from gwtrace_core.evaluation.judges import check_judge
from gwtrace_core.evaluation.values import BuiltinJudge, CodeScorer, InstructionJudge, Judge, Scorer

MOST_SCORERS = 20
_MOST_NAME_CHARS = 200
# As MLflow's names of metrics, which the scorers' means get; a slash would make a folder of them.
_NAME = re.compile(r"[\w.\- ]+")


def check_scorer(scorer: Scorer) -> str:
    """What is wrong with the scorer, and where; empty when it can be used."""
    name = scorer.name
    if not name.strip() or name != name.strip():
        return "It needs a name, without white space around it."
    if len(name) > _MOST_NAME_CHARS or not _NAME.fullmatch(name) or not name.strip("."):
        return (
            f"The scorer's name {name[:60]!r} cannot be one in MLflow: at most {_MOST_NAME_CHARS} "
            "letters, digits, spaces, dots, dashes and underscores."
        )
    match scorer:
        case CodeScorer():
            return check_code_scorer(scorer)
        case BuiltinJudge() | InstructionJudge():
            return check_judge(scorer)
        case _:
            assert_never(scorer)


def check_scorers(scorers: Sequence[Scorer]) -> str:
    """Why these scorers cannot work together; empty when they can."""
    if not scorers:
        return "There is no scorer. Choose at least one."
    if len(scorers) > MOST_SCORERS:
        return f"There are {len(scorers)} scorers; at most {MOST_SCORERS} can run together."
    names = Counter(scorer.name.casefold() for scorer in scorers)
    for scorer in scorers:
        if names[scorer.name.casefold()] > 1:
            return f"Two scorers are called {scorer.name!r}; rename one of them."
        if problem := check_scorer(scorer):
            is_named = scorer.name.strip() and scorer.name in problem
            return problem if is_named else f"{scorer.name or 'A scorer'}: {problem}"
    return ""


def find_judges(scorers: Sequence[Scorer]) -> tuple[Judge, ...]:
    """Those that ask a model."""
    return tuple(scorer for scorer in scorers if not isinstance(scorer, CodeScorer))
