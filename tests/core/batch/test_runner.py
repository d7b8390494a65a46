"""A batch on a real hub: what is sent, how far it has come, and expected answers beside it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest

from gwtrace_core.background.claim import TakenElsewhere
from gwtrace_core.background.ordered_writes import WriteCounts
from gwtrace_core.batch.plan import BatchPlan, KeptBatch, Place
from gwtrace_core.batch.record import BatchRecord
from gwtrace_core.batch.runner import Batch, BatchProgress
from gwtrace_core.batch.values import BatchLane, BatchRow
from gwtrace_core.running.calls import CallSnapshot
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.recorder import TraceMissing, TracePending, TraceState
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.values.connection import FindTarget, Provider, SdkPath, Target
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource, TrackingError
from gwtrace_core.values.events import (
    Failed,
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    StreamEvent,
    TextDelta,
    Usage,
)
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import ChatRequest, PromptUse, TurnContext
from gwtrace_core.values.secret import Secret
from tests.core.running.test_hub import LANE, TARGET

TIMEOUT_S = 5.0
KIND = PromptUse(name="kind", version=1)
FAILURE = Failure(source=FailureSource.PROVIDER, cause=FailureCause.UPSTREAM_ERROR, message="No.")


class Recorder:
    """Gives every call a trace id, and keeps what was to be called."""

    def __init__(self) -> None:
        self.begun: list[tuple[ChatRequest, TurnContext]] = []
        self.missing = ""

    def prepare(self, path: SdkPath) -> None:
        pass

    def begin(self, request: ChatRequest, target: Target, context: TurnContext) -> Recording:
        self.begun.append((request, context))
        return Recording(f"tr-{context.session_id}")

    @contextmanager
    def unrecorded(self) -> Iterator[None]:
        yield

    def read_back(self, trace_id: str | None) -> TraceState:
        if self.missing:
            return TraceMissing(reason=self.missing, trace_id=trace_id)
        return TracePending(trace_id=trace_id)


class Recording:
    def __init__(self, trace_id: str) -> None:
        self.trace_id: str | None = trace_id

    @contextmanager
    def active(self) -> Iterator[None]:
        yield

    def trace_headers(self) -> Mapping[str, str]:
        return {}

    def observe(self, event: StreamEvent) -> None:
        pass

    def finish(self, reply: Reply) -> None:
        pass


class Echo:
    """Answers with the prompt; `fail` fails, and `wait` waits for the test."""

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncIterator[StreamEvent]:
        text = request.messages[-1].text
        yield ModelRequestStarted(index=0, model="m")
        yield TextDelta(text=text)
        if text == "fail":
            yield Failed(failure=FAILURE)
            return
        yield ModelRequestFinished(
            index=0,
            finish_reason="stop",
            usage=Usage(input_tokens=10, output_tokens=5),
            response_model="m",
        )
        yield Finished(finish_reason="stop")

    async def open(self, target: Target) -> None: ...

    def load(self, provider: Provider) -> None:
        pass

    async def forget(self, key: Secret) -> None:
        pass

    async def aclose(self) -> None:
        pass


def lanes(*names: str) -> list[BatchLane]:
    return [
        BatchLane(
            lane_id=f"id{name}",
            name=name,
            lane=replace(LANE, model="gpt-4o-mini", system_prompt="Be kind.", prompt=KIND),
        )
        for name in names
    ]


class Plans:
    """A store that writes down what it is told, and refuses as long as it is told to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.is_refusing = False
        self.owner = ""

    def begin(self, plan_text: str, plan: BatchPlan, *, owner: str) -> str:
        if self.is_refusing:
            raise TrackingError("MLflow could not keep the batch's plan: locked.")
        self.told.append(f"begin {plan_text}")
        self.owner = owner
        return "run-1"

    def resume(self, run_id: str, *, owner: str, before: str) -> None:
        if self.owner != before:
            raise TakenElsewhere("batch")
        self.owner = owner
        self.told.append(f"resume {run_id}")

    def tell_alive(self, run_id: str) -> None:
        self.told.append(f"alive {run_id}")

    def end(self, run_id: str, *, is_complete: bool) -> None:
        self.told.append(f"{'finished' if is_complete else 'stopped'} {run_id}")


