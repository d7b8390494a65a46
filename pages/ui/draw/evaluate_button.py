"""The button that leads to a new evaluation, from wherever traces are met."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from gwtrace_core.evaluation.sources import SubjectSource
from pages.ui.session.handover import EvaluateTraces, lead_to_evaluation


def draw_evaluate_button(
    source: SubjectSource,
    *,
    key: str,
    type: Literal["secondary", "tertiary"] = "secondary",
    disabled: bool = False,
    help: str | None = None,
) -> None:
    """A button that leads to a new evaluation with these traces chosen."""
    if st.button(
        "Evaluate",
        icon=":material/rule:",
        key=key,
        type=type,
        disabled=disabled,
        help=help or "Score these traces by code or by judges.",
    ):
        lead_to_evaluation(EvaluateTraces(source=source))
