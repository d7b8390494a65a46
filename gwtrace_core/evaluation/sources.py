"""Where the traces of an evaluation come from, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.format import plural
from gwtrace_core.trace.filters import TraceFilter, filter_to_params

MOST_SUBJECTS = 500
"""Traces that one evaluation judges; the newest of a filter's, and that it is so is said."""


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
    replaced_count: int = 0
    """Left out: answers of a comparison that were asked again since."""
    untraced_count: int = 0
    """Left out: a dataset's records that were not made from traces; they have to be asked first."""


def source_words(source: SubjectSource) -> str:
    """The source for a list, `3 chosen traces`."""
    match source:
        case ChosenTraces(trace_ids=trace_ids):
            return plural(len(trace_ids), "chosen trace")
        case SessionTraces(session_id=session_id):
            return f"session {session_id}"
        case ComparisonTraces(comparison_id=comparison_id):
            return f"comparison {comparison_id[:8]}"
        case MatchingTraces(chosen=chosen, most=most):
            params = filter_to_params(chosen)
            words = ", ".join(f"{name} {value}" for name, value in params.items())
            if most < MOST_SUBJECTS:
                newest = f"newest {plural(most, 'trace')}"
                return f"{newest} with {words}" if words else newest
            return f"traces with {words}" if words else "all traces"
        case DatasetTraces(name=name):
            return f"dataset {name}"
        case _:
            assert_never(source)
