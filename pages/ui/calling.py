"""From what was picked and typed to a run: shared by every page that makes calls."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from gwtrace_core.chat import ChatRequest, Lane, Message, TurnContext
from gwtrace_core.connection import Connection, Target
from gwtrace_core.errors import RequestRefused
from gwtrace_core.gateway.catalog import capabilities
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.repetitions import distinct_line
from gwtrace_core.running.repeats import Repeats
from gwtrace_core.running.run import Run
from gwtrace_core.user_input import conversation
from pages.ui.services import connections, offered_routes, services
from pages.ui.turns import ChatTurn, RepeatedTurn


def connection_of(lane: Lane) -> Connection:
    """The lane's connection. Raises `RequestRefused` when this session does not have it."""
    for connection in connections():
        if connection.id == lane.connection_id:
            return connection
    raise RequestRefused(
        f"The connection {lane.connection_id!r} is not configured here.",
        hint="Pick another connection, or add its key on the connections page if it takes keys.",
    )


def target_of(lane: Lane) -> Target:
    """What the lane calls. Raises `RequestRefused` when it cannot, and says what to pick."""
    connection = connection_of(lane)
    return resolve(connection, lane, offered_routes(connection))


def request_for(
    lane: Lane, message: Message, earlier: Sequence[ChatTurn], *, distinct_line: str = ""
) -> ChatRequest:
    """The request with the conversation that led to it."""
    history = [(turn.message, turn.snapshot().reply.text) for turn in earlier]
    messages = conversation(history, message)
    return ChatRequest(lane=lane, messages=messages, distinct_line=distinct_line)


def check_lane(lane: Lane, message: Message) -> None:
    """Raises `RequestRefused` when the lane cannot send the message."""
    target_of(lane)
    if message.images and not capabilities(lane.provider, lane.model).images:
        raise RequestRefused(
            f"The model {lane.model!r} takes no pictures.",
            hint="Remove the picture or pick a model that takes them.",
        )


def start_turn(
    lane: Lane, message: Message, earlier: Sequence[ChatTurn], context: TurnContext
) -> ChatTurn:
    """Start the run. Raises `RequestRefused` when nothing can be sent."""
    check_lane(lane, message)
    target = target_of(lane)
    run = services().hub.start(request_for(lane, message, earlier), target, context)
    return _turn(lane, message, earlier, run)


def start_repeated(
    lane: Lane,
    message: Message,
    earlier: Sequence[ChatTurn],
    contexts: Sequence[TurnContext],
    *,
    is_distinct: bool,
) -> RepeatedTurn:
    """Start the first of as many runs as there are contexts; the hub makes the others.

    With `is_distinct` no two of them are the same request. Raises `RequestRefused` when nothing
    can be sent.
    """
    check_lane(lane, message)
    target = target_of(lane)
    request = request_for(lane, message, earlier)
    mark = uuid.uuid4().hex[:6]
    calls = [
        (_distinct(request, number, mark) if is_distinct else request, context)
        for number, context in enumerate(contexts, 1)
    ]
    repeats = Repeats(services().hub, target, calls)
    return RepeatedTurn(repeats=repeats, turns=[_turn(lane, message, earlier, repeats.runs[0])])


def _distinct(request: ChatRequest, number: int, mark: str) -> ChatRequest:
    return replace(request, distinct_line=distinct_line(number, mark))


def _turn(lane: Lane, message: Message, earlier: Sequence[ChatTurn], run: Run) -> ChatTurn:
    earlier_ids = tuple(turn.turn_id for turn in earlier)
    return ChatTurn(message=message, lane=lane, run=run, earlier_ids=earlier_ids)
