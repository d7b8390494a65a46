"""Small inputs as servers, programs and spreadsheets write them: one folder a case."""

from __future__ import annotations

from pathlib import Path


def case(*names: str) -> Path:
    """A file of a case, by the names of its folders and its own."""
    return Path(__file__).parent.joinpath(*names)
