"""What the chat page keeps of one browser session."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from itertools import takewhile

from gwtrace_core.values.request import Lane
from pages.ui.session.filled_message import FilledMessage
from pages.ui.session.kept import keep, recall
from pages.ui.session.notice import Notice
from pages.ui.session.turns import ChatTurn


@dataclass(slots=True, kw_only=True)
class ChatState:
    """The chat page of one browser session."""

    session_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    turns: list[ChatTurn] = field(default_factory=list[ChatTurn])
    lane: Lane | None = None
    """The lane that the picker shows; None until it is drawn for the first time."""
    selected_turn_id: str | None = None
    """Whose trace is shown; None follows the newest."""
    editing_turn_id: str | None = None
    shown_turns: int = 30
    notice: Notice | None = None
    filled: FilledMessage | None = None
    is_restored: bool = False
    """Whether the session named in the URL has been looked for."""

    def find_turn(self, turn_id: str) -> ChatTurn | None:
        """The turn by its id."""
        return next((turn for turn in self.turns if turn.turn_id == turn_id), None)

    def turns_before(self, turn: ChatTurn) -> list[ChatTurn]:
        """Those that it went on from."""
        return list(takewhile(lambda each: each is not turn, self.turns))

    @property
    def running_turn(self) -> ChatTurn | None:
        """The turn whose reply is on its way."""
        for turn in reversed(self.turns):
            if turn.is_running:
                return turn
        return None

    @property
    def selected_turn(self) -> ChatTurn | None:
        """The turn whose trace is shown."""
        if self.selected_turn_id is not None:
            chosen = self.find_turn(self.selected_turn_id)
            if chosen is not None:
                return chosen
        return self.turns[-1] if self.turns else None


def start_chat(session_id: str | None = None) -> ChatState:
    """Replace the chat by an empty one; the lane stays."""
    fresh = ChatState(lane=recall(ChatState).lane, is_restored=True)
    if session_id is not None:
        fresh.session_id = session_id
    keep(fresh)
    return fresh
