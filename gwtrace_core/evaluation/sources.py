"""Where the traces of an evaluation come from, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.trace.filters import TraceFilter, filter_to_params
from gwtrace_core.values.text import count_text, one_line, plural

MOST_SUBJECTS = 500
"""Traces that one evaluation judges; the newest of a filter's, and that it is so is said."""
_ID_CHARS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTraces:
    """Traces that somebody picked."""

    trace_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTraces:
    """The turns of a conversation."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTraces:
    """All answers of a comparison or a batch; of those asked again the newest."""

    comparison_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingTraces:
    """What a filter lets pass, the newest first."""

    chosen: TraceFilter
    most: int = MOST_SUBJECTS
    """How many at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetTraces:
    """The traces that a dataset's records were made from, held to what the records expect."""

    dataset_id: str
    name: str


SubjectSource = ChosenTraces | SessionTraces | ComparisonTraces | MatchingTraces | DatasetTraces


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSubjects:
    """The traces of a source, and what was left out and why."""

    subjects: tuple[Subject, ...]
    """Oldest first; those of a dataset in its order."""
    is_complete: bool = True
    """False when there are more than can be judged at once: these are the newest."""
    missing: tuple[str, ...] = ()
    """Ids of traces that MLflow does not have any more."""
    elsewhere_count: int = 0
    """Left out: traces of another experiment, which an evaluation of this one cannot hold."""
    judge_count: int = 0
    """Left out: judges' own calls."""
    unfinished_count: int = 0
    """Left out: traces still being written."""
    cut_count: int = 0
    """Left out: turns without an answer, whose process was ended."""
    replaced_count: int = 0
    """Left out: answers of a comparison that were asked again since."""
    untraced_count: int = 0
    """Left out: a dataset's records that were not made from traces; they have to be asked first."""


def describe_source(source: SubjectSource) -> str:
    """The source for a list, `3 chosen traces`, `newest traces, at most 20`."""
    match source:
        case ChosenTraces(trace_ids=trace_ids):
            return plural(len(trace_ids), "chosen trace")
        case SessionTraces(session_id=session_id):
            return f"session {one_line(session_id, _ID_CHARS)}"
        case ComparisonTraces(comparison_id=comparison_id):
            return f"comparison {comparison_id[:8]}"
        case MatchingTraces(chosen=chosen, most=most):
            with_words = _describe_filter(chosen)
            if most < MOST_SUBJECTS:
                return f"newest traces{with_words}, at most {count_text(most)}"
            return f"traces{with_words}" if with_words else "all traces"
        case DatasetTraces(name=name):
            return f"dataset {name}"
        case _:
            assert_never(source)


def describe_found(source: SubjectSource, found: FoundSubjects) -> str:
    """What was found of the source: `18 traces of session s-1`, `The newest 20 traces`."""
    count = plural(len(found.subjects), "trace")
    match source:
        case ChosenTraces(trace_ids=trace_ids):
            if len(found.subjects) < len(trace_ids):
                return f"{len(found.subjects)} of {plural(len(trace_ids), 'chosen trace')}"
            return f"{count}, as chosen"
        case MatchingTraces(chosen=chosen):
            return _describe_newest(len(found.subjects), found.is_complete) + _describe_filter(
                chosen
            )
        case SessionTraces() | ComparisonTraces() | DatasetTraces():
            return f"{count} of {describe_source(source)}"
        case _:
            assert_never(source)


def _describe_newest(count: int, is_complete: bool) -> str:
    if count == 0:
        return "No traces"
    if not is_complete:
        return "The newest trace" if count == 1 else f"The newest {count_text(count)} traces"
    return "The only trace" if count == 1 else f"All {count_text(count)} traces"


def _describe_filter(chosen: TraceFilter) -> str:
    words = ", ".join(f"{name} {value}" for name, value in filter_to_params(chosen).items())
    return f" with {words}" if words else ""
