"""A template with its variables marked, or what they were filled with in their place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from gwtrace_core.prompts.template import ChatTemplate, Template, TemplateMessage, pieces_of
from pages.ui.components.recorded_value import clean_text

_HERE = Path(__file__).parent
_mount = component(
    "gwtrace_prompt_text",
    html='<section class="prompt-text"></section>',
    css=(_HERE / "prompt_text.css").read_text(encoding="utf-8"),
    js=(_HERE / "prompt_text.bundle.js").read_text(encoding="utf-8"),
)


def prompt_text(template: Template, values: Mapping[str, str] | None = None, *, key: str) -> None:
    """Draw it. With `values`, variables that have one show it; the others stay marked as open."""
    _mount(data=payload(template, values), key=key)


def payload(template: Template, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the browser draws: messages with their pieces as `[kind, text, name]`.

    A kind is `text`, `open` (a variable as written) or `filled` (what stands in its place).
    """
    messages = (
        template.messages
        if isinstance(template, ChatTemplate)
        else (TemplateMessage(role="", text=template.text),)
    )
    return {
        "messages": [
            {"role": clean_text(message.role), "pieces": _pieces(message.text, values or {})}
            for message in messages
        ]
    }


def _pieces(text: str, values: Mapping[str, str]) -> list[list[str]]:
    drawn: list[list[str]] = []
    for piece in pieces_of(text):
        if piece.kind == "text":
            drawn.append(["text", clean_text(piece.text), ""])
        elif value := values.get(piece.name):
            drawn.append(["filled", clean_text(value), piece.name])
        else:
            drawn.append(["open", piece.text, piece.name])
    return drawn
