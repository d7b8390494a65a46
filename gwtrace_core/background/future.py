"""Work in a thread of its own that nobody has to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_T = TypeVar("_T")


def start(work: Callable[[], _T], *, name: str) -> Future[_T]:
    """Run `work` in a thread that does not keep the process alive; its outcome is the future's."""
    future: Future[_T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as exc:  # noqa: BLE001  # handed over, whoever waits raises it
            future.set_exception(exc)
        else:
            future.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
