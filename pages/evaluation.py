"""One evaluation with its results, or two side by side.

A page of its own, so that the navigation's *Evaluate* leads back to the list.
"""

from __future__ import annotations

import streamlit as st

from pages.ui.draw.layout import mark_in_navigation
from pages.ui.evaluate.compared import draw_compared_evaluations
from pages.ui.evaluate.run import draw_evaluation

asked = st.query_params
mark_in_navigation("evaluate")
if "evaluation" in asked:
    draw_evaluation(asked["evaluation"])
elif "left" in asked and "right" in asked:
    draw_compared_evaluations(asked["left"], asked["right"])
else:
    st.switch_page("evaluate.py")
