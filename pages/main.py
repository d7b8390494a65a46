"""Page config and navigation: the script that app.py serves."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.ui.draw.layout import common_styles
from pages.ui.frame.address import check_address, draw_address_problem
from pages.ui.frame.batch_under_way import draw_batch_elsewhere
from pages.ui.frame.evaluations_under_way import draw_evaluations_elsewhere
from pages.ui.frame.status_line import status_line
from pages.ui.session.services import services

_HERE = Path(__file__).parent

st.set_page_config(
    page_title="gwtrace", page_icon=str(_HERE / "ui" / "assets" / "icon.png"), layout="wide"
)
st.logo(str(_HERE / "ui" / "assets" / "logo.svg"), size="medium")
page = st.navigation(
    [
        st.Page(_HERE / "chat.py", title="Chat", icon=":material/chat:", default=True),
        st.Page(_HERE / "compare.py", title="Compare", icon=":material/view_column_2:"),
        st.Page(_HERE / "traces.py", title="Traces", icon=":material/account_tree:"),
        st.Page(_HERE / "prompts.py", title="Prompts", icon=":material/edit_note:"),
        st.Page(_HERE / "evaluate.py", title="Evaluate", icon=":material/rule:"),
        st.Page(_HERE / "connections.py", title="Connections", icon=":material/cable:"),
        st.Page(_HERE / "evaluation.py", title="Evaluation", visibility="hidden"),
        st.Page(_HERE / "new_evaluation.py", title="New evaluation", visibility="hidden"),
    ],
    position="top",
)
common_styles()
check_address(page.url_path)
status_line(page.url_path)
draw_address_problem()
draw_batch_elsewhere(is_compare=page.title == "Compare")
draw_evaluations_elsewhere(is_evaluation=page.url_path == "evaluation")
page.run()
services().warm_up.page_drawn()
