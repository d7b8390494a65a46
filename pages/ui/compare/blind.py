"""Blind rounds: answers without names, order or timing, a vote, then the reveal."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.mlflow_store.conversations.verdicts import PREFERENCE
from gwtrace_core.values import trace_names
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.preferences import Score, outcomes, scores
from pages.ui.compare import actions
from pages.ui.compare.state import CompareRound, CompareState
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import model_markdown, plain_label
from pages.ui.session.kept import recall, yield_to_clicks
from pages.ui.session.services import current_user, services
from pages.ui.session.turns import ChatTurn

_TICK_S = 0.2


def draw_blind_round(round_: CompareRound) -> DeltaGenerator | None:
    """The vote, and below it the answers in shuffled order.

    They are shown together: who is quick, and who reasons or uses tools, would give a lane away.
    Until all are in, the place where `wait_for_answers` says how many are.
    """
    slot = st.empty()
    if round_.is_running:
        _say_how_many(round_, slot)
        return slot
    turns = [turn for lane_id in _list_shown(round_) if (turn := round_.lead(lane_id)) is not None]
    # Above the answers: below long ones, and on a phone beside the first, nobody would see it.
    _vote_buttons(round_, turns)
    for place, (number, turn) in zip(
        st.columns(len(turns), gap="medium", wrap=False), enumerate(turns, 1), strict=True
    ):
        with place.container(key=f"compare-cell-blind-{round_.round_id}-{number}"):
            st.markdown(f":violet-badge[Answer {number}]")
            reply = turn.snapshot().reply
            if reply.failure is not None:
                st.caption(":material/error: This lane failed; the reveal says why.")
            st.markdown(model_markdown(reply.text) or "*No answer*")
    return None


def wait_for_answers(round_: CompareRound, slot: DeltaGenerator) -> None:
    """Say how many are in until all are."""
    while round_.is_running:
        _say_how_many(round_, slot)
        yield_to_clicks()
        time.sleep(_TICK_S)


def _say_how_many(round_: CompareRound, slot: DeltaGenerator) -> None:
    turns = [turn for lane_id in round_.turns for turn in round_.runs_of(lane_id)]
    planned = sum(
        round_.repeated[lane_id].planned if lane_id in round_.repeated else 1
        for lane_id in round_.turns
    )
    ended = sum(not turn.snapshot().reply.running for turn in turns)
    slot.caption(f":shimmer[{ended} of {planned} answers are in]")


def _vote_buttons(round_: CompareRound, turns: list[ChatTurn]) -> None:
    both = "Both are bad" if len(turns) == 2 else "All are bad"
    with st.container(horizontal=True, gap="small", key=f"compare-vote-row-{round_.round_id}"):
        for number, lane_id in enumerate(_list_shown(round_), 1):
            _vote_button(round_, f"Answer {number} is better", lane_id)
        _vote_button(round_, "Tie", "tie")
        _vote_button(round_, both, "bad")


def _vote_button(round_: CompareRound, label: str, vote: str) -> None:
    st.button(
        label,
        key=f"compare.vote.{round_.round_id}.{vote}",
        on_click=_vote,
        args=(round_.round_id, vote),
    )


def _vote(round_id: str, vote: str) -> None:
    """Reveal, and keep what the vote says of each reply on its trace."""
    state = recall(CompareState)
    round_ = next((each for each in state.rounds if each.round_id == round_id), None)
    if round_ is None:
        return
    round_.vote = vote
    state.revealed_id = round_id
    unstored: list[str] = []
    for lane_id, outcome in outcomes(vote, list(round_.turns)).items():
        turn = round_.lead(lane_id)
        try:
            if turn is None or turn.trace_id is None:
                raise TrackingError("The turn has no trace.")
            services().store.set_verdict(
                turn.trace_id,
                name=PREFERENCE,
                value=outcome,
                comment=None,
                user=current_user(),
                metadata={trace_names.COMPARISON: state.comparison_id},
            )
        except TrackingError as error:
            unstored.append(error.message)
    if unstored:
        st.toast(
            f"{len(unstored)} of {len(round_.turns)} outcomes were not stored. {unstored[0]}",
            icon=":material/error:",
        )


def vote_words(state: CompareState, round_: CompareRound) -> str:
    """Whose vote it was, and what; empty for a round that was not blind."""
    whose = "Your vote" if round_.voter is None else f"Vote of {plain_label(round_.voter)}"
    said = vote_text(state, round_)
    return f"{whose}: {said}" if said else ""


def vote_text(state: CompareState, round_: CompareRound) -> str:
    """What was voted, by the lanes' letters, and which answer was whose; empty without a vote."""
    match round_.vote:
        case None:
            return ""
        case "tie":
            said = "a tie."
        case "bad":
            said = "none is good."
        case lane_id:
            said = f"lane {actions.find_letter(state, lane_id)} is better."
    places = [
        f"answer {number} was lane {actions.find_letter(state, lane_id)}"
        for number, lane_id in enumerate(_list_shown(round_), 1)
    ]
    reveal = ", ".join(places)
    return f"{said} {reveal[:1].upper()}{reveal[1:]}." if places else said


def _list_shown(round_: CompareRound) -> list[str]:
    return [lane_id for lane_id in round_.blind_order if lane_id in round_.turns]


def draw_score_tables() -> None:
    """The running score of all blind comparisons in MLflow, by model and by SDK path."""
    try:
        found = services().store.list_preferences()
    except TrackingError as error:
        show_error(error)
        return
    if not found:
        st.caption("No blind comparison is recorded yet. Switch *Blind* on, ask, and vote.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        _draw_score_table("Model", scores((each.vote, each.model, each.outcome) for each in found))
    with right:
        labels = {path.value: path.label for path in SdkPath}
        _draw_score_table(
            "SDK path",
            scores(
                (each.vote, labels.get(each.sdk_path, each.sdk_path), each.outcome)
                for each in found
            ),
        )


def _draw_score_table(title: str, rows: tuple[Score, ...]) -> None:
    one = "model" if title == "Model" else title
    if not rows:
        st.caption(f"Every vote so far was between lanes of one {one}, so none wins or loses.")
        return
    lines = [
        f"| {title} | Win rate | Wins | Losses | Ties | Bad | Votes |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        rate = "n/a" if row.win_rate is None else f"{row.win_rate:.0%}"
        lines.append(
            f"| {plain_label(row.name)} | **{rate}** | {row.wins} | {row.losses} | {row.ties} "
            f"| {row.bad} | {row.votes} |"
        )
    st.markdown("\n".join(lines))
    st.caption(
        "Ties count as halves; votes that found all bad do not count in the rate, and votes "
        f"between lanes of one {one} not at all."
    )
