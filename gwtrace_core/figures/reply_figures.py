"""The strip of figures under a reply, as values: what we measured, and whose number it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from gwtrace_core.values.endings import is_comparable
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.speed import MIN_PIECES, MIN_STREAMING_MS
from gwtrace_core.values.text import (
    MISSING,
    change_text,
    count_text,
    duration_text,
    plural,
    usd_text,
)

_BY_GATEWAY = "the gateway"
_NOT_KEPT = "How quickly its pieces came was not kept with this answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One labelled number."""

    label: str
    value: str
    unit: str = ""
    explanation: str = ""
    """How it was measured, or why it is missing."""
    is_missing: bool = False
    amount: float | None = None
    """The number itself, in the figure's base unit (ms, tokens/s, tokens, USD), to compare by."""
    is_more_better: bool | None = None
    """None where neither is better, and of an answer that is not whole."""
    is_aside: bool = False
    """Whether it is held against no other: the answer came from a gateway's cache."""
    is_best: bool = False
    delta: str = ""
    """Difference to the baseline, where there is one."""
    spread: str = ""
    """The lowest and the highest of several runs, where the value is their median."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a reply cost by one source's reckoning."""

    amount_usd: float
    source: str
    """Whose estimate, in words."""
    unit: str = "estimate"
    """The same in a word, behind the amount."""


def _make_missing(label: str, reason: str) -> Figure:
    return Figure(label=label, value=MISSING, explanation=reason, is_missing=True)


def make_figures(reply: Reply, *, table_cost: Cost | None, trace_cost: Cost | None) -> list[Figure]:
    """First token, total, speed, tokens and cost of an ended reply.

    `table_cost` is a price table's, and `trace_cost` MLflow's; which goes first says
    `ranked_costs`. Where several are known, the explanation names them all.
    """
    figures = [
        _describe_first_token(reply),
        _total(reply),
        _describe_speed(reply),
        _describe_tokens(reply),
        _describe_cost(reply, table_cost, trace_cost),
    ]
    if reply.is_from_cache:
        # What no model did is neither quick nor cheap.
        figures = [replace(figure, is_aside=True) for figure in figures]
    if is_comparable(reply):
        return figures
    # What broke off or gave no text is not quicker or cheaper: it did less.
    return [replace(figure, is_more_better=None) for figure in figures]


def describe_cache(reply: Reply) -> str:
    """That a gateway's cache answered, as a sentence or two; empty where none did."""
    cached, made = reply.cached_request_count, reply.model_request_count
    if not cached:
        return ""
    which = (
        "From the gateway's cache"
        if cached >= made
        else f"{count_text(cached)} of {plural(made, 'model request')} answered from the "
        "gateway's cache"
    )
    return f"{which}. Its times and cost are not the model's, so they count in no comparison."


CACHED_TRACE = (
    "Answered from the gateway's cache, or a part of it: its times are not the model's, and the "
    "cost that MLflow reckons was not charged for what came from there."
)


def write_tokens(usage: Usage) -> str:
    """`1,200 (1,000 cached) → 340`: read, of that from a cache, written."""
    read = MISSING if usage.input_tokens is None else count_text(usage.input_tokens)
    written = MISSING if usage.output_tokens is None else count_text(usage.output_tokens)
    return f"{read}{write_cached(usage.cache_read_tokens)} → {written}"


def write_cached(cache_read_tokens: int | None) -> str:
    """` (1,000 cached)`, to stand behind the input; empty where nothing was."""
    return f" ({count_text(cache_read_tokens)} cached)" if cache_read_tokens else ""


def _describe_first_token(reply: Reply) -> Figure:
    if reply.first_token_ms is None:
        return _make_missing("first token", "Nothing of the answer arrived.")
    return Figure(
        label="first token",
        value=duration_text(reply.first_token_ms),
        amount=reply.first_token_ms,
        is_more_better=False,
        explanation="From the moment the call was made to the first piece of the answer, "
        "by gwtrace's own stopwatch.",
    )


def _total(reply: Reply) -> Figure:
    if reply.duration_ms is None:
        return _make_missing("total", "The run has not ended.")
    verb = {"stopped": "stopped at", "failed": "failed at"}.get(reply.status, "total")
    gap = (
        ""
        if reply.longest_gap_ms is None
        else f" Longest pause between two pieces: {duration_text(reply.longest_gap_ms)}."
    )
    return Figure(
        label=verb,
        value=duration_text(reply.duration_ms),
        amount=reply.duration_ms if reply.status == "finished" else None,
        is_more_better=False,
        explanation=f"From the call to its end, {reply.model_request_count} model request(s), "
        f"{reply.chunk_count} pieces.{gap}",
    )


def _describe_speed(reply: Reply) -> Figure:
    streamed = reply.streamed
    if streamed is None:
        return _make_missing("speed", _explain_no_speed(reply))
    speed = streamed.tokens_per_s
    return Figure(
        label="speed",
        value=f"{speed:,.0f}",
        amount=speed,
        is_more_better=True,
        unit="tok/s",
        explanation=f"{count_text(streamed.tokens)} output tokens that were streamed, over the "
        f"{duration_text(streamed.streaming_ms)} in which they came. Waiting, and reasoning that "
        "is counted apart, are left out.",
    )


