"""What feedback of one name comes to, by group and over time. Pure: values in, values out.

Yes and no, numbers and categories of the same name are summed up apart, never mixed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, assert_never, get_args

from gwtrace_core.trace.feedback import FeedbackSource, ValueKind, kind_of, source_of
from gwtrace_core.trace.feedback_summary.times import bucket_ms, bucket_start_ms
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.listing import ListedTrace
from gwtrace_core.values.text import plural

GroupBy = Literal["model", "sdk_path", "prompt", "connection", "lane"]
"""`lane`: model, SDK path and connection together."""
GroupKey = tuple[str, ...]
"""What the members of a group have in common; empty where their traces do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One piece of feedback that stands, and what is known of the trace that it is about."""

    trace_id: str
    value: bool | float | str
    source: FeedbackSource | None
    began_ms: int
    """When the trace began, milliseconds since the Unix epoch."""
    given_ms: int | None = None
    """When the feedback was given."""
    model: str = ""
    sdk_path: str = ""
    connection: str = ""
    prompts: tuple[str, ...] = ()
    """`name/version`, as MLflow links them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedFeedback:
    """A judge or scorer that could not say anything."""

    trace_id: str
    error: str
    source: FeedbackSource | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackName:
    """A name that feedback bears in the experiment."""

    name: str
    count: int
    categories: tuple[str, ...] = ()
    """Texts that were given under it, that given most often first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackReading:
    """What was read for a summary."""

    given: tuple[Given, ...]
    looked_at: int
    """How many traces with such feedback were read, the newest."""
    is_whole: bool
    """False when a bound ended the reading: there are more, older ones."""
    failed: tuple[FailedFeedback, ...] = ()
    """Those that hold an error and no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo:
    """Of values that are true or false."""

    count: int
    yes: int

    @property
    def share(self) -> float:
        """Of those that said yes, 0 to 1."""
        return self.yes / self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Of values that are numbers."""

    count: int
    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """Of values that are texts."""

    count: int
    counts: tuple[tuple[str, int], ...]
    """The most frequent first."""


Figures = YesNo | Numbers | Categories


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One group of a summary."""

    key: GroupKey
    traces: int
    """How many traces its feedback is about; several people may have judged one."""
    latest_ms: int
    """When the newest of it was given; where MLflow does not say, when its trace began."""
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One group in one stretch of time."""

    start_ms: int
    end_ms: int
    key: GroupKey
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """All values of one sort."""

    kind: ValueKind
    rows: tuple[GroupRow, ...]
    """The group with most feedback first."""
    points: tuple[Point, ...]
    """By time, then group; by when the traces began."""


def given_of(
    row: ListedTrace, name: str, *, connection: str, prompts: tuple[str, ...]
) -> tuple[Given, ...]:
    """What stands of that name on a trace and its spans; lists, maps and errors are left out.

    The errors are in `failed_of`.
    """
    return tuple(
        Given(
            trace_id=row.trace_id,
            value=each.value,
            source=source_of(each),
            began_ms=row.summary.start_ms,
            given_ms=each.given_ms,
            model=row.model,
            sdk_path=row.sdk_path,
            connection=connection,
            prompts=prompts,
        )
        for each in row.verdicts
        if each.name == name and kind_of(each.value) is not None
    )


def failed_of(row: ListedTrace, name: str) -> tuple[FailedFeedback, ...]:
    """The feedback of that name that holds an error and no value."""
    return tuple(
        FailedFeedback(trace_id=row.trace_id, error=each.error, source=source_of(each))
        for each in row.verdicts
        if each.name == name and each.error is not None and each.value is None
    )


def keys_of(given: Given, by: GroupBy) -> tuple[GroupKey, ...]:
    """The groups it belongs to: more than one only where a trace has several prompts."""
    match by:
        case "model":
            return ((given.model,),)
        case "sdk_path":
            return ((given.sdk_path,),)
        case "connection":
            return ((given.connection,),)
        case "prompt":
            return tuple((prompt,) for prompt in given.prompts) or (("",),)
        case "lane":
            return ((given.model, given.sdk_path, given.connection),)
        case _:
            assert_never(by)


def traces_of(by: GroupBy, key: GroupKey) -> TraceFilter:
    """The filter that lets the traces of one group pass."""
    if not any(key):
        return TraceFilter(has_prompt=False) if by == "prompt" else TraceFilter(by_gwtrace=False)
    values = [part or None for part in key]
    match by:
        case "model":
            return TraceFilter(model=values[0])
        case "sdk_path":
            return TraceFilter(sdk_path=values[0])
        case "connection":
            return TraceFilter(connection=values[0])
        case "prompt":
            return TraceFilter(prompt=values[0])
        case "lane":
            model, sdk_path, connection = values
            return TraceFilter(model=model, sdk_path=sdk_path, connection=connection)
        case _:
            assert_never(by)


def summarise(
    given: Iterable[Given],
    by: GroupBy,
    *,
    source: FeedbackSource | None = None,
    offset_ms: int = 0,
) -> tuple[Section, ...]:
    """A section for each sort of value there is. `source` None takes what anybody said.

    Time is cut into hours, days or weeks, by how long it is; `offset_ms` is what a clock on the
    wall is ahead of UTC, so that days begin at its midnight.
    """
    kept = [each for each in given if source is None or each.source == source]
    if not kept:
        return ()
    begun = [each.began_ms for each in kept]
    width_ms = bucket_ms(max(begun) - min(begun))
    return tuple(
        _make_section(kind, found, by, width_ms, offset_ms)
        for kind in get_args(ValueKind)
        if (found := [each for each in kept if kind_of(each.value) == kind])
    )


def failed_words(
    failed: Iterable[FailedFeedback], *, source: FeedbackSource | None = None
) -> tuple[str, ...]:
    """Each error once with how often it came, the most frequent first."""
    counts = Counter(each.error for each in failed if source is None or each.source == source)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(error if n == 1 else f"{error} ({plural(n, 'time')})" for error, n in ordered)


def list_often_given(figures: Iterable[Categories]) -> tuple[str, ...]:
    """The categories of all groups together, that given most often first."""
    totals: Counter[str] = Counter()
    for each in figures:
        totals.update(dict(each.counts))
    return tuple(sorted(totals, key=lambda value: (-totals[value], value)))


def figures_of(kind: ValueKind, values: Sequence[bool | float | str]) -> Figures:
    """Of at least one value, all of that sort."""
    match kind:
        case "yes_no":
            return YesNo(count=len(values), yes=sum(value is True for value in values))
        case "number":
            numbers = [float(value) for value in values]
            return Numbers(
                count=len(numbers),
                mean=fmean(numbers),
                lowest=min(numbers),
                highest=max(numbers),
            )
        case "category":
            counts = Counter(str(value) for value in values)
            ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            return Categories(count=len(values), counts=tuple(ordered))
        case _:
            assert_never(kind)


def _make_section(
    kind: ValueKind, given: Sequence[Given], by: GroupBy, width_ms: int, offset_ms: int
) -> Section:
    groups: dict[GroupKey, list[Given]] = {}
    cells: dict[tuple[int, GroupKey], list[Given]] = {}
    for each in given:
        start_ms = bucket_start_ms(each.began_ms, width_ms, offset_ms)
        for key in keys_of(each, by):
            groups.setdefault(key, []).append(each)
            cells.setdefault((start_ms, key), []).append(each)
    rows = [
        GroupRow(
            key=key,
            traces=len({each.trace_id for each in found}),
            latest_ms=max(each.given_ms or each.began_ms for each in found),
            figures=figures_of(kind, [each.value for each in found]),
        )
        for key, found in groups.items()
    ]
    points = [
        Point(
            start_ms=start_ms,
            end_ms=start_ms + width_ms,
            key=key,
            figures=figures_of(kind, [each.value for each in found]),
        )
        for (start_ms, key), found in sorted(cells.items(), key=lambda pair: pair[0])
    ]
    rows.sort(key=lambda row: (-row.figures.count, row.key))
    return Section(kind=kind, rows=tuple(rows), points=tuple(points))
