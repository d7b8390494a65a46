"""A time account and the two sets of totals in words. Pure."""

from __future__ import annotations

from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.trace.timing import TimeAccount
from gwtrace_core.trace.totals import Totals
from gwtrace_core.values.events import Usage
from gwtrace_core.values.text import count_text, duration_text, usd_text

PART_WORDS: tuple[tuple[str, str], ...] = (
    ("waiting_ns", "waiting for the first token"),
    ("streaming_ns", "streaming"),
    ("model_ns", "in model calls without a recorded first token"),
    ("tools_ns", "in tools"),
    ("overhead_ns", "in other recorded steps"),
    ("unexplained_ns", "that no span explains"),
)
"""The fields of `TimeAccount` in the order of the bar, each with its words."""


def account_words(account: TimeAccount) -> str:
    """One sentence: the whole, then every part that took time, with its share."""
    if account.total_ns <= 0:
        return "The trace took no time that could be measured."
    parts: list[str] = []
    for field, words in PART_WORDS:
        part_ns: int = getattr(account, field)
        if part_ns > 0:
            share = part_ns / account.total_ns
            percent = "<1%" if share < 0.005 else f"{share:.0%}"
            parts.append(f"{duration_text(part_ns / 1e6)} ({percent}) {words}")
    return f"{duration_text(account.total_ns / 1e6)}: {', '.join(parts)}."


def describe_totals_difference(summary: TraceSummary, totals: Totals) -> str:
    """How MLflow's own sums differ from ours, in a sentence; empty where they do not."""
    found: list[str] = []
    tokens = _describe_differing_tokens(summary.usage, totals.usage)
    if tokens:
        found.append(tokens)
    theirs, ours = summary.cost_usd, totals.cost_usd
    # Floats that were added up in another order are the same amount.
    if theirs is not None and ours is not None and abs(theirs - ours) > 1e-6 * max(theirs, ours):
        found.append(f"{usd_text(theirs)} where each call once makes {usd_text(ours)}")
    return f"MLflow counts {' and '.join(found)}." if found else ""


def _describe_differing_tokens(theirs: Usage | None, ours: Usage | None) -> str:
    if theirs is None or ours is None:
        return ""
    pairs = (theirs.input_tokens, theirs.output_tokens), (ours.input_tokens, ours.output_tokens)
    if pairs[0] == pairs[1] or None in pairs[0] or None in pairs[1]:
        return ""
    theirs_text, ours_text = (
        " → ".join(count_text(count) for count in pair if count is not None) for pair in pairs
    )
    return f"{theirs_text} tokens where each call once makes {ours_text}"
