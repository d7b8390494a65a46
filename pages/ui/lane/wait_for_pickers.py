"""Has what calls a model wait for what is picked.

Streamlit runs a click's callback before the script has read the pickers. Who picks a model, or
switches *Blind* on, and sends at once has both arrive together, and the message would go to the
lane picked before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from pages.ui.session.kept import recall

Page = Literal["chat", "compare"]

_PICKERS: Mapping[Page, tuple[str, ...]] = {
    "chat": ("chat.lane.",),
    "compare": ("compare.lane.", "compare.blind", "compare.runs", "compare.distinct"),
}
"""What the keys of all that counts for a call begin with."""


@dataclass(slots=True, kw_only=True)
class _Picks:
    """What the script has read of the pickers, and what waits for it, by page."""

    read: dict[Page, dict[str, object]] = field(default_factory=dict[Page, dict[str, object]])
    """The widgets' values as they were read last."""
    waiting: dict[Page, Callable[[], None]] = field(default_factory=dict[Page, Callable[[], None]])


def act_on_picks(page: Page, act: Callable[[], None]) -> None:
    """In a callback: act now, or as soon as the page's pickers have been read."""
    picks = recall(_Picks)
    if picks.read.get(page) == _read_widgets(page):
        act()
    else:
        picks.waiting[page] = act


def is_awaited(page: Page) -> bool:
    """Whether something waits for these pickers to be read."""
    return page in recall(_Picks).waiting


def note_picks(page: Page) -> None:
    """In the script, behind the pickers: note that they were read, and do what waited for it."""
    picks = recall(_Picks)
    picks.read[page] = _read_widgets(page)
    act = picks.waiting.pop(page, None)
    if act is not None:
        act()


def _read_widgets(page: Page) -> dict[str, object]:
    return {
        str(name): value
        for name, value in st.session_state.items()
        if str(name).startswith(_PICKERS[page])
    }
