"""Large traces from servers that take their time and lack the route of MLflow's own page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import mlflow
import pytest

from gwtrace_core.background.time_limit import TimeLimitError
from gwtrace_core.mlflow_store.connection.tracking import Ready
from gwtrace_core.mlflow_store.traces import large
from gwtrace_core.trace.view import ReadProgress
from tests.core.mlflow_store.support import Turns, store_at
from tests.mlflow_proxy import MlflowProxy

_ROUTE = "/ajax-api/3.0/mlflow/get-trace-artifact"
_REQUEST = "/api/3.0/mlflow/traces/get"


@pytest.fixture
def proxy(mlflow_server: tuple[str, int]) -> Iterator[MlflowProxy]:
    """In front of the server, without the route of MLflow's own page."""
    proxy = MlflowProxy(mlflow_server)
    proxy.refused = lambda path, body: path == _ROUTE
    with proxy.running():
        yield proxy


@pytest.fixture
def info(served: Turns) -> Any:
    state = served.tracking.state
    assert isinstance(state, Ready)
    start: Any = mlflow.start_span_no_context
    root = start("slow", inputs={"q": "é"}, experiment_id=state.experiment_id)
    for number in range(3):
        child = start(f"step {number}", parent_span=root, attributes={"n": number, "list": [1]})
        child.record_exception(ValueError("odd"))
        child.end(outputs={"ok": True})
    root.end(outputs="done")
    mlflow.flush_trace_async_logging()
    found = large.find_info(served.tracking.config.uri, root.trace_id)
    assert found is not None
    return found


def test_an_answer_later_than_mlflows_own_limit_still_comes(
    served: Turns, proxy: MlflowProxy, info: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    proxy.held = lambda path, body: path == _REQUEST
    late = threading.Timer(2.0, proxy.release.set)
    late.start()
    told: list[ReadProgress] = []
    spans = large.read_spans(store_at(proxy.url), info, 60.0, told.append)
    assert proxy.asked == [_ROUTE, _REQUEST]
    assert [progress.phase for progress in told] == ["reading", "building"]
    assert told[0].done > 500

    # And it is the same trace as by the quick way.
    direct_s = time.monotonic() + 30
    quick = large.read_spans_by_route(served.tracking.config.uri, info, direct_s, told.append)
    assert quick is not None

    def made(found: list[Any]) -> Any:
        return large.build_trace(info, found, told.append)

    assert made(spans) == made(quick)


def test_a_server_that_never_answers_is_given_up_with_what_happened(
    proxy: MlflowProxy, info: Any
) -> None:
    proxy.held = lambda path, body: path == _REQUEST
    with pytest.raises(TimeLimitError, match="too long to send the trace; nothing came"):
        large.read_spans(store_at(proxy.url), info, 1.0, lambda _: None)


def test_a_server_with_neither_way_is_asked_by_mlflows_client(
    proxy: MlflowProxy, info: Any
) -> None:
    seen: list[str] = []

    def refused(path: str, body: bytes) -> bool:
        seen.append(path)
        return path == _ROUTE or seen.count(_REQUEST) == 1

    proxy.refused = refused
    spans = large.read_spans(store_at(proxy.url), info, 30.0, lambda _: None)
    assert [span["name"] for span in spans] == ["slow", "step 0", "step 1", "step 2"]
    assert seen == [_ROUTE, _REQUEST, _REQUEST]
