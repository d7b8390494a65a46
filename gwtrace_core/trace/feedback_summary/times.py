"""How far back feedback is summed up, and the stretches that its time is cut into. Pure.

Moments are milliseconds since the Unix epoch; `offset_ms` is what a clock on the wall is ahead of
UTC.
"""

from __future__ import annotations

from typing import Literal, assert_never

Over = Literal["today", "week", "month", "all"]
"""How far back the traces go."""

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_WEEK_MS = 7 * _DAY_MS
_MONDAY_MS = 4 * _DAY_MS
"""The Unix epoch began on a Thursday."""


def since_ms(over: Over, *, now_ms: int, offset_ms: int) -> int | None:
    """From when on traces count, milliseconds since the Unix epoch; None is from the start.

    Today begins at midnight of a clock that is `offset_ms` ahead of UTC.
    """
    match over:
        case "today":
            return bucket_start_ms(now_ms, _DAY_MS, offset_ms)
        case "week":
            return now_ms - _WEEK_MS
        case "month":
            return now_ms - 30 * _DAY_MS
        case "all":
            return None
        case _:
            assert_never(over)


def bucket_ms(span_ms: int) -> int:
    """How wide a stretch of time is where all of it lasts `span_ms`."""
    if span_ms <= 2 * _DAY_MS:
        return _HOUR_MS
    return _DAY_MS if span_ms <= 60 * _DAY_MS else _WEEK_MS


def bucket_start_ms(at_ms: int, width_ms: int, offset_ms: int) -> int:
    """When the stretch that `at_ms` lies in began; a week begins on Monday."""
    shift_ms = _MONDAY_MS - offset_ms if width_ms == _WEEK_MS else -offset_ms
    return (at_ms - shift_ms) // width_ms * width_ms + shift_ms
