"""Who is at a piece of work, as MLflow is told: in order, beside the work, and never for long."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field

from gwtrace_core.background.claim import Claim, TakenElsewhere
from gwtrace_core.background.ordered_writes import Writer
from gwtrace_core.values.errors import TrackingError

TIMEOUT_S = 5.0


@dataclass(slots=True)
class Run:
    """A run in a store that answers, refuses, or has lost the run to somebody else."""

    told: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue[str])
    answering: threading.Event = field(default_factory=threading.Event)
    error: TrackingError | None = None

    def take(self) -> None:
        assert self.answering.wait(TIMEOUT_S)
        if self.error is not None:
            raise self.error
        self.told.put("take")

    def tell_alive(self) -> None:
        self.told.put("alive")

    def end(self, *, is_complete: bool) -> None:
        self.told.put("finished" if is_complete else "stopped")

    def all_told(self) -> list[str]:
        return [self.told.get_nowait() for _ in range(self.told.qsize())]


@dataclass(slots=True)
class Held:
    """Work that waits for its claim."""

    run: Run = field(default_factory=Run)
    writer: Writer = field(default_factory=Writer)
    released: threading.Event = field(default_factory=threading.Event)
    refused: list[str] = field(default_factory=list[str])

    def open(self, claim: Claim) -> None:
        claim.open(self.released.set, self.refused.append)


def test_work_begins_once_mlflow_knows_and_its_end_is_told_after_that() -> None:
    held = Held()
    claim = Claim(held.run, held.writer, most_wait_s=TIMEOUT_S)
    held.open(claim)
    assert not held.released.is_set()
    held.run.answering.set()
    assert held.released.wait(TIMEOUT_S)
    claim.rest(is_complete=False)
    claim.rest(is_complete=True)
    assert held.writer.wait_idle(TIMEOUT_S)
    assert held.run.all_told() == ["take", "stopped"]


def test_a_store_that_does_not_answer_holds_up_no_work() -> None:
    held = Held()
    claim = Claim(held.run, held.writer, most_wait_s=0.01)
    held.open(claim)
    assert held.released.wait(TIMEOUT_S)
    assert held.run.all_told() == []
    held.run.answering.set()
    assert held.writer.wait_idle(TIMEOUT_S)
    claim.rest(is_complete=True)


def test_a_run_that_was_made_for_us_need_not_be_taken_at_first() -> None:
    held = Held()
    held.run.answering.set()
    claim = Claim(held.run, held.writer, is_ours=True)
    held.open(claim)
    assert held.released.is_set()
    claim.rest(is_complete=False)
    held.open(claim)
    claim.rest(is_complete=True)
    assert held.writer.wait_idle(TIMEOUT_S)
    assert held.run.all_told()[-2:] == ["take", "finished"]


def test_what_another_process_has_taken_is_refused_before_anything_is_begun() -> None:
    held = Held()
    held.run.answering.set()
    held.run.error = TakenElsewhere("batch")
    claim = Claim(held.run, held.writer, most_wait_s=TIMEOUT_S)
    claim.open(lambda: held.refused.append("released"), held.refused.append)
    assert held.writer.wait_idle(TIMEOUT_S)
    assert held.refused == [
        "Another process has gone on with this batch since. Reload the page to see how far it is.",
        "released",
    ]
    assert claim.is_taken
    claim.rest(is_complete=True)
    assert held.run.all_told() == []


def test_a_store_that_refuses_holds_up_no_work_and_is_asked_again_when_it_goes_on() -> None:
    held = Held()
    held.run.answering.set()
    held.run.error = TrackingError("MLflow is away.")
    claim = Claim(held.run, held.writer, most_wait_s=TIMEOUT_S)
    held.open(claim)
    assert held.released.wait(TIMEOUT_S)
    assert held.writer.wait_idle(TIMEOUT_S)
    assert (held.writer.counts.unstored, held.writer.counts.problem) == (1, "MLflow is away.")
    held.run.error = None
    held.open(claim)
    assert held.writer.wait_idle(TIMEOUT_S)
    assert held.run.all_told() == ["take"]
    claim.rest(is_complete=True)
    assert held.writer.wait_idle(TIMEOUT_S)


def test_while_work_goes_on_mlflow_hears_of_it_again_and_again() -> None:
    held = Held()
    claim = Claim(held.run, held.writer, is_ours=True, pulse_s=0.001)
    held.open(claim)
    assert [held.run.told.get(timeout=TIMEOUT_S) for _ in range(3)] == ["alive"] * 3
    claim.rest(is_complete=True)
    assert held.writer.wait_idle(TIMEOUT_S)
