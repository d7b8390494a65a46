"""The evaluate page: the evaluations, a new one, one with its results, or two side by side."""

from __future__ import annotations

import streamlit as st

from pages.ui.evaluate_compared import compared_page
from pages.ui.evaluate_list import list_page
from pages.ui.evaluate_new import new_page
from pages.ui.evaluate_run import evaluation_page

asked = st.query_params
if "evaluation" in asked:
    evaluation_page(asked["evaluation"])
elif "left" in asked and "right" in asked:
    compared_page(asked["left"], asked["right"])
elif "new" in asked:
    new_page()
else:
    list_page()
