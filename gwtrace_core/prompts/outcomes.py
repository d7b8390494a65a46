"""What the traces of one version of a prompt came to: counts, verdicts, medians."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from gwtrace_core.trace.listing import ListedTrace


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a judge or a person said under one name, over several traces."""

    name: str
    count: int
    mean: float
    """Of true as 1 and false as 0, or of the numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionOutcome:
    """Of the traces that were read. Medians are of those that a gateway's cache did not answer, and
    None where no trace says."""

    count: int
    failed: int
    good: int
    """People's verdicts, thumbs up."""
    bad: int
    median_duration_ms: float | None
    median_cost_usd: float | None
    """As MLflow sums them."""
    scores: tuple[Score, ...] = ()
    """Feedback of every name that is yes or no, or a number; by name."""
    is_complete: bool = True
    """False when there are more traces than were read."""


def outcome_of(
    rows: Sequence[ListedTrace], *, verdict: str, is_complete: bool = True
) -> VersionOutcome:
    """`verdict` is the name of people's verdicts."""
    summaries = [row.summary for row in rows]
    measured = [each for each in summaries if not each.is_from_cache]
    given = [each for row in rows for each in row.verdicts]
    thumbs = [each.value for each in given if each.name == verdict]
    values: dict[str, list[float]] = {}
    for each in given:
        if isinstance(each.value, bool | int | float) and each.name != verdict:
            values.setdefault(each.name, []).append(float(each.value))
    return VersionOutcome(
        count=len(rows),
        failed=sum(
            summary.status == "error" and row.outcome != "stopped"
            for row, summary in zip(rows, summaries, strict=True)
        ),
        good=sum(value is True for value in thumbs),
        bad=sum(value is False for value in thumbs),
        median_duration_ms=_find_median(summary.duration_ms for summary in measured),
        median_cost_usd=_find_median(summary.cost_usd for summary in measured),
        scores=tuple(
            Score(name=name, count=len(found), mean=sum(found) / len(found))
            for name, found in sorted(values.items())
        ),
        is_complete=is_complete,
    )


def _find_median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
