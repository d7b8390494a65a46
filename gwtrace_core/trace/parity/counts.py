"""The parity of tokens and cost. Pure."""

from __future__ import annotations

from collections.abc import Callable

from gwtrace_core.trace.parity.finding import Finding, make_finding
from gwtrace_core.trace.parity.recorded import Recording, add_usages, find_usage_in_outputs
from gwtrace_core.trace.parity.values import Verdict
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane
from gwtrace_core.values.text import count_text, usd_text

_COST_TOLERANCE = 0.01
"""Relative: prices are kept as binary fractions, and rounded on their way."""
_COUNTED_TWICE = "MLflow's sum over the trace counts one call twice: it says {}."

Count = Callable[[Usage], int | None]


def check_tokens(count: Count, reply: Reply, recording: Recording, _: Lane) -> Finding:
    """One of the token counts: the provider's, the trace's, and MLflow's sum over the trace."""
    seen = None if reply.usage is None else count(reply.usage)
    held = None if recording.usage is None else count(recording.usage)
    note = ""
    if held is None and seen is not None:
        usage = add_usages(find_usage_in_outputs(row.span) for row in recording.models)
        held = None if usage is None else count(usage)
        if held is not None:
            note = "Only in the answer that the span holds: MLflow's token usage does not have it."
    elif held is not None:
        summary = recording.summary.usage
        summed = None if summary is None else count(summary)
        if summed is not None and summed > held:
            held, note = summed, _COUNTED_TWICE.format(count_text(summed))
    return make_finding(
        _describe_count(seen),
        _describe_count(held),
        agrees=seen == held,
        filled=recording.filled("usage", has=lambda row: row.usage is not None),
        note=note,
    )


def _describe_count(count: int | None) -> str | None:
    return None if count is None else count_text(count)


def check_cost(reply: Reply, recording: Recording, _: Lane) -> Finding:
    """MLflow's reckoning against the gateway's, as far as the gateway gives one."""
    seen, held = _find_cost_seen(reply), recording.cost_usd
    summed, note = recording.summary.cost_usd, ""
    agrees = seen is None or held is None or abs(seen - held) <= _find_tolerance_usd(reply, seen)
    is_doubled = summed is not None and held is not None and summed > held * (1 + _COST_TOLERANCE)
    if is_doubled and summed is not None:
        held, note = summed, _COUNTED_TWICE.format(usd_text(summed))
    elif not agrees and reply.is_from_cache:
        note = (
            "The gateway answered from its cache; MLflow prices the tokens of that answer from "
            "its list, as if the model had been asked."
        )
    elif not agrees:
        note = "MLflow's price list and the gateway's cost differ for the same tokens."
    elif seen is None and held is not None:
        note = (
            "Priced by MLflow from its list; no cost was reported with this answer, so there is "
            "nothing to hold it against."
        )
    filled = recording.filled("usage", has=lambda row: row.cost_usd is not None)
    shown = None if seen is None else _seen_text(reply, seen)
    if is_doubled or (held is None and seen is None and reply.usage is not None):
        # Wrong, or missing, whatever the gateway says.
        verdict = Verdict.WRONG if is_doubled else Verdict.MISSING
        text = None if held is None else usd_text(held)
        by_autolog = None if filled else text
        return Finding(seen=shown, held=text, autolog=by_autolog, verdict=verdict, note=note)
    if filled and agrees:
        note = ""
    return make_finding(
        shown, None if held is None else usd_text(held), agrees=agrees, filled=filled, note=note
    )


def _find_cost_seen(reply: Reply) -> float | None:
    exact_usd = reply.gateway_cost_usd
    return reply.rounded_cost_usd if exact_usd is None else exact_usd


def _seen_text(reply: Reply, seen_usd: float) -> str:
    if reply.gateway_cost_usd is not None:
        return usd_text(seen_usd)
    if not seen_usd:
        return f"below {usd_text(reply.rounding_usd)}"
    return f"{usd_text(seen_usd)}, rounded"


def _find_tolerance_usd(reply: Reply, seen_usd: float) -> float:
    rounding = 0.0 if reply.gateway_cost_usd is not None else reply.rounding_usd
    return seen_usd * _COST_TOLERANCE + rounding
