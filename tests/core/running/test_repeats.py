"""One call several times on a real hub, each run let go by the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from gwtrace_core.running.hub import Hub
from gwtrace_core.running.repeats import Repeats
from gwtrace_core.values.connection import Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import TurnContext
from tests.core.running.test_hub import REQUEST, TARGET, NotingRecorder
from tests.core.running.test_queue import TIMEOUT_S, Gates

Make = Callable[[int], Repeats]


@pytest.fixture
def gates() -> Gates:
    return Gates()


@pytest.fixture
def make(gates: Gates) -> Iterator[Make]:
    hub = Hub(NotingRecorder(), open_client=lambda _: gates)

    def make(count: int) -> Repeats:
        contexts = [TurnContext(session_id=f"s-{n}", user="u") for n in range(1, count + 1)]
        return Repeats(hub, lambda: TARGET, [(REQUEST, context) for context in contexts])

    yield make
    hub.close()


def end_next(gates: Gates, **options: bool) -> None:
    gates.end(*gates.next(), **options)


def statuses(repeats: Repeats) -> list[str]:
    return [run.reply.status for run in repeats.runs]


def settle(repeats: Repeats, index: int) -> None:
    assert repeats.runs[index].wait_settled(TIMEOUT_S)


def test_each_run_begins_when_the_one_before_has_settled_and_nobody_need_watch(
    make: Make, gates: Gates
) -> None:
    repeats = make(3)
    for count in (1, 2, 3):
        (text,) = gates.next()
        assert len(repeats.runs) == count
        assert gates.begun.empty()
        assert not repeats.is_over
        gates.end(text)
    settle(repeats, 2)
    assert statuses(repeats) == ["finished"] * 3
    assert [run.context.session_id for run in repeats.runs] == ["s-1", "s-2", "s-3"]
    assert (repeats.is_over, repeats.planned) == (True, 3)


def test_a_failed_run_does_not_end_the_chain(make: Make, gates: Gates) -> None:
    repeats = make(2)
    end_next(gates, failing=True)
    end_next(gates)
    settle(repeats, 1)
    assert statuses(repeats) == ["failed", "finished"]
    assert repeats.is_over


def test_stop_ends_the_run_under_way_and_those_to_come(make: Make, gates: Gates) -> None:
    repeats = make(3)
    end_next(gates)
    gates.next()
    repeats.stop()
    settle(repeats, 1)
    assert statuses(repeats) == ["finished", "stopped"]
    assert repeats.runs[1].reply.stop_reason == "Stopped by the user."
    assert repeats.is_over
    assert gates.begun.empty()


def test_stop_before_the_first_run_was_launched_ends_the_chain(make: Make) -> None:
    repeats = make(3)
    repeats.stop()
    settle(repeats, 0)
    assert statuses(repeats) == ["stopped"]
    assert repeats.is_over


def test_a_chain_that_nobody_watches_starts_no_further_run(gates: Gates) -> None:
    now_s = [0.0]
    hub = Hub(NotingRecorder(), open_client=lambda _: gates)
    calls = [(REQUEST, TurnContext(session_id="s", user="u"))] * 3
    repeats = Repeats(hub, lambda: TARGET, calls, lease_s=10.0, clock=lambda: now_s[0])
    now_s[0] = 9.0
    end_next(gates)
    (text,) = gates.next()
    repeats.poll()
    now_s[0] = 19.0
    gates.end(text)
    settle(repeats, 1)
    # Its loop has then done all that a settled run asks for.
    hub.close()
    assert statuses(repeats) == ["finished", "finished"]
    assert repeats.is_over


def test_without_its_key_a_chain_ends_after_the_run_under_way(gates: Gates) -> None:
    hub = Hub(NotingRecorder(), open_client=lambda _: gates)
    try:
        found = [TARGET]

        def find_target() -> Target:
            if not found:
                raise RequestRefused("The key is gone.")
            return found[0]

        contexts = [TurnContext(session_id=f"s-{n}", user="u") for n in (1, 2)]
        repeats = Repeats(hub, find_target, [(REQUEST, context) for context in contexts])
        begun = gates.next()
        found.clear()
        gates.end(*begun)
        settle(repeats, 0)
        assert (statuses(repeats), repeats.is_over) == (["finished"], True)
        with pytest.raises(RequestRefused, match="The key is gone"):
            Repeats(hub, find_target, [(REQUEST, contexts[0])])
        assert gates.begun.empty()
    finally:
        hub.close()
