"""A stand-in for a tokenizer: pieces of about four characters."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\s*[^\W\d_]{1,6}|\s*\d{1,3}|\s*[^\w\s]{1,3}|\s*_|\s+")


def tokenize(text: str) -> list[str]:
    """Cut text into pieces of about four characters that join up to the same text."""
    return _TOKEN.findall(text)
