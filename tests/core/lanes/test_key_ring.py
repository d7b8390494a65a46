"""Typed keys: lent for a call, gone with Forget and with their session."""

from __future__ import annotations

import gc
import threading
import weakref
from dataclasses import replace

import pytest

from gwtrace_core.lanes.key_ring import KeyRing, RingWatch
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Lane
from gwtrace_core.values.secret import Secret

LANE = Lane(
    connection_id="typed-custom",
    provider=Provider.OPENAI,
    route="",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="m",
)
TYPED = Connection(
    id="typed-custom",
    kind=ConnectionKind.CUSTOM,
    label="Custom server, typed",
    base_url="http://127.0.0.1:9/v1",
    api_key=Secret("canary-typed-1"),
    provider=Provider.OPENAI,
)
OTHER = replace(TYPED, api_key=Secret("canary-typed-2"))
GONE = "The key that was typed for this lane has been forgotten"


class Ring(KeyRing):
    """One that notes what has left it."""

    def __init__(self) -> None:
        self.left: list[Connection] = []
        super().__init__(self.left.append)


def test_what_makes_calls_later_is_given_the_key_that_is_there_by_then() -> None:
    ring = Ring()
    ring.add(TYPED)
    find_target = ring.make_finder(LANE)
    assert find_target().connection is TYPED
    ring.add(OTHER)
    assert find_target().connection is OTHER
    assert ring.connections == (OTHER,)
    assert ring.left == [TYPED]


def test_typed_once_more_the_same_key_is_not_forgotten() -> None:
    ring = Ring()
    ring.add(TYPED)
    ring.add(replace(TYPED))
    assert ring.find(TYPED.id) is TYPED
    assert ring.left == []


def test_a_forgotten_key_is_given_to_nobody_and_that_is_said() -> None:
    ring = Ring()
    ring.add(TYPED)
    find_target = ring.make_finder(LANE)
    ring.forget(TYPED.id)
    ring.forget(TYPED.id)
    with pytest.raises(RequestRefused, match=GONE) as refused:
        find_target()
    assert refused.value.hint == "Type it again on Connections, then resume."
    assert (ring.connections, ring.left) == ((), [TYPED])


def test_what_makes_calls_later_keeps_neither_ring_nor_key_alive() -> None:
    ring = KeyRing(lambda connection: None)
    ring.add(replace(TYPED))
    find_target = ring.make_finder(LANE)
    known = weakref.ref(ring)
    del ring
    gc.collect()
    assert known() is None
    with pytest.raises(RequestRefused, match=GONE):
        find_target()


def test_the_keys_of_a_session_whose_browser_has_gone_for_good_are_forgotten() -> None:
    now_s, is_here = [0.0], [True]
    watch = RingWatch(gone_s=120, clock=lambda: now_s[0])
    ring = Ring()
    ring.add(TYPED)
    watch.add(ring, lambda: is_here[0])
    try:
        now_s[0] = 1_000.0
        watch.look()
        is_here[0] = False
        watch.look()
        now_s[0] = 1_100.0
        watch.look()
        is_here[0] = True  # It had lost its line, no more.
        watch.look()
        is_here[0] = False
        now_s[0] = 1_130.0
        watch.look()
        now_s[0] = 1_249.0
        watch.look()
        assert ring.connections == (TYPED,)
        now_s[0] = 1_250.0
        watch.look()
        assert (ring.connections, ring.left) == ((), [TYPED])
    finally:
        watch.close()


def test_the_watch_keeps_no_ring_alive_and_its_end_forgets_what_there_is() -> None:
    watch = RingWatch()
    ring, dropped = Ring(), KeyRing(lambda connection: None)
    for each in (ring, dropped):
        each.add(TYPED)
        watch.add(each, lambda: True)
    known = weakref.ref(dropped)
    del dropped, each
    gc.collect()
    assert known() is None
    watch.close()
    assert ring.left == [TYPED]
    for thread in threading.enumerate():
        if thread.name == "gwtrace-keys":
            thread.join(10)
            assert not thread.is_alive()
