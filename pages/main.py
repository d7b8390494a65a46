"""Page config and navigation: the script that app.py serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from pages.ui.chat.used_connections import find_chat_connection, list_chat_connections
from pages.ui.compare.batch_state import find_batch_elsewhere
from pages.ui.compare.used_connections import list_compare_connections
from pages.ui.draw.layout import draw_common_styles
from pages.ui.evaluate.state import list_evaluations_elsewhere
from pages.ui.evaluate.used_connections import list_judge_connections
from pages.ui.frame.address import check_address, draw_address_problem
from pages.ui.frame.batch_under_way import draw_batch
from pages.ui.frame.evaluations_under_way import draw_evaluations
from pages.ui.frame.status_line import UsedConnections, draw_status_line
from pages.ui.session.services import services

_HERE = Path(__file__).parent
_USED_CONNECTIONS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "": list_chat_connections,
    "compare": list_compare_connections,
    "new_evaluation": list_judge_connections,
}
"""Of the pages that ask models, by their paths."""

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
draw_common_styles()
check_address(page.url_path)
draw_status_line(
    UsedConnections(
        of_page=_USED_CONNECTIONS.get(page.url_path, tuple), of_chat=find_chat_connection
    )
)
draw_address_problem()
draw_batch(find_batch_elsewhere(is_compare=page.url_path == "compare"))
draw_evaluations(
    list_evaluations_elsewhere(
        shown_id=st.query_params.get("evaluation") if page.url_path == "evaluation" else None
    )
)
page.run()
services().warm_up.note_page_drawn()
