"""One line about a batch under way, for the pages that do not show it."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.batch.runner import Batch
from gwtrace_core.values.text import count_text, plural
from pages.ui.draw.clock_text import clock_text

_REPAINT_S = 5.0


def draw_batch(batch: Batch | None) -> None:
    """Say how far it is, and keep it alive while its session looks at something else."""
    if batch is not None and batch.poll().queue.is_active:
        st.fragment(_draw, run_every=_REPAINT_S)(batch)


def _draw(batch: Batch) -> None:
    progress = batch.poll()
    queue = progress.queue
    words = f"{count_text(queue.settled)} of {plural(len(queue.items), 'call')}"
    left = "" if queue.time_left_s is None else f" · {clock_text(queue.time_left_s)} left"
    with st.container(key="batch-line"):
        st.caption(f":violet-badge[:material/table: Batch] {words}{left}")
