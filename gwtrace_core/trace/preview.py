"""MLflow's previews of a question or an answer as text. Pure."""

from __future__ import annotations

from typing import Any

from gwtrace_core.trace.messages import last_text_in
from gwtrace_core.trace.recorded_json import read_json
from gwtrace_core.values.unicode_text import clean_text


def preview_text(preview: str) -> str:
    """The preview without the quotes and escapes that MLflow keeps of a recorded text.

    Of a long text MLflow keeps the beginning alone, so that its last quote is missing. Where it
    keeps recorded messages as JSON, and all of them, the text is what is said last.
    """
    preview = clean_text(preview)
    if preview.startswith(("{", "[")):
        return last_text_in(_find_in_json(preview)) or preview
    if not preview.startswith('"'):
        return preview
    for candidate in (preview, f'{preview}"'):
        if isinstance(found := _find_in_json(candidate), str):
            return found
    return preview


def _find_in_json(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return None
