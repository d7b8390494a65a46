"""MLflow's previews of a question or an answer as text. Pure."""

from __future__ import annotations

import json


def preview_text(preview: str) -> str:
    """The preview without the quotes and escapes that MLflow keeps of a recorded text.

    Of a long text MLflow keeps the beginning alone, so that its last quote is missing.
    """
    if not preview.startswith('"'):
        return preview
    for candidate in (preview, f'{preview}"'):
        try:
            found = json.loads(candidate)
        except ValueError:
            continue
        return found if isinstance(found, str) else preview
    return preview