class Made:
    def __init__(
        self,
        hub: Hub,
        prompts: list[BatchRow],
        names: str,
        *,
        known: Mapping[Place, CallSnapshot] | None = None,
        run_id: str = "",
        plans: Plans | None = None,
    ) -> None:
        self.plans = plans or Plans()
        self.stored: list[tuple[str, str]] = []
        self.reach: dict[str, FindTarget] = {f"id{name}": lambda: TARGET for name in names}
        plan = BatchPlan(
            comparison_id="c" * 32,
            round_id="r" * 8,
            file_name="rows.csv",
            user="ann",
            rows=tuple(prompts),
            lanes=tuple(lanes(*names)),
            at_once=4,
        )
        kept = KeptBatch(
            run_id=run_id, plan=plan, is_running=True, owner="", alive_ms=0, read_ms=0, calls={}
        )
        self.batch = Batch(
            hub,
            lambda trace_id, expected: self.stored.append((trace_id, expected)),
            plan,
            record=BatchRecord(
                self.plans, plan, plan_text="the plan", kept=kept if run_id else None
            ),
            user="ann",
            known=known,
        )

    def finish(self) -> BatchProgress:
        """Run it to its end."""
        self.batch.resume(self.reach)
        ended = threading.Event()
        while (progress := self.batch.poll()).queue.is_active:
            ended.wait(0.002)
        return progress


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def make(recorder: Recorder) -> Iterator[Callable[..., Made]]:
    hub = Hub(recorder, open_client=lambda _: Echo())
    yield partial(Made, hub)
    hub.close()


def test_every_row_goes_to_every_lane_under_tags_and_a_session_of_its_own(
    make: Callable[..., Made], recorder: Recorder
) -> None:
    made = make([BatchRow(number=1, prompt="one"), BatchRow(number=2, prompt="two")], "AC")
    made.finish()
    assert sorted(
        (
            context.session_id,
            request.messages[0].text,
            len(request.messages),
            context.user,
            *sorted(context.tags.items()),
        )
        for request, context in recorder.begun
    ) == [
        (
            f"{'c' * 32}-id{name}-{row}",
            prompt,
            1,
            "ann",
            ("gwtrace.comparison", "c" * 32),
            ("gwtrace.comparison.lane", name),
            ("gwtrace.comparison.round", "r" * 8),
            ("gwtrace.comparison.row", str(row)),
        )
        for name in "AC"
        for row, prompt in ((1, "one"), (2, "two"))
    ]


def test_a_rows_system_prompt_replaces_the_lanes_for_that_row_alone(
    make: Callable[..., Made], recorder: Recorder
) -> None:
    made = make(
        [BatchRow(number=1, prompt="one", system="Be terse."), BatchRow(number=2, prompt="two")],
        "A",
    )
    made.finish()
    lanes = {request.messages[0].text: request.lane for request, _ in recorder.begun}
    found = {text: (lane.system_prompt, lane.prompt) for text, lane in lanes.items()}
    # What the row says is no version of the lane's prompt.
    assert found == {"one": ("Be terse.", None), "two": ("Be kind.", KIND)}


def test_a_failing_row_ends_nothing_and_the_table_says_whose_fault_it_is(
    make: Callable[..., Made],
) -> None:
    made = make([BatchRow(number=1, prompt="fail"), BatchRow(number=2, prompt="two")], "AB")
    progress = made.finish()
    assert (progress.queue.finished, progress.queue.failed) == (2, 2)
    results = made.batch.make_results(progress.queue)
    assert [[cell.outcome for cell in row.cells.values()] for row in results.rows] == [
        ["provider: upstream error"] * 2,
        ["finished"] * 2,
    ]
    assert results.rows[1].cells["B"].trace_id == f"tr-{'c' * 32}-idB-2"


def test_what_it_cost_and_how_many_tokens_is_known_as_it_goes(make: Callable[..., Made]) -> None:
    made = make([BatchRow(number=1, prompt="one"), BatchRow(number=2, prompt="two")], "A")
    before = made.batch.poll()
    assert (before.cost_usd, before.tokens, before.queue.time_left_s) == (None, 0, None)
    after = made.finish()
    assert (after.tokens, after.unpriced, after.queue.time_left_s) == (30, 0, None)
    (summary,) = made.batch.make_results(after.queue).summaries
    assert after.cost_usd == pytest.approx(summary.cost_usd)
    assert summary.priced == 2


def test_expected_answers_go_on_the_traces_of_their_rows(make: Callable[..., Made]) -> None:
    made = make(
        [BatchRow(number=1, prompt="one", expected="1"), BatchRow(number=2, prompt="two")], "AB"
    )
    made.finish()
    assert made.batch.wait_stored(TIMEOUT_S)
    assert sorted(made.stored) == [
        (f"tr-{'c' * 32}-idA-1", "1"),
        (f"tr-{'c' * 32}-idB-1", "1"),
    ]
    assert made.batch.poll().expectations == WriteCounts(stored=2)


def test_a_call_without_a_trace_is_counted_and_gets_no_expected_answer(
    make: Callable[..., Made], recorder: Recorder
) -> None:
    recorder.missing = "MLflow is away."
    made = make([BatchRow(number=1, prompt="one", expected="1")], "A")
    progress = made.finish()
    assert (progress.untraced, progress.trace_problem) == (1, "MLflow is away.")
    assert made.batch.wait_stored(TIMEOUT_S)
    assert made.stored == []


