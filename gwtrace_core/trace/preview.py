"""MLflow's previews of a question or an answer as text. Pure."""

from __future__ import annotations

from gwtrace_core.trace.recorded_json import read_json
from gwtrace_core.unicode_text import clean_text


def preview_text(preview: str) -> str:
    """The preview without the quotes and escapes that MLflow keeps of a recorded text.

    Of a long text MLflow keeps the beginning alone, so that its last quote is missing.
    """
    preview = clean_text(preview)
    if not preview.startswith('"'):
        return preview
    for candidate in (preview, f'{preview}"'):
        try:
            found = read_json(candidate)
        except ValueError:
            continue
        return found if isinstance(found, str) else preview
    return preview
