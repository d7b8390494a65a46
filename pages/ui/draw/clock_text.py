"""Times as a clock shows them."""

from __future__ import annotations


def clock_text(time_s: float) -> str:
    """`1 h 02 min`, `1 min 02 s` or `2 s`: a clock that counts tenths only flickers."""
    minutes, seconds = divmod(round(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
