"""A comparison put together again, from turns in MLflow and runs that this process still holds."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from gwtrace_core.lanes.comparison import Place, place_of
from gwtrace_core.lanes.lanes import MAX_LANES
from gwtrace_core.mlflow_store.conversations.comparisons import (
    ComparisonTurn,
    StoredComparison,
    StoredRound,
    find_promoted_lanes,
)
from gwtrace_core.running.recorder import TraceMissing
from gwtrace_core.running.run import Run
from gwtrace_core.values.request import Lane
from pages.ui.compare.state import CompareLane, CompareRound, CompareState
from pages.ui.session.services import current_user
from pages.ui.session.turns import ChatTurn, RepeatedTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A turn and where it belongs."""

    place: Place
    turn_index: int
    start_ms: int
    turn: ChatTurn


def make_lane_column(place: Place, lane: Lane) -> CompareLane:
    """The lane as a column of the board, with the name and the id that it had."""
    return CompareLane(lane=lane, name=place.lane_name, lane_id=place.lane_id)


def restore_state(stored: StoredComparison, live: Iterable[Run]) -> CompareState | None:
    """The page's state; None when nothing of the comparison is left."""
    by_place = {_place_key(each.place): _make_stored_entry(each) for each in stored.turns}
    kept = {_place_key(each.place): each for each in stored.turns}
    for run in live:
        entry = _make_live_entry(run)
        if entry.place.row is None and _is_needed(run, found := kept.get(_place_key(entry.place))):
            if found is not None and found.turn.trace_id == run.trace_id:
                entry.turn.assessments = found.turn.assessments
            by_place[_place_key(entry.place)] = entry
    entries = list(by_place.values())
    rounds = [_make_round(found) for found in _group_by_round(entries)]
    _withdraw(rounds, entries)
    rounds = [round_ for round_ in rounds if round_.turns]
    if not rounds:
        return None
    _restore_judgements(rounds, stored.rounds)
    shown = {
        each.place.lane_id: make_lane_column(each.place, each.turn.lane)
        for each in sorted(entries, key=lambda each: each.start_ms)
    }
    lanes = [shown[lane_id] for lane_id in rounds[-1].turns]
    return CompareState(
        comparison_id=stored.comparison_id,
        lanes=sorted(lanes, key=lambda each: each.name)[:MAX_LANES],
        rounds=rounds,
        runs=max((len(each.turns) for each in rounds[-1].repeated.values()), default=1),
        is_distinct=any(
            turn.distinct_line for each in rounds[-1].repeated.values() for turn in each.turns
        ),
        is_blind=bool(rounds[-1].blind_order) or rounds[-1].vote is not None,
    )


def _place_key(place: Place) -> tuple[str, str, int]:
    return place.round_id, place.lane_id, place.repetition


def _make_stored_entry(each: ComparisonTurn) -> _Entry:
    turn = ChatTurn(
        message=each.turn.message,
        lane=each.turn.lane,
        stored_reply=each.turn.reply,
        stored_trace_id=each.turn.trace_id,
        stored_trace=each.trace,
        stored_distinct_line=each.turn.distinct_line,
        assessments=each.turn.assessments,
    )
    return _Entry(
        place=each.place, turn_index=each.turn.turn_index, start_ms=each.turn.start_ms, turn=turn
    )


def _make_live_entry(run: Run) -> _Entry:
    context = run.context
    return _Entry(
        place=place_of(context.tags, session_id=context.session_id, turn_index=context.turn_index),
        turn_index=context.turn_index,
        start_ms=run.started_ms,
        turn=ChatTurn(message=run.request.messages[-1], lane=run.request.lane, run=run),
    )


def _is_needed(run: Run, kept: ComparisonTurn | None) -> bool:
    """Whether the run says more than what MLflow holds in its place."""
    if kept is None:
        return True
    if kept.turn.trace_id != run.trace_id:
        return run.started_ms > kept.turn.start_ms
    # A trace that could not be read back at the time may be there by now.
    return not isinstance(run.trace, TraceMissing)


def _group_by_round(entries: Iterable[_Entry]) -> list[list[_Entry]]:
    """The turns by question, in the order in which these were asked."""
    grouped: dict[str, list[_Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.place.round_id, []).append(entry)
    return sorted(
        grouped.values(),
        key=lambda found: (
            min(each.turn_index for each in found),
            min(each.start_ms for each in found),
        ),
    )


def _make_round(entries: list[_Entry]) -> CompareRound:
    # MLflow keeps no pictures; a run of this process has them.
    message = next((each.turn for each in entries if each.turn.run), entries[0].turn).message
    round_ = CompareRound(message=message, round_id=entries[0].place.round_id)
    ordered = sorted(entries, key=lambda each: (each.place.lane_name, each.place.repetition))
    runs: dict[str, list[ChatTurn]] = {}
    for each in ordered:
        runs.setdefault(each.place.lane_id, []).append(each.turn)
        round_.lane_names[each.place.lane_id] = each.place.lane_name
    for lane_id, turns in runs.items():
        round_.turns[lane_id] = turns[0]
        if len(turns) > 1:
            round_.repeated[lane_id] = RepeatedTurn(repeats=None, turns=turns)
    if any(each.place.is_blind for each in entries):
        round_.blind_order = tuple(round_.turns)
    return round_


def _withdraw(rounds: list[CompareRound], entries: Iterable[_Entry]) -> None:
    """Take out answers that went on from one of their lane that was asked again since."""
    began_ms: dict[tuple[str, str], int] = {}
    for each in entries:
        place = each.place.round_id, each.place.lane_id
        began_ms[place] = min(each.start_ms, began_ms.get(place, each.start_ms))
    newest_ms: dict[str, int] = {}
    for round_ in rounds:
        for lane_id in list(round_.turns):
            start_ms = began_ms[round_.round_id, lane_id]
            if start_ms >= newest_ms.get(lane_id, start_ms):
                newest_ms[lane_id] = start_ms
                continue
            del round_.turns[lane_id]
            round_.repeated.pop(lane_id, None)
            name = round_.lane_names[lane_id]
            round_.withdrawn[lane_id] = (
                f"This answer went on from one of lane {name} that was asked again. "
                "Its trace stays in MLflow."
            )


def _restore_judgements(rounds: Iterable[CompareRound], stored: tuple[StoredRound, ...]) -> None:
    """Votes, what waits for one, and what was promoted."""
    by_id = {each.round_id: each for each in stored}
    promoted = find_promoted_lanes(stored)
    for round_ in rounds:
        kept = by_id.get(round_.round_id)
        if kept is not None and kept.is_blind:
            round_.blind_order = tuple(round_.turns)
            given = kept.find_vote(current_user())
            if given is not None:
                round_.vote = given.vote
                round_.voter = None if given.user == current_user() else given.user
        round_.promoted_lane_id = promoted.get(round_.round_id)
        # Answers that wait for a vote come in an order that tells nothing; that in which others
        # were voted on is not kept.
        ids = list(round_.blind_order) if round_.vote is None else []
        round_.blind_order = tuple(random.sample(ids, len(ids))) if len(ids) > 1 else ()
