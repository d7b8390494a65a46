"""A set of lanes as a text for the address bar, and back. A lane holds no secret."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from typing import Any, cast

from gwtrace_core.lanes.lanes import MAX_LANES
from gwtrace_core.values.errors import SettingsError
from gwtrace_core.values.request import Lane
from gwtrace_core.values.unicode_text import clean_json

_MOST_BYTES = 100_000
"""Of JSON: eight lanes with long system prompts. A link that unpacks to more is refused."""


def write_link(lanes: Sequence[Lane]) -> str:
    """The lanes in letters, digits, `-` and `_`."""
    # Not at the top: it imports pydantic, and the first page does not need it.
    from gwtrace_core.values.as_json import lane_to_json

    data = json.dumps([lane_to_json(lane) for lane in lanes], separators=(",", ":"))
    packed = zlib.compress(data.encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_link(text: str) -> tuple[Lane, ...]:
    """The lanes of a link. Raises `SettingsError` when the text is not one."""
    from pydantic import ValidationError

    from gwtrace_core.values.as_json import lane_from_json

    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        data = zlib.decompressobj().decompress(packed, _MOST_BYTES)
        rows: Any = clean_json(json.loads(data))
        if not isinstance(rows, list):
            raise ValueError("not a list of lanes")
        lanes = tuple(lane_from_json(row) for row in cast(list[Any], rows))
        if not 1 <= len(lanes) <= MAX_LANES:
            raise ValueError("too few or too many lanes")
        return lanes
    except (binascii.Error, zlib.error, ValueError, RecursionError, ValidationError) as exc:
        raise SettingsError(
            "The address holds a set-up of lanes that cannot be read.",
            name="lanes",
            hint="It may have been cut when it was copied. The default set-up is shown instead.",
        ) from exc
