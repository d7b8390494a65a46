"""From a lane, a message and what came before it to a request, and to the run of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from gwtrace_core.figures.repeated import make_distinct_line
from gwtrace_core.gateway.catalog import capabilities
from gwtrace_core.lanes.input_checks import build_conversation
from gwtrace_core.running.repeats import Repeats
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext
from pages.ui.lane.targets import find_target, make_target_finder
from pages.ui.session.services import services
from pages.ui.session.turns import ChatTurn, RepeatedTurn


def make_request(
    lane: Lane, message: Message, earlier: Sequence[ChatTurn], *, distinct_line: str = ""
) -> ChatRequest:
    """The request with the conversation that led to it."""
    history = [(turn.message, turn.snapshot().reply.text) for turn in earlier]
    messages = build_conversation(history, message)
    return ChatRequest(lane=lane, messages=messages, distinct_line=distinct_line)


def find_call(turn: ChatTurn, earlier: Sequence[ChatTurn]) -> tuple[ChatRequest, Target]:
    """What was sent for the turn, which went on from the earlier ones, and where to.

    Raises `RequestRefused` for a stored turn whose connection this session does not have.
    """
    if turn.run is not None:
        return turn.run.request, turn.run.target
    request = make_request(turn.lane, turn.message, earlier, distinct_line=turn.distinct_line)
    return request, find_target(turn.lane)


def check_lane(lane: Lane, message: Message) -> None:
    """Raises `RequestRefused` when the lane cannot send the message."""
    find_target(lane)
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
    hub, target, request = services().hub, find_target(lane), make_request(lane, message, earlier)
    return lambda: _make_turn(lane, message, earlier, hub.start(request, target, context))


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
    request = make_request(lane, message, earlier)
    mark = uuid.uuid4().hex[:6]
    calls = [
        (_make_distinct(request, number, mark) if is_distinct else request, context)
        for number, context in enumerate(contexts, 1)
    ]
    hub, find_target = services().hub, make_target_finder(lane)

    def start() -> RepeatedTurn:
        repeats = Repeats(hub, find_target, calls)
        return RepeatedTurn(
            repeats=repeats, turns=[_make_turn(lane, message, earlier, repeats.runs[0])]
        )

    return start


def _make_distinct(request: ChatRequest, number: int, mark: str) -> ChatRequest:
    return replace(request, distinct_line=make_distinct_line(number, mark))


def _make_turn(lane: Lane, message: Message, earlier: Sequence[ChatTurn], run: Run) -> ChatTurn:
    earlier_ids = tuple(turn.turn_id for turn in earlier)
    return ChatTurn(message=message, lane=lane, run=run, earlier_ids=earlier_ids)
