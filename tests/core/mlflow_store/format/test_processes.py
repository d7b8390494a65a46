"""A turn without an end: whether its process is still at it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gwtrace_core.background.heartbeat import SILENT_MS
from gwtrace_core.mlflow_store.format.processes import is_cut_off, name_this_process, open_here

TRACE = "tr-1"
LONG_MS = SILENT_MS + 1
NAMES_ITSELF = (
    "import sys; from gwtrace_core.mlflow_store.format.processes import name_this_process; "
    "sys.stdout.write(name_this_process() + '\\n'); sys.stdout.flush(); sys.stdin.read()"
)


@pytest.fixture
def other() -> Iterator[subprocess.Popen[str]]:
    """Another process of this machine."""
    process = subprocess.Popen(
        [sys.executable, "-c", NAMES_ITSELF],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        yield process
        process.kill()
        process.wait()


def test_a_process_of_this_machine_is_looked_at_and_needs_no_sign_of_life(
    other: subprocess.Popen[str],
) -> None:
    assert other.stdout is not None
    name = other.stdout.readline().strip()
    assert not is_cut_off(name, TRACE, silent_ms=LONG_MS)
    # Killed and not yet buried: its id is still taken.
    other.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert is_cut_off(name, TRACE, silent_ms=0)
    other.wait()
    assert is_cut_off(name, TRACE, silent_ms=0)


def test_a_process_that_has_the_id_of_one_that_ended_is_not_taken_for_it() -> None:
    place, pid, begun = name_this_process().split()
    earlier = f"{place} {pid} {int(begun) - 1}"
    assert is_cut_off(earlier, TRACE, silent_ms=0)


@pytest.mark.parametrize(
    "name",
    [
        "another-kernel/4026531836 {pid} 1",
        "{kernel}/1 {pid} 1",
        "- {pid} 3f2a",
        "",
        "nonsense",
        "{kernel}/{namespace} nonsense",
    ],
)
def test_a_process_that_cannot_be_seen_from_here_is_believed_while_it_gives_signs(
    name: str,
) -> None:
    place, pid, _ = name_this_process().split()
    kernel, namespace = place.split("/")
    told = name.format(kernel=kernel, namespace=namespace, pid=pid)
    assert not is_cut_off(told, TRACE, silent_ms=SILENT_MS - 1)
    assert is_cut_off(told, TRACE, silent_ms=LONG_MS)


def test_a_turn_of_this_process_is_under_way_until_it_ends_and_then_has_a_moment_to_be_stored() -> (
    None
):
    open_here.add(TRACE)
    try:
        assert not is_cut_off(name_this_process(), TRACE, silent_ms=LONG_MS)
    finally:
        open_here.discard(TRACE)
    assert not is_cut_off(name_this_process(), TRACE, silent_ms=SILENT_MS - 1)
    assert is_cut_off(name_this_process(), TRACE, silent_ms=LONG_MS)
