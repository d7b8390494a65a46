"""Values that a browser session keeps from one run of a page to the next, one of each class.

Whoever needs such a value declares a class for it and recalls it by that class. The values outlive
a switch of pages. Widgets have keys of their own (`<page>.<what>`), and slots have names that no
widget has: neither can overwrite the other, and a widget that is not drawn takes nothing with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

_T = TypeVar("_T")


def name_slot(kind: type[object]) -> str:
    """The name under which the value of that class is kept."""
    return f"kept.{kind.__module__}.{kind.__qualname__}"


def recall(kind: type[_T], make: Callable[[], _T] | None = None) -> _T:
    """This browser session's value of that class, made on first use: by `make`, else without
    arguments.
    """
    slot = name_slot(kind)
    if slot not in st.session_state:
        st.session_state[slot] = kind() if make is None else make()
    return cast(_T, st.session_state[slot])


def keep(value: object) -> None:
    """Keep it in place of the value of its class."""
    st.session_state[name_slot(type(value))] = value


def yield_to_clicks() -> None:
    """Let Streamlit notice a click now: it does so only when the script touches it."""
    st.session_state.get("kept.")
