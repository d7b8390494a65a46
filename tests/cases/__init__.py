"""Answers and files as other programs send them, one folder for each kind."""

from __future__ import annotations

from pathlib import Path


def case(*names: str) -> Path:
    """A file below this folder."""
    return Path(__file__).parent.joinpath(*names)
