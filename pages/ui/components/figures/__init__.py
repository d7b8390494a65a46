"""A line of labelled figures under a reply, each with its explanation on hover."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from streamlit.components.v2 import component

from gwtrace_core.figures.reply_figures import Figure

_HERE = Path(__file__).parent
_mount = component(
    "gwtrace_figures",
    html='<dl class="figures"></dl>',
    css=(_HERE / "figures.css").read_text(),
    js=(_HERE / "figures.bundle.js").read_text(encoding="utf-8"),
)


def figures_strip(figures: Sequence[Figure], *, key: str) -> None:
    """Draw the figures in one line that wraps. `key` is unique on the page."""
    _mount(
        data={
            "figures": [
                {
                    "label": figure.label,
                    "value": figure.value,
                    "unit": figure.unit,
                    "title": figure.explanation,
                    "missing": figure.is_missing,
                    "best": figure.is_best,
                    "delta": figure.delta,
                    "spread": figure.spread,
                }
                for figure in figures
            ]
        },
        key=key,
    )
