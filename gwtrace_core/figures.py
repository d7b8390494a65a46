"""The strip of figures under a reply, as values: what we measured, and whose number it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gwtrace_core.endings import is_comparable
from gwtrace_core.events import Usage
from gwtrace_core.format import MISSING, change_text, count_text, duration_text, usd_text
from gwtrace_core.running.reply import Reply


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


def _missing(label: str, reason: str) -> Figure:
    return Figure(label=label, value=MISSING, explanation=reason, is_missing=True)


def figures_of(reply: Reply, *, table_cost: Cost | None, trace_cost: Cost | None) -> list[Figure]:
    """First token, total, speed, tokens and cost of an ended reply.

    The gateway's own estimate of the cost goes first; `table_cost` is a price table's, and
    `trace_cost` MLflow's. Where several are known, the explanation names them all.
    """
    figures = [
        _first_token(reply),
        _total(reply),
        _speed(reply),
        _tokens(reply),
        _cost(reply, table_cost, trace_cost),
    ]
    if is_comparable(reply):
        return figures
    # What broke off or gave no text is not quicker or cheaper: it did less.
    return [replace(figure, is_more_better=None) for figure in figures]


def _first_token(reply: Reply) -> Figure:
    if reply.first_token_ms is None:
        return _missing("first token", "Nothing of the answer arrived.")
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
        return _missing("total", "The run has not ended.")
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


def _speed(reply: Reply) -> Figure:
    speed = reply.output_tokens_per_s
    if speed is None:
        why = (
            "The answer came in one piece, so there is no speed to measure."
            if reply.usage is not None
            else "No token count was reported."
        )
        return _missing("speed", why)
    return Figure(
        label="speed",
        value=f"{speed:,.0f}",
        amount=speed,
        is_more_better=True,
        unit="tok/s",
        explanation="Output tokens over the time in which they streamed, waiting not counted.",
    )


def _tokens(reply: Reply) -> Figure:
    usage = reply.usage
    if usage is None:
        return _missing("tokens", _why_no_usage(reply))
    read = MISSING if usage.input_tokens is None else count_text(usage.input_tokens)
    written = MISSING if usage.output_tokens is None else count_text(usage.output_tokens)
    return Figure(
        label="tokens",
        value=f"{read} → {written}",
        amount=usage.total_tokens,
        explanation="Input → output, as the provider reported them."
        + _usage_details(usage)
        + (" One model request reported none." if reply.usage_is_partial else ""),
    )


def _usage_details(usage: Usage) -> str:
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


def _why_no_usage(reply: Reply) -> str:
    if reply.status == "stopped":
        return "Stopped before the provider reported usage; what it did is still charged."
    if reply.status == "failed":
        return "The call failed before usage was reported."
    return "The provider did not report usage."


def _cost(reply: Reply, table_cost: Cost | None, trace_cost: Cost | None) -> Figure:
    known: list[Cost] = []
    if reply.gateway_cost_usd is not None:
        known.append(Cost(amount_usd=reply.gateway_cost_usd, source="the gateway's estimate"))
    known.extend(cost for cost in (table_cost, trace_cost) if cost is not None)
    if not known:
        reason = (
            "No price is known for this model."
            if reply.usage is not None
            else "No token count was reported, so there is nothing to price."
        )
        return _missing("cost", reason)
    first = known[0]
    return Figure(
        label="cost",
        value=usd_text(first.amount_usd),
        amount=first.amount_usd,
        is_more_better=False,
        unit="gateway" if reply.gateway_cost_usd is not None else "estimate",
        explanation="; ".join(f"{usd_text(cost.amount_usd)} by {cost.source}" for cost in known)
        + (
            "."
            if reply.gateway_cost_usd is not None
            else ". The gateway reports a cost only on answers that are not streamed."
        ),
    )


def compared(strips: Sequence[Sequence[Figure]], *, baseline: int | None) -> list[list[Figure]]:
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
                    delta="" if base is None else _delta(figure, base[index]),
                )
                for index, figure in enumerate(strip)
            ]
        )
    return result


def _is_best(figure: Figure, rivals: Sequence[Figure]) -> bool:
    known = [
        (rival.amount, rival.value)
        for rival in rivals
        if rival.amount is not None and rival.is_more_better is not None
    ]
    if figure.amount is None or figure.is_more_better is None:
        return False
    _, best = max(known) if figure.is_more_better else min(known)
    # By what is read: a mark on one of two equal texts would look like a mistake.
    return figure.value == best and any(value != best for _, value in known)


def _delta(figure: Figure, base: Figure) -> str:
    if figure.amount is None or not base.amount:
        return ""
    return change_text((figure.amount / base.amount - 1) * 100)
