"""The only user of `st.session_state` for values that are kept: typed, one object for each page.

Widgets have keys of their own (`<page>.<what>`); kept values live under `kept.<page>`, so that
neither can overwrite the other and a widget that is not drawn takes nothing with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import streamlit as st

from gwtrace_core.gateway.checks import CheckStep
from gwtrace_core.lanes.key_ring import KeyRing
from gwtrace_core.mlflow_store.check import CheckStep as TrackingStep
from gwtrace_core.trace.feedback_summary.summary import FeedbackName
from pages.ui.chat.state import ChatState
from pages.ui.compare.batch_state import BatchState
from pages.ui.compare.state import CompareLane, CompareState
from pages.ui.evaluate.state import EvaluateState
from pages.ui.prompts.state import PromptsState
from pages.ui.session.turns import ChatTurn
from pages.ui.traces.state import TracesState


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAddress:
    """A page's address, without what was no value of a parameter."""

    page: str
    """Its path."""
    params: Mapping[str, str]
    wrong: tuple[str, ...]
    """The names of what was taken out."""


def checked_address() -> CheckedAddress | None:
    """The address that was checked last."""
    return cast("CheckedAddress | None", st.session_state.get("kept.address"))


def keep_checked_address(checked: CheckedAddress) -> None:
    """Remember it."""
    st.session_state["kept.address"] = checked


def compare() -> CompareState:
    """This browser session's comparison, made on first use."""
    if "kept.compare" not in st.session_state:
        st.session_state["kept.compare"] = CompareState()
    return cast(CompareState, st.session_state["kept.compare"])


def start_comparison(lanes: list[CompareLane], baseline_id: str | None) -> None:
    """Replace the comparison by an empty one with these lanes; what is switched stays."""
    before = compare()
    st.session_state["kept.compare"] = CompareState(
        lanes=lanes,
        baseline_id=baseline_id,
        is_blind=before.is_blind,
        runs=before.runs,
        is_distinct=before.is_distinct,
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


def kept_text(page: str) -> str:
    """The text of a message that the page refused."""
    return cast(str, st.session_state.get(f"kept.text.{page}", ""))


def keep_text(page: str, text: str) -> None:
    """Keep it for when the box is drawn anew: Streamlit forgets the box with the page."""
    st.session_state[f"kept.text.{page}"] = text


def noted_picks() -> dict[str, dict[str, object]]:
    """The widgets' values as the script read them last, by page."""
    found = st.session_state.setdefault("kept.picks", {})
    return cast(dict[str, dict[str, object]], found)


def waiting_acts() -> dict[str, Callable[[], None]]:
    """What is to be done once a page's pickers have been read, by page."""
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


def kept_key_ring(make: Callable[[], KeyRing]) -> KeyRing:
    """The connections whose key was typed in the page, for this browser session only.

    Nothing else may hold it: it ends with the session.
    """
    if "kept.key_ring" not in st.session_state:
        st.session_state["kept.key_ring"] = make()
    return cast(KeyRing, st.session_state["kept.key_ring"])


def demo_fault_keys() -> list[str]:
    """The demo gateway's failing keys that this browser session wants to show."""
    return cast(list[str], st.session_state.setdefault("kept.demo_fault_keys", []))


def open_dialog(name: str, turn_id: str) -> None:
    """Have a dialog about a turn drawn in this run."""
    st.session_state["kept.dialog"] = (name, turn_id)


def asked_dialog() -> tuple[str, str] | None:
    """The dialog that was asked for, once."""
    return cast("tuple[str, str] | None", st.session_state.pop("kept.dialog", None))


def open_feedback(place: str, of: str) -> None:
    """Have the feedback form drawn, from this run until it is closed: on a turn, on a trace."""
    st.session_state["kept.feedback_on"] = (place, of)


def feedback_on() -> tuple[str, str] | None:
    """Where the feedback form is open, and the id of the turn or trace; None while it is closed."""
    return cast("tuple[str, str] | None", st.session_state.get("kept.feedback_on"))


def close_feedback() -> None:
    """Have the feedback form drawn no more."""
    st.session_state.pop("kept.feedback_on", None)


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
