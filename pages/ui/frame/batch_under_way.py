"""One line about a batch under way, for the pages that do not show it."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.values.text import count_text, plural
from pages.ui.session.kept import batch

_REPAINT_S = 5.0


def draw_batch_elsewhere(*, is_compare: bool) -> None:
    """Say how far the batch is, and keep it alive while its session looks at something else.

    `is_compare` is whether the compare page is drawn, which may show the batch itself.
    """
    state = batch()
    if is_compare and state.is_shown and state.stored is None:
        return
    run = state.run
    if run is not None and run.poll().queue.is_active:
        st.fragment(_draw, run_every=_REPAINT_S)()


def _draw() -> None:
    run = batch().run
    if run is None:
        return
    progress = run.poll()
    queue = progress.queue
    words = f"{count_text(queue.settled)} of {plural(len(queue.items), 'call')}"
    left = "" if queue.time_left_s is None else f" · {time_text(queue.time_left_s)} left"
    with st.container(key="batch-line"):
        st.caption(f":violet-badge[:material/table: Batch] {words}{left}")


def time_text(time_s: float) -> str:
    """Whole seconds: a clock that counts tenths only flickers."""
    minutes, seconds = divmod(round(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
