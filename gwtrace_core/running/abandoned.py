"""Closes the async generators that a loop's tasks have left half read, when it is safe to.

An SDK that stops in the middle of an answer leaves a chain of generators behind, down to the
socket. The garbage collector finds them in whichever thread it happens to run, and asyncio then
wakes the loop for each of them at once: while the loop closes the first, which closes those below
it, the collector comes to these and finds them running, for which Python raises an error that
nobody can catch. Here they wait until the collector has gone by.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Any

_PAUSE_S = 1.0

_Generator = AsyncGenerator[Any, Any]


def close_abandoned_later(loop: asyncio.AbstractEventLoop) -> None:
    """From now on, for this loop. Called on it, once."""
    hooks = sys.get_asyncgen_hooks()
    own_thread = threading.get_ident()
    found: deque[_Generator] = deque()
    close: Callable[[_Generator], None] | None = hooks.finalizer

    def note(generator: _Generator) -> None:
        if close is None:
            return
        if threading.get_ident() == own_thread:
            close(generator)
        else:
            found.append(generator)

    def close_found() -> None:
        # Those that the collector adds meanwhile have their turn next time.
        for _ in range(len(found)):
            generator = found.popleft()
            if close is not None:
                close(generator)
        loop.call_later(_PAUSE_S, close_found)

    sys.set_asyncgen_hooks(firstiter=hooks.firstiter, finalizer=note)
    close_found()
