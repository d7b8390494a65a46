"""Numbers as people read them, with a unit and no digit that means nothing; texts in one line."""

from __future__ import annotations

import math

MISSING = "n/a"


def duration_text(duration_ms: float) -> str:
    """`0.4 ms`, `84 ms`, `1.84 s`, `2 min 05 s`; of broken clocks `3 h 05 min` to `56.9 years`.

    `durationText` in the trace tree's texts.js follows the same rule: parts of a millisecond count
    for nothing from one millisecond on, as MLflow drops them from the duration of a trace, which
    would else differ from that of its root span; what is left is rounded half up.
    """
    if duration_ms < 0:
        return f"−{duration_text(-duration_ms)}"
    if 0 < duration_ms < 0.05:
        return "< 0.1 ms"
    if duration_ms < 1:
        return f"{math.floor(duration_ms * 10 + 0.5) / 10:.1f} ms"
    # 1.001 s are 1000.9999999999999 ms in binary fractions.
    whole_ms = math.floor(duration_ms + 1e-7)
    if whole_ms < 1000:
        return f"{whole_ms} ms"
    # The bound is that of the rounded number: there is no "60.00 s".
    if whole_ms < 59_995:
        seconds, hundredths = divmod((whole_ms + 5) // 10, 100)
        return f"{seconds}.{hundredths:02d} s"
    whole_s = (whole_ms + 500) // 1000
    if whole_s < 3600:
        return f"{whole_s // 60} min {whole_s % 60:02d} s"
    minutes = (whole_s + 30) // 60
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = (minutes + 30) // 60
    if hours < 365 * 24:
        return f"{hours // 24} d {hours % 24:02d} h"
    tenths = (hours * 10 + 4383) // 8766
    return f"{tenths // 10}.{tenths % 10} years"


def one_line(text: str, limit_chars: int) -> str:
    """Every run of white space as one space; what is longer is cut and ends in an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= limit_chars else f"{line[: limit_chars - 1].rstrip()}…"


def usd_text(amount_usd: float) -> str:
    """`$0.0031`, `$0.000012`, `$1.25`: two digits that mean something, never rounded to zero."""
    if amount_usd == 0:
        return "$0"
    if amount_usd >= 1:
        return f"${amount_usd:,.2f}"
    if amount_usd >= 0.001:
        return f"${amount_usd:.4f}"
    if amount_usd >= 0.000001:
        return f"${amount_usd:.6f}"
    return "< $0.000001"


def change_text(percent: float) -> str:
    """`+50%`, `−1%`, `±0%`: a difference in percent, with a minus as wide as the plus."""
    if abs(percent) < 0.5:
        return "±0%"
    return f"{'+' if percent > 0 else '−'}{abs(percent):,.0f}%"


def count_text(count: int) -> str:
    """`1,234`."""
    return f"{count:,}"


def bytes_text(size_bytes: int) -> str:
    """`340 B`, `12.3 kB`, `1.2 MB`."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.1f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def plural(count: int, noun: str, plural_noun: str = "") -> str:
    """`1 turn`, `2 turns`; `plural_noun` where an s is not enough."""
    return f"{count_text(count)} {noun if count == 1 else plural_noun or noun + 's'}"
