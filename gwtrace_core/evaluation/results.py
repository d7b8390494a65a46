"""What scores come to: pass rates by group, and the traces, worst first.

Pure: from scores under way or read back from MLflow.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gwtrace_core.evaluation.stored import read_number
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score

GroupBy = Literal["all", "lane", "model", "SDK path", "prompt version"]
RowFilter = Literal["all", "not passed", "not judged"]
UNGROUPED = ""
"""The group of traces that do not say."""

_Z_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRate:
    """How many passed of those that passed or failed."""

    passed: int
    judged: int

    @property
    def rate(self) -> float | None:
        """From 0 to 1; None when nothing was judged."""
        return self.passed / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true rate is with 95% confidence (Wilson); None when nothing was judged."""
        if not self.judged:
            return None
        rate, count, square = self.passed / self.judged, self.judged, _Z_95**2
        middle = (rate + square / (2 * count)) / (1 + square / count)
        spread = (
            _Z_95
            * math.sqrt(rate * (1 - rate) / count + square / (4 * count**2))
            / (1 + square / count)
        )
        # Rounding could carry it over the ends by some 1e-17.
        return max(0.0, middle - spread), min(1.0, middle + spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerGroup:
    """One scorer over one group of traces."""

    scorer_name: str
    group: str
    """The lane's letter, the model, …; empty for traces that do not say, and for all of them."""
    rate: PassRate
    mean: float | None
    """Of values that are numbers or yes and no; else None."""
    scored: int
    not_applicable: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Of one scorer the groups with the best and the worst pass rate."""

    scorer_name: str
    best: ScorerGroup
    worst: ScorerGroup
    group_count: int
    """Groups that have a rate."""

    @property
    def is_tied(self) -> bool:
        """Whether all groups have the same rate."""
        return self.best.rate.rate == self.worst.rate.rate

    @property
    def is_sure(self) -> bool:
        """Whether the intervals of best and worst are apart."""
        low, high = self.best.rate.interval, self.worst.rate.interval
        return low is not None and high is not None and low[0] > high[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One trace and what every scorer says of it."""

    subject: Subject
    scores: Mapping[str, Score]
    """By scorer name."""

    @property
    def failed_checks(self) -> int:
        """How many scorers it did not pass."""
        return sum(
            score.verdict is not None and score.verdict.passed is False
            for score in self.scores.values()
        )

    @property
    def passed_checks(self) -> int:
        """How many scorers it passed."""
        return sum(
            score.verdict is not None and score.verdict.passed is True
            for score in self.scores.values()
        )

    @property
    def is_unjudged(self) -> bool:
        """Whether a scorer that applies to it has no verdict."""
        return any(
            score.state not in ("scored", "not applicable") for score in self.scores.values()
        )


def measure_pass_rate(scores: Iterable[Score]) -> PassRate:
    """Of the scores that pass or fail."""
    verdicts = [score.verdict for score in scores if score.verdict is not None]
    return PassRate(
        passed=sum(verdict.passed is True for verdict in verdicts),
        judged=sum(verdict.passed is not None for verdict in verdicts),
    )


def group_of(subject: Subject, by: GroupBy) -> str:
    """The group that a trace belongs to."""
    found = {
        "all": None,
        "lane": subject.lane,
        "model": subject.model,
        "SDK path": subject.sdk_path,
        "prompt version": subject.prompt,
    }[by]
    return found or UNGROUPED


def list_groupings(subjects: Iterable[Subject]) -> tuple[GroupBy, ...]:
    """The ways of grouping that tell these traces apart, `all` always among them.

    Not by lane where several comparisons come together: each has a lane A of its own.
    """
    every: tuple[GroupBy, ...] = ("lane", "model", "SDK path", "prompt version")
    known = list(subjects)
    comparisons = {each.comparison_id for each in known if each.lane is not None}
    return (
        "all",
        *(
            by
            for by in every
            if len({group_of(each, by) for each in known}) > 1
            and (by != "lane" or len(comparisons) == 1)
        ),
    )


def group_scores(
    subjects: Iterable[Subject], scores: Iterable[Score], by: GroupBy = "all"
) -> tuple[ScorerGroup, ...]:
    """Every scorer over every group: scorers as they come, of each the worst group first."""
    group_by_trace = {subject.trace_id: group_of(subject, by) for subject in subjects}
    found: dict[tuple[str, str], list[Score]] = {}
    order: dict[str, int] = {}
    for score in scores:
        if score.trace_id in group_by_trace:
            order.setdefault(score.scorer_name, len(order))
            group = group_by_trace[score.trace_id]
            found.setdefault((score.scorer_name, group), []).append(score)
    groups = [_group(name, group, each) for (name, group), each in found.items()]
    return tuple(sorted(groups, key=lambda each: (order[each.scorer_name], *_rank_badness(each))))


def find_leads(groups: Sequence[ScorerGroup]) -> tuple[Lead, ...]:
    """Of each scorer which group is best, as far as it has a rate in two groups or more.

    `groups` as `scorer_groups` gives them; traces that do not say which group they are of take no
    part.
    """
    rated: dict[str, list[ScorerGroup]] = {}
    for group in groups:
        if group.rate.judged and group.group != UNGROUPED:
            rated.setdefault(group.scorer_name, []).append(group)
    return tuple(
        Lead(scorer_name=name, best=found[-1], worst=found[0], group_count=len(found))
        for name, found in rated.items()
        if len(found) > 1
    )


def list_rows(rows: Sequence[ResultRow], which: RowFilter) -> tuple[ResultRow, ...]:
    """Those rows that the filter lets pass."""
    match which:
        case "all":
            return tuple(rows)
        case "not passed":
            return tuple(row for row in rows if row.failed_checks)
        case "not judged":
            return tuple(row for row in rows if row.is_unjudged)


def sort_worst_first(subjects: Iterable[Subject], scores: Iterable[Score]) -> tuple[ResultRow, ...]:
    """The traces, those first that most scorers did not pass; the rest as they come."""
    by_trace: dict[str, dict[str, Score]] = {}
    for score in scores:
        by_trace.setdefault(score.trace_id, {})[score.scorer_name] = score
    rows = [
        ResultRow(subject=subject, scores=by_trace.get(subject.trace_id, {}))
        for subject in subjects
    ]
    return tuple(sorted(rows, key=lambda row: (-row.failed_checks, row.passed_checks)))


def _group(name: str, group: str, scores: Sequence[Score]) -> ScorerGroup:
    verdicts = [score.verdict for score in scores if score.verdict is not None]
    numbers = [number for each in verdicts if (number := read_number(each.value)) is not None]
    counts = Counter(score.state for score in scores)
    return ScorerGroup(
        scorer_name=name,
        group=group,
        rate=measure_pass_rate(scores),
        mean=math.fsum(numbers) / len(numbers) if numbers else None,
        scored=len(verdicts),
        not_applicable=counts["not applicable"],
        failed=counts["failed"],
    )


def _rank_badness(group: ScorerGroup) -> tuple[bool, float, str]:
    rate = group.rate.rate
    figure = group.mean if rate is None else rate
    return figure is None, figure or 0.0, group.group
