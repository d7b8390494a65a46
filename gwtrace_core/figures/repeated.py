"""What several runs of the same prompt on one lane come to: median, spread, and what failed. Pure.

Only runs that finished count in a median: one that was stopped or failed is not a quick or a cheap
one, nor is one that a gateway answered from its cache. How many there were, and what became of the
others, is said beside it.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.values.endings import answer_label
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.text import MISSING, count_text, duration_text, plural, usd_text

MAX_RUNS = 10


def make_distinct_line(number: int, mark: str) -> str:
    """What ends the system prompt of a run that is to be unlike any other.

    In the system prompt, since every API has one and no API knows a field for it. `mark` is new
    with each question, so that asking it again is distinct too.
    """
    return f"Request {mark}-{number}. This line only tells requests apart; do not mention it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The middle of several numbers and the two ends of them."""

    median: float
    lowest: float
    highest: float
    count: int
    """How many numbers there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What counts of one run: its reply as it stands, and its cost where one is known."""

    reply: Reply
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """A lane's runs of one prompt, summed up. None where no finished run has the number."""

    planned: int
    finished: int
    cached: int
    """Those of the finished that came from a gateway's cache, and count in no median."""
    failed: int
    stopped: int
    running: int
    failures: tuple[str, ...]
    """What the failed runs failed of, each cause once, the most frequent first."""
    endings: tuple[tuple[str, int], ...] = ()
    """What finished answers lack, and how many lack it, the most frequent first."""
    first_token_ms: Spread | None
    duration_ms: Spread | None
    output_tokens_per_s: Spread | None
    input_tokens: Spread | None
    cached_tokens: Spread | None
    """Of the input, what the provider read from its own cache."""
    output_tokens: Spread | None
    cost_usd: Spread | None

    @property
    def not_made(self) -> int:
        """Runs that were not started, or not yet."""
        return self.planned - self.finished - self.failed - self.stopped - self.running


def measure_spread(values: Iterable[float | None]) -> Spread | None:
    """Of the numbers that are known; None when none is."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Spread(
        median=statistics.median(known),
        lowest=min(known),
        highest=max(known),
        count=len(known),
    )


def summarise_runs(runs: Sequence[RunFacts], *, planned: int) -> Repetition:
    """Sum up the runs that were started, of `planned` ones."""
    by_status = Counter(run.reply.status for run in runs)
    causes = Counter(str(run.reply.failure.cause) for run in runs if run.reply.failure is not None)
    finished = [run for run in runs if run.reply.status == "finished"]
    labels = [answer_label(run.reply) for run in finished]
    done = [run for run in finished if not run.reply.is_from_cache]
    usages = [run.reply.usage for run in done if run.reply.usage is not None]
    return Repetition(
        planned=planned,
        finished=len(finished),
        cached=len(finished) - len(done),
        failed=by_status["failed"],
        stopped=by_status["stopped"],
        running=by_status["running"],
        failures=tuple(cause for cause, _ in causes.most_common()),
        endings=tuple(Counter(filter(None, labels)).most_common()),
        first_token_ms=measure_spread(run.reply.first_token_ms for run in done),
        duration_ms=measure_spread(run.reply.duration_ms for run in done),
        output_tokens_per_s=measure_spread(run.reply.output_tokens_per_s for run in done),
        input_tokens=measure_spread(usage.input_tokens for usage in usages),
        cached_tokens=measure_spread(usage.cache_read_tokens for usage in usages),
        output_tokens=measure_spread(usage.output_tokens for usage in usages),
        cost_usd=measure_spread(run.cost_usd for run in done),
    )


def describe_repetition(summed: Repetition) -> str:
    """`4 of 5 runs finished (1 refused), 1 failed (rate limited)`: all that were to be."""
    rest = [
        f"{count_text(count)} {word}"
        for count, word in (
            (summed.cached, "of them from the gateway's cache, left out of the medians"),
            (summed.failed, f"failed ({', '.join(summed.failures)})"),
            (summed.stopped, "stopped"),
            (summed.running, "under way"),
            (summed.not_made, "to come" if summed.running else "not made"),
        )
        if count
    ]
    early = ", ".join(f"{count_text(count)} {label}" for label, count in summed.endings)
    finished = f"{summed.finished} of {plural(summed.planned, 'run')} finished"
    return ", ".join([f"{finished} ({early})" if early else finished, *rest])


def make_median_figures(summed: Repetition) -> list[Figure]:
    """The strip of a lane's medians, with the same figures in the same order as a single run's."""
    return [
        _make_figure("first token", summed, summed.first_token_ms, duration_text),
        _make_figure("total", summed, summed.duration_ms, duration_text),
        _make_figure(
            "speed",
            summed,
            summed.output_tokens_per_s,
            lambda speed: f"{speed:,.0f}",
            unit="tok/s",
            is_more_better=True,
        ),
        _make_tokens_figure(summed),
        _make_figure("cost", summed, summed.cost_usd, usd_text),
    ]


def _make_figure(
    label: str,
    summed: Repetition,
    found: Spread | None,
    text: Callable[[float], str],
    *,
    is_more_better: bool = False,
    unit: str = "",
) -> Figure:
    if found is None:
        return _explain_missing(label, summed, "No run that finished has this number.")
    ends = _describe_ends(text(found.lowest), text(found.highest))
    return Figure(
        label=label,
        value=text(found.median),
        unit=unit,
        amount=found.median,
        is_more_better=is_more_better,
        spread="" if found.count == 1 else f"({ends})",
        explanation=_explain(found, ends),
    )


def _explain_missing(label: str, summed: Repetition, reason: str) -> Figure:
    if summed.cached and summed.cached == summed.finished:
        reason = (
            "Every run that finished came from the gateway's cache: nothing was measured of the "
            "model. Switch Distinct requests on to have each run asked of it."
        )
    return Figure(label=label, value=MISSING, is_missing=True, explanation=reason)


def _explain(found: Spread, ends: str) -> str:
    runs = plural(found.count, "finished run")
    if found.count == 1:
        return f"Of {runs}: one alone has no spread."
    return f"Median of {runs}: half of them are below, half above. Lowest to highest: {ends}."


def _describe_ends(lowest: str, highest: str) -> str:
    """By what is read: two ends that look the same say nothing of a spread."""
    return "in every run" if lowest == highest else f"{lowest} to {highest}"


def _make_tokens_figure(summed: Repetition) -> Figure:
    read, written = summed.input_tokens, summed.output_tokens
    if read is None or written is None:
        return _explain_missing("tokens", summed, "No run that finished reported its tokens.")
    ends = _describe_ends(_count(written.lowest), _count(written.highest))
    cached = summed.cached_tokens
    from_cache = f" ({_count(cached.median)} cached)" if cached and cached.median else ""
    return Figure(
        label="tokens",
        value=f"{_count(read.median)}{from_cache} → {_count(written.median)}",
        amount=read.median + written.median,
        spread="" if written.count == 1 else f"({ends})",
        explanation="Input → output. " + _explain(written, ends),
    )


def _count(value: float) -> str:
    return count_text(int(value)) if value == int(value) else f"{value:,.1f}"
