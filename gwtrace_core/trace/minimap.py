"""A trace in a few dozen columns: how many spans run and where errors are, over time. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.trace.tree import TraceTree

BUCKETS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimap:
    """Equal stretches of the trace's time, one entry each; both tuples are of one length."""

    bucket_us: float
    """How long one stretch is, microseconds."""
    running: tuple[int, ...]
    """Spans that ran at some moment of the stretch."""
    errors: tuple[int, ...]
    """Failed spans that ended in it; one without an end counts where it began."""


def minimap(tree: TraceTree, *, buckets: int = BUCKETS) -> Minimap:
    """Density over the time from the tree's start to its end; a trace of no length is one bucket.

    Spans that were never closed count as running to the end; times that run backwards count at
    their start.
    """
    total_ns = tree.end_ns - tree.start_ns
    count = max(1, buckets) if total_ns > 0 else 1
    # Where a span begins and has ended: one pass over the spans, whatever their length.
    changes = [0] * (count + 1)
    errors = [0] * count

    def bucket(moment_ns: int) -> int:
        if total_ns <= 0:
            return 0
        return min(max((moment_ns - tree.start_ns) * count // total_ns, 0), count - 1)

    for row in tree.rows:
        span = row.span
        first = bucket(span.start_ns)
        end_ns = tree.end_ns if span.end_ns is None else max(span.end_ns, span.start_ns)
        # A span that ends where a stretch begins does not run in it.
        last = first if end_ns <= span.start_ns else max(bucket(end_ns - 1), first)
        changes[first] += 1
        changes[last + 1] -= 1
        if span.has_failed:
            errors[first if span.end_ns is None else last] += 1
    running: list[int] = []
    now = 0
    for change in changes[:-1]:
        now += change
        running.append(now)
    return Minimap(bucket_us=total_ns / count / 1000, running=tuple(running), errors=tuple(errors))