def test_only_the_failed_are_tried_again(make: Callable[..., Made], recorder: Recorder) -> None:
    made = make([BatchRow(number=1, prompt="fail"), BatchRow(number=2, prompt="two")], "A")
    made.finish()
    made.batch.retry_failed(made.reach)
    made.finish()
    prompts = [request.messages[0].text for request, _ in recorder.begun]
    assert sorted(prompts) == ["fail", "fail", "two"]


def test_mlflow_has_the_plan_before_the_first_call_and_knows_of_the_end(
    make: Callable[..., Made], recorder: Recorder
) -> None:
    calls_before: list[int] = []

    class Looking(Plans):
        def begin(self, plan_text: str, plan: BatchPlan, *, owner: str) -> str:
            calls_before.append(len(recorder.begun))
            return super().begin(plan_text, plan, owner=owner)

    plans = Looking()
    made = make([BatchRow(number=1, prompt="fail")], "A", plans=plans)
    made.finish()
    assert made.batch.wait_stored(TIMEOUT_S)
    assert calls_before == [0]
    assert plans.told == ["begin the plan", "finished run-1"]
    made.batch.retry_failed(made.reach)
    made.finish()
    assert made.batch.wait_stored(TIMEOUT_S)
    assert plans.told[2:] == ["resume run-1", "finished run-1"]


def test_without_a_lane_that_can_be_called_it_is_told_to_be_incomplete(
    make: Callable[..., Made],
) -> None:
    made = make([BatchRow(number=1, prompt="one")], "A")
    made.batch.resume({})
    assert not made.batch.poll().queue.is_active
    assert made.batch.wait_stored(TIMEOUT_S)
    assert made.plans.told == ["begin the plan", "stopped run-1"]


def test_a_store_that_refuses_the_plan_holds_up_no_call_and_is_told_of(
    make: Callable[..., Made], recorder: Recorder
) -> None:
    plans = Plans()
    plans.is_refusing = True
    made = make([BatchRow(number=1, prompt="one")], "A", plans=plans)
    assert made.finish().queue.finished == 1
    assert made.batch.wait_stored(TIMEOUT_S)
    progress = made.batch.poll()
    assert progress.plan_problem == "MLflow could not keep the batch's plan: locked."
    assert plans.told == []


def test_what_another_process_has_gone_on_with_is_not_called_here_any_more(
    make: Callable[..., Made], recorder: Recorder
) -> None:
    made = make([BatchRow(number=1, prompt="fail")], "A")
    made.finish()
    assert made.batch.wait_stored(TIMEOUT_S)
    made.plans.owner = "somebody else"
    made.batch.retry_failed(made.reach)
    assert made.batch.wait_stored(TIMEOUT_S)
    queue = made.batch.poll().queue
    assert (queue.is_active, queue.waiting, made.batch.is_taken) == (False, 1, True)
    assert queue.pause_reason == (
        "Another process has gone on with this batch since. Reload the page to see how far it is."
    )
    assert made.batch.poll().plan_problem == ""
    assert len(recorder.begun) == 1
    assert made.plans.told == ["begin the plan", "finished run-1"]


def test_calls_that_were_made_elsewhere_are_shown_and_not_made_again(
    make: Callable[..., Made], recorder: Recorder
) -> None:
    rows = [BatchRow(number=number, prompt=text) for number, text in enumerate("abcd", 1)]
    answer = Reply(status="finished", blocks=(TextBlock(text="told elsewhere"),))
    known = {
        (1, "idA"): CallSnapshot(state="finished", reply=answer, trace_id="tr-1"),
        # Of very many the answers are not all read back.
        (2, "idA"): CallSnapshot(state="finished", trace_id="tr-2"),
        (3, "idA"): CallSnapshot(state="stopped", trace_id="tr-3"),
    }
    made = make(rows, "A", known=known, run_id="run-7")
    before = made.batch.poll().queue
    assert (before.finished, before.stopped, before.waiting) == (2, 1, 1)
    progress = made.finish()
    assert [request.messages[0].text for request, _ in recorder.begun] == ["c", "d"]
    results = made.batch.make_results(progress.queue)
    cells = [row.cells["A"] for row in results.rows]
    assert [(cell.state, cell.answer) for cell in cells] == [
        ("finished", "told elsewhere"),
        ("finished", ""),
        ("finished", "c"),
        ("finished", "d"),
    ]
    assert [cell.trace_id for cell in cells[:2]] == ["tr-1", "tr-2"]
    assert made.batch.wait_stored(TIMEOUT_S)
    assert made.plans.told == ["resume run-7", "finished run-7"]
