"""What a first message needs, loaded before it is sent, and never while a page is being drawn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from importlib import import_module

AFTER_FIRST_PAGE_S = 0.7
"""The browser still fetches parts of the page from us when its script has ended."""
UNVISITED_S = 5.0
LONGEST_PAGE_S = 2.0
"""A page that takes longer is waiting for something else than the interpreter."""


class WarmUp:
    """Loads MLflow and the SDKs in the background, once, in two parts.

    Importing them keeps the interpreter busy for seconds, and beside it the first page would take
    twice as long. So the libraries that they are made of are imported from the start on, one by
    one, while no page is being drawn: a browser that has just been told the address is busy for a
    second before it asks for its page. The rest cannot be interrupted: it begins after the first
    page, or when nobody visits, or with a message.
    """

    def __init__(
        self,
        begin: Callable[[], None],
        *,
        libraries: Sequence[str] = (),
        after_page_s: float = AFTER_FIRST_PAGE_S,
        unvisited_s: float = UNVISITED_S,
        longest_page_s: float = LONGEST_PAGE_S,
    ) -> None:
        """`begin` begins the part that cannot be interrupted; twice does no harm.

        `libraries` are modules, each of which takes well below a second to import.
        """
        self._longest_page_s = longest_page_s
        self._begin = begin
        self._after_page_s = after_page_s
        self._changed = threading.Condition()
        self._pages_under_way = 0
        self._is_page_drawn = False
        self._is_cancelled = False
        self._timer = self._start_timer(unvisited_s)
        threading.Thread(
            target=self._import_libraries, args=(libraries,), name="gwtrace-warm-up", daemon=True
        ).start()

    @contextmanager
    def drawing(self) -> Generator[None]:
        """A page is drawn in this block; when the first has been, it is time to begin."""
        with self._changed:
            self._pages_under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._pages_under_way -= 1
                self._changed.notify_all()
                if not self._is_page_drawn and not self._is_cancelled:
                    self._is_page_drawn = True
                    self._timer.cancel()
                    self._timer = self._start_timer(self._after_page_s)

    def cancel(self) -> None:
        """Do not begin any more."""
        with self._changed:
            self._is_cancelled = True
            self._changed.notify_all()
            self._timer.cancel()

    def _import_libraries(self, libraries: Sequence[str]) -> None:
        for name in libraries:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._is_cancelled or not self._pages_under_way, self._longest_page_s
                )
                if self._is_cancelled:
                    return
            import_module(name)

    def _start_timer(self, after_s: float) -> threading.Timer:
        timer = threading.Timer(after_s, self._begin)
        timer.daemon = True
        timer.start()
        return timer
