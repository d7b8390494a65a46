"""Resume and Retry of a batch, by what the session that looks at it can call."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

import streamlit as st

from gwtrace_core.batch.values import BatchLane
from gwtrace_core.values.text import count_text, plural
from pages.ui.draw.model_text import plain_label
from pages.ui.lane.targets import Reach


def draw_go_on(
    left: Sequence[str],
    failed: Sequence[str],
    reach: Reach,
    *,
    resume: Callable[[], None],
    retry: Callable[[], None],
) -> None:
    """Resume and Retry, for those of the calls that this session can make; each by its lane."""
    if left:
        here = [lane_id for lane_id in left if lane_id in reach.found]
        st.button(
            f"Resume {plural(len(here or left), 'call')}",
            icon=":material/play_arrow:",
            key="batch.resume",
            type="primary",
            disabled=not here,
            on_click=resume,
        )
    if failed:
        here = [lane_id for lane_id in failed if lane_id in reach.found]
        st.button(
            f"Retry {count_text(len(here or failed))} failed",
            icon=":material/refresh:",
            key="batch.retry",
            disabled=not here,
            on_click=retry,
        )


def say_refused(lanes: Sequence[BatchLane], left: Container[str], reach: Reach) -> None:
    """Which lanes with calls to make this session cannot go on with, and why."""
    names: dict[str, list[str]] = {}
    for lane in lanes:
        if lane.lane_id in left and (refused := reach.refused.get(lane.lane_id)) is not None:
            names.setdefault(f"{refused.message} {refused.hint}", []).append(lane.name)
    for why, of_these in names.items():
        which = f"{plural(len(of_these), 'lane').partition(' ')[2].capitalize()}"
        st.caption(
            f":material/key_off: {which} {', '.join(of_these)} cannot be called from here. "
            f"{plain_label(why, limit=400)}"
        )
