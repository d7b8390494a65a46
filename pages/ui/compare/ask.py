"""One prompt to all lanes, one lane asked again, and Stop: what starts and ends runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial

from gwtrace_core.lanes.comparison import make_comparison_session_id, make_comparison_tags
from gwtrace_core.lanes.input_checks import check_images, check_text
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Message, TurnContext
from pages.ui.compare.state import CompareLane, CompareRound, CompareState
from pages.ui.lane.call import check_lane, prepare_repeated, prepare_turn
from pages.ui.lane.picker import LANE_PICKERS, forget_picker
from pages.ui.lane.prompt_alias import follow_aliases
from pages.ui.lane.wait_for_pickers import with_picks
from pages.ui.session.filled_message import offered_prompt
from pages.ui.session.kept import compare
from pages.ui.session.notice import Notice
from pages.ui.session.services import current_user
from pages.ui.session.turns import ChatTurn, RepeatedTurn


def send(text: str, files: Sequence[tuple[str, bytes]] = ()) -> bool:
    """Send one prompt to all lanes; False when it was refused for one of them."""
    state = compare()
    state.notice = None
    if state.is_running:
        state.notice = Notice(
            kind="info",
            message="Answers are still on their way.",
            hint="Your message is kept in the box: send it when they have ended, or stop them.",
        )
        return False
    try:
        images = check_images(files)
        checked = check_text(text, has_images=bool(images))
        prompt = offered_prompt(state.offered, checked.text)
        message = Message(role="user", text=checked.text, images=images, prompt=prompt)
        for column in state.lanes:
            _check(column, message)
    except RequestRefused as refused:
        state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)
        return False
    notes = [checked.note, *_follow_aliases(state)]
    state.offered = None
    round_ = CompareRound(message=message, blind_order=_shuffled(state))
    starts = [_prepare(state, column, round_, runs=state.runs) for column in state.lanes]
    state.rounds.append(round_)
    for start in starts:
        start()
    if any(notes):
        state.notice = Notice(kind="info", message=" ".join(note for note in notes if note))
    return True


def ask_example(text: str) -> None:
    """Send one of the questions to begin with."""
    with_picks("compare", partial(_send_example, text))


def _send_example(text: str) -> None:
    # What was refused is told above the box; the question stays on its button.
    send(text)


def _follow_aliases(state: CompareState) -> tuple[str, ...]:
    """Have the lanes' prompts be what their aliases stand for now; what to tell about it."""
    followed = follow_aliases([column.lane for column in state.lanes])
    for column, lane in zip(state.lanes, followed.lanes, strict=True):
        if lane != column.lane:
            column.lane = lane
            forget_picker(f"{LANE_PICKERS}.{column.lane_id}")
    return followed.notes


def _shuffled(state: CompareState) -> tuple[str, ...]:
    """The lanes in an order that nobody knows, for a blind round."""
    ids = [column.lane_id for column in state.lanes]
    return tuple(random.sample(ids, len(ids))) if state.is_blind and len(ids) > 1 else ()


def _check(column: CompareLane, message: Message) -> None:
    try:
        check_lane(column.lane, message)
    except RequestRefused as refused:
        words = f"Lane {column.name}: {refused.message}"
        raise RequestRefused(words, hint=refused.hint) from refused


def _prepare(
    state: CompareState, column: CompareLane, round_: CompareRound, *, runs: int
) -> Callable[[], None]:
    """What puts the lane's turn, or several runs of it, into the round. Raises `RequestRefused`."""
    lane_id, name, message = column.lane_id, column.name, round_.message
    earlier = state.history(lane_id, round_)
    contexts = [_context(state, column, round_, number, runs) for number in range(1, runs + 1)]
    is_distinct = state.is_distinct

    def put(turn: ChatTurn, repeated: RepeatedTurn | None) -> None:
        round_.turns[lane_id] = turn
        round_.repeated.pop(lane_id, None)
        if repeated is not None:
            round_.repeated[lane_id] = repeated
        round_.lane_names[lane_id] = name
        round_.withdrawn.pop(lane_id, None)

    if runs == 1:
        once = prepare_turn(column.lane, message, earlier, contexts[0])
        return lambda: put(once(), None)
    often = prepare_repeated(column.lane, message, earlier, contexts, is_distinct=is_distinct)

    def start() -> None:
        repeated = often()
        put(repeated.turns[0], repeated)

    return start


