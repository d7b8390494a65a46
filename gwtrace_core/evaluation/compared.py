"""Two evaluations side by side, on the same traces or the same questions. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from gwtrace_core.evaluation.results import PassRate, measure_pass_rate
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score

Change = Literal["better", "worse", "same", "unclear"]
"""`unclear`: one of the two has no value to compare."""

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedScore:
    """One scorer on one trace or question, in two evaluations."""

    scorer_name: str
    before: Score
    after: Score
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerChange:
    """One scorer in two evaluations, over what both have."""

    scorer_name: str
    better: int
    worse: int
    same: int
    unclear: int
    before: PassRate
    after: PassRate


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationDiff:
    """Two evaluations side by side."""

    matched_by: Literal["trace", "question"]
    pairs: tuple[tuple[Subject, Subject], ...]
    """The same trace, or answers to the same question, before and after."""
    scorers: tuple[ScorerChange, ...]
    """Those that both have."""
    changes: tuple[ChangedScore, ...]
    """Of every pair and common scorer: worse first, then better, then the rest."""
    only_before: tuple[Subject, ...]
    only_after: tuple[Subject, ...]
    scorers_only_before: tuple[str, ...]
    scorers_only_after: tuple[str, ...]


_CHANGE_ORDER: tuple[Change, ...] = ("worse", "better", "unclear", "same")


def compare_evaluations(
    before: tuple[Sequence[Subject], Sequence[Score]],
    after: tuple[Sequence[Subject], Sequence[Score]],
) -> EvaluationDiff:
    """The second against the first: by trace when they share any, else by lane and question.

    Of several answers to one question, the first is paired with the first, and so on.
    """
    first, second = before[0], after[0]
    shares = {each.trace_id for each in first} & {each.trace_id for each in second}
    key: Callable[[Subject], tuple[str, ...]] = _by_trace
    if not shares:
        # Lanes have to be told apart where there are several, not where one follows another.
        has_lanes = min(len({each.lane for each in some}) for some in (first, second)) > 1
        key = _by_lane_and_question if has_lanes else _by_question
    left, right = _number(first, key), _number(second, key)
    pairs = tuple((subject, right[place]) for place, subject in left.items() if place in right)
    scores = _by_place(before[1]), _by_place(after[1])
    names = [
        list(dict.fromkeys(score.scorer_name for score in some[1])) for some in (before, after)
    ]
    common = [name for name in names[0] if name in names[1]]
    changes = [
        _describe_change(
            name, scores[0].get((old.trace_id, name)), scores[1].get((new.trace_id, name))
        )
        for old, new in pairs
        for name in common
    ]
    known = [change for change in changes if change is not None]
    return EvaluationDiff(
        matched_by="trace" if shares else "question",
        pairs=pairs,
        scorers=tuple(_count_changes(name, known) for name in common),
        changes=tuple(sorted(known, key=lambda each: _CHANGE_ORDER.index(each.change))),
        only_before=tuple(subject for place, subject in left.items() if place not in right),
        only_after=tuple(subject for place, subject in right.items() if place not in left),
        scorers_only_before=tuple(name for name in names[0] if name not in common),
        scorers_only_after=tuple(name for name in names[1] if name not in common),
    )


def _by_trace(subject: Subject) -> tuple[str, ...]:
    return (subject.trace_id,)


def _by_question(subject: Subject) -> tuple[str, ...]:
    return (" ".join(subject.question.split()),)


def _by_lane_and_question(subject: Subject) -> tuple[str, ...]:
    return (subject.lane or "", *_by_question(subject))


def _number(
    subjects: Iterable[Subject], key: Callable[[Subject], _Key]
) -> dict[tuple[_Key, int], Subject]:
    seen: Counter[_Key] = Counter()
    found: dict[tuple[_Key, int], Subject] = {}
    for subject in subjects:
        place = key(subject)
        found[place, seen[place]] = subject
        seen[place] += 1
    return found


def _by_place(scores: Iterable[Score]) -> dict[tuple[str, str], Score]:
    return {(score.trace_id, score.scorer_name): score for score in scores}


def _describe_change(name: str, before: Score | None, after: Score | None) -> ChangedScore | None:
    if before is None or after is None:
        return None
    return ChangedScore(
        scorer_name=name, before=before, after=after, change=_compare_scores(before, after)
    )


def _compare_scores(before: Score, after: Score) -> Change:
    old, new = before.verdict, after.verdict
    if old is None or new is None:
        return "unclear"
    if old.passed is not None and new.passed is not None and old.passed != new.passed:
        return "better" if new.passed else "worse"
    if old.value == new.value:
        return "same"
    if isinstance(old.value, str) or isinstance(new.value, str):
        # Categories have no order of their own; both pass, or neither does.
        return "unclear" if old.passed is None or new.passed is None else "same"
    return "better" if new.value > old.value else "worse"


def _count_changes(name: str, changes: Iterable[ChangedScore]) -> ScorerChange:
    own = [change for change in changes if change.scorer_name == name]
    counts = Counter(change.change for change in own)
    return ScorerChange(
        scorer_name=name,
        better=counts["better"],
        worse=counts["worse"],
        same=counts["same"],
        unclear=counts["unclear"],
        before=measure_pass_rate(change.before for change in own),
        after=measure_pass_rate(change.after for change in own),
    )
