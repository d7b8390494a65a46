"""A queue over work that is nothing but names; over calls it is tried in `running.test_queue`."""

from __future__ import annotations

from dataclasses import dataclass, field

from gwtrace_core.background.work import EndWork, WorkState
from gwtrace_core.background.work_clock import estimate_time_left_s
from gwtrace_core.background.work_queue import WorkQueue
from gwtrace_core.values.errors import RequestRefused


@dataclass(slots=True)
class Names:
    """Work that the test itself brings to its end. A piece is its state, a job its number."""

    ends: dict[int, EndWork[WorkState]] = field(default_factory=dict[int, EndWork[WorkState]])
    stopped: list[int] = field(default_factory=list[int])
    told: list[str] = field(default_factory=list[str])
    refusal: str = ""

    def start(self, index: int, access: str, end: EndWork[WorkState]) -> int:
        if self.refusal:
            raise RequestRefused(self.refusal)
        self.told.append(f"start {index} with {access}")
        self.ends[index] = end
        return index

    def stop(self, job: int, reason: str) -> None:
        self.stopped.append(job)

    def look_at(self, index: int, job: int | None) -> WorkState:
        return "waiting" if job is None else "running"

    def state_of(self, item: WorkState) -> WorkState:
        return item

    def queue(self, lanes: str, *, at_once: int = 1) -> WorkQueue[str, int, WorkState]:
        return WorkQueue(
            self,
            lanes,
            at_once=at_once,
            on_settled=lambda index, item: self.told.append(f"{item} {index}"),
            on_rest=lambda: self.told.append("rest"),
        )


def test_what_has_ended_is_told_before_the_next_begins_and_rest_when_there_is_none() -> None:
    work = Names()
    queue = work.queue("aa")
    queue.resume({"a": lambda: "key"})
    work.ends[0]("finished")
    work.ends[1]("failed")
    assert work.told == [
        "start 0 with key",
        "finished 0",
        "start 1 with key",
        "failed 1",
        "rest",
    ]
    assert queue.poll().items == ("finished", "failed")


def test_the_end_of_a_piece_counts_once() -> None:
    work = Names()
    queue = work.queue("a")
    queue.resume({"a": lambda: "key"})
    work.ends[0]("failed")
    work.ends[0]("finished")
    assert queue.poll().items == ("failed",)


def test_what_cannot_be_begun_leaves_its_lane_out_and_keeps_its_place() -> None:
    work = Names(refusal="The app is ending.")
    queue = work.queue("ab")
    queue.resume({"a": lambda: "key", "b": lambda: "key"})
    found = queue.poll()
    assert (found.items, found.is_active) == (("waiting", "waiting"), False)
    assert found.lost_lanes == {"a": "The app is ending.", "b": "The app is ending."}
    work.refusal = ""
    queue.resume_lane("b", lambda: "other key")
    assert work.told[-1] == "start 1 with other key"


def test_while_it_is_held_nothing_begins_and_it_is_not_at_rest() -> None:
    work = Names()
    queue = work.queue("aa")
    queue.hold()
    queue.resume({"a": lambda: "key"})
    assert (work.told, queue.is_active) == ([], True)
    queue.release()
    assert work.told == ["start 0 with key"]


def test_failed_and_stopped_pieces_are_done_again_together() -> None:
    work = Names()
    queue = work.queue("aaa", at_once=3)
    queue.resume({"a": lambda: "key"})
    work.ends[0]("failed")
    work.ends[1]("finished")
    queue.stop()
    work.ends[2]("stopped")
    queue.retry_failed({"a": lambda: "key"}, is_stopped_too=True)
    assert queue.poll().items == ("running", "finished", "running")


def test_time_left_is_not_known_before_a_piece_has_ended() -> None:
    assert estimate_time_left_s(waiting=8, running=4, ended=0, elapsed_s=3.0) is None


def test_pieces_under_way_count_as_half_done() -> None:
    # Four at once, three seconds each: of twelve pieces one has ended, its place is taken.
    assert estimate_time_left_s(waiting=7, running=4, ended=1, elapsed_s=3.0) == 9.0
    assert estimate_time_left_s(waiting=0, running=0, ended=12, elapsed_s=9.0) == 0.0
