"""What judging has taken so far: time while judges were asked, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gwtrace_core.batch.runner import time_left_s
from gwtrace_core.evaluation.values import Score


class Spent:
    """Time and cost of an evaluation's judges. Not safe to use from several threads at once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lost_costs_usd: list[float] = []
        self._lost_unpriced = 0
        self._elapsed_s = 0.0
        self._active_from_s: float | None = None
        self._judged = 0

    def keep_lost(self, score: Score) -> None:
        """What was paid for a failure that is about to be tried again."""
        if score.lost_cost_usd is not None:
            self._lost_costs_usd.append(score.lost_cost_usd)
        elif score.lost_trace_id is not None:
            self._lost_unpriced += 1

    def costs(self, scores: Iterable[Score]) -> tuple[list[float], int]:
        """In USD, of all calls so far whose cost is known, and how many others there were."""
        costs, unpriced = list(self._lost_costs_usd), self._lost_unpriced
        for score in scores:
            verdict = score.verdict
            cost = score.lost_cost_usd if verdict is None else verdict.cost_usd
            trace_id = score.lost_trace_id if verdict is None else verdict.judge_trace_id
            if cost is not None:
                costs.append(cost)
            else:
                unpriced += trace_id is not None
        return costs, unpriced

    def keep_time(self, running: int) -> None:
        """Told whenever a judge begins or ends, with how many are at it now."""
        if running and self._active_from_s is None:
            self._active_from_s = self._clock()
        elif not running:
            self._elapsed_s, self._active_from_s = self.elapsed_s, None

    def count_judged(self) -> None:
        """One more judge has answered or failed."""
        self._judged += 1

    @property
    def elapsed_s(self) -> float:
        """Time in which at least one judge was asked."""
        since = self._active_from_s
        return self._elapsed_s + (0.0 if since is None else self._clock() - since)

    def time_left_s(self, *, waiting: int, running: int) -> float | None:
        """By the rate so far; None before the first judge has ended."""
        return time_left_s(
            waiting=waiting, running=running, ended=self._judged, elapsed_s=self.elapsed_s
        )