def _context(
    state: CompareState, column: CompareLane, round_: CompareRound, number: int, runs: int
) -> TurnContext:
    return TurnContext(
        session_id=make_comparison_session_id(
            state.comparison_id, column.lane_id, repetition=number
        ),
        user=current_user(),
        turn_index=len(state.earlier(round_)),
        tags=make_comparison_tags(
            comparison_id=state.comparison_id,
            lane_name=column.name,
            round_id=round_.round_id,
            repetition=number if runs > 1 else None,
            is_blind=bool(round_.blind_order),
        ),
    )


def regenerate(turn_id: str) -> None:
    """Ask one lane again, as it is picked now, as often as it was asked; the others stay.

    Later answers that were given to the replaced one leave the page, as on the chat page.
    """
    with_picks("compare", partial(_ask_again, turn_id))


def _ask_again(turn_id: str) -> None:
    state = compare()
    state.notice = None
    found = next(
        (
            (round_, column)
            for round_ in state.rounds
            for column in state.lanes
            if any(turn.turn_id == turn_id for turn in round_.runs_of(column.lane_id))
        ),
        None,
    )
    if found is None:
        return
    round_, column = found
    replaced = round_.runs_of(column.lane_id)
    repeated = round_.repeated.get(column.lane_id)
    try:
        check_lane(column.lane, round_.message)
        stop_in_round(round_, column.lane_id)
        _prepare(state, column, round_, runs=1 if repeated is None else repeated.planned)()
    except RequestRefused as refused:
        state.notice = Notice(kind="error", message=refused.message, hint=refused.hint)
        return
    _withdraw_answers_to(state, column, round_, {turn.turn_id for turn in replaced})


def _withdraw_answers_to(
    state: CompareState, column: CompareLane, round_: CompareRound, replaced_ids: set[str]
) -> None:
    later = state.rounds[state.rounds.index(round_) + 1 :]
    for each in later:
        for lane_id, turn in list(each.turns.items()):
            if not _goes_on_from(turn, replaced_ids, is_own=lane_id == column.lane_id):
                continue
            stop_in_round(each, lane_id)
            del each.turns[lane_id]
            each.repeated.pop(lane_id, None)
            each.withdrawn[lane_id] = (
                f"This answer went on from one of lane {column.name} that was asked again. "
                "Its trace stays in MLflow."
            )
    # A question that nobody answers any more leaves with its answers.
    state.rounds = [each for each in state.rounds if each.turns]


def _goes_on_from(turn: ChatTurn, replaced_ids: set[str], *, is_own: bool) -> bool:
    if turn.earlier_ids is None:
        # Read back from MLflow, which does not say; its own lane's answers are what is likely.
        return is_own
    return not replaced_ids.isdisjoint(turn.earlier_ids)


def stop_all() -> None:
    """Stop every run under way and those to come; what has arrived stays."""
    for round_ in compare().rounds:
        for lane_id in round_.turns:
            stop_in_round(round_, lane_id)


def stop_lane(lane_id: str) -> None:
    """Stop this lane; the others go on."""
    for round_ in compare().rounds:
        stop_in_round(round_, lane_id)


def stop_in_round(round_: CompareRound, lane_id: str) -> None:
    """Stop the lane's run of this question, and those of it that are to come."""
    if lane_id in round_.repeated:
        round_.repeated[lane_id].stop()
    elif lane_id in round_.turns:
        round_.turns[lane_id].stop()
