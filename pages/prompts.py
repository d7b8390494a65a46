"""The prompts page: the registry, and one prompt with its versions."""

from __future__ import annotations

import streamlit as st

from pages.ui.prompts.list import draw_prompt_list
from pages.ui.prompts.view import draw_prompt

name = st.query_params.get("prompt")
if name:
    draw_prompt(name)
else:
    draw_prompt_list()
