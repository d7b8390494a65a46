"""Keeps the traces that are chosen as a dataset of MLflow's, to judge the same ones again."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.evaluation.sources import FoundSubjects
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import plural
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.evaluate.state import EvaluateState
from pages.ui.session.services import current_user, services
from pages.ui.session.waiting import wait_for


def save_as_dataset(state: EvaluateState, found: FoundSubjects) -> None:
    """A small button; the name is asked for when it is open."""
    menu = st.popover(
        "Save as a dataset",
        icon=":material/dataset:",
        type="tertiary",
        key="evaluate.keep",
        on_change="rerun",
    )
    if not menu.open:
        return
    with menu:
        st.caption(
            "MLflow keeps question and expected answer of every trace, and which trace it was. "
            "Traces with the same question become one record."
        )
        name = st.text_input("Name", key="evaluate.keep.name", placeholder="support questions")
        if not st.button("Save", key="evaluate.keep.save", type="primary", disabled=not name):
            return
        try:
            made = wait_for(
                lambda: services().evaluations.create_dataset(
                    name.strip(), found.subjects, user=current_user()
                ),
                words="Making the dataset",
                skeleton_px=40,
            )
        except (TrackingError, RequestRefused) as error:
            show_error(error)
            return
        state.datasets = None
        records = "" if made.record_count is None else f", {plural(made.record_count, 'record')}"
        st.success(f"Saved as {plain_label(made.name, limit=120)}{records}.")
