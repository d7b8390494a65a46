from __future__ import annotations

import threading

from pages.ui.session.services import WarmUp

NEVER_S = 3600.0
SOON_S = 10.0


def test_an_app_that_nobody_visits_warms_up_all_the_same() -> None:
    begun = threading.Event()
    WarmUp(begun.set, unvisited_s=0, after_page_s=NEVER_S)
    assert begun.wait(SOON_S)


def test_the_first_page_starts_the_warm_up_and_later_ones_do_not() -> None:
    begun = threading.Semaphore(0)
    warm_up = WarmUp(begun.release, unvisited_s=NEVER_S, after_page_s=0)
    assert not begun.acquire(blocking=False)
    warm_up.note_page_drawn()
    assert begun.acquire(timeout=SOON_S)
    warm_up.note_page_drawn()
    assert not begun.acquire(timeout=0.2)


def test_closing_the_app_calls_the_warm_up_off() -> None:
    begun = threading.Event()
    warm_up = WarmUp(begun.set, unvisited_s=NEVER_S, after_page_s=0.1)
    warm_up.note_page_drawn()
    warm_up.cancel()
    assert not begun.wait(0.3)
