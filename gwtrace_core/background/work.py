"""What a work queue does piece by piece, and what it says of how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

WorkState = Literal["waiting", "running", "finished", "failed", "stopped"]

_AccessIn = TypeVar("_AccessIn", contravariant=True)
_ItemIn = TypeVar("_ItemIn", contravariant=True)
_Job = TypeVar("_Job")
_Item = TypeVar("_Item")
_ItemOut = TypeVar("_ItemOut", covariant=True)


class EndWork(Protocol[_ItemIn]):
    """What a piece of work calls when it has come to an end."""

    def __call__(self, item: _ItemIn, *, stop_reason: str = "") -> None:
        """The piece as it ended; `stop_reason` is why, should it have been stopped."""
        ...


class Work(Protocol[_AccessIn, _Job, _Item]):
    """What a queue does, piece by piece. Called with the queue's lock held: nothing may block."""

    def start(self, index: int, access: _AccessIn, end: EndWork[_Item]) -> _Job:
        """Begin a piece. `end` is called once, later, from another thread.

        Raises RequestRefused when it cannot be begun; its lane is then left out.
        """
        ...

    def stop(self, job: _Job, reason: str) -> None:
        """Have a piece that was begun come to an end soon."""
        ...

    def look_at(self, index: int, job: _Job | None) -> _Item:
        """A piece as it stands while it is under way, or waits: then it has no job. Keeps what is
        under way from being given up."""
        ...

    def state_of(self, item: _Item) -> WorkState:
        """How a piece stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSnapshot(Generic[_ItemOut]):
    """A queue at one moment."""

    items: tuple[_ItemOut, ...]
    """In the order in which they were given."""
    waiting: int
    running: int
    finished: int
    failed: int
    stopped: int
    is_active: bool
    """Whether anything is under way, or will be started without anybody's doing."""
    pause_reason: str
    """Why nothing more is started; empty while it is, and when there is nothing left."""
    stopped_lanes: frozenset[str]
    """Lanes of which nothing is started, while the others go on."""
    lost_lanes: Mapping[str, str]
    """Lanes that cannot be reached any more, with the reason: their key is gone."""
    elapsed_s: float
    """Time in which anything was under way, pauses not counted."""
    time_left_s: float | None
    """By the rate so far; None before the first piece has ended, and while nothing is done."""

    @property
    def settled(self) -> int:
        """How much has come to an end of its own, well or not."""
        return self.finished + self.failed
