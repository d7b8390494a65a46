"""Scores as the work of a queue: each is made in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, assert_never

from gwtrace_core.background.work import EndWork, WorkState
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score, Scorer, ScoreState

_Access = TypeVar("_Access")
_Scorer = TypeVar("_Scorer", bound=Scorer)

_BUG = "gwtrace itself failed while it judged; the log says more."
_CUT_OFF = "Paused because the judge's call was stopped from elsewhere."


class Scoring(Generic[_Scorer, _Access]):
    """Implements `background.work_queue.Work` for pairs of a subject and a scorer."""

    def __init__(
        self,
        pairs: Sequence[tuple[Subject, _Scorer]],
        score: Callable[[Subject, _Scorer, _Access, threading.Event], Score],
        *,
        thread_name: str,
    ) -> None:
        """`score` may block, until the event is set at the most."""
        self._pairs = pairs
        self._score = score
        self._thread_name = thread_name

    def start(self, index: int, access: _Access, end: EndWork[Score]) -> threading.Event:
        """Score in a thread; the event, once set, has it come to an end."""
        subject, scorer = self._pairs[index]
        stopped = threading.Event()

        def run() -> None:
            score = _score_in_state(subject, scorer, "failed", problem=_BUG)
            try:
                score = self._score(subject, scorer, access, stopped)
            finally:
                end(score, stop_reason=_CUT_OFF)

        threading.Thread(target=run, name=self._thread_name, daemon=True).start()
        return stopped

    def stop(self, job: threading.Event, reason: str) -> None:
        """Have the scorer give up."""
        del reason
        job.set()

    def look_at(self, index: int, job: threading.Event | None) -> Score:
        """The score while there is none."""
        subject, scorer = self._pairs[index]
        return _score_in_state(subject, scorer, "waiting" if job is None else "running")

    def state_of(self, item: Score) -> WorkState:
        """How it stands; a scorer that does not apply has done its work."""
        match item.state:
            case "scored" | "not applicable":
                return "finished"
            case "waiting" | "running" | "failed" | "stopped":
                return item.state
            case _:
                assert_never(item.state)


def _score_in_state(
    subject: Subject, scorer: Scorer, state: ScoreState, *, problem: str = ""
) -> Score:
    return Score(trace_id=subject.trace_id, scorer_name=scorer.name, state=state, problem=problem)
