"""The evaluate page: the list of evaluations."""

from __future__ import annotations

import streamlit as st

from pages.ui.evaluate.list import draw_evaluation_list

asked = st.query_params.to_dict()
if "new" in asked:
    st.switch_page("new_evaluation.py")
elif "evaluation" in asked or ("left" in asked and "right" in asked):
    # The address of one that was handed round.
    st.switch_page("evaluation.py", query_params=asked)
else:
    draw_evaluation_list()
