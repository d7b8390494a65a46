"""The trace tree with its waterfall: one virtualised component for a trace of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import streamlit as st
from streamlit.components.v2 import component

_HERE = Path(__file__).parent
_STYLES = ("trace_tree.css", "bars.css", "controls.css", "narrow.css")

# A report draws its trees with the same two.
HTML = (_HERE / "trace_tree.html").read_text(encoding="utf-8")
CSS = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in _STYLES)

_mount = component(
    "gwtrace_trace_tree",
    html=HTML,
    css=CSS,
    js=(_HERE / "trace_tree.bundle.js").read_text(encoding="utf-8"),
)


@dataclass(slots=True)
class _Selection:
    """Which selection the browser was told of, and what has happened since.

    The selection that the browser is told of travels with the whole tree, so it changes only when
    the program selects something, never when the user does.
    """

    trace_id: str
    told: str | None
    number: int
    """How often it was told one; the browser's answers carry it."""
    argument: str | None
    result: str | None
    moves_page: bool
    """Whether the page was to be scrolled to the tree for it."""
    has_answered: bool = False


def trace_tree(
    payload: Mapping[str, Any],
    *,
    key: str,
    selected: str | None = None,
    height: int = 420,
    moves_page: bool = False,
    on_select: Callable[[], None] | None = None,
) -> str | None:
    """Draw the tree; returns the row id (the span's id, see `TreeRow.row_id`) that is selected.

    `payload` is what `gwtrace_core.trace.columns.columns` gives. `selected` is selected when the
    trace is drawn first and whenever the argument changes afterwards to something else than the
    user's own choice, so one may pass the last result back in. `height` in pixels is the most that
    the tree takes; small traces take less. With `moves_page` the page is scrolled until the tree
    can be seen whenever `selected` is selected, unless the reader scrolls meanwhile. New spans of
    the same trace leave the view as it is, the zoom included. Trees of one page whose columns share
    an axis zoom together.
    """
    selection = _selection(payload, key, selected, moves_page=moves_page)
    data = {
        **payload,
        "selected": selection.told,
        "told": selection.number,
        "most_pixels": height,
        "moves_page": selection.moves_page,
    }
    _mount(data=data, key=key, on_selected_change=on_select or _do_nothing)
    return selection.result


def _do_nothing() -> None:
    """Streamlit keeps a component's state only where a callback is named."""


def _selection(
    payload: Mapping[str, Any], key: str, argument: str | None, *, moves_page: bool
) -> _Selection:
    ids = cast(list[str], payload["id"])
    trace_id = cast(str, payload["trace"])
    kept_key = f"kept.trace_tree.{key}"
    kept = cast("_Selection | None", st.session_state.get(kept_key))
    answer = cast(Mapping[str, Any], st.session_state.get(key) or {}).get("selected")
    wanted = argument if argument in ids else None
    if kept is None or kept.trace_id != trace_id:
        number = 1 if kept is None else kept.number + 1
        kept = _Selection(trace_id, wanted, number, argument, wanted, moves_page)
    elif argument != kept.argument and argument != kept.result:
        kept = _Selection(trace_id, wanted, kept.number + 1, argument, wanted, moves_page)
    elif answer is None and kept.has_answered:
        # The page was left and the browser's part is gone; it starts with what was selected.
        kept = _Selection(trace_id, kept.result, kept.number + 1, argument, kept.result, moves_page)
    elif answer is not None and answer["told"] == kept.number and answer["span"] in ids:
        kept.result, kept.argument, kept.has_answered = answer["span"], argument, True
    else:
        kept.argument = argument
    st.session_state[kept_key] = kept
    return kept
