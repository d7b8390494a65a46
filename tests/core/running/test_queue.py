"""Many calls on a real hub, each let go by the test: order, bounds, stop, resume, lease."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from gwtrace_core.background.work import QueueSnapshot
from gwtrace_core.lanes.key_ring import KeyRing
from gwtrace_core.running.calls import CallSnapshot, QueuedCall
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.queue import queue_calls
from gwtrace_core.running.run import Run
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.values.connection import FindTarget, Provider, Target
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import Failed, Finished, StreamEvent, TextDelta
from gwtrace_core.values.request import ChatRequest, Message, TurnContext
from gwtrace_core.values.secret import Secret
from tests.core.running.test_hub import LANE, NOT_RECORDED, TARGET, NotingRecorder

TIMEOUT_S = 5.0
FAILURE = Failure(source=FailureSource.PROVIDER, cause=FailureCause.UPSTREAM_ERROR, message="No.")


@dataclass(slots=True)
class Gates:
    """A path whose calls wait until the test lets them end; each says when it has begun."""

    begun: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue[str])
    _gates: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=dict)
    _is_failing: set[str] = field(default_factory=set)

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncIterator[StreamEvent]:
        text = request.messages[-1].text
        gate = asyncio.Event()
        self._gates[text] = (asyncio.get_running_loop(), gate)
        self.begun.put(text)
        yield TextDelta(text=f"about {text}")
        await gate.wait()
        if text in self._is_failing:
            self._is_failing.discard(text)
            yield Failed(failure=FAILURE)
        else:
            yield Finished(finish_reason="stop")

    async def open(self, target: Target) -> None: ...

    def load(self, provider: Provider) -> None:
        pass

    async def forget(self, key: Secret) -> None:
        pass

    async def aclose(self) -> None:
        pass

    def next(self, count: int = 1) -> list[str]:
        """The calls that begin next."""
        return [self.begun.get(timeout=TIMEOUT_S) for _ in range(count)]

    def end(self, *texts: str, failing: bool = False) -> None:
        """Let these calls end."""
        for text in texts:
            if failing:
                self._is_failing.add(text)
            loop, gate = self._gates[text]
            loop.call_soon_threadsafe(gate.set)


class Made:
    """A queue under test, and what it says of calls that settle."""

    def __init__(self, hub: Hub, names: str, **options: object) -> None:
        self.hub = hub
        self.settled: queue.SimpleQueue[tuple[int, CallSnapshot]] = queue.SimpleQueue()
        calls = [_call(name) for name in names.split()]
        self.reach: dict[str, FindTarget] = {call.lane_id: lambda: TARGET for call in calls}
        self.queue = queue_calls(
            hub,
            calls,
            on_settled=lambda index, snapshot: self.settled.put((index, snapshot)),
            **options,  # pyright: ignore[reportArgumentType]  # at_once and what a test adds
        )

    def resume(self) -> None:
        """Start or go on, in every lane."""
        self.queue.resume(self.reach)

    def settle(self, count: int = 1) -> list[tuple[int, str]]:
        """Index and state of the calls that settle next."""
        found = [self.settled.get(timeout=TIMEOUT_S) for _ in range(count)]
        return [(index, snapshot.state) for index, snapshot in found]


def _call(name: str) -> QueuedCall:
    """`a1` is the first call of lane `a`."""
    return QueuedCall(
        lane_id=name[0],
        request=ChatRequest(lane=LANE, messages=(Message(role="user", text=name),)),
        context=TurnContext(session_id=f"s-{name}", user="u"),
    )


def states(snapshot: QueueSnapshot[CallSnapshot]) -> str:
    """One letter for each call: w(aiting), r(unning), f(inished), x for failed, s(topped)."""
    return "".join("x" if each.state == "failed" else each.state[0] for each in snapshot.items)


@pytest.fixture
def gates() -> Gates:
    return Gates()


@pytest.fixture
def make(gates: Gates) -> Iterator[Callable[..., Made]]:
    hubs: list[Hub] = []

    def make(names: str, *, lease_s: float = 60.0, **options: object) -> Made:
        hubs.append(Hub(NotingRecorder(), open_client=lambda _: gates, lease_s=lease_s))
        return Made(hubs[-1], names, **options)

    yield make
    for hub in hubs:
        hub.close()


def test_nothing_is_called_before_it_is_started(make: Callable[..., Made], gates: Gates) -> None:
    made = make("a1 a2", at_once=2)
    before = made.queue.poll()
    assert (states(before), before.is_active, before.pause_reason) == (
        "ww",
        False,
        "Not started yet.",
    )
    assert gates.begun.empty()


def test_calls_are_made_in_order_a_few_at_a_time_and_the_next_needs_no_watcher(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 b1 a2 b2 a3", at_once=2)
    made.resume()
    assert gates.next(2) == ["a1", "b1"]
    assert states(made.queue.poll()) == "rrwww"
    gates.end("b1")
    assert made.settle() == [(1, "finished")]
    # b may not have more than its half of the places while a has calls to make.
    assert gates.next() == ["b2"]
    gates.end("a1", "b2")
    assert sorted(made.settle(2)) == [(0, "finished"), (3, "finished")]
    # Once b has none left, a has both places.
    assert gates.next(2) == ["a2", "a3"]
    gates.end("a2", "a3")
    made.settle(2)
    end = made.queue.poll()
    assert (states(end), end.finished, end.settled, end.is_active, end.pause_reason) == (
        "fffff",
        5,
        5,
        False,
        "",
    )
    assert gates.begun.empty()


def test_a_settled_call_keeps_its_reply_and_not_its_run(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1", at_once=1)
    made.resume()
    gates.next()
    running = made.queue.poll().items[0]
    assert running.run is not None
    gates.end("a1")
    made.settle()
    (call,) = made.queue.poll().items
    assert call.reply is not None
    assert (call.state, call.run, call.reply.text) == ("finished", None, "about a1")
    assert (call.trace_id, call.trace_problem) == (None, NOT_RECORDED.reason)


def test_its_runs_do_not_push_those_of_the_chat_out_of_the_hubs_memory(
    make: Callable[..., Made], gates: Gates
) -> None:
    hub = Hub(NotingRecorder(), open_client=lambda _: gates)
    try:
        made = Made(hub, "a1", at_once=1)
        made.resume()
        gates.next()
        assert hub.find_runs("s-a1") == ()
    finally:
        hub.close()


def test_a_lane_that_hangs_leaves_places_for_the_others(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 a2 a3 a4 b1 b2", at_once=2)
    made.resume()
    assert gates.next(2) == ["a1", "b1"]
    gates.end("b1")
    assert gates.next() == ["b2"]
    gates.end("b2")
    assert sorted(made.settle(2)) == [(4, "finished"), (5, "finished")]


def test_stop_cancels_what_runs_and_keeps_what_waits(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 a2 a3", at_once=1)
    made.resume()
    gates.next()
    gates.end("a1")
    made.settle()
    gates.next()
    made.queue.stop()
    assert made.settle() == [(1, "stopped")]
    stopped = made.queue.poll()
    assert (states(stopped), stopped.is_active) == ("fsw", False)
    assert stopped.pause_reason == "Stopped by the user."
    assert stopped.items[1].reply is not None
    assert stopped.items[1].reply.text == "about a2"
    assert gates.begun.empty()


def test_resume_makes_the_calls_that_were_stopped_and_no_finished_one_twice(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 a2 a3", at_once=1)
    made.resume()
    gates.next()
    gates.end("a1")
    made.settle()
    gates.next()
    made.queue.stop()
    made.settle()
    made.resume()
    assert gates.next() == ["a2"]
    gates.end("a2")
    assert gates.next() == ["a3"]
    gates.end("a3")
    assert made.settle(2) == [(1, "finished"), (2, "finished")]
    assert made.queue.poll().finished == 3


def test_resumed_while_calls_were_still_stopping_they_are_made_again(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1", at_once=1)
    made.resume()
    gates.next()
    made.queue.stop()
    made.resume()
    assert made.settle() == [(0, "stopped")]
    assert gates.next() == ["a1"]
    gates.end("a1")
    assert made.settle() == [(0, "finished")]


def test_a_stop_that_comes_before_the_loop_has_launched_the_call_is_not_lost() -> None:
    asked: list[str] = []
    call = _call("a1")
    run = Run(
        request=call.request,
        target=TARGET,
        context=call.context,
        clock=lambda: 0.0,
        started_ms=0,
    )
    run.stop("Too soon.")
    run.attach(asked.append)
    assert asked == ["Too soon."]


def test_stopped_at_once_every_call_comes_to_an_end(make: Callable[..., Made]) -> None:
    made = make("a1 a2", at_once=2)
    made.resume()
    made.queue.stop()
    assert sorted(made.settle(2)) == [(0, "stopped"), (1, "stopped")]


def test_a_lane_is_stopped_by_itself_and_goes_on_by_itself(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 b1 a2 b2", at_once=2)
    made.resume()
    gates.next(2)
    made.queue.stop_lane("a")
    assert made.settle() == [(0, "stopped")]
    assert made.queue.poll().stopped_lanes == {"a"}
    # The place that a has left is b's.
    assert gates.next() == ["b2"]
    gates.end("b1", "b2")
    made.settle(2)
    halted = made.queue.poll()
    assert (states(halted), halted.is_active, halted.pause_reason) == ("sfwf", False, "")
    made.queue.resume_lane("a", made.reach["a"])
    assert gates.next(2) == ["a1", "a2"]
    gates.end("a1", "a2")
    made.settle(2)
    end = made.queue.poll()
    assert (states(end), end.stopped_lanes) == ("ffff", frozenset())


def test_a_failure_ends_nothing_and_only_it_is_tried_again(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 a2", at_once=1)
    made.resume()
    gates.next()
    gates.end("a1", failing=True)
    assert gates.next() == ["a2"]
    gates.end("a2")
    assert made.settle(2) == [(0, "failed"), (1, "finished")]
    failed = made.queue.poll()
    assert (failed.failed, failed.finished, failed.settled) == (1, 1, 2)
    assert failed.items[0].reply is not None
    assert failed.items[0].reply.failure == FAILURE
    made.queue.retry_failed(made.reach)
    assert gates.next() == ["a1"]
    gates.end("a1")
    assert made.settle() == [(0, "finished")]
    assert states(made.queue.poll()) == "ff"


def test_nobody_watching_ends_the_calls_under_way_and_starts_no_more(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 a2", lease_s=0.05, at_once=1)
    made.resume()
    assert made.settle() == [(0, "stopped")]
    paused = made.queue.poll()
    assert (states(paused), paused.is_active) == ("sw", False)
    assert paused.pause_reason == "Stopped because no page was watching any more."


def test_a_call_that_ends_unwatched_is_not_followed_by_another(
    make: Callable[..., Made], gates: Gates
) -> None:
    now_s = [0.0]
    made = make("a1 a2", at_once=1, lease_s=60.0, clock=lambda: now_s[0])
    made.resume()
    gates.next()
    now_s[0] = 200.0
    gates.end("a1")
    assert made.settle() == [(0, "finished")]
    paused = made.queue.poll()
    assert (states(paused), paused.is_active) == ("fw", False)
    assert paused.pause_reason == "Paused because no page was watching any more."
    made.resume()
    assert gates.next() == ["a2"]


def test_time_counts_while_calls_are_under_way_and_not_in_pauses(
    make: Callable[..., Made], gates: Gates
) -> None:
    now_s = [100.0]
    made = make("a1 a2", at_once=1, clock=lambda: now_s[0])
    made.resume()
    gates.next()
    now_s[0] = 107.0
    assert made.queue.poll().elapsed_s == 7.0
    made.queue.stop()
    made.settle()
    now_s[0] = 150.0
    assert made.queue.poll().elapsed_s == 7.0
    made.resume()
    gates.next()
    now_s[0] = 153.0
    assert made.queue.poll().elapsed_s == 10.0


def test_closing_the_hub_starts_no_further_calls(gates: Gates) -> None:
    hub = Hub(NotingRecorder(), open_client=lambda _: gates)
    made = Made(hub, "a1 a2", at_once=1)
    made.resume()
    gates.next()
    hub.close()
    assert made.settle() == [(0, "stopped")]
    assert states(made.queue.poll()) == "sw"
    assert gates.begun.empty()


TYPED = replace(TARGET.connection, id="typed-gateway", api_key=Secret("canary-typed-1"))
TYPED_LANE = replace(LANE, connection_id="typed-gateway")


def typed(hub: Hub) -> tuple[KeyRing, dict[str, FindTarget]]:
    """A ring with one key, and how lane a is reached with it and lane b without."""
    ring = KeyRing(hub.forget)
    ring.add(TYPED)
    return ring, {"a": ring.make_finder(TYPED_LANE), "b": lambda: TARGET}


def test_a_lane_whose_key_is_forgotten_pauses_and_the_others_go_on(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 b1 a2 b2", at_once=2)
    ring, reach = typed(made.hub)
    made.queue.resume(reach)
    assert gates.next(2) == ["a1", "b1"]
    ring.forget("typed-gateway")
    assert made.settle() == [(0, "stopped")]
    assert gates.next() == ["b2"]
    gates.end("b1", "b2")
    made.settle(2)
    paused = made.queue.poll()
    assert (states(paused), paused.is_active, paused.pause_reason) == ("sfwf", False, "")
    assert paused.items[0].reply is not None
    assert paused.items[0].reply.stop_reason == "Stopped because the key of the call was forgotten."
    (reason,) = paused.lost_lanes.values()
    assert reason.startswith("The key that was typed for this lane has been forgotten")
    assert gates.begun.empty()

    ring.add(TYPED)
    made.queue.resume_lane("a", reach["a"])
    assert gates.next(2) == ["a1", "a2"]
    gates.end("a1", "a2")
    made.settle(2)
    assert states(made.queue.poll()) == "ffff"


def test_a_key_that_goes_between_two_calls_is_not_used_for_the_second(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 a2 b1", at_once=1)
    ring, reach = typed(made.hub)
    made.queue.resume(reach)
    gates.next()
    gates.end("a1")
    made.settle()
    assert gates.next() == ["a2"]
    gates.end("a2", failing=True)
    made.settle()
    assert gates.next() == ["b1"]
    ring.forget("typed-gateway")
    gates.end("b1")
    made.settle()
    made.queue.retry_failed(reach)
    retried = made.queue.poll()
    assert (states(retried), retried.is_active, [*retried.lost_lanes]) == ("fwf", False, ["a"])
    assert gates.begun.empty()


def test_whoever_goes_on_does_so_with_what_they_can_reach_and_leaves_the_rest(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 b1 a2 b2", at_once=2)
    _, reach = typed(made.hub)
    made.queue.resume(reach)
    gates.next(2)
    gates.end("a1", failing=True)
    made.settle()
    gates.next()
    made.queue.stop()
    made.settle(2)
    of_another = {"b": lambda: TARGET}
    made.queue.retry_failed(of_another)
    made.queue.resume(of_another)
    assert sorted(gates.next(2)) == ["b1", "b2"]
    gates.end("b1", "b2")
    made.settle(2)
    end = made.queue.poll()
    assert (states(end), end.is_active, end.stopped_lanes) == ("xfsf", False, {"a"})
    assert gates.begun.empty()


def test_a_lane_that_is_gone_on_with_while_all_are_paused_goes_on_alone(
    make: Callable[..., Made], gates: Gates
) -> None:
    made = make("a1 b1 a2 b2", at_once=2)
    made.resume()
    gates.next(2)
    made.queue.stop()
    made.settle(2)
    made.queue.resume_lane("b", lambda: TARGET)
    assert gates.next(2) == ["b1", "b2"]
    gates.end("b1", "b2")
    made.settle(2)
    end = made.queue.poll()
    assert (states(end), end.is_active) == ("sfwf", False)
    assert gates.begun.empty()
