"""What a reply cost, by whose reckoning: the gateway's, a price table's, or MLflow's."""

from __future__ import annotations

from gwtrace_core.figures.reply_figures import Cost, rank_costs
from gwtrace_core.gateway.prices import estimate_cost
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import Provider
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane


def find_reply_cost(lane: Lane, reply: Reply) -> Cost | None:
    """The one to show, as `reply_figures.ranked_costs` has it; None: not known."""
    listed = find_table_cost(lane.provider, lane.model, reply.usage)
    return next(iter(rank_costs(reply, table=listed, trace=None)), None)


def find_table_cost(provider: Provider, model: str, usage: Usage | None) -> Cost | None:
    """By the price table that ships with genai-prices."""
    estimate = None if usage is None else estimate_cost(provider, model, usage)
    if estimate is None:
        return None
    return Cost(amount_usd=estimate.amount_usd, source=estimate.source)


def find_trace_cost(trace: Trace | None) -> Cost | None:
    """As MLflow summed it."""
    if trace is None or trace.summary.cost_usd is None:
        return None
    return Cost(amount_usd=trace.summary.cost_usd, source="MLflow")
