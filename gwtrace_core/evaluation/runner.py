"""Runs scorers over traces, stores what they say as soon as it is said, and tells how far it is."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from gwtrace_core.background.claim import Claim
from gwtrace_core.background.heartbeat import PULSE_S
from gwtrace_core.background.lease import LEASE_S
from gwtrace_core.background.ordered_writes import Writer
from gwtrace_core.background.work_queue import WorkQueue
from gwtrace_core.evaluation.code_scorers import score_by_code
from gwtrace_core.evaluation.judge_costs import JudgeCosts
from gwtrace_core.evaluation.progress import (
    EvaluationProgress,
    Judges,
    ScoreStore,
    check_evaluation,
)
from gwtrace_core.evaluation.scoring import Scoring
from gwtrace_core.evaluation.stored import EvaluationSetup, summarise_scorers
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import (
    AT_ONCE,
    MOST_AT_ONCE,
    CodeScorer,
    Judge,
    JudgeModel,
    Score,
    Scorer,
)
from gwtrace_core.values.errors import RequestRefused

_LANE = "scores"
_FREE: Mapping[str, Callable[[], None]] = {_LANE: lambda: None}
"""Code needs no key."""


class Evaluation:
    """Every subject by every scorer. Safe to use from any thread.

    Two queues: code scorers one after the other, and beside them judges, `at_once` at a time. One
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
        owner_before: str = "",
        at_once: int = AT_ONCE,
        lease_s: float = LEASE_S,
        pulse_s: float = PULSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is judged before `resume`. Raises RequestRefused, see `check_evaluation`.

        `known` scores are those of an evaluation read back from MLflow, which then goes on, and
        `owner_before` is in whose hands it was.
        """
        if problem := check_evaluation(setup, subjects):
            raise RequestRefused(problem)
        self.evaluation_id = evaluation_id
        self.setup = setup
        self.subjects = tuple(subjects)
        self.at_once = max(1, min(at_once, MOST_AT_ONCE))
        self._judging = judging
        self._store = store
        self._judge_name: str | None = None
        self._names = tuple(scorer.name for scorer in setup.scorers)
        self._writer = Writer()
        self._claim = Claim(
            _StoredRun(
                store, evaluation_id, self._names, self._look_at_scores, owner_before=owner_before
            ),
            self._writer,
            is_ours=not known,
            pulse_s=pulse_s,
        )
        self._costs = JudgeCosts(known)
        plan = [(subject, scorer) for subject in self.subjects for scorer in setup.scorers]
        before = {(score.trace_id, score.scorer_name): score for score in known}
        code: list[tuple[Subject, CodeScorer]] = []
        judges: list[tuple[Subject, Judge]] = []
        for subject, scorer in plan:
            if isinstance(scorer, CodeScorer):
                code.append((subject, scorer))
            else:
                judges.append((subject, scorer))
        self._is_code = [isinstance(scorer, CodeScorer) for _, scorer in plan]
        self._code = WorkQueue(
            Scoring(code, self._score_by_code, thread_name="gwtrace-code"),
            [_LANE] * len(code),
            at_once=1,
            on_settled=self._keep_coded,
            on_rest=self._tell_rest,
            known=_index_known(code, before),
            lease_s=lease_s,
            clock=clock,
        )
        self._judges = WorkQueue(
            Scoring(judges, self._ask_judge, thread_name="gwtrace-judge"),
            [_LANE] * len(judges),
            at_once=self.at_once,
            on_settled=self._keep_judged,
            on_rest=self._tell_rest,
            known=_index_known(judges, before),
            lease_s=lease_s,
            clock=clock,
        )

    @property
    def is_taken(self) -> bool:
        """Whether another process has gone on with it: what is known here is out of date."""
        return self._claim.is_taken

    def resume(self, judge_model: JudgeModel | None) -> None:
        """Start, or go on with what waits or was stopped; from now on judges ask this model.

        It is that of whoever says so, with their key. None will do where there are no judges.
        """
        self._hold()
        self._judges.resume(self._reach(judge_model))
        self._code.resume(_FREE)
        self._claim.open(self._release, self.stop)

    def retry_failed(self, judge_model: JudgeModel | None) -> None:
        """Have what failed judged once more, as `resume` does, and what MLflow did not take stored
        once more."""
        self._hold()
        self._judges.retry_failed(self._reach(judge_model), is_stopped_too=True)
        self._code.retry_failed(_FREE, is_stopped_too=True)
        self._claim.open(self._release, self.stop)

    def stop(self, reason: str = "Stopped by the user.") -> None:
        """Stop the judges under way and ask no more; what waits keeps its place."""
        self._code.stop(reason)
        self._judges.stop(reason)

    def wait_over(self, timeout_s: float) -> bool:
        """Block until nothing moves any more; False on timeout. Renews no lease."""
        return self._claim.wait_rest(timeout_s) and self._writer.wait_idle(timeout_s)

    def poll(self) -> EvaluationProgress:
        """How far it has come; keeps it alive."""
        code, judges = self._code.poll(), self._judges.poll()
        scores = self._merge(code.items, judges.items)
        counts = Counter(score.state for score in scores)
        is_active = code.is_active or judges.is_active
        is_left = judges.waiting + judges.stopped > 0
        lost = judges.lost_lanes.get(_LANE, "") if is_left and not is_active else ""
        return EvaluationProgress(
            scores=scores,
            waiting=counts["waiting"],
            running=counts["running"],
            scored=counts["scored"],
            not_applicable=counts["not applicable"],
            failed=counts["failed"],
            stopped=counts["stopped"],
            is_active=is_active,
            pause_reason=judges.pause_reason or code.pause_reason or lost,
            elapsed_s=judges.elapsed_s,
            time_left_s=judges.time_left_s,
            cost_usd=self._costs.known_usd,
            unpriced=self._costs.unpriced,
            scorers=summarise_scorers(self._names, scores),
            writes=self._writer.counts,
        )

    def _is_active(self) -> bool:
        return self._code.is_active or self._judges.is_active

    def _hold(self) -> None:
        # Else one of the two could come to rest before the other has begun.
        self._judges.hold()
        self._code.hold()

    def _release(self) -> None:
        self._code.release()
        self._judges.release()

    def _reach(self, judge_model: JudgeModel | None) -> Mapping[str, Callable[[], JudgeModel]]:
        """How the judges are reached: their key is asked for before each, and used right after."""
        if judge_model is None:
            return {}
        self._judge_name = judge_model.lane.model

        def find() -> JudgeModel:
            judge_model.find_target()
            return judge_model

        return {_LANE: find}

    def _merge(self, code: Iterable[Score], judged: Iterable[Score]) -> tuple[Score, ...]:
        """The scores of both queues in the order of the plan."""
        by_code, by_judges = iter(code), iter(judged)
        return tuple(next(by_code if is_code else by_judges) for is_code in self._is_code)

    def _look_at_scores(self) -> tuple[Score, ...]:
        return self._merge(self._code.poll().items, self._judges.poll().items)

    def _tell_rest(self) -> None:
        if not self._is_active():
            self._claim.rest(is_complete=not (self._code.left or self._judges.left))

    # These are called by the queues as scores come to an end, one at a time in each.

    def _keep_judged(self, index: int, score: Score) -> None:
        del index
        self._costs.add(score)
        self._store_score(score, self._judge_name)

    def _keep_coded(self, index: int, score: Score) -> None:
        del index
        self._store_score(score, None)

    def _store_score(self, score: Score, judge_name: str | None) -> None:
        if score.state in ("scored", "failed"):
            self._writer.add(
                lambda: self._store.store(self.evaluation_id, score, judge_model=judge_name)
            )

    # And this is the work itself, in threads.

    def _score_by_code(
        self, subject: Subject, scorer: CodeScorer, access: None, stopped: threading.Event
    ) -> Score:
        del access, stopped  # it needs no key, and takes 2 s at the most
        return score_by_code(scorer, subject)

    def _ask_judge(
        self, subject: Subject, judge: Judge, model: JudgeModel, stopped: threading.Event
    ) -> Score:
        return self._judging.judge(
            judge,
            subject,
            model,
            evaluation_id=self.evaluation_id,
            user=self.setup.user,
            stopped=stopped,
        )


class _StoredRun:
    """The evaluation's run in MLflow; implements `background.claim.ClaimedRun`."""

    def __init__(
        self,
        store: ScoreStore,
        evaluation_id: str,
        scorer_names: Sequence[str],
        look_at_scores: Callable[[], Sequence[Score]],
        *,
        owner_before: str,
    ) -> None:
        self._store = store
        self._id = evaluation_id
        self._scorer_names = scorer_names
        self._look_at_scores = look_at_scores
        self._owner = uuid.uuid4().hex
        self._owner_before = owner_before

    def take(self) -> None:
        self._store.resume(self._id, owner=self._owner, before=self._owner_before)
        self._owner_before = self._owner

    def tell_alive(self) -> None:
        self._store.tell_alive(self._id)

    def end(self, *, is_complete: bool) -> None:
        scores = self._look_at_scores()
        self._store.end(self._id, self._scorer_names, scores, is_complete=is_complete)


def _index_known(
    pairs: Sequence[tuple[Subject, Scorer]], known: Mapping[tuple[str, str], Score]
) -> dict[int, Score]:
    found = (known.get((subject.trace_id, scorer.name)) for subject, scorer in pairs)
    return {index: score for index, score in enumerate(found) if score is not None}
