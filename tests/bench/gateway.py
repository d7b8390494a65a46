"""The demo gateway in a process of its own, which tells when each request came and went.

Run as a module it is that process: `python -m tests.bench.gateway PACE`.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import ProxyHandler, build_opener

from gwtrace_core.demo_gateway.common.exchange import Exchange
from gwtrace_core.demo_gateway.server import PREFIX, create_app
from gwtrace_core.demo_gateway.serving import listen, make_server
from tests.bench.environment import REPOSITORY, child_environment, ended

_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. Times are `time.monotonic()`, which all processes of a machine share."""

    index: int
    method: str
    arrived_s: float
    first_byte_s: float | None
    ended_s: float | None
    query: str


class Gateway:
    """Asks the process's log."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._changed = threading.Condition()
        self._requests: dict[int, Request] = {}
        self._marks = itertools.count()
        self._opener = build_opener(ProxyHandler({}))
        assert process.stdout is not None
        self.base_url = process.stdout.readline().decode().strip()
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def mark(self) -> int:
        """The index that the next request will have; asked of the gateway itself, because what it
        has told may still be on its way here."""
        query = f"mark={next(self._marks)}"
        with self._opener.open(f"{self.base_url}/?{query}", timeout=_PATIENCE_S):
            pass
        return self._wait(lambda request: request.query == query).index + 1

    def arrived(self, mark: int) -> Request:
        """The first call from `mark` on; that the app lists the gateway's models is none."""
        return self._wait(lambda request: request.index >= mark and request.method == "POST")

    def ended(self, mark: int) -> Request:
        """The same, once its answer has ended or its caller has left."""
        call = self.arrived(mark)
        return self._wait(lambda request: request.index == call.index and bool(request.ended_s))

    def _wait(self, matches: Callable[[Request], bool]) -> Request:
        def found() -> Request | None:
            return next(filter(matches, self._requests.values()), None)

        with self._changed:
            request = self._changed.wait_for(found, timeout=_PATIENCE_S)
        if request is None:
            raise TimeoutError(f"The request did not come or end within {_PATIENCE_S:g} s.")
        return request

    def _read(self, lines: Any) -> None:
        for line in lines:
            request = Request(**json.loads(line))
            with self._changed:
                self._requests[request.index] = request
                self._changed.notify_all()


@contextmanager
def running_gateway(pace: float) -> Iterator[Gateway]:
    """A gateway; `pace` multiplies the models' own waits, 0 for none."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.gateway", str(pace)],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env=child_environment(),
    )
    with ended(process):
        yield Gateway(process)


def _tell(exchange: Exchange) -> None:
    line = {
        "index": exchange.index,
        "method": exchange.method,
        "arrived_s": exchange.started_s,
        "first_byte_s": exchange.first_byte_s,
        "ended_s": exchange.ended_s,
        "query": exchange.query,
    }
    print(json.dumps(line), flush=True)


def _serve(pace: float) -> None:
    listener = listen("127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}{PREFIX}", flush=True)
    make_server(create_app(observer=_tell, pace=pace)).run(sockets=[listener])


if __name__ == "__main__":
    _serve(float(sys.argv[1]))
