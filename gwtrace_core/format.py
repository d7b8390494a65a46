"""Numbers as people read them: always with a unit, never more digits than mean something."""

from __future__ import annotations

MISSING = "n/a"


def duration_text(duration_ms: float) -> str:
    """`0.4 ms`, `84 ms`, `1.84 s`, `2 min 05 s`."""
    if 0 < duration_ms < 0.05:
        return "< 0.1 ms"
    if duration_ms < 1:
        return f"{duration_ms:.1f} ms"
    # The bounds are those of the rounded number: 999.6 ms is "1.00 s" and not "1000 ms".
    if duration_ms < 999.5:
        return f"{duration_ms:.0f} ms"
    if duration_ms < 59_995:
        return f"{duration_ms / 1000:.2f} s"
    minutes, rest_s = divmod(round(duration_ms / 1000), 60)
    return f"{minutes} min {rest_s:02d} s"


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
