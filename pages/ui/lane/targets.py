"""What a lane calls, as far as this browser session can call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gwtrace_core.gateway.routes import resolve
from gwtrace_core.settings.settings import TYPED_IDS
from gwtrace_core.values.connection import Connection, FindTarget, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Lane
from pages.ui.session.services import connections, key_ring, offered_routes


def find_connection(lane: Lane) -> Connection:
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


def find_target(lane: Lane) -> Target:
    """What the lane calls. Raises `RequestRefused` when it cannot, and says what to pick."""
    connection = find_connection(lane)
    return resolve(connection, lane, offered_routes(connection))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which lanes this session can call, by their ids, and why not the others."""

    found: Mapping[str, FindTarget]
    refused: Mapping[str, RequestRefused]


def find_reach_of(lanes: Iterable[tuple[str, Lane]]) -> Reach:
    """What this session can call of these lanes, each given with its id."""
    found: dict[str, FindTarget] = {}
    refused: dict[str, RequestRefused] = {}
    for lane_id, lane in lanes:
        try:
            found[lane_id] = make_target_finder(lane)
        except RequestRefused as why:
            refused[lane_id] = why
    return Reach(found=found, refused=refused)


def make_target_finder(lane: Lane) -> FindTarget:
    """What finds the lane's target for calls to come, without holding a typed key.

    Raises `RequestRefused` when this session cannot make such calls now.
    """
    target = find_target(lane)
    ring = key_ring()
    if ring.find(lane.connection_id) is None:
        return lambda: target
    return ring.make_finder(lane, offered_routes(target.connection))
