"""Runs scorers over traces, stores what they say as soon as it is said, and tells how far it is."""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from gwtrace_core.background.heartbeat import PULSE_S, Pulse
from gwtrace_core.background.ordered_writes import Writer
from gwtrace_core.evaluation.code_scorers import score_by_code
from gwtrace_core.evaluation.progress import (
    EvaluationProgress,
    Judges,
    ScoreStore,
    evaluation_problem,
)
from gwtrace_core.evaluation.spent import Spent
from gwtrace_core.evaluation.stored import EvaluationSetup, scorer_summaries
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import (
    AT_ONCE,
    MOST_AT_ONCE,
    CodeScorer,
    JudgeModel,
    Score,
    ScoreState,
)
from gwtrace_core.running.hub import LEASE_S
from gwtrace_core.values.errors import RequestRefused

_UNSEEN = "Paused because no page was watching any more."
_STOPPED = "Stopped by the user."
_CUT_OFF = "Paused because the judge's call was stopped from elsewhere."
_BUG = "gwtrace itself failed while it judged; the log says more."
_PENDING: frozenset[ScoreState] = frozenset({"waiting", "running"})


class Evaluation:
    """Every subject by every scorer. Safe to use from any thread.

    Code scorers run first, one after the other; judges `at_once` at a time, each in a thread. One
    that fails ends nothing else. Polled by nobody for `lease_s` seconds it asks no more judges.
    Whenever it comes to rest its run in MLflow is ended, and opened again when it goes on; until
    then MLflow is told every `pulse_s` seconds that it is alive.
    """

    def __init__(
        self,
        judging: Judges,
        store: ScoreStore,
        *,
        evaluation_id: str,
        setup: EvaluationSetup,
        subjects: Sequence[Subject],
        known: Sequence[Score] = (),
        at_once: int = AT_ONCE,
        lease_s: float = LEASE_S,
        pulse_s: float = PULSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is judged before `resume`. Raises RequestRefused, see `evaluation_problem`.

        `known` scores are those of an evaluation read back from MLflow, which then goes on.
        """
        if problem := evaluation_problem(setup, subjects):
            raise RequestRefused(problem)
        self.evaluation_id = evaluation_id
        self.setup = setup
        self.subjects = tuple(subjects)
        self.at_once = max(1, min(at_once, MOST_AT_ONCE))
        self._judging = judging
        self._store = store
        self._judge_model: JudgeModel | None = None
        self._lease_s = lease_s
        self._clock = clock
        self._writer = Writer()
        self._pulse = Pulse(lambda: store.tell_alive(evaluation_id), every_s=pulse_s)
        self._lock = threading.RLock()
        self._plan = [(subject, scorer) for subject in self.subjects for scorer in setup.scorers]
        before = {(score.trace_id, score.scorer_name): score for score in known}
        self._scores = [
            before.get(
                (subject.trace_id, scorer.name),
                Score(trace_id=subject.trace_id, scorer_name=scorer.name, state="waiting"),
            )
            for subject, scorer in self._plan
        ]
        self._waiting_code: list[int] = []
        self._waiting_judges: list[int] = []
        for index, score in enumerate(self._scores):
            if score.state == "waiting":
                self._queue_of(index).append(index)
        self._names = tuple(scorer.name for scorer in setup.scorers)
        self._is_coding = False
        self._judges_running = 0
        self._is_paused = True
        self._is_ended = bool(known)
        self._pause_reason = "Not started yet."
        self._stop = threading.Event()
        self._spent = Spent(clock)
        self._seen_s = clock()

    def resume(self, judge_model: JudgeModel | None) -> None:
        """Start, or go on with what waits or was stopped; from now on judges ask this model.

        It is that of whoever says so, with their key. None will do where there are no judges.
        """
        with self._lock:
            self._judge_model = judge_model
            self._go_on("stopped")

    def retry_failed(self, judge_model: JudgeModel | None) -> None:
        """Have what failed judged once more, as `resume` does, and what MLflow did not take stored
        once more."""
        with self._lock:
            self._judge_model = judge_model
            self._writer.retry()
            self._go_on("failed", "stopped")

    def stop(self, reason: str = _STOPPED) -> None:
        """Stop the judges under way and ask no more; what waits keeps its place."""
        with self._lock:
            self._pause(reason)
            self._stop.set()
            self._rest()

    def wait_over(self, timeout_s: float) -> bool:
        """Block until nothing moves any more; False on timeout. Renews no lease."""
        give_up_s = time.monotonic() + timeout_s
        while time.monotonic() < give_up_s:
            with self._lock:
                is_active = self._is_active()
            if not is_active:
                return self._writer.wait_idle(give_up_s - time.monotonic())
            time.sleep(0.01)
        return False

    def poll(self) -> EvaluationProgress:
        """How far it has come; keeps it alive."""
        with self._lock:
            self._seen_s = self._clock()
            scores = tuple(self._scores)
            counts = Counter(score.state for score in scores)
            is_left = counts["waiting"] + counts["stopped"] > 0
            costs, unpriced = self._spent.costs(scores)
            return EvaluationProgress(
                scores=scores,
                waiting=counts["waiting"],
                running=counts["running"],
                scored=counts["scored"],
                not_applicable=counts["not applicable"],
                failed=counts["failed"],
                stopped=counts["stopped"],
                is_active=self._is_active(),
                pause_reason=self._pause_reason if self._is_paused and is_left else "",
                elapsed_s=self._spent.elapsed_s,
                time_left_s=self._time_left_s(),
                cost_usd=sum(costs) if costs else None,
                unpriced=unpriced,
                scorers=scorer_summaries(self._names, scores),
                writes=self._writer.counts,
            )

    # What follows is called with the lock held.

    def _go_on(self, *again: ScoreState) -> None:
        for index, score in enumerate(self._scores):
            if score.state in again:
                self._wait_again(index)
        self._seen_s = self._clock()
        self._is_paused = False
        self._stop = threading.Event()
        self._pulse.start()
        if self._is_ended:
            self._is_ended = False
            self._writer.add(lambda: self._store.resume(self.evaluation_id), is_counted=False)
        if not self._is_coding:
            self._is_coding = True
            threading.Thread(target=self._score_by_code, name="gwtrace-code", daemon=True).start()
        self._fill()

    def _queue_of(self, index: int) -> list[int]:
        is_code = isinstance(self._plan[index][1], CodeScorer)
        return self._waiting_code if is_code else self._waiting_judges

    def _wait_again(self, index: int) -> None:
        self._spent.keep_lost(self._scores[index])
        self._set(index, "waiting")
        heapq.heappush(self._queue_of(index), index)

    def _set(self, index: int, state: ScoreState) -> None:
        subject, scorer = self._plan[index]
        self._scores[index] = Score(trace_id=subject.trace_id, scorer_name=scorer.name, state=state)

    def _pause(self, reason: str) -> None:
        self._is_paused, self._pause_reason = True, reason

    def _check_lease(self) -> None:
        if not self._is_paused and self._clock() - self._seen_s >= self._lease_s:
            self._pause(_UNSEEN)

    def _fill(self) -> None:
        """Ask judges while there is a place and somebody watches."""
        self._check_lease()
        while self._waiting_judges and not self._is_paused:
            if self._judges_running == self.at_once:
                break
            index = heapq.heappop(self._waiting_judges)
            self._judges_running += 1
            self._set(index, "running")
            threading.Thread(
                target=self._ask_judge, args=(index, self._stop), name="gwtrace-judge", daemon=True
            ).start()
        self._spent.keep_time(self._judges_running)
        self._rest()

    def _rest(self) -> None:
        """End the run in MLflow when nothing is left to do, or is done for now."""
        if not self._is_active() and not self._is_ended:
            self._is_ended = True
            self._pulse.stop()
            self._writer.add(self._end, is_counted=False)

    def _why_unreachable(self) -> str:
        """Why no judge can be asked any more; empty when one can."""
        assert self._judge_model is not None
        try:
            self._judge_model.find_target()
        except RequestRefused as refused:
            return f"{refused.message} {refused.hint}".strip()
        return ""

    def _is_active(self) -> bool:
        under_way = self._judges_running > 0 or self._is_coding
        is_left = bool(self._waiting_code or self._waiting_judges)
        return under_way or (is_left and not self._is_paused)

    def _settle(self, index: int, score: Score) -> None:
        self._scores[index] = score
        if score.state in ("scored", "failed"):
            scorer = self._plan[index][1]
            model = None if isinstance(scorer, CodeScorer) else self._judge_model
            name = None if model is None else model.lane.model
            self._writer.add(lambda: self._store.store(self.evaluation_id, score, judge_model=name))

    def _time_left_s(self) -> float | None:
        if not self._is_active():
            return None
        return self._spent.time_left_s(
            waiting=len(self._waiting_judges), running=self._judges_running
        )

    # And these run in threads of their own.

    def _score_by_code(self) -> None:
        while True:
            with self._lock:
                self._check_lease()
                if self._is_paused or not self._waiting_code:
                    self._is_coding = False
                    self._rest()
                    return
                index = heapq.heappop(self._waiting_code)
                self._set(index, "running")
            subject, scorer = self._plan[index]
            assert isinstance(scorer, CodeScorer)
            score = score_by_code(scorer, subject)
            with self._lock:
                self._settle(index, score)

    def _ask_judge(self, index: int, stopped: threading.Event) -> None:
        subject, scorer = self._plan[index]
        assert not isinstance(scorer, CodeScorer)
        assert self._judge_model is not None
        score = Score(
            trace_id=subject.trace_id, scorer_name=scorer.name, state="failed", problem=_BUG
        )
        try:
            score = self._judging.judge(
                scorer,
                subject,
                self._judge_model,
                evaluation_id=self.evaluation_id,
                user=self.setup.user,
                stopped=stopped,
            )
        finally:
            with self._lock:
                self._judged(index, score, stopped)

    def _judged(self, index: int, score: Score, stopped: threading.Event) -> None:
        self._judges_running -= 1
        if score.state == "stopped":
            self._scores[index] = score
            if not stopped.is_set():
                # The key is gone, the hub is closing, or it is somebody else's doing: the next
                # would fare no better.
                self._pause(self._why_unreachable() or _CUT_OFF)
            elif not self._is_paused:
                # Resumed while it was still coming to its end.
                self._wait_again(index)
        else:
            self._spent.count_judged()
            self._settle(index, score)
        self._fill()

    def _end(self) -> None:
        with self._lock:
            if not self._is_ended:
                return  # it has been resumed since
            scores = tuple(self._scores)
        is_complete = not any(
            score.state in _PENDING or score.state == "stopped" for score in scores
        )
        self._store.end(self.evaluation_id, self._names, scores, is_complete=is_complete)
