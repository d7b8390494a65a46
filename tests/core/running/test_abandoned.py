from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

from gwtrace_core.running.abandoned import close_abandoned_later

LIMIT_S = 10.0


class Garbage:
    """Something that the collector comes to after the generator that it holds."""

    def __init__(self, began: threading.Event, seen: list[bool]) -> None:
        self.itself = self
        self.generator: object = None
        self._began = began
        self._seen = seen

    def __del__(self) -> None:
        # Time enough for a loop that has been woken to begin with the generator.
        self._seen.append(self._began.wait(0.3))


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    loop.call_soon(close_abandoned_later, loop)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LIMIT_S)
        loop.close()


def test_what_a_task_left_half_read_is_closed_on_its_loop_after_the_collector() -> None:
    began, ended = threading.Event(), threading.Event()
    closed_in: list[int] = []
    seen: list[bool] = []

    async def pieces() -> AsyncGenerator[int]:
        try:
            yield 1
        finally:
            began.set()
            closed_in.append(threading.get_ident())
            ended.set()

    async def abandon() -> int:
        generator = pieces()
        await anext(generator)
        garbage = Garbage(began, seen)
        garbage.generator = generator
        return threading.get_ident()

    with running_loop() as loop:
        own = asyncio.run_coroutine_threadsafe(abandon(), loop).result(LIMIT_S)
        gc.collect()
        assert seen == [False], "the loop began while the collector was still at it"
        assert ended.wait(LIMIT_S)
    assert closed_in == [own]
