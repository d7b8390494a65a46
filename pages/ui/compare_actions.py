"""What happens on the compare page: lanes added and moved, one prompt to all, stop, promote."""

from __future__ import annotations

import random
from collections.abc import Sequence

import streamlit as st

from gwtrace_core.chat import Lane, Message, TurnContext
from gwtrace_core.comparison import comparison_session_id, comparison_tags
from gwtrace_core.errors import RequestRefused, SettingsError
from gwtrace_core.lane_link import lanes_from_link, link_text
from gwtrace_core.lanes import (
    MAX_LANES,
    by_every_path,
    default_lane,
    one_per_provider,
    streamed_and_not,
)
from gwtrace_core.user_input import check_images, check_text
from pages.ui.calling import check_lane, connection_of, start_turn
from pages.ui.lane_picker import forget_picker
from pages.ui.services import connections, current_user, models_for
from pages.ui.state import (
    ChatTurn,
    CompareLane,
    CompareRound,
    CompareState,
    Notice,
    compare,
    named_lanes,
    start_comparison,
)

PRESETS = {
    "One model by every SDK path": "paths",
    "One model of each provider": "providers",
    "Streamed against not streamed": "streamed",
}


def lane_key(lane_id: str) -> str:
    """The prefix of the keys of a lane's widgets."""
    return f"compare.lane.{lane_id}"


def letter(state: CompareState, lane_id: str) -> str:
    """The name of a lane of the board, or of one that was removed since."""
    names = {lane: name for round_ in state.rounds for lane, name in round_.lane_names.items()}
    names |= {column.lane_id: column.name for column in state.lanes}
    return names[lane_id]


def set_up() -> None:
    """On the first draw: the lanes of the link, else one model by two paths."""
    state = compare()
    if state.lanes:
        return
    link = st.query_params.get("lanes")
    lanes: Sequence[Lane] = ()
    if link:
        try:
            lanes = lanes_from_link(link)
        except SettingsError as error:
            state.notice = Notice(kind="error", message=error.message, hint=error.hint)
    for name, lane in zip("ABCDEFGH", lanes, strict=False):
        try:
            connection_of(lane)
        except RequestRefused as refused:
            message = f"Lane {name}: {refused.message}"
            state.notice = Notice(kind="error", message=message, hint=refused.hint)
            break
    if not lanes:
        first = connections()[0]
        lanes = by_every_path(default_lane(first, models_for), first)[:2]
    state.lanes = named_lanes(lanes)


def keep_link() -> None:
    """Have the address restore the lanes as they are now."""
    text = link_text([column.lane for column in compare().lanes])
    if st.query_params.get("lanes") != text:
        st.query_params["lanes"] = text


def apply_preset(name: str | None) -> None:
    """Replace the lanes by a set worth comparing, made from the first lane."""
    state = compare()
    lane = state.lanes[0].lane
    try:
        connection = connection_of(lane)
    except RequestRefused as refused:
        state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)
        return
    match PRESETS.get(name or ""):
        case "paths":
            lanes = by_every_path(lane, connection)
        case "providers":
            lanes = one_per_provider(lane, connection, models_for)
        case "streamed":
            lanes = streamed_and_not(lane)
        case _:
            return
    stop_all()
    start_comparison(named_lanes(lanes[:MAX_LANES]), None)


def add_lane() -> None:
    """One more lane, like the last."""
    state = compare()
    if len(state.lanes) < MAX_LANES:
        state.lanes.append(state.new_lane(state.lanes[-1].lane))


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
    """Every lane goes on from this lane's answers."""
    for round_ in state.rounds:
        turn = round_.turns.get(lane_id)
        if turn is not None:
            round_.promoted = turn
    state.notice = Notice(
        kind="info",
        message=f"Every lane goes on from the answers of lane {letter(state, lane_id)}.",
    )


def send(text: str, files: Sequence[tuple[str, bytes]] = ()) -> bool:
    """Send one prompt to all lanes; False when it was refused for one of them."""
    state = compare()
    state.notice = None
    if state.running_turns:
        state.notice = Notice(
            kind="info",
            message="Answers are still on their way.",
            hint="Your message is kept in the box: send it when they have ended, or stop them.",
        )
        return False
    try:
        images = check_images(files)
        checked = check_text(text, has_images=bool(images))
        message = Message(role="user", text=checked.text, images=images)
        for column in state.lanes:
            _check(state, column, message)
    except RequestRefused as refused:
        state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)
        return False
    round_ = CompareRound(message=message, blind_order=_shuffled(state))
    state.rounds.append(round_)
    for column in state.lanes:
        _start(state, column, round_)
    if checked.note:
        state.notice = Notice(kind="info", message=checked.note)
    return True


def _shuffled(state: CompareState) -> tuple[str, ...]:
    """The lanes in an order that nobody knows, for a blind round."""
    ids = [column.lane_id for column in state.lanes]
    return tuple(random.sample(ids, len(ids))) if state.is_blind and len(ids) > 1 else ()


def _check(state: CompareState, column: CompareLane, message: Message) -> None:
    try:
        check_lane(column.lane, message)
    except RequestRefused as refused:
        raise RequestRefused(
            f"Lane {column.name}: {refused.message}", hint=refused.hint
        ) from refused


def _start(state: CompareState, column: CompareLane, round_: CompareRound) -> None:
    context = TurnContext(
        session_id=comparison_session_id(state.comparison_id, column.lane_id),
        user=current_user(),
        turn_index=state.rounds.index(round_),
        tags=comparison_tags(
            comparison_id=state.comparison_id,
            lane_name=column.name,
            round_id=round_.round_id,
            is_blind=bool(round_.blind_order),
        ),
    )
    round_.lane_names[column.lane_id] = column.name
    earlier = state.history(column.lane_id, round_)
    round_.turns[column.lane_id] = start_turn(column.lane, round_.message, earlier, context)


def regenerate(turn_id: str) -> None:
    """Ask one lane again, as it is picked now; the others stay."""
    state = compare()
    state.notice = None
    for round_ in state.rounds:
        for column in state.lanes:
            turn = round_.turns.get(column.lane_id)
            if turn is None or turn.turn_id != turn_id:
                continue
            _stop(turn)
            try:
                _start(state, column, round_)
                if round_.promoted is turn:
                    round_.promoted = round_.turns[column.lane_id]
            except RequestRefused as refused:
                state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)
            return


def stop_all() -> None:
    """Stop every run under way; what has arrived stays."""
    for turn in compare().running_turns:
        _stop(turn)


def stop_lane(lane_id: str) -> None:
    """Stop this lane; the others go on."""
    for round_ in compare().rounds:
        if lane_id in round_.turns:
            _stop(round_.turns[lane_id])


def _stop(turn: ChatTurn) -> None:
    if turn.run is not None:
        turn.run.stop()


def new_comparison() -> None:
    """Empty rounds, same lanes."""
    stop_all()
    start_comparison(compare().lanes, compare().baseline_id)
