"""Has what calls a model wait for what is picked.

Streamlit runs a click's callback before the script has read the pickers. Who picks a model and
sends at once has both arrive together, and the message would go to the lane picked before.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.ui.state import noted_picks, waiting_acts


def with_picks(pickers: str, act: Callable[[], None]) -> None:
    """In a callback: act now, or as soon as the pickers whose keys begin so have been read."""
    if noted_picks().get(pickers) == _picked(pickers):
        act()
    else:
        waiting_acts()[pickers] = act


def is_awaited(pickers: str) -> bool:
    """Whether something waits for these pickers to be read."""
    return pickers in waiting_acts()


def picks_read(pickers: str) -> None:
    """In the script, behind the pickers: do what has waited for them."""
    noted_picks()[pickers] = _picked(pickers)
    act = waiting_acts().pop(pickers, None)
    if act is not None:
        act()


def _picked(pickers: str) -> dict[str, object]:
    return {
        str(name): value
        for name, value in st.session_state.items()
        if str(name).startswith(f"{pickers}.")
    }
