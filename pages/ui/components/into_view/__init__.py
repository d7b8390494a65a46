"""Scrolls the page to something new on it, once."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component

_HERE = Path(__file__).parent
_mount = component(
    "gwtrace_into_view",
    html="<span></span>",
    js=(_HERE / "into_view.bundle.js").read_text(encoding="utf-8"),
)
# Out of the flow: it must not take a gap of its own.
_STYLE = "<style>div:has(> .st-key-into-view) { position: absolute; }</style>"


def into_view(container_key: str, *, up_to_px: int | None = None) -> None:
    """Scroll until the container with that key is on top, when it is drawn for the first time.

    A reader who scrolls or types meanwhile is left alone, and so is a window that is wider than
    `up_to_px`.
    """
    with st.container(key="into-view"):
        st.html(_STYLE)
        data = {"name": f"st-key-{container_key}", "upToPx": up_to_px}
        _mount(data=data, key="into_view.script", height=1)
