"""One evaluation with its results, or two side by side.

A page of its own, so that the navigation's *Evaluate* leads back to the list.
"""

from __future__ import annotations

import streamlit as st

from pages.ui.draw.layout import mark_in_navigation
from pages.ui.evaluate.compared import compared_page
from pages.ui.evaluate.run import evaluation_page

asked = st.query_params
mark_in_navigation("evaluate")
if "evaluation" in asked:
    evaluation_page(asked["evaluation"])
elif "left" in asked and "right" in asked:
    compared_page(asked["left"], asked["right"])
else:
    st.switch_page("evaluate.py")
