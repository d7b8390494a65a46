"""What a built-in tool raises for a wrong value."""

from __future__ import annotations


class ToolError(Exception):
    """The text tells the model what would have been right."""
