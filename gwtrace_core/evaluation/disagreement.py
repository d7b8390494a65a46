"""Where a person's verdict and a judge's disagree, how often, and on which traces. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.trace.feedback import VERDICT
from gwtrace_core.trace.model import Assessment

LEAST_FOR_KAPPA = 20
"""With fewer pairs kappa says next to nothing."""

_GOOD = frozenset({"yes", "true", "good", "up", "pass", "passed", "correct"})
_BAD = frozenset({"no", "false", "bad", "down", "fail", "failed", "incorrect", "wrong"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One trace on which people and a judge say different things."""

    subject: Subject
    score: Score
    """The judge's."""
    person: str
    """Who says otherwise; of several the one who said so last."""
    person_passes: bool
    comment: str | None = None
    """What that person wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How often a scorer agrees with people, over the traces that both have judged."""

    scorer_name: str
    compared: int
    agreed: int
    too_lenient: int
    """The scorer passes what people do not."""
    too_strict: int
    """People pass what the scorer does not."""
    split: int
    """Left out: traces on which people disagree among themselves."""
    disagreements: tuple[Disagreement, ...]
    kappa: float | None = None
    """Cohen's: agreement beyond chance, 1 at most. None with fewer than 20 traces, and where one
    of the two always says the same."""

    @property
    def rate(self) -> float | None:
        """From 0 to 1; None when there is nothing to compare."""
        return self.agreed / self.compared if self.compared else None


def measure_agreements(
    subjects: Iterable[Subject], scores: Iterable[Score]
) -> tuple[Agreement, ...]:
    """Every scorer that passes or fails, against people: their thumbs, and their feedback of the
    scorer's own name, which counts where a person gave both. Worst agreement first."""
    by_trace = {subject.trace_id: subject for subject in subjects}
    found: dict[str, list[Score]] = {}
    for score in scores:
        has_passed = score.verdict is not None and score.verdict.passed is not None
        if has_passed and score.trace_id in by_trace:
            found.setdefault(score.scorer_name, []).append(score)
    each = [_measure_agreement(name, some, by_trace) for name, some in found.items()]
    return tuple(sorted(each, key=lambda one: (one.rate is None, one.rate or 0.0)))


def _measure_agreement(
    name: str, scores: Sequence[Score], subjects: dict[str, Subject]
) -> Agreement:
    pairs: Counter[tuple[bool, bool]] = Counter()
    split = 0
    disagreements: list[Disagreement] = []
    for score in scores:
        assert score.verdict is not None
        assert score.verdict.passed is not None
        subject = subjects[score.trace_id]
        said = read_verdict_of_people(subject.assessments, name)
        if not said:
            continue
        passes = {passes for passes, _ in said.values()}
        if len(passes) > 1:
            split += 1
            continue
        (person_passes,) = passes
        pairs[person_passes, score.verdict.passed] += 1
        if person_passes != score.verdict.passed:
            person, (_, given) = list(said.items())[-1]
            disagreements.append(
                Disagreement(
                    subject=subject,
                    score=score,
                    person=person,
                    person_passes=person_passes,
                    comment=given.rationale,
                )
            )
    return Agreement(
        scorer_name=name,
        compared=pairs.total(),
        agreed=pairs[True, True] + pairs[False, False],
        too_lenient=pairs[False, True],
        too_strict=pairs[True, False],
        split=split,
        disagreements=tuple(disagreements),
        kappa=_compute_kappa(pairs),
    )


def read_verdict_of_people(
    assessments: Iterable[Assessment], scorer_name: str
) -> dict[str, tuple[bool, Assessment]]:
    """What each person says of a whole trace, in the order of their saying; those left out whose
    feedback is neither good nor bad."""
    thumbs: dict[str, tuple[bool, Assessment]] = {}
    own: dict[str, tuple[bool, Assessment]] = {}
    for each in assessments:
        if each.kind != "feedback" or each.source_kind != "HUMAN" or not each.is_valid:
            continue
        passes = _has_passed(each.value)
        if passes is None or each.span_id is not None:
            continue
        if each.name == scorer_name:
            own[each.source_id] = passes, each
        elif each.name == VERDICT:
            thumbs[each.source_id] = passes, each
    return {**thumbs, **own}


def _has_passed(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().casefold()
        return True if word in _GOOD else (False if word in _BAD else None)
    if isinstance(value, int | float) and value in (0, 1):
        # Stores that are servers give numbers for yes and no.
        return value == 1
    return None


def _compute_kappa(pairs: Counter[tuple[bool, bool]]) -> float | None:
    count = pairs.total()
    if count < LEAST_FOR_KAPPA:
        return None
    person = (pairs[True, True] + pairs[True, False]) / count
    judge = (pairs[True, True] + pairs[False, True]) / count
    chance = person * judge + (1 - person) * (1 - judge)
    if chance == 1 or person in (0, 1) or judge in (0, 1):
        return None
    return ((pairs[True, True] + pairs[False, False]) / count - chance) / (1 - chance)
