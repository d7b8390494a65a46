"""What the judges of an evaluation have cost so far."""

from __future__ import annotations

from collections.abc import Iterable

from gwtrace_core.evaluation.values import Score


class JudgeCosts:
    """Summed over every call, also those whose score was tried again since. Not safe to use from
    several threads at once."""

    def __init__(self, known: Iterable[Score]) -> None:
        """`known` scores were paid for before."""
        self.known_usd: float | None = None
        """Of all calls so far whose cost is known; None while there is none."""
        self.unpriced = 0
        """Calls whose cost nobody knows."""
        for score in known:
            self.add(score)

    def add(self, score: Score) -> None:
        """One more score has come to an end."""
        verdict = score.verdict
        cost = score.lost_cost_usd if verdict is None else verdict.cost_usd
        trace_id = score.lost_trace_id if verdict is None else verdict.judge_trace_id
        if cost is not None:
            self.known_usd = (self.known_usd or 0.0) + cost
        else:
            self.unpriced += trace_id is not None
