"""One thing opened on the page of a list: the way back by the navigation, and the window's top."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component

_HERE = Path(__file__).parent
_mount = component(
    "gwtrace_opened_here",
    js=(_HERE / "opened_here.bundle.js").read_text(encoding="utf-8"),
)
# Out of the flow: it must not take a gap of its own.
_STYLE = "<style>div:has(> .st-key-opened-here) { position: absolute; }</style>"


def opened_here(what: str) -> None:
    """Have the navigation's link to this very page lead to the list, the page without parameters.

    Streamlit alone would ask for the address as it is, which shows the same thing again. `what`
    names the thing that is open: with another one the window begins at its top. Before the browser
    has loaded the component, a link does what Streamlit has it do.
    """
    with st.container(key="opened-here"):
        st.html(_STYLE)
        _mount(data={"what": what}, key="opened_here.script", height=1)
