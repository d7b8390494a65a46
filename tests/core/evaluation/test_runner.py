"""Many scores at once: order, bounds, failures, stop, resume, lease, and what MLflow refuses."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gwtrace_core.background.claim import TakenElsewhere
from gwtrace_core.background.heartbeat import PULSE_S
from gwtrace_core.evaluation.runner import Evaluation
from gwtrace_core.evaluation.sources import ChosenTraces
from gwtrace_core.evaluation.stored import EvaluationSetup
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import (
    BuiltinJudge,
    CodeScorer,
    ExactMatch,
    Judge,
    JudgeModel,
    LengthBetween,
    Score,
    Scorer,
    ScoreState,
    Verdict,
)
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.request import Lane
from gwtrace_core.values.secret import Secret

TIMEOUT_S = 10.0
LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="judge-model",
)
CONNECTION = Connection(
    id="demo",
    kind=ConnectionKind.DEMO,
    label="Demo",
    base_url="http://127.0.0.1:9/proxy",
    api_key=Secret("demo"),
)
MODEL = JudgeModel(
    lane=LANE,
    find_target=lambda: resolve(CONNECTION, LANE),
)
FLUENT = BuiltinJudge(name="fluent", builtin="Fluency")
SAFE = BuiltinJudge(name="safe", builtin="Safety")
SHORT = CodeScorer(name="short", check=LengthBetween(most_chars=5))
EXACT = CodeScorer(name="exact", check=ExactMatch())


@dataclass(slots=True)
class Gates:
    """Judges that answer when the test lets them; each says when it has begun."""

    begun: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue[str])
    _answers: dict[str, queue.SimpleQueue[Score | Exception]] = field(default_factory=dict)

    def judge(
        self,
        judge: Judge,
        subject: Subject,
        model: JudgeModel,
        *,
        evaluation_id: str,
        user: str,
        stopped: threading.Event,
    ) -> Score:
        assert (model.lane, evaluation_id, user) == (LANE, "run-1", "ann")
        name = f"{subject.trace_id} {judge.name}"
        answers = self._answers.setdefault(name, queue.SimpleQueue())
        self.begun.put(name)
        for _ in range(1_000):
            if stopped.is_set():
                return Score(trace_id=subject.trace_id, scorer_name=judge.name, state="stopped")
            try:
                answer = answers.get(timeout=0.01)
            except queue.Empty:
                continue
            if isinstance(answer, Exception):
                raise answer
            return answer
        raise AssertionError("Nobody let the judge answer.")

    def next(self, count: int = 1) -> set[str]:
        """The questions that begin next."""
        return {self.begun.get(timeout=TIMEOUT_S) for _ in range(count)}

    def end(self, *names: str, state: ScoreState = "scored", cost_usd: float | None = 0.5) -> None:
        """Let these answer."""
        for name in names:
            trace_id, scorer_name = name.split()
            verdict = Verdict(
                value="yes", passed=True, cost_usd=cost_usd, judge_trace_id=f"tr-j-{trace_id}"
            )
            is_scored = state == "scored"
            self._answers[name].put(
                Score(
                    trace_id=trace_id,
                    scorer_name=scorer_name,
                    state=state,
                    verdict=verdict if is_scored else None,
                    problem="" if is_scored else "No.",
                    lost_cost_usd=None if is_scored else cost_usd,
                )
            )

    def break_down(self, name: str) -> None:
        """Have it raise, which only a bug does."""
        self._answers[name].put(ZeroDivisionError("a bug"))


@dataclass(slots=True)
class Notes:
    """A store that writes down what it is told, and refuses as long as it is told to."""

    told: list[str] = field(default_factory=list)
    signs: queue.Queue[str] = field(default_factory=queue.Queue[str])
    """Of life."""
    is_refusing: bool = False
    owner: str = ""
    """In whose hands the evaluation is."""

    def store(self, evaluation_id: str, score: Score, *, judge_model: str | None) -> None:
        assert evaluation_id == "run-1"
        if self.is_refusing:
            raise TrackingError("MLflow could not store the score: locked.")
        self.told.append(f"{score.trace_id} {score.scorer_name} {score.state} {judge_model}")

    def resume(self, evaluation_id: str, *, owner: str, before: str) -> None:
        assert evaluation_id == "run-1"
        if before != self.owner:
            raise TakenElsewhere("evaluation")
        self.owner = owner
        self.told.append("resume")

    def tell_alive(self, evaluation_id: str) -> None:
        self.signs.put(evaluation_id)
        if self.is_refusing:
            raise TrackingError("MLflow could not be reached.")

    def end(
        self, evaluation_id: str, scorer_names: object, scores: object, *, is_complete: bool
    ) -> None:
        self.told.append("finished" if is_complete else "stopped")


@dataclass(slots=True)
class Bench:
    gates: Gates = field(default_factory=Gates)
    notes: Notes = field(default_factory=Notes)
    now_s: float = 0.0

    def evaluation(
        self,
        *scorers: Scorer,
        traces: int = 2,
        at_once: int = 4,
        model: JudgeModel | None = MODEL,
        pulse_s: float = PULSE_S,
        owner_before: str = "",
    ) -> Evaluation:
        subjects = [Subject(trace_id=f"tr-{n}", answer="Hello") for n in range(1, traces + 1)]
        return Evaluation(
            self.gates,
            self.notes,
            evaluation_id="run-1",
            setup=EvaluationSetup(
                name="x",
                scorers=scorers,
                source=ChosenTraces(trace_ids=()),
                user="ann",
                judge_lane=None if model is None else model.lane,
            ),
            subjects=subjects,
            owner_before=owner_before,
            at_once=at_once,
            lease_s=60,
            pulse_s=pulse_s,
            clock=lambda: self.now_s,
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


def reached(evaluation: Evaluation, holds: Callable[[], bool]) -> None:
    """Wait for a state that stays."""
    pause = threading.Event()
    for _ in range(1_000):
        if holds():
            return
        pause.wait(0.01)
    pytest.fail(f"It did not come about: {evaluation.poll()}")


def test_code_scores_at_once_and_ends_the_run_as_finished(bench: Bench) -> None:
    evaluation = bench.evaluation(SHORT, EXACT, model=None)
    assert evaluation.poll().pause_reason == "Not started yet."
    evaluation.resume(MODEL)
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert [(s.trace_id, s.scorer_name, s.state) for s in progress.scores] == [
        ("tr-1", "short", "scored"),
        ("tr-1", "exact", "not applicable"),
        ("tr-2", "short", "scored"),
        ("tr-2", "exact", "not applicable"),
    ]
    assert (progress.settled, progress.scored, progress.not_applicable) == (4, 2, 2)
    assert (progress.is_active, progress.is_over, progress.pause_reason) == (False, True, "")
    assert (progress.cost_usd, progress.unpriced, progress.writes.stored) == (None, 0, 2)
    assert bench.notes.told == [
        "tr-1 short scored None",
        "tr-2 short scored None",
        "finished",
    ]


def test_judges_are_asked_a_few_at_a_time_in_order(bench: Bench) -> None:
    evaluation = bench.evaluation(SAFE, SHORT, FLUENT, at_once=2)
    evaluation.resume(MODEL)
    assert bench.gates.next(2) == {"tr-1 safe", "tr-1 fluent"}
    reached(evaluation, lambda: evaluation.poll().scored == 2)
    progress = evaluation.poll()
    assert (progress.running, progress.waiting) == (2, 2)
    assert (progress.time_left_s, progress.cost_usd) == (None, None)
    bench.now_s = 10
    bench.gates.end("tr-1 fluent")
    assert bench.gates.next() == {"tr-2 safe"}
    progress = evaluation.poll()
    assert (progress.running, progress.waiting, progress.scored) == (2, 1, 3)
    assert (progress.elapsed_s, progress.time_left_s, progress.cost_usd) == (10, 10, 0.5)
    bench.gates.end("tr-1 safe")
    assert bench.gates.next() == {"tr-2 fluent"}
    bench.gates.end("tr-2 safe", cost_usd=None)
    bench.gates.end("tr-2 fluent", cost_usd=0)
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.cost_usd, progress.unpriced, progress.settled) == (1.0, 1, 6)
    (safe, short, _) = progress.scorers
    assert (safe.name, safe.passed, safe.judged, safe.mean) == ("safe", 2, 2, 1.0)
    assert (short.name, short.passed, short.judged) == ("short", 2, 2)
    assert "tr-2 safe scored judge-model" in bench.notes.told
    assert bench.notes.told[-1] == "finished"


def test_one_that_fails_ends_nothing_else_and_can_be_retried(bench: Bench) -> None:
    evaluation = bench.evaluation(SAFE)
    evaluation.resume(MODEL)
    bench.gates.next(2)
    bench.gates.end("tr-1 safe", state="failed", cost_usd=0.25)
    bench.gates.end("tr-2 safe")
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.failed, progress.scored, progress.cost_usd) == (1, 1, 0.75)
    evaluation.retry_failed(MODEL)
    assert bench.gates.next() == {"tr-1 safe"}
    bench.gates.end("tr-1 safe")
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.failed, progress.scored, progress.cost_usd) == (0, 2, 1.25)
    assert [told for told in bench.notes.told if " " not in told] == [
        "finished",
        "resume",
        "finished",
    ]
    assert "tr-1 safe failed judge-model" in bench.notes.told


def test_stop_ends_the_run_as_stopped_and_resume_goes_on(bench: Bench) -> None:
    evaluation = bench.evaluation(SAFE, traces=3, at_once=1)
    evaluation.resume(MODEL)
    bench.gates.next()
    evaluation.stop()
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.stopped, progress.waiting, progress.is_active) == (1, 2, False)
    assert progress.pause_reason == "Stopped by the user."
    assert bench.notes.told == ["stopped"]
    evaluation.resume(MODEL)
    for number in (1, 2, 3):
        assert bench.gates.next() == {f"tr-{number} safe"}
        bench.gates.end(f"tr-{number} safe")
    assert evaluation.wait_over(TIMEOUT_S)
    assert evaluation.poll().scored == 3
    assert [told for told in bench.notes.told if " " not in told] == [
        "stopped",
        "resume",
        "finished",
    ]


def test_what_another_process_has_gone_on_with_asks_no_more_judges_here(bench: Bench) -> None:
    evaluation = bench.evaluation(SAFE, at_once=1)
    evaluation.resume(MODEL)
    bench.gates.next()
    evaluation.stop()
    assert evaluation.wait_over(TIMEOUT_S)
    bench.notes.owner = "somebody else"
    evaluation.resume(MODEL)
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.is_active, progress.waiting, evaluation.is_taken) == (False, 2, True)
    assert progress.pause_reason == (
        "Another process has gone on with this evaluation since. "
        "Reload the page to see how far it is."
    )
    assert bench.gates.begun.empty()
    assert bench.notes.told == ["stopped"]


def test_one_is_gone_on_with_by_whoever_had_it_last(bench: Bench) -> None:
    bench.notes.owner = "the process before"
    evaluation = bench.evaluation(SHORT, model=None, owner_before="the process before")
    evaluation.resume(None)
    assert evaluation.wait_over(TIMEOUT_S)
    evaluation.retry_failed(None)
    assert evaluation.wait_over(TIMEOUT_S)
    assert not evaluation.is_taken


def test_without_anybody_watching_no_more_judges_are_asked(bench: Bench) -> None:
    evaluation = bench.evaluation(SAFE, at_once=1)
    evaluation.resume(MODEL)
    bench.gates.next()
    bench.now_s = 61
    bench.gates.end("tr-1 safe")
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.scored, progress.waiting) == (1, 1)
    assert progress.pause_reason == "Paused because no page was watching any more."
    assert bench.notes.told[-1] == "stopped"


def test_without_its_key_it_pauses_and_says_so_and_goes_on_with_another(bench: Bench) -> None:
    found = [resolve(CONNECTION, LANE)]

    def find_target() -> Target:
        if not found:
            raise RequestRefused("The key is gone.", hint="Type it again.")
        return found[0]

    evaluation = bench.evaluation(SAFE, traces=2, at_once=1)
    evaluation.resume(JudgeModel(lane=LANE, find_target=find_target))
    bench.gates.next()
    found.clear()
    bench.gates.end("tr-1 safe", state="stopped")
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.stopped, progress.waiting, progress.is_active) == (1, 1, False)
    assert progress.pause_reason == "The key is gone. Type it again."
    evaluation.resume(MODEL)
    for number in (1, 2):
        assert bench.gates.next() == {f"tr-{number} safe"}
        bench.gates.end(f"tr-{number} safe")
    assert evaluation.wait_over(TIMEOUT_S)
    assert evaluation.poll().scored == 2


def test_with_a_key_that_is_gone_before_a_judge_begins_only_code_scores(bench: Bench) -> None:
    def find_nothing() -> Target:
        raise RequestRefused("The key is gone.", hint="Type it again.")

    evaluation = bench.evaluation(SAFE, SHORT, traces=2)
    evaluation.resume(JudgeModel(lane=LANE, find_target=find_nothing))
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.scored, progress.waiting, progress.is_active) == (2, 2, False)
    assert progress.pause_reason == "The key is gone. Type it again."
    assert bench.gates.begun.empty()
    assert bench.notes.told[-1] == "stopped"


def test_a_judge_that_others_stop_pauses_the_rest_and_says_so(bench: Bench) -> None:
    evaluation = bench.evaluation(SAFE, traces=2, at_once=1)
    evaluation.resume(MODEL)
    bench.gates.next()
    bench.gates.end("tr-1 safe", state="stopped")
    assert evaluation.wait_over(TIMEOUT_S)
    progress = evaluation.poll()
    assert (progress.stopped, progress.waiting, progress.is_active) == (1, 1, False)
    assert progress.pause_reason == "Paused because the judge's call was stopped from elsewhere."


def test_while_it_is_under_way_it_gives_signs_of_life_and_then_no_more(bench: Bench) -> None:
    bench.notes.is_refusing = True
    evaluation = bench.evaluation(SAFE, traces=1, pulse_s=0.001)
    assert pulses() == []
    evaluation.resume(MODEL)
    bench.gates.next()
    (thread,) = pulses()
    # One that MLflow does not take is not the last.
    assert [bench.notes.signs.get(timeout=TIMEOUT_S) for _ in range(3)] == ["run-1"] * 3
    bench.notes.is_refusing = False
    bench.gates.end("tr-1 safe")
    assert evaluation.wait_over(TIMEOUT_S)
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()
    assert evaluation.poll().writes.unstored == 0
    evaluation.retry_failed(MODEL)
    assert evaluation.wait_over(TIMEOUT_S)


def pulses() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "gwtrace-pulse"]


def test_what_mlflow_does_not_take_is_told_and_stored_by_retrying(bench: Bench) -> None:
    bench.notes.is_refusing = True
    evaluation = bench.evaluation(SHORT)
    evaluation.resume(MODEL)
    assert evaluation.wait_over(TIMEOUT_S)
    writes = evaluation.poll().writes
    assert (writes.stored, writes.unstored) == (0, 2)
    assert writes.problem == "MLflow could not store the score: locked."
    bench.notes.is_refusing = False
    evaluation.retry_failed(MODEL)
    assert evaluation.wait_over(TIMEOUT_S)
    writes = evaluation.poll().writes
    assert (writes.stored, writes.unstored, writes.problem) == (2, 0, "")
    assert bench.notes.told == [
        "finished",
        "tr-1 short scored None",
        "tr-2 short scored None",
        "resume",
        "finished",
    ]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the bug
def test_a_bug_in_judging_is_a_failure_and_leaves_nothing_running(bench: Bench) -> None:
    evaluation = bench.evaluation(SAFE)
    evaluation.resume(MODEL)
    bench.gates.next(2)
    bench.gates.break_down("tr-1 safe")
    bench.gates.end("tr-2 safe")
    assert evaluation.wait_over(TIMEOUT_S)
    for thread in threading.enumerate():
        # Its traceback belongs to this test and to no later one.
        if thread.name == "gwtrace-judge":
            thread.join(TIMEOUT_S)
    failed, scored = evaluation.poll().scores
    assert (failed.state, failed.problem[:22]) == ("failed", "gwtrace itself failed ")
    assert scored.state == "scored"


@pytest.mark.parametrize(
    ("scorers", "traces", "model", "problem"),
    [
        ((SAFE,), 0, MODEL, "There are no traces to judge. Choose some."),
        ((), 1, MODEL, "There is no scorer. Choose at least one."),
        ((SAFE,), 1, None, "Judges need a model. Choose one."),
    ],
)
def test_what_cannot_be_evaluated_is_refused(
    bench: Bench,
    scorers: tuple[Scorer, ...],
    traces: int,
    model: JudgeModel | None,
    problem: str,
) -> None:
    with pytest.raises(RequestRefused, match=problem):
        bench.evaluation(*scorers, traces=traces, model=model)
