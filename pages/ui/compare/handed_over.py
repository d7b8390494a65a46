"""What other screens lead to Compare with: a comparison, a prompt, a file of questions."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

import streamlit as st

from gwtrace_core.lanes.lanes import MAX_LANES
from gwtrace_core.prompts.use import ReadyPrompt, filled_words
from pages.ui.compare.actions import set_up
from pages.ui.compare.batch_actions import drop_file, show_file, take_file
from pages.ui.compare.history import open_comparison
from pages.ui.compare.state import CompareState
from pages.ui.session.filled_message import FilledMessage
from pages.ui.session.handover import (
    AddLane,
    BeginBatch,
    ForCompare,
    OfferToLanes,
    OpenComparison,
)
from pages.ui.session.kept import recall
from pages.ui.session.notice import Notice


def take_over(value: ForCompare) -> None:
    """Do what is asked for; nothing is sent."""
    match value:
        case OpenComparison(comparison_id=comparison_id):
            with st.spinner("Returning to the comparison"):
                open_comparison(comparison_id)
        case OfferToLanes(prompt=prompt):
            _offer_to_lanes(prompt)
        case AddLane(prompt=prompt):
            _add_lane(prompt)
        case BeginBatch(file_name=file_name, data=data):
            drop_file()
            take_file(file_name, data)
            show_file()
        case _:
            assert_never(value)


def _offer_to_lanes(prompt: ReadyPrompt) -> None:
    """The message waits in the box."""
    set_up()
    state = recall(CompareState)
    state.filled = FilledMessage(text=prompt.message, prompt=prompt.use)
    state.notice = Notice(
        kind="info",
        message=f"Filled the message box from {filled_words(prompt)}.",
        hint="Nothing has been sent.",
    )


def _add_lane(prompt: ReadyPrompt) -> None:
    """A lane like the last one, with the prompt as its system prompt."""
    set_up()
    # From here on nothing lets a click cut in, after which the lane would be added once more.
    state = recall(CompareState)
    if len(state.lanes) >= MAX_LANES:
        state.notice = Notice(kind="info", message=f"Compare has {MAX_LANES} lanes already.")
        return
    lane = replace(state.lanes[-1].lane, system_prompt=prompt.system_prompt, prompt=prompt.use)
    state.lanes.append(state.new_lane(lane))
    state.notice = Notice(
        kind="info",
        message=f"Lane {state.lanes[-1].name} has its system prompt from {filled_words(prompt)}.",
    )
