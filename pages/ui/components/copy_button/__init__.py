"""A button that puts a text on the clipboard without a round trip."""

from __future__ import annotations

from pathlib import Path

from streamlit.components.v2 import component

_HERE = Path(__file__).parent
_mount = component(
    "gwtrace_copy_button",
    html='<button type="button" class="copy"></button>',
    css=(_HERE / "copy_button.css").read_text(),
    js=(_HERE / "copy_button.bundle.js").read_text(encoding="utf-8"),
)


def copy_button(text: str, *, label: str, key: str) -> None:
    """Draw the button. `label` names what is copied, for the tooltip and screen readers."""
    _mount(data={"text": text, "label": label}, key=key, width="content")
