"""What a prompt's variables are filled with: the form, and what was typed last."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from gwtrace_core.prompts.registry import PromptVersion
from gwtrace_core.prompts.template import list_missing_values, variables_of
from pages.ui.session.kept import recall


@dataclass(slots=True, kw_only=True)
class FilledValues:
    """What this browser session has filled the variables of prompts with last."""

    by_prompt: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """By the prompt's name, and the variable's."""


def draw_values_form(version: PromptVersion, *, key: str) -> dict[str, str]:
    """A field for each variable, filled as it was last; says which are missing."""
    names = variables_of(version.template)
    kept = recall(FilledValues).by_prompt.setdefault(version.name, {})
    for name in names:
        kept[name] = (
            st.text_area(name, value=kept.get(name, ""), key=f"{key}.value.{name}", height=68) or ""
        )
    values = {name: kept[name] for name in names}
    # Has its place also when nothing is missing: the buttons below would move, and be there twice
    # until the page is drawn.
    said = st.empty()
    if missing := list_missing_values(version.template, values):
        said.caption(f"No value yet for {', '.join(f'`{name}`' for name in missing)}.")
    return values
