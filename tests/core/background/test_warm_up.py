"""When what a first message needs is loaded: before it is sent, and not beside a page."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from gwtrace_core.background.warm_up import WarmUp

NEVER_S = 3600.0
SOON_S = 10.0


def test_an_app_that_nobody_visits_warms_up_all_the_same() -> None:
    begun = threading.Event()
    WarmUp(begun.set, unvisited_s=0, after_page_s=NEVER_S)
    assert begun.wait(SOON_S)


def test_the_first_page_starts_the_warm_up_and_later_ones_do_not() -> None:
    begun = threading.Semaphore(0)
    warm_up = WarmUp(begun.release, unvisited_s=NEVER_S, after_page_s=0)
    with warm_up.drawing():
        assert not begun.acquire(blocking=False)
    assert begun.acquire(timeout=SOON_S)
    with warm_up.drawing():
        pass
    assert not begun.acquire(timeout=0.2)


def test_closing_the_app_calls_the_warm_up_off() -> None:
    begun = threading.Event()
    warm_up = WarmUp(begun.set, unvisited_s=NEVER_S, after_page_s=0.1)
    with warm_up.drawing():
        pass
    warm_up.cancel()
    with warm_up.drawing():
        pass
    assert not begun.wait(0.3)


def test_libraries_are_imported_in_their_order_and_not_while_a_page_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("gwtrace_library_one", "gwtrace_library_two")
    for name in names:
        (tmp_path / f"{name}.py").write_text("import threading\nstarted.set()\ngo_on.wait(10)\n")
    monkeypatch.syspath_prepend(tmp_path)
    started, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr("builtins.started", started, raising=False)
    monkeypatch.setattr("builtins.go_on", go_on, raising=False)
    warm_up = WarmUp(
        lambda: None, libraries=names, unvisited_s=NEVER_S, after_page_s=NEVER_S, longest_page_s=60
    )
    assert started.wait(SOON_S)
    with warm_up.drawing():
        started.clear()
        go_on.set()
        assert not started.wait(0.2)
        assert names[1] not in sys.modules
    assert started.wait(SOON_S)
    assert [name for name in sys.modules if name in names] == list(names)
    warm_up.cancel()
