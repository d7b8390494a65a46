"""What went over the wire, for tests that look at the server's side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Ending = Literal["completed", "cut", "client disconnected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and how its answer ended. Observers get it on arrival and again at its end."""

    index: int
    """Counts up from 0, in order of arrival."""
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case. They hold the key, so they are not in the repr."""
    json: Any = field(repr=False)
    """The request's body, None if it was not JSON."""
    started_s: float
    """`time.monotonic()` when the request had arrived."""
    status: int | None = None
    """None until the answer begins; it may never begin."""
    first_byte_s: float | None = None
    """When the answer's headers were sent."""
    ended_s: float | None = None
    ending: Ending | None = None
    """None while it goes on. `cut`: ended by a fault, the client still there."""

    @property
    def duration_s(self) -> float | None:
        """From arrival to end."""
        return None if self.ended_s is None else self.ended_s - self.started_s
