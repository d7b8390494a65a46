"""The newest things are found again by their ids."""

from __future__ import annotations

from gwtrace_core.background.recent import Newest


def test_each_is_found_by_its_id() -> None:
    newest: Newest[object] = Newest()
    first, second = object(), object()
    newest.add("one", first)
    newest.add("two", second)
    assert newest.find("one") is first
    assert newest.find("two") is second
    assert newest.find("three") is None


def test_only_the_newest_are_kept() -> None:
    newest: Newest[int] = Newest()
    for number in range(20):
        newest.add(str(number), number)
    found = [number for number in range(20) if newest.find(str(number)) is not None]
    assert found == list(range(12, 20))
