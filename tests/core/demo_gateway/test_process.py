"""The demo gateway as a process: quick to start, gone with its parent, replaceable."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from gwtrace_core.demo_gateway.process import DemoGateway, DemoGatewayError
from tests.core.demo_gateway.calls import ask

ROOT = Path(__file__).resolve().parents[3]
MODULE = [sys.executable, "-m", "gwtrace_core.demo_gateway"]


def test_it_starts_answers_and_stops() -> None:
    gateway = DemoGateway.start(pace=0)
    try:
        gateway.wait_ready(timeout_s=10)
        base_url = gateway.base_url
        assert gateway.alive
        assert base_url.startswith("http://127.0.0.1:")
        assert base_url.endswith("/proxy")
        assert ask(base_url).status_code == 200
    finally:
        gateway.stop()
    assert not gateway.alive
    with pytest.raises(httpx.ConnectError):
        ask(base_url)
    gateway.stop()  # twice does no harm


def test_a_dead_one_is_noticed_and_can_be_replaced() -> None:
    first = DemoGateway.start(pace=0)
    first.wait_ready()
    os.kill(first.pid, signal.SIGKILL)
    first.stop()
    assert not first.alive
    second = DemoGateway.start(pace=0)
    try:
        assert second.pid != first.pid
        assert ask(second.base_url).status_code == 200
    finally:
        second.stop()


def test_one_that_dies_before_it_listens_says_so() -> None:
    gateway = DemoGateway.start()
    os.kill(gateway.pid, signal.SIGKILL)
    with pytest.raises(DemoGatewayError, match="did not start: it ended with code -9"):
        gateway.wait_ready()
    gateway.stop()


def test_one_that_is_too_slow_is_given_up() -> None:
    gateway = DemoGateway.start()
    try:
        with pytest.raises(DemoGatewayError, match=r"did not start within 0\.001 s"):
            gateway.wait_ready(timeout_s=0.001)
    finally:
        gateway.stop()


PARENT = """
import sys
from gwtrace_core.demo_gateway.process import DemoGateway
gateway = DemoGateway.start()
print(gateway.base_url, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_goes_away_when_its_parent_is_killed(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        base_url = parent.stdout.readline().decode().strip()
        port = int(base_url.removesuffix("/proxy").rpartition(":")[2])
        # A connection that is open ends when the child does, so nothing needs to be polled.
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            parent.send_signal(how)
            with suppress(ConnectionResetError):
                assert connection.recv(1) == b""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=10).close()


@pytest.mark.parametrize(("option", "prefix"), [([], "/proxy"), (["--no-prefix"], "")])
def test_it_runs_by_hand_on_a_given_port_and_leaves_on_interrupt(
    option: list[str], prefix: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [*MODULE, "--port", str(port), "--pace", "0", *option],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        guard = threading.Timer(20, process.kill)
        guard.start()
        assert process.stdout is not None
        assert process.stdout.readline() == f"http://127.0.0.1:{port}{prefix}\n".encode()
        assert ask(f"http://127.0.0.1:{port}{prefix}").status_code == 200
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
        guard.cancel()
    assert (process.returncode, output, errors) == (0, b"", b"")


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*MODULE, "--port", str(port)], cwd=ROOT, capture_output=True, timeout=20, check=False
        )
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.startswith(f"Cannot listen on 127.0.0.1:{port}: ".encode())


def test_naming_its_models_and_prompts_loads_no_server() -> None:
    code = (
        "import sys\n"
        "from gwtrace_core.demo_gateway import process\n"
        "from gwtrace_core.demo_gateway.common import examples, faults\n"
        "from gwtrace_core.demo_gateway.model import models\n"
        "heavy = {'starlette', 'uvicorn', 'pydantic', 'httpx', 'genai_prices'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=20, check=True
    )
    assert done.stdout == b"[]\n"


def test_the_server_itself_loads_no_sdk() -> None:
    code = (
        "import sys\n"
        "import gwtrace_core.demo_gateway.__main__\n"
        "heavy = {'openai', 'anthropic', 'groq', 'mlflow', 'pydantic', 'streamlit', 'httpx'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=20, check=True
    )
    assert done.stdout == b"[]\n"
