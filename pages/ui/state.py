"""The only user of `st.session_state` for values that are kept: typed, one object for each page.

Widgets have keys of their own (`<page>.<what>`); kept values live under `kept.<page>`, so that
neither can overwrite the other and a widget that is not drawn takes nothing with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from string import ascii_uppercase
from typing import Literal, cast

import streamlit as st

from gwtrace_core.chat import Lane, Message, PromptUse
from gwtrace_core.comparison import next_lane_name
from gwtrace_core.connection import Connection
from gwtrace_core.gateway.checks import CheckStep
from gwtrace_core.trace.feedback_summary import FeedbackName
from gwtrace_core.tracing.check import CheckStep as TrackingStep
from pages.ui.batch_state import BatchState
from pages.ui.evaluate_state import EvaluateState
from pages.ui.prompts_state import PromptsState
from pages.ui.traces_state import TracesState
from pages.ui.turns import ChatTurn, RepeatedTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell once, above the message box."""

    kind: Literal["info", "error"]
    message: str
    hint: str = ""


@dataclass(slots=True, kw_only=True)
class OfferedMessage:
    """A message that was filled from a prompt and waits in the box to be sent."""

    text: str
    prompt: PromptUse
    is_placed: bool = False
    """Whether it has been put into the box."""


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
    offered: OfferedMessage | None = None
    is_restored: bool = False
    """Whether the session named in the URL has been looked for."""

    def turn(self, turn_id: str) -> ChatTurn | None:
        """The turn by its id."""
        return next((turn for turn in self.turns if turn.turn_id == turn_id), None)

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
            chosen = self.turn(self.selected_turn_id)
            if chosen is not None:
                return chosen
        return self.turns[-1] if self.turns else None


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
    is_blind: bool = False
    """Whether the next question hides which lane answers what, until the vote."""
    shows_earlier: bool = False
    """Whether rounds are drawn that are long past."""
    notice: Notice | None = None
    offered: OfferedMessage | None = None
    unread_id: str | None = None
    """A comparison that the address names and that MLflow could not be asked for."""

    def new_lane(self, lane: Lane) -> CompareLane:
        """A lane with a name of its own; the caller puts it in its place."""
        rounds = (round_.lane_names.values() for round_ in self.rounds)
        name = next_lane_name([column.name for column in self.lanes], [*chain(*rounds)])
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

    def history(self, lane_id: str, before: CompareRound) -> list[ChatTurn]:
        """The turns that the lane goes on from: its own, or one that was made everybody's."""
        earlier = self.rounds[: self.rounds.index(before)]
        turns = (
            round_.lead(round_.promoted_lane_id or lane_id) or round_.lead(lane_id)
            for round_ in earlier
        )
        return [turn for turn in turns if turn is not None]


def compare() -> CompareState:
    """This browser session's comparison, made on first use."""
    if "kept.compare" not in st.session_state:
        st.session_state["kept.compare"] = CompareState()
    return cast(CompareState, st.session_state["kept.compare"])


def named_lanes(lanes: Iterable[Lane]) -> list[CompareLane]:
    """Lanes to begin a comparison with: A, B, C and so on."""
    return [
        CompareLane(lane=lane, name=name)
        for name, lane in zip(ascii_uppercase, lanes, strict=False)
    ]


def start_comparison(lanes: list[CompareLane], baseline_id: str | None) -> None:
    """Replace the comparison by an empty one with these lanes; what is switched stays."""
    before = compare()
    st.session_state["kept.compare"] = CompareState(
        lanes=lanes, baseline_id=baseline_id, is_blind=before.is_blind, runs=before.runs
    )


def show_comparison(state: CompareState) -> None:
    """Replace the comparison by one that was put together elsewhere."""
    st.session_state["kept.compare"] = state


def batch() -> BatchState:
    """This browser session's batch, made on first use."""
    if "kept.batch" not in st.session_state:
        st.session_state["kept.batch"] = BatchState()
    return cast(BatchState, st.session_state["kept.batch"])


def kept_files(page: str) -> tuple[tuple[str, bytes], ...]:
    """Name and content of the files of a message that the page refused."""
    found = st.session_state.get(f"kept.files.{page}", ())
    return cast(tuple[tuple[str, bytes], ...], found)


def keep_files(page: str, files: Iterable[tuple[str, bytes]]) -> None:
    """Keep them for the next message of the page, in place of those kept before."""
    st.session_state[f"kept.files.{page}"] = tuple(files)


