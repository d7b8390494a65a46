"""What all tests share: a clean environment, no network but loopback, and the demo gateway."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from gwtrace_core.demo_gateway.common.exchange import Exchange
from gwtrace_core.demo_gateway.server import PREFIX, create_app
from gwtrace_core.demo_gateway.serving import listen, make_server
from tests.empty_store import EmptyStore, make_empty_store
from tests.seeded_traces import Seeded, seed
from tests.warm_start import WarmProcess

_CLEANED_PREFIXES = (
    "ANTHROPIC_",
    "GEMINI_",
    "GOOGLE_",
    "GROQ_",
    "GWTRACE_",
    "LOGFIRE_",
    "MLFLOW_",
    "OPENAI_",
    "OTEL_",
    "PAIG_",
    "PYDANTIC_",
)
_CLEANED_SUFFIXES = ("_PROXY", "_proxy")
# A slow machine proves nothing about the code.
settings.register_profile("gwtrace", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gwtrace")

_LOOPBACK = ("127.", "::1", "localhost")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A failure that was tried again is shown like any other: it is a fault, of the test or not."""
    tried_again = terminalreporter.getreports("rerun")
    if tried_again:
        terminalreporter.section("FAILED AT THE FIRST TRY")
    for report in tried_again:
        terminalreporter.section(report.nodeid, sep="-")
        terminalreporter.line(report.longreprtext)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests first: the longest files at the end would leave a core with nothing to do."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """No test may see the settings of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_CLEANED_PREFIXES) or name.endswith(_CLEANED_SUFFIXES):
                patch.delenv(name)
        yield


class NetworkTouchedError(AssertionError):
    """A test tried to reach something that is not this machine."""


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmProcess]:
    """Starts programs without their imports."""
    with WarmProcess() as warm:
        yield warm


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Connections to anything but loopback fail, and say so."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            raise NetworkTouchedError(f"A test tried to connect to {address!r}; only loopback may.")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


class ExchangeLog:
    """What a demo gateway was asked, newest state of each exchange, in order of arrival."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._exchanges: dict[int, Exchange] = {}

    def observe(self, exchange: Exchange) -> None:
        with self._changed:
            self._exchanges[exchange.index] = exchange
            self._changed.notify_all()

    @property
    def all(self) -> tuple[Exchange, ...]:
        with self._changed:
            return tuple(self._exchanges.values())

    @property
    def mark(self) -> int:
        """The index that the next exchange will have: take it before the call under test."""
        with self._changed:
            return max(self._exchanges, default=-1) + 1

    def since(self, mark: int) -> tuple[Exchange, ...]:
        return tuple(exchange for exchange in self.all if exchange.index >= mark)

    def wait_for(
        self,
        matches: Callable[[Exchange], bool],
        *,
        since: int = 0,
        timeout_s: float = 10,
    ) -> Exchange:
        """The first exchange from `since` on that matches; fails when none does in time."""

        def found() -> Exchange | None:
            candidates = (e for i, e in self._exchanges.items() if i >= since)
            return next((e for e in candidates if matches(e)), None)

        with self._changed:
            exchange = self._changed.wait_for(found, timeout=timeout_s)
            if exchange is None:
                seen = [e for i, e in self._exchanges.items() if i >= since]
                pytest.fail(f"No such exchange within {timeout_s} s. Seen since {since}: {seen}")
            return exchange

    def wait_ended(self, *, since: int, timeout_s: float = 10) -> Exchange:
        """The first exchange from `since` on, once it has ended."""
        return self.wait_for(lambda e: e.ending is not None, since=since, timeout_s=timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo gateway and the log of what it was asked."""

    base_url: str
    """Ends in `/proxy`, unless it was made without that prefix."""
    exchanges: ExchangeLog


@contextmanager
def running_demo(**settings: Any) -> Iterator[Demo]:
    """A demo gateway of one's own in a thread; `settings` go to `create_app`."""
    log = ExchangeLog()
    prefix = settings.get("prefix", PREFIX)
    server = make_server(create_app(observer=log.observe, **settings))
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="demo-gateway", daemon=True
    )
    thread.start()
    try:
        # The socket listens already, so calls made from here on are queued, not refused.
        yield Demo(base_url=f"http://127.0.0.1:{port}{prefix}", exchanges=log)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        assert not thread.is_alive(), "The demo gateway did not stop within 10 s."


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The demo gateway without any waits, shared by all tests."""
    with running_demo(pace=0) as running:
        yield running


@pytest.fixture(scope="session")
def seeded_once(warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """A store that another program wrote to: to be copied, not to be used."""
    return seed(tmp_path_factory.mktemp("seeded_once") / "app", warm)


@pytest.fixture(scope="session")
def empty_store(warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> EmptyStore:
    """MLflow's default store with nothing in it."""
    return make_empty_store(tmp_path_factory.mktemp("empty_store"), warm)


@pytest.fixture(scope="session")
def make_demo() -> Callable[..., Any]:
    """`with make_demo(pace=…) as demo`: a second gateway with settings of its own."""
    return running_demo
