"""Stop: cancelling the task that consumes a turn closes the connection to the server at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import anyio.to_thread
import pytest

from gwtrace_core.gateway.routes import resolve
from gwtrace_core.sdk_paths import open_path
from gwtrace_core.values.events import ReasoningDelta, StreamEvent, TextDelta
from gwtrace_core.values.request import ChatRequest, Message
from tests.conftest import Demo
from tests.core.sdk_paths.support import WAYS, Way, consume, context_of, gateway, lane_of, shape

pytestmark = pytest.mark.anyio

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)


@every_way
@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
@pytest.mark.parametrize("model", ["fault-stall", "fault-stall-midway"])
async def test_stop_closes_a_stalled_connection(
    demo: Demo, way: Way, streamed: bool, model: str
) -> None:
    seen: list[StreamEvent] = []
    lane = lane_of(way, model=model, streamed=streamed)
    mark = demo.exchanges.mark
    said = asyncio.Event()
    turn = asyncio.create_task(consume(gateway(demo.base_url), lane, "Hello", seen, said))
    comes_in_pieces = streamed and model == "fault-stall-midway"
    await anyio.to_thread.run_sync(lambda: demo.exchanges.wait_for(lambda _: True, since=mark))
    if comes_in_pieces:
        await said.wait()

    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    exchange = await anyio.to_thread.run_sync(lambda: demo.exchanges.wait_ended(since=mark))

    assert exchange.ending == "client disconnected"
    kinds = [row[0] for row in shape(seen)]
    assert kinds[0] == "request"
    assert set(kinds[1:]) <= {"reasoning", "text"}
    assert (len(kinds) > 1) == comes_in_pieces


@every_way
async def test_leaving_between_two_pieces_closes_the_connection(demo: Demo, way: Way) -> None:
    connection, lane = gateway(demo.base_url), lane_of(way, model="fault-stall-midway")
    client = open_path(lane.sdk_path)
    request = ChatRequest(lane=lane, messages=(Message(role="user", text="Hello"),))
    mark = demo.exchanges.mark
    stream = client.stream(request, context_of(resolve(connection, lane)))
    async with aclosing(stream) as events:  # pyright: ignore[reportArgumentType] - every path's stream is an async generator
        async for event in events:
            if isinstance(event, TextDelta | ReasoningDelta):
                break
    exchange = await anyio.to_thread.run_sync(lambda: demo.exchanges.wait_ended(since=mark))
    assert exchange.ending == "client disconnected"
    await client.aclose()


@every_way
async def test_turns_go_on_beside_a_stalled_one(demo: Demo, way: Way) -> None:
    """Eight at a time share one client, and stopping one leaves the others alone."""
    connection = gateway(demo.base_url)
    client = open_path(way.sdk_path)

    async def turn(model: str) -> list[StreamEvent]:
        lane = lane_of(way, model=model)
        request = ChatRequest(lane=lane, messages=(Message(role="user", text="Hello"),))
        context = context_of(resolve(connection, lane))
        return [event async for event in client.stream(request, context)]

    stalled = asyncio.create_task(turn("fault-stall"))
    finished = await asyncio.gather(*(turn(way.model) for _ in range(8)))
    assert [shape(events)[-1][0] for events in finished] == ["finished"] * 8
    assert not stalled.done()
    stalled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stalled
    assert shape(await turn(way.model))[-1][0] == "finished"
    await client.aclose()
