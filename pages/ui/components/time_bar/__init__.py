"""Where a trace's time went, as one bar with its parts named below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from streamlit.components.v2 import component

_HERE = Path(__file__).parent
_mount = component(
    "gwtrace_time_bar",
    html='<div class="bar" aria-hidden="true"></div><dl class="parts"></dl>',
    css=(_HERE / "time_bar.css").read_text(encoding="utf-8"),
    js=(_HERE / "time_bar.bundle.js").read_text(encoding="utf-8"),
)

Colour = Literal["waiting", "streaming", "model", "tools", "own", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """A part of the bar. Shares add up to one."""

    label: str
    share: float
    """Of the whole, 0 to 1."""
    value: str
    """As text, with its unit."""
    explanation: str
    colour: Colour


def time_bar(parts: Sequence[BarPart], *, key: str) -> None:
    """Draw the bar and its legend. `key` is unique on the page."""
    _mount(
        data={
            "parts": [
                {
                    "label": part.label,
                    "share": part.share,
                    "value": part.value,
                    "title": part.explanation,
                    "colour": part.colour,
                }
                for part in parts
            ]
        },
        key=key,
    )
