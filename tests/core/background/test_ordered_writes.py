"""What is to be written to MLflow is written in order, and what it refuses is kept."""

from __future__ import annotations

import queue

from gwtrace_core.background.ordered_writes import WriteCounts, Writer
from gwtrace_core.values.errors import TrackingError

TIMEOUT_S = 20


def test_what_cannot_be_written_keeps_nothing_else_from_it_and_is_tried_again() -> None:
    written: queue.SimpleQueue[str] = queue.SimpleQueue()
    refused = {"bad"}

    def write(name: str) -> None:
        if name in refused:
            raise TrackingError("MLflow is away.")
        written.put(name)

    writer = Writer()
    for name in ("one", "bad", "two"):
        writer.add(lambda name=name: write(name))
    assert writer.wait_idle(TIMEOUT_S)
    assert [written.get_nowait(), written.get_nowait()] == ["one", "two"]
    assert writer.counts == WriteCounts(stored=2, unstored=1, problem="MLflow is away.")

    refused.clear()
    writer.retry()
    assert writer.wait_idle(TIMEOUT_S)
    assert written.get_nowait() == "bad"
    assert writer.counts == WriteCounts(stored=3)
