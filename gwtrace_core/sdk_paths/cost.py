"""What a gateway says an answer cost: in the answer's usage, else in a header.

Newer gateways put `logfire_ai_gateway.cost` into the usage, whole or at a stream's end, and send
the header `logfire-ai-gateway-cost`; older ones put `pydantic_ai_gateway.cost_estimate` there. All
of these are exact. A newer gateway's 0 is an answer from its response cache; an older one has no
such cache, so its 0 is a model that costs nothing.

The oldest header, `pydantic-ai-gateway-price-estimate`, has four decimals: a call for $0.00004
reads as 0. So it is kept apart, and only what its rounding allows is made of it: see
`gwtrace_core.figures.reply_figures.ranked_costs`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, cast

_NEW_BLOCK, _OLD_BLOCK = ("logfire_ai_gateway", "cost"), ("pydantic_ai_gateway", "cost_estimate")
_NEW_HEADER = "logfire-ai-gateway-cost"
_ROUNDED_HEADER = "pydantic-ai-gateway-price-estimate"
_CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCost:
    """What was reported of one answer; None where nothing was."""

    exact_usd: float | None = None
    rounded_usd: float | None = None
    is_from_cache: bool = False


def usage_cost(usage: object) -> ReportedCost | None:
    """From an answer's usage: an SDK's object, or JSON. None where it says nothing."""
    fields = _fields(usage)
    for block, name in (_NEW_BLOCK, _OLD_BLOCK):
        cost_usd = _amount(_fields(fields.get(block)).get(name))
        if cost_usd is not None:
            is_hit = cost_usd == 0 and block == _NEW_BLOCK[0]
            return ReportedCost(exact_usd=cost_usd, is_from_cache=is_hit)
    return None


def header_cost(headers: Mapping[str, str]) -> ReportedCost:
    """From an answer's headers, whose names are in lower case."""
    exact_usd = _priced(headers.get(_NEW_HEADER))
    if exact_usd is not None:
        return ReportedCost(exact_usd=exact_usd, is_from_cache=exact_usd == 0)
    return ReportedCost(rounded_usd=_priced(headers.get(_ROUNDED_HEADER)))


def agent_cost(cost: Decimal | None, headers: Mapping[str, str]) -> ReportedCost | None:
    """From what Pydantic AI read of the same usage and headers, None where it read nothing.

    It does not say which field the amount came from. An older gateway gives itself away by its
    header, which comes with every answer that it can put a cost into.
    """
    exact_usd = None if cost is None else _float(cost)
    if exact_usd is None:
        return None
    is_older = _ROUNDED_HEADER in headers and _NEW_HEADER not in headers
    return ReportedCost(exact_usd=exact_usd, is_from_cache=exact_usd == 0 and not is_older)


def _fields(value: object) -> Mapping[str, Any]:
    """A JSON object's fields; of an SDK's object those that its type does not know."""
    if isinstance(value, Mapping):
        return cast(Mapping[str, Any], value)
    extra = getattr(value, "model_extra", None)
    return cast(Mapping[str, Any], extra) if isinstance(extra, Mapping) else {}


def _priced(text: str | None) -> float | None:
    if text is None or not text.endswith(_CURRENCY):
        return None
    return _amount(text.removesuffix(_CURRENCY))


def _amount(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return _float(amount)


def _float(amount: Decimal) -> float | None:
    # An exponent can be beyond what a float holds.
    is_amount = amount.is_finite() and 0 <= amount < Decimal(sys.float_info.max)
    return float(amount) if is_amount else None
