"""Batches are found again by their comparison, the newest of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gwtrace_core.batch.estimate import BatchEstimate
from gwtrace_core.batch.live import LiveBatch, LiveBatches
from gwtrace_core.batch.runner import Batch
from gwtrace_core.running.hub import Hub
from tests.core.batch.test_runner import Echo, Recorder


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub(Recorder(), open_client=lambda _: Echo())
    yield hub
    hub.close()


def live(hub: Hub, comparison_id: str) -> LiveBatch:
    batch = Batch(
        hub,
        lambda trace_id, expected: None,
        rows=(),
        lanes=(),
        comparison_id=comparison_id,
        round_id="r",
        user="ann",
    )
    return LiveBatch(batch=batch, file_name="a.csv", estimate=BatchEstimate(lanes=()))


def test_a_batch_is_found_by_its_comparison(hub: Hub) -> None:
    batches, first, second = LiveBatches(), live(hub, "one"), live(hub, "two")
    batches.add(first)
    batches.add(second)
    assert batches.find("one") is first
    assert batches.find("two") is second
    assert batches.find("three") is None


def test_only_the_newest_are_kept(hub: Hub) -> None:
    batches = LiveBatches()
    for number in range(20):
        batches.add(live(hub, str(number)))
    found = [number for number in range(20) if batches.find(str(number)) is not None]
    assert found == list(range(12, 20))
