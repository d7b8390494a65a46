"""The compare page with a button for its report, for the browser tests."""

from __future__ import annotations

import runpy
from pathlib import Path

import streamlit as st

from pages.ui.compare.report import draw_comparison_report
from pages.ui.compare.state import CompareState
from pages.ui.session.kept import recall

st.set_page_config(layout="wide", page_title="Report")
if st.button("Make a report", key="harness.report"):
    draw_comparison_report(recall(CompareState))
runpy.run_path(str(Path(__file__).parents[3] / "pages" / "compare.py"))
