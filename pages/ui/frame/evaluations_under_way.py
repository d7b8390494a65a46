"""One line about evaluations under way, for the pages that do not show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import streamlit as st

from gwtrace_core.values.text import count_text, plural
from pages.ui.draw.clock_text import clock_text
from pages.ui.draw.model_text import plain_label

if TYPE_CHECKING:
    from gwtrace_core.evaluation.runner import Evaluation

_REPAINT_S = 5.0


def draw_evaluations(runs: Iterable[Evaluation]) -> None:
    """Say how far they are, and keep them alive while their session looks at something else."""
    active = [run for run in runs if run.poll().is_active]
    if active:
        st.fragment(_draw, run_every=_REPAINT_S)(active)


def _draw(runs: Iterable[Evaluation]) -> None:
    with st.container(key="evaluate-line", gap=None):
        for run in runs:
            progress = run.poll()
            words = (
                f"{count_text(progress.settled)} of {plural(len(progress.scores), 'score')} · "
                f"{plain_label(run.setup.name, limit=40)}"
            )
            if progress.time_left_s is not None:
                words += f" · {clock_text(progress.time_left_s)} left"
            st.caption(f":violet-badge[:material/rule: Evaluation] {words}")
