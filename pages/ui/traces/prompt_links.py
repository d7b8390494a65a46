"""From a trace to the prompts that it was made with."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.prompts.use import read_linked_prompts
from gwtrace_core.trace.model import TraceSummary
from pages.ui.draw.model_text import plain_label


def draw_prompt_links(summary: TraceSummary, *, key: str) -> None:
    """A button for each version that MLflow links the trace to."""
    for name, version in read_linked_prompts(summary.tags):
        if st.button(
            f"{plain_label(name, limit=40)} v{version}",
            icon=":material/edit_note:",
            key=f"{key}.prompt.{name}.{version}",
            type="tertiary",
            help="The version of a prompt that this was made with.",
        ):
            st.switch_page("prompts.py", query_params={"prompt": name, "version": version})
