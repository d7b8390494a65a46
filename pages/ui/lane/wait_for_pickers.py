"""Has what calls a model wait for what is picked.

Streamlit runs a click's callback before the script has read the pickers. Who picks a model, or
switches *Blind* on, and sends at once has both arrive together, and the message would go to the
lane picked before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import streamlit as st

from pages.ui.session.kept import noted_picks, waiting_acts

Page = Literal["chat", "compare"]

_PICKERS: Mapping[Page, tuple[str, ...]] = {
    "chat": ("chat.lane.",),
    "compare": ("compare.lane.", "compare.blind", "compare.runs", "compare.distinct"),
}
"""What the keys of all that counts for a call begin with."""


def with_picks(page: Page, act: Callable[[], None]) -> None:
    """In a callback: act now, or as soon as the page's pickers have been read."""
    if noted_picks().get(page) == _picked(page):
        act()
    else:
        waiting_acts()[page] = act


def is_awaited(page: Page) -> bool:
    """Whether something waits for these pickers to be read."""
    return page in waiting_acts()


def picks_read(page: Page) -> None:
    """In the script, behind the pickers: do what has waited for them."""
    noted_picks()[page] = _picked(page)
    act = waiting_acts().pop(page, None)
    if act is not None:
        act()


def _picked(page: Page) -> dict[str, object]:
    return {
        str(name): value
        for name, value in st.session_state.items()
        if str(name).startswith(_PICKERS[page])
    }
