"""Tokens and cost of a span with everything below it, no call counted twice.

Several spans often report one and the same call: an agent's span repeats what its model spans say,
and two autologs that both see a call record it as two siblings (MLflow's own sum then doubles the
cost). The rules: a span and its descendants describe the same calls, so the larger figure stands;
two sibling model spans of different kind, with equal tokens and overlapping times, are one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from gwtrace_core.trace.model import Span
from gwtrace_core.values.events import Usage

_Number = TypeVar("_Number", int, float)

MODEL_KINDS = frozenset({"LLM", "CHAT_MODEL"})
"""The span kinds that stand for one request to a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a span and its descendants used, each call once."""

    usage: Usage | None = None
    cost_usd: float | None = None
    is_sum: bool = False
    """True when descendants contributed to `usage`, so that it is more than this span's own call.
    Never set on a model span."""
    unreported_count: int = 0
    """Model spans within whose usage nobody reported: `usage` is then a lower bound."""


NOTHING = Totals()


def add_totals(span: Span, children: Sequence[tuple[Span, Totals]]) -> Totals:
    """The totals of `span`, given its children with theirs."""
    below = _add_up(_list_calls(children))
    usage = _choose_larger_usage(span.usage, below.usage)
    is_model = span.kind in MODEL_KINDS
    unreported_count = below.unreported_count if span.usage is None else 0
    if is_model:
        unreported_count = 1 if usage is None else 0
    return Totals(
        usage=usage,
        cost_usd=_choose_larger(span.cost_usd, below.cost_usd),
        is_sum=below.usage is not None and not is_model,
        unreported_count=unreported_count,
    )


def totals_of_trace(roots: Sequence[tuple[Span, Totals]]) -> Totals:
    """The totals of a whole trace, given its roots with theirs, by start time."""
    return replace(_add_up(_list_calls(roots)), is_sum=True) if roots else NOTHING


def _list_calls(children: Sequence[tuple[Span, Totals]]) -> list[Totals]:
    """The children's totals with doubly recorded calls merged into one."""
    calls: list[Totals] = []
    unpaired: dict[_CallKey, list[tuple[Span, int]]] = {}
    for span, child in children:
        if span.kind not in MODEL_KINDS or span.usage is None:
            calls.append(child)
            continue
        tokens = span.usage.input_tokens, span.usage.output_tokens
        (other_kind,) = MODEL_KINDS - {span.kind}
        candidates = unpaired.get((other_kind, *tokens), [])
        # Siblings come by start time: a span that ended before this one overlaps no later one.
        candidates[:] = [found for found in candidates if _lasts_until(found[0], span.start_ns)]
        if not candidates:
            unpaired.setdefault((span.kind, *tokens), []).append((span, len(calls)))
            calls.append(child)
            continue
        _, position = candidates.pop(0)
        first = calls[position]
        calls[position] = Totals(
            usage=_choose_larger_usage(first.usage, child.usage),
            cost_usd=_choose_larger(first.cost_usd, child.cost_usd),
        )
    return calls


_CallKey = tuple[str, int | None, int | None]
"""Kind, input tokens and output tokens."""


def _lasts_until(span: Span, moment_ns: int) -> bool:
    return span.end_ns is None or span.end_ns >= moment_ns


def _add_up(parts: Iterable[Totals]) -> Totals:
    usage: Usage | None = None
    cost_usd: float | None = None
    unreported_count = 0
    for part in parts:
        if part.usage is not None:
            usage = part.usage if usage is None else usage + part.usage
        if part.cost_usd is not None:
            cost_usd = part.cost_usd if cost_usd is None else cost_usd + part.cost_usd
        unreported_count += part.unreported_count
    return Totals(usage=usage, cost_usd=cost_usd, unreported_count=unreported_count)


def _choose_larger_usage(left: Usage | None, right: Usage | None) -> Usage | None:
    if left is None or right is None:
        return left or right
    return Usage(
        input_tokens=_choose_larger(left.input_tokens, right.input_tokens),
        output_tokens=_choose_larger(left.output_tokens, right.output_tokens),
        cache_read_tokens=_choose_larger(left.cache_read_tokens, right.cache_read_tokens),
        cache_write_tokens=_choose_larger(left.cache_write_tokens, right.cache_write_tokens),
        reasoning_tokens=_choose_larger(left.reasoning_tokens, right.reasoning_tokens),
    )


def _choose_larger(left: _Number | None, right: _Number | None) -> _Number | None:
    if left is None or right is None:
        return right if left is None else left
    return max(left, right)
