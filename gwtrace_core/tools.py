"""Built-in tools that are safe and local."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """A tool's answer as the text that the model gets."""

    content: str
    is_error: bool = False
