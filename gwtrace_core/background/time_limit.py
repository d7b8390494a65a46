"""Work with a time limit. MLflow's client has none that covers a whole query."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gwtrace_core.background.future import start
from gwtrace_core.values.errors import TrackingError

_T = TypeVar("_T")


class TimeLimitError(TrackingError):
    """The work was still going on when its time was up; nobody waits for it any more."""


def run_within(limit_s: float, work: Callable[[], _T], *, what: str) -> _T:
    """The result of `work`; raises TimeLimitError when `what` takes longer than `limit_s`."""
    try:
        return start(work, name="gwtrace-query").result(limit_s)
    except TimeoutError as exc:
        raise TimeLimitError(
            f"MLflow took longer than {limit_s:g} s to {what}.",
            hint="Try again; if it stays slow, look at the tracking server or its database.",
        ) from exc
