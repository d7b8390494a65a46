"""What happens on the compare page: lanes added and moved, one prompt to all, stop, promote."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.lanes.lanes import (
    MAX_LANES,
    by_every_path,
    choose_another_lane,
    choose_default_lane,
    list_one_per_provider,
    list_streamed_and_not,
)
from gwtrace_core.lanes.link import read_link, write_link
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Lane
from pages.ui.compare.ask import stop_all, stop_lane
from pages.ui.compare.state import CompareState, named_lanes
from pages.ui.frame.address import is_readable
from pages.ui.lane.call import connection_of
from pages.ui.lane.first_choice import is_first_choice, note_first_choice, on_the_list
from pages.ui.lane.picker import LANE_PICKERS, forget_picker
from pages.ui.session.kept import compare, start_comparison
from pages.ui.session.notice import Notice
from pages.ui.session.services import connections, offered_routes

PRESETS = {
    "One model by every SDK path": "paths",
    "One model of each provider": "providers",
    "Streamed against not streamed": "streamed",
}


def lane_key(lane_id: str) -> str:
    """The prefix of the keys of a lane's widgets."""
    return f"{LANE_PICKERS}.{lane_id}"


def letter(state: CompareState, lane_id: str) -> str:
    """The name of a lane of the board, or of one that was removed since."""
    names = {lane: name for round_ in state.rounds for lane, name in round_.lane_names.items()}
    names |= {column.lane_id: column.name for column in state.lanes}
    return names[lane_id]


def set_up() -> None:
    """On the first draw: the lanes of the link, else one model by two paths.

    Later: have lanes that nobody picked follow the list of what the key may use.
    """
    state = compare()
    if state.lanes:
        for column in state.lanes:
            column.lane = on_the_list(column.lane, key=lane_key(column.lane_id))
        return
    link = st.query_params.get("lanes")
    if link is None:
        first = connections()[0]
        lane = choose_default_lane(first, offered_routes)
        state.lanes = named_lanes(by_every_path(lane, first, offered_routes)[:2])
        _note_first_choices(state)
    else:
        state.lanes = named_lanes(read_link(link))
    state.runs = int(st.query_params.get("runs", "1"))
    state.is_distinct = st.query_params.get("distinct") == "1"


def _note_first_choices(state: CompareState) -> None:
    for column in state.lanes:
        note_first_choice(lane_key(column.lane_id))


def why_not_here(lane: Lane) -> str:
    """Why the lane cannot call from here; empty when its connection is configured."""
    try:
        connection_of(lane)
    except RequestRefused as refused:
        return f"{refused.message} {refused.hint}"
    return ""


def keep_link() -> None:
    """Have the address restore the lanes as they are now, and how each is asked, how often."""
    state = compare()
    text = write_link([column.lane for column in state.lanes])
    if st.query_params.get("lanes") != text:
        if is_readable("compare", "lanes", text):
            st.query_params["lanes"] = text
        else:
            # Long system prompts: rather the set-up that one begins with than a link that fails.
            st.query_params.pop("lanes", None)
    if state.runs == 1:
        st.query_params.pop("runs", None)
    elif st.query_params.get("runs") != str(state.runs):
        st.query_params["runs"] = str(state.runs)
    if state.runs == 1 or not state.is_distinct:
        st.query_params.pop("distinct", None)
    elif st.query_params.get("distinct") != "1":
        st.query_params["distinct"] = "1"


def apply_preset(name: str | None) -> None:
    """Replace the lanes by a set worth comparing, made from the first lane."""
    state = compare()
    lane = state.lanes[0].lane
    try:
        connection = connection_of(lane)
    except RequestRefused as refused:
        state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)
        return
    preset = PRESETS.get(name or "")
    is_unpicked = preset == "providers" or is_first_choice(lane_key(state.lanes[0].lane_id))
    match preset:
        case "paths":
            lanes = by_every_path(lane, connection, offered_routes)
        case "providers":
            lanes = list_one_per_provider(lane, connection, offered_routes)
        case "streamed":
            lanes = list_streamed_and_not(lane)
        case _:
            return
    stop_all()
    start_comparison(named_lanes(lanes[:MAX_LANES]), None)
    if is_unpicked:
        _note_first_choices(compare())


def add_lane() -> None:
    """One more lane, of something that is not among the lanes yet."""
    state = compare()
    if len(state.lanes) == MAX_LANES:
        return
    lanes = [column.lane for column in state.lanes]
    try:
        connection = connection_of(lanes[-1])
    except RequestRefused:
        # What else there is behind a connection that is not here, nobody knows.
        state.lanes.append(state.new_lane(lanes[-1]))
        return
    column = state.new_lane(choose_another_lane(lanes, connection, offered_routes))
    state.lanes.append(column)
    if column.lane.model != lanes[-1].model:
        note_first_choice(lane_key(column.lane_id))


def lane_menu(lane_id: str, what: str | None) -> None:
    """Duplicate, move, remove, make it the baseline, or make its conversation everybody's."""
    state = compare()
    ids = [column.lane_id for column in state.lanes]
    if lane_id not in ids:
        return
    index = ids.index(lane_id)
    match what:
        case "Duplicate" if len(state.lanes) < MAX_LANES:
            state.lanes.insert(index + 1, state.new_lane(state.lanes[index].lane))
        case "Move left" if index > 0:
            state.lanes[index - 1 : index + 1] = state.lanes[index - 1 : index + 1][::-1]
        case "Move right" if index < len(ids) - 1:
            state.lanes[index : index + 2] = state.lanes[index : index + 2][::-1]
        case "Remove" if len(state.lanes) > 1:
            stop_lane(lane_id)
            del state.lanes[index]
            forget_picker(lane_key(lane_id))
        case "Baseline":
            state.baseline_id = None if state.baseline_id == lane_id else lane_id
        case "Promote":
            _promote(state, lane_id)
        case _:
            return


def _promote(state: CompareState, lane_id: str) -> None:
    """Every lane goes on from this lane's answers; each round says so, and takes it back."""
    for round_ in state.rounds:
        if lane_id in round_.turns:
            round_.promoted_lane_id = lane_id


def take_promotion_back() -> None:
    """Every lane goes on from its own answers again."""
    for round_ in compare().rounds:
        round_.promoted_lane_id = None


def new_comparison() -> None:
    """Empty rounds, same lanes."""
    stop_all()
    start_comparison(compare().lanes, compare().baseline_id)
