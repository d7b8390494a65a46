"""The parity table: what each lane's trace holds of what its run saw, lanes side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from gwtrace_core.trace.parity.parity import Aspect, Cell, Parity, Verdict, describe_differences
from pages.ui.components.recorded_value import clean_text

_HERE = Path(__file__).parent
_mount = component(
    "gwtrace_parity",
    html='<section class="parity"></section>',
    css=(_HERE / "parity_view.css").read_text(encoding="utf-8"),
    js=(_HERE / "parity_view.bundle.js").read_text(encoding="utf-8"),
)

_VERDICT_CLASSES = {
    Verdict.RECORDED: "recorded",
    Verdict.FILLED: "filled",
    Verdict.MISSING: "missing",
    Verdict.WRONG: "wrong",
    Verdict.NOT_APPLICABLE: "none",
}
_SHOWN_CHARS = 300


def parity_view(columns: Sequence[tuple[str, Parity]], *, key: str = "parity") -> None:
    """Draw the lanes, each a label and its parity, in their order. `key` is unique on the page."""
    if told := describe_differences(columns):
        st.caption(told)
    _mount(data=payload(columns), key=key)


def payload(columns: Sequence[tuple[str, Parity]]) -> dict[str, Any]:
    """What the browser draws. Aspects that no lane has anything to say of are left out."""
    rows = [
        (aspect, [parity.cell(aspect) for _, parity in columns])
        for aspect in Aspect
        if any(parity.cell(aspect).verdict is not Verdict.NOT_APPLICABLE for _, parity in columns)
    ]
    return {
        "lanes": [
            {"label": clean_text(label), "summary": parity.summary} for label, parity in columns
        ],
        "rows": [
            {"aspect": aspect.value, "cells": [_cell(cell) for cell in cells]}
            for aspect, cells in rows
        ],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "verdict": cell.verdict.value,
        "look": _VERDICT_CLASSES[cell.verdict],
        "value": _value(cell),
        "details": [
            {"name": name, "value": _short(value)}
            for name, value in (
                ("Seen by the app", cell.seen),
                ("In the trace", cell.held),
                ("By autolog alone", cell.autolog),
                ("Why", cell.reason or None),
            )
            if value is not None or name != "Why"
        ]
        if cell.verdict is not Verdict.NOT_APPLICABLE
        else [],
    }


def _value(cell: Cell) -> str:
    match cell.verdict:
        case Verdict.NOT_APPLICABLE:
            return "–"
        case Verdict.MISSING:
            return (
                "Not recorded" if cell.seen is None else f"Not recorded (was {_short(cell.seen)})"
            )
        case Verdict.WRONG:
            return f"{_short(cell.held)} instead of {_short(cell.seen)}"
        case Verdict.RECORDED | Verdict.FILLED:
            return _short(cell.held)


def _short(value: str | None) -> str:
    if value is None:
        return "nothing"
    text = " ".join(clean_text(value).split())
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
