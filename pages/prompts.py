"""The prompts page: the registry, and one prompt with its versions."""

from __future__ import annotations

import streamlit as st

from pages.ui.prompts.list import list_page
from pages.ui.prompts.view import prompt_page

name = st.query_params.get("prompt")
if name:
    prompt_page(name)
else:
    list_page()
