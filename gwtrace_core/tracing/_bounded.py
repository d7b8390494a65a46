"""Work with a time limit. MLflow's client has none that covers a whole query."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from gwtrace_core.errors import TrackingError

_T = TypeVar("_T")


class TimeLimitError(TrackingError):
    """The work was still going on when its time was up; nobody waits for it any more."""


def start(work: Callable[[], _T]) -> Future[_T]:
    """Run `work` in a thread of its own that does not keep the process alive."""
    future: Future[_T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as exc:  # noqa: BLE001  # handed over, whoever waits raises it
            future.set_exception(exc)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="gwtrace-query", daemon=True).start()
    return future


def within(limit_s: float, work: Callable[[], _T], *, what: str) -> _T:
    """The result of `work`; raises TimeLimitError when `what` takes longer than `limit_s`."""
    try:
        return start(work).result(limit_s)
    except TimeoutError as exc:
        raise TimeLimitError(
            f"MLflow took longer than {limit_s:g} s to {what}.",
            hint="Try again; if it stays slow, look at the tracking server or its database.",
        ) from exc
