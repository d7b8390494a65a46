"""Whether bytes are a picture that can be drawn."""

from __future__ import annotations

import warnings
from io import BytesIO


def is_picture(data: bytes) -> bool:
    """Whether the whole of it can be decoded; one that would take gigabytes cannot."""
    # Not at the top: it is only needed where somebody attached one.
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data)) as picture:
                picture.load()
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return False
    return True