def noted_picks() -> dict[str, dict[str, object]]:
    """The widgets' values as the script read them last, by the pickers' common key."""
    found = st.session_state.setdefault("kept.picks", {})
    return cast(dict[str, dict[str, object]], found)


def waiting_acts() -> dict[str, Callable[[], None]]:
    """What is to be done once these pickers have been read."""
    return cast(dict[str, Callable[[], None]], st.session_state.setdefault("kept.acts", {}))


def picker_ages() -> dict[str, int]:
    """How often the picker of each key was told to forget what was picked in it."""
    return cast(dict[str, int], st.session_state.setdefault("kept.pickers", {}))


def find_turn(turn_id: str) -> ChatTurn | None:
    """A turn of either page."""
    return chat().turn(turn_id) or compare().turn(turn_id)


def traces() -> TracesState:
    """This browser session's list of traces, made on first use."""
    if "kept.traces" not in st.session_state:
        st.session_state["kept.traces"] = TracesState()
    return cast(TracesState, st.session_state["kept.traces"])


def evaluate() -> EvaluateState:
    """This browser session's evaluate page, made on first use."""
    if "kept.evaluate" not in st.session_state:
        st.session_state["kept.evaluate"] = EvaluateState()
    return cast(EvaluateState, st.session_state["kept.evaluate"])


def prompts() -> PromptsState:
    """This browser session's prompts page, made on first use."""
    if "kept.prompts" not in st.session_state:
        st.session_state["kept.prompts"] = PromptsState()
    return cast(PromptsState, st.session_state["kept.prompts"])


def chat() -> ChatState:
    """This browser session's chat, made on first use."""
    if "kept.chat" not in st.session_state:
        st.session_state["kept.chat"] = ChatState()
    return cast(ChatState, st.session_state["kept.chat"])


def start_chat(session_id: str | None = None) -> ChatState:
    """Replace the chat by an empty one; the lane stays."""
    fresh = ChatState(lane=chat().lane, is_restored=True)
    if session_id is not None:
        fresh.session_id = session_id
    st.session_state["kept.chat"] = fresh
    return fresh


def typed_connections() -> dict[str, Connection]:
    """Connections whose key was typed in the page, for this browser session only."""
    return cast(dict[str, Connection], st.session_state.setdefault("kept.typed_connections", {}))


def demo_fault_keys() -> list[str]:
    """The demo gateway's failing keys that this browser session wants to show."""
    return cast(list[str], st.session_state.setdefault("kept.demo_fault_keys", []))


def open_dialog(name: str, turn_id: str) -> None:
    """Have a dialog about a turn drawn in this run."""
    st.session_state["kept.dialog"] = (name, turn_id)


def asked_dialog() -> tuple[str, str] | None:
    """The dialog that was asked for, once."""
    return cast("tuple[str, str] | None", st.session_state.pop("kept.dialog", None))


def ask_setup_dialog(what: str, name: str) -> None:
    """Have a dialog about the saved set-ups (`save` or `delete`) drawn in this run."""
    st.session_state["kept.setup_dialog"] = (what, name)


def asked_setup_dialog() -> tuple[str, str] | None:
    """The dialog that was asked for, once."""
    return cast("tuple[str, str] | None", st.session_state.pop("kept.setup_dialog", None))


def yield_to_clicks() -> None:
    """Let Streamlit notice a click now: it does so only when the script touches it."""
    st.session_state.get("kept.chat")


def checked() -> dict[str, list[CheckStep]]:
    """The outcome of each connection's last test, by connection id."""
    return cast(dict[str, list[CheckStep]], st.session_state.setdefault("kept.checked", {}))


def tracking_checked() -> list[TrackingStep]:
    """The outcome of the tracking server's last test."""
    return cast(list[TrackingStep], st.session_state.setdefault("kept.tracking_checked", []))


def used_feedback_names(
    of: tuple[object, ...], asked: Callable[[], tuple[FeedbackName, ...]]
) -> tuple[FeedbackName, ...]:
    """What was asked for once, until it is asked for something else."""
    found = cast(
        "tuple[tuple[object, ...], tuple[FeedbackName, ...]] | None",
        st.session_state.get("kept.feedback_names"),
    )
    if found is None or found[0] != of:
        found = (of, asked())
        st.session_state["kept.feedback_names"] = found
    return found[1]
