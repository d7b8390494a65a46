"""Which connections the chat asks, and which the answers came by that it shows."""

from __future__ import annotations

from pages.ui.chat.state import ChatState
from pages.ui.lane.picker import find_picked_connection
from pages.ui.session.kept import recall
from pages.ui.session.services import connections


def find_chat_connection() -> str:
    """The id of the one that the chat is set to."""
    lane = recall(ChatState).lane
    return connections()[0].id if lane is None else find_picked_connection("chat.lane", lane)


def list_chat_connections() -> tuple[str, ...]:
    """Their ids, each once; the one that the chat is set to first."""
    shown = [turn.lane.connection_id for turn in recall(ChatState).turns]
    return tuple(dict.fromkeys((find_chat_connection(), *shown)))
