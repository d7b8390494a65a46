"""What a page has to tell its user once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell once, above the message box."""

    kind: Literal["info", "error"]
    message: str
    hint: str = ""
