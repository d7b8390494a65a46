"""What the compare page keeps of one browser session: its lanes and the rounds asked of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, takewhile
from string import ascii_uppercase

from gwtrace_core.lanes.comparison import choose_lane_name
from gwtrace_core.values.request import Lane, Message
from pages.ui.session.filled_message import OfferedMessage
from pages.ui.session.notice import Notice
from pages.ui.session.turns import ChatTurn, RepeatedTurn


@dataclass(slots=True, kw_only=True)
class CompareLane:
    """One column of the comparison."""

    lane: Lane
    name: str
    """A letter, given once: it stays when the lane is moved."""
    lane_id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])


@dataclass(slots=True, kw_only=True)
class CompareRound:
    """One question to all lanes, and each lane's turn of it."""

    message: Message
    turns: dict[str, ChatTurn] = field(default_factory=dict[str, ChatTurn])
    """By lane id; a lane that was added later has none."""
    lane_names: dict[str, str] = field(default_factory=dict[str, str])
    """By lane id, also of lanes that were removed since."""
    blind_order: tuple[str, ...] = ()
    """Lane ids in the shuffled order of a blind round; empty when it is not blind."""
    vote: str | None = None
    """The vote of a blind round; the lanes are revealed once it is given."""
    voter: str | None = None
    """Whose vote it is, where it is not this user's."""
    promoted_lane_id: str | None = None
    """The lane whose answer every lane goes on from, instead of its own."""
    repeated: dict[str, RepeatedTurn] = field(default_factory=dict[str, RepeatedTurn])
    """By lane id, where the prompt is run more than once; the first run is in `turns` as well."""
    withdrawn: dict[str, str] = field(default_factory=dict[str, str])
    """By lane id, why its answer has left."""
    round_id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @property
    def is_hidden(self) -> bool:
        """Whether it is blind and waits for its vote."""
        return bool(self.blind_order) and self.vote is None

    def runs_of(self, lane_id: str) -> list[ChatTurn]:
        """The lane's turns that have begun: one, several of the same prompt, or none."""
        repeated = self.repeated.get(lane_id)
        if repeated is not None:
            return repeated.poll()
        return [self.turns[lane_id]] if lane_id in self.turns else []

    def lead(self, lane_id: str) -> ChatTurn | None:
        """The lane's turn that counts: of several runs the first that finished."""
        repeated = self.repeated.get(lane_id)
        return self.turns.get(lane_id) if repeated is None else repeated.lead()

    def shown(self, lane_id: str) -> ChatTurn | None:
        """The lane's turn that is looked at; None while that run has not begun."""
        runs = self.runs_of(lane_id)
        number = self.repeated[lane_id].shown if lane_id in self.repeated else 1
        return runs[number - 1] if number <= len(runs) else None

    @property
    def is_running(self) -> bool:
        """Whether a reply is on its way or another run of the prompt will follow."""
        return any(turn.is_running for turn in self.turns.values()) or any(
            not repeated.is_over for repeated in self.repeated.values()
        )


@dataclass(slots=True, kw_only=True)
class CompareState:
    """The compare page of one browser session."""

    comparison_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    lanes: list[CompareLane] = field(default_factory=list[CompareLane])
    rounds: list[CompareRound] = field(default_factory=list[CompareRound])
    baseline_id: str | None = None
    runs: int = 1
    """How often each lane is asked the next question."""
    is_distinct: bool = False
    """Whether no two of these requests are the same, so that no cache answers one of them."""
    is_blind: bool = False
    """Whether the next question hides which lane answers what, until the vote."""
    revealed_id: str | None = None
    """The round whose vote was just given: it is to be seen from its top."""
    shows_earlier: bool = False
    """Whether rounds are drawn that are long past."""
    notice: Notice | None = None
    offered: OfferedMessage | None = None
    unread_id: str | None = None
    """A comparison that the address names and that MLflow could not be asked for."""

    def new_lane(self, lane: Lane) -> CompareLane:
        """A lane with a name of its own; the caller puts it in its place."""
        rounds = (round_.lane_names.values() for round_ in self.rounds)
        name = choose_lane_name([column.name for column in self.lanes], [*chain(*rounds)])
        return CompareLane(lane=lane, name=name)

    @property
    def is_hidden(self) -> bool:
        """Whether a blind round waits for its vote."""
        return any(round_.is_hidden for round_ in self.rounds)

    @property
    def running_turns(self) -> list[ChatTurn]:
        """The turns whose replies are on their way."""
        return [turn for turn in self.all_turns if turn.is_running]

    @property
    def is_running(self) -> bool:
        """Whether a reply is on its way or another run of a prompt will follow."""
        return any(round_.is_running for round_ in self.rounds)

    @property
    def all_turns(self) -> list[ChatTurn]:
        """Every turn that has begun, of every round, lane and run."""
        return [
            turn
            for round_ in self.rounds
            for lane_id in round_.turns
            for turn in round_.runs_of(lane_id)
        ]

    def turn(self, turn_id: str) -> ChatTurn | None:
        """The turn by its id."""
        return next((turn for turn in self.all_turns if turn.turn_id == turn_id), None)

    def earlier(self, before: CompareRound) -> list[CompareRound]:
        """The questions before that one, all of them when it is still to be asked."""
        return list(takewhile(lambda round_: round_ is not before, self.rounds))

    def history(self, lane_id: str, before: CompareRound) -> list[ChatTurn]:
        """The turns that the lane goes on from: its own, or one that was made everybody's."""
        turns = (
            round_.lead(round_.promoted_lane_id or lane_id) or round_.lead(lane_id)
            for round_ in self.earlier(before)
        )
        return [turn for turn in turns if turn is not None]


def named_lanes(lanes: Iterable[Lane]) -> list[CompareLane]:
    """Lanes to begin a comparison with: A, B, C and so on."""
    return [
        CompareLane(lane=lane, name=name)
        for name, lane in zip(ascii_uppercase, lanes, strict=False)
    ]
