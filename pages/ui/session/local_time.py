"""Moments in the time zone of whoever looks: that of the browser, where it tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

# Without a zone, as inputs have them.
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC).replace(tzinfo=None)
LATEST = datetime(9998, 12, 31, 23, 59, tzinfo=UTC).replace(tzinfo=None)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_local_moment(since_epoch_ms: int) -> datetime:
    """With its time zone; what no calendar holds is the last day of the last year."""
    latest = LATEST.replace(tzinfo=UTC)
    most_ms = int((latest - _EPOCH).total_seconds() * 1000)
    when = _EPOCH + timedelta(milliseconds=min(since_epoch_ms, most_ms))
    return when.astimezone(_find_zone())


def to_epoch_ms(local: datetime) -> int:
    """Of a date and time without a zone, as it is typed."""
    zone = _find_zone()
    when = local.astimezone() if zone is None else local.replace(tzinfo=zone)
    return int((when - _EPOCH).total_seconds() * 1000)


def zone_words() -> str:
    """Which zone that is."""
    zone = _find_zone()
    return f"{datetime.now().astimezone():%Z}" if zone is None else str(zone)


def _find_zone() -> tzinfo | None:
    """None is the zone of the machine that the app runs on."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
