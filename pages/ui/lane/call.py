"""From what was picked and typed to a run: shared by every page that makes calls."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gwtrace_core.figures.repeated import make_distinct_line
from gwtrace_core.gateway.catalog import capabilities
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.lanes.input_checks import build_conversation
from gwtrace_core.running.repeats import Repeats
from gwtrace_core.running.run import Run
from gwtrace_core.settings.settings import TYPED_IDS
from gwtrace_core.values.connection import Connection, FindTarget, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext
from pages.ui.session.services import connections, key_ring, offered_routes, services
from pages.ui.session.turns import ChatTurn, RepeatedTurn


def connection_of(lane: Lane) -> Connection:
    """The lane's connection. Raises `RequestRefused` when this session does not have it."""
    for connection in connections():
        if connection.id == lane.connection_id:
            return connection
    if lane.connection_id.startswith(TYPED_IDS):
        raise RequestRefused(
            f"The connection {lane.connection_id!r} has no key in this browser session.",
            hint="A typed key belongs to the session that typed it. Type one of your own on "
            "Connections, or pick another connection.",
        )
    raise RequestRefused(
        f"The connection {lane.connection_id!r} is not configured here.",
        hint="Pick another connection, or add its key on the connections page if it takes keys.",
    )


def target_of(lane: Lane) -> Target:
    """What the lane calls. Raises `RequestRefused` when it cannot, and says what to pick."""
    connection = connection_of(lane)
    return resolve(connection, lane, offered_routes(connection))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which lanes this session can call, by their ids, and why not the others."""

    found: Mapping[str, FindTarget]
    refused: Mapping[str, RequestRefused]


def reach_of(lanes: Iterable[tuple[str, Lane]]) -> Reach:
    """What this session can call of these lanes, each given with its id."""
    found: dict[str, FindTarget] = {}
    refused: dict[str, RequestRefused] = {}
    for lane_id, lane in lanes:
        try:
            found[lane_id] = find_target_of(lane)
        except RequestRefused as why:
            refused[lane_id] = why
    return Reach(found=found, refused=refused)


def find_target_of(lane: Lane) -> FindTarget:
    """What finds the lane's target for calls to come, without holding a typed key.

    Raises `RequestRefused` when this session cannot make such calls now.
    """
    target = target_of(lane)
    ring = key_ring()
    if ring.find(lane.connection_id) is None:
        return lambda: target
    return ring.make_finder(lane, offered_routes(target.connection))


def request_for(
    lane: Lane, message: Message, earlier: Sequence[ChatTurn], *, distinct_line: str = ""
) -> ChatRequest:
    """The request with the conversation that led to it."""
    history = [(turn.message, turn.snapshot().reply.text) for turn in earlier]
    messages = build_conversation(history, message)
    return ChatRequest(lane=lane, messages=messages, distinct_line=distinct_line)


def check_lane(lane: Lane, message: Message) -> None:
    """Raises `RequestRefused` when the lane cannot send the message."""
    target_of(lane)
    if message.images and not capabilities(lane.provider, lane.model).images:
        raise RequestRefused(
            f"The model {lane.model!r} takes no pictures.",
            hint="Remove the picture or pick a model that takes them.",
        )


def prepare_turn(
    lane: Lane, message: Message, earlier: Sequence[ChatTurn], context: TurnContext
) -> Callable[[], ChatTurn]:
    """What starts the run. Raises `RequestRefused` when nothing can be sent.

    What is returned asks nothing of the browser session: there a click that has come meanwhile
    would cut in, between two lanes, say.
    """
    check_lane(lane, message)
    hub, target, request = services().hub, target_of(lane), request_for(lane, message, earlier)
    return lambda: _turn(lane, message, earlier, hub.start(request, target, context))


def prepare_repeated(
    lane: Lane,
    message: Message,
    earlier: Sequence[ChatTurn],
    contexts: Sequence[TurnContext],
    *,
    is_distinct: bool,
) -> Callable[[], RepeatedTurn]:
    """The same for the first of as many runs as there are contexts; the hub makes the others.

    With `is_distinct` no two of them are the same request. Raises `RequestRefused` when nothing
    can be sent.
    """
    check_lane(lane, message)
    request = request_for(lane, message, earlier)
    mark = uuid.uuid4().hex[:6]
    calls = [
        (_distinct(request, number, mark) if is_distinct else request, context)
        for number, context in enumerate(contexts, 1)
    ]
    hub, find_target = services().hub, find_target_of(lane)

    def start() -> RepeatedTurn:
        repeats = Repeats(hub, find_target, calls)
        return RepeatedTurn(repeats=repeats, turns=[_turn(lane, message, earlier, repeats.runs[0])])

    return start


def _distinct(request: ChatRequest, number: int, mark: str) -> ChatRequest:
    return replace(request, distinct_line=make_distinct_line(number, mark))


def _turn(lane: Lane, message: Message, earlier: Sequence[ChatTurn], run: Run) -> ChatTurn:
    earlier_ids = tuple(turn.turn_id for turn in earlier)
    return ChatTurn(message=message, lane=lane, run=run, earlier_ids=earlier_ids)