def _explain_no_speed(reply: Reply) -> str:
    if reply.running:
        return "The run has not ended."
    if not reply.chunk_count:
        return "Nothing of the answer arrived."
    if reply.chunk_count == 1 and reply.no_speed != "cached":
        return "The answer came in one piece, so there is no speed to measure."
    match reply.no_speed:
        case "cached":
            return "It came from the gateway's cache: no model wrote it."
        case "uncounted":
            return "No count of output tokens was reported."
        case "few pieces":
            return f"The answer came in fewer than {MIN_PIECES} pieces: too few to measure by."
        case "brief":
            return (
                f"The answer came within {duration_text(MIN_STREAMING_MS)}: too short a time to "
                "measure by."
            )
        case "hidden tokens":
            return (
                "More output tokens are counted than the answer has room for: part of them was "
                "not streamed, and how many is not said."
            )
        case None:
            broke_off = "The answer broke off before its tokens were counted."
            return _NOT_KEPT if reply.status == "finished" else broke_off
        case _:
            assert_never(reply.no_speed)


def _describe_tokens(reply: Reply) -> Figure:
    usage = reply.usage
    if usage is None:
        return _make_missing("tokens", _explain_no_usage(reply))
    return Figure(
        label="tokens",
        value=write_tokens(usage),
        amount=usage.total_tokens,
        explanation="Input → output, as the provider reported them."
        + _describe_usage(usage)
        + (" One model request reported none." if reply.usage_is_partial else ""),
    )


def _describe_usage(usage: Usage) -> str:
    details = [
        f" {count_text(count)} {words}."
        for count, words in (
            (usage.cache_read_tokens, "of the input read from a cache"),
            (usage.cache_write_tokens, "of the input written to a cache"),
            (usage.reasoning_tokens, "of the output were reasoning"),
        )
        if count
    ]
    return "".join(details)


def _explain_no_usage(reply: Reply) -> str:
    if reply.status == "stopped":
        return "Stopped before the provider reported usage; what it did is still charged."
    if reply.status == "failed":
        return "The call failed before usage was reported."
    return "The provider did not report usage."


def rank_costs(reply: Reply, *, table: Cost | None, trace: Cost | None) -> list[Cost]:
    """Every known cost of a reply, the one to show first.

    What the gateway reported exactly goes first, then the price table, then MLflow. The gateway's
    older header is rounded to four decimals, so it goes before the price table only where it
    contradicts it: a list price that rounds to the same is the same, and more exact. A header of
    0 says no more than that the cost is below half of the last decimal, which is no amount.
    """
    exact_usd, rounded_usd = reply.gateway_cost_usd, reply.rounded_cost_usd
    listed = [cost for cost in (table, trace) if cost is not None]
    if exact_usd is not None:
        unit = "from cache" if reply.is_from_cache and exact_usd == 0 else "gateway"
        return [Cost(amount_usd=exact_usd, source=_BY_GATEWAY, unit=unit), *listed]
    if not rounded_usd:
        return listed
    rounded = Cost(
        amount_usd=rounded_usd, source="the gateway, rounded to four decimals", unit="gateway"
    )
    is_same = bool(listed) and abs(listed[0].amount_usd - rounded_usd) <= reply.rounding_usd
    return [*listed, rounded] if is_same else [rounded, *listed]


def _describe_cost(reply: Reply, table_cost: Cost | None, trace_cost: Cost | None) -> Figure:
    known = rank_costs(reply, table=table_cost, trace=trace_cost)
    is_below = reply.gateway_cost_usd is None and reply.rounded_cost_usd == 0
    below = f"below {usd_text(reply.rounding_usd)} by the gateway, which rounds"
    if not known:
        reason = (
            "No price is known for this model."
            if reply.usage is not None
            else "No token count was reported, so there is nothing to price."
        )
        return _make_missing("cost", f"{reason} It is {below}." if is_below else reason)
    first = known[0]
    told = [f"{usd_text(cost.amount_usd)} by {cost.source}" for cost in known]
    return Figure(
        label="cost",
        value=usd_text(first.amount_usd),
        amount=first.amount_usd,
        is_more_better=False,
        unit=first.unit,
        explanation="; ".join([*told, below] if is_below else told) + ".",
    )


def compare_figures(
    strips: Sequence[Sequence[Figure]], *, baseline: int | None
) -> list[list[Figure]]:
    """The strips of several lanes, with the best of each figure marked and deltas to a baseline.

    A figure is best only where at least two lanes have it and their texts differ: one alone wins
    nothing.
    """
    result: list[list[Figure]] = []
    for position, strip in enumerate(strips):
        base = None if baseline is None or baseline == position else strips[baseline]
        result.append(
            [
                replace(
                    figure,
                    is_best=_is_best(figure, [other[index] for other in strips]),
                    delta="" if base is None else _describe_delta(figure, base[index]),
                )
                for index, figure in enumerate(strip)
            ]
        )
    return result


def _is_best(figure: Figure, rivals: Sequence[Figure]) -> bool:
    known = [
        (rival.amount, rival.value)
        for rival in rivals
        if rival.amount is not None and rival.is_more_better is not None and not rival.is_aside
    ]
    if figure.amount is None or figure.is_more_better is None or figure.is_aside:
        return False
    _, best = max(known) if figure.is_more_better else min(known)
    # By what is read: a mark on one of two equal texts would look like a mistake.
    return figure.value == best and any(value != best for _, value in known)


def _describe_delta(figure: Figure, base: Figure) -> str:
    if figure.amount is None or not base.amount or figure.is_aside or base.is_aside:
        return ""
    return change_text((figure.amount / base.amount - 1) * 100)
