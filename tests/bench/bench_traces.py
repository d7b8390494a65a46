"""The list with 100,000 traces in the store, and one trace of many spans, by both kinds of store.

The peer of an opened trace is `MlflowClient.get_trace`, which gives the spans alone; ours includes
tree, waterfall, critical path and time account.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from mlflow import MlflowClient

from gwtrace_core.errors import TrackingError
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.tracing.setup import Tracking, TrackingConfig
from gwtrace_core.tracing.traces import Traces
from tests.bench.browser import free_port
from tests.bench.environment import child_environment, ended
from tests.bench.report import Budget, Row, print_rows
from tests.bench.trace_pages import page_rows
from tests.bench.trace_rows import RARE_WORD, fill, fill_large

_EXPERIMENT = "bench"
_LIST_MS = 300.0
_OPEN_MS = 3_000.0
_FILTERS: tuple[tuple[str, TraceFilter], ...] = (
    ("failed", TraceFilter(has_error=True)),
    ("one model", TraceFilter(model="gpt-4o-mini")),
    ("a model that nobody used", TraceFilter(model="no such model")),
    ("one session", TraceFilter(session_id=f"{9:032x}")),
    ("one user", TraceFilter(user="user-7")),
    ("thumbs down", TraceFilter(verdict_value="false")),
    ("made elsewhere", TraceFilter(by_gwtrace=False)),
    ("longer than 20 s", TraceFilter(min_duration_ms=20_000)),
    ("a word in the preview", TraceFilter(preview="tides")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Store:
    traces: Traces
    uri: str
    label: str
    large: dict[int, str]
    """Ids of the large traces, by their number of spans."""


def run(quick: bool) -> None:
    """Print the tables."""
    # For the peer: through a server the client needs longer than the app lets it wait.
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "180"
    count, sizes, repeats = (2_000, (300,), 1) if quick else (100_000, (10_000, 50_000), 5)
    with TemporaryDirectory() as directory:
        database = Path(directory) / "mlflow.db"
        with _tracking(None, directory) as tracking:
            embedded = Traces(tracking)
            experiment_id = embedded.current_experiment_id()
            fill(database, experiment_id, count)
            large = {size: fill_large(database, experiment_id, size) for size in sizes}
            uri = tracking.config.uri
            _measure(_Store(traces=embedded, uri=uri, label="sqlite", large=large), count, repeats)
        with _server(database) as uri, _tracking(uri, directory) as tracking:
            if not quick:
                served = Traces(tracking)
                store = _Store(traces=served, uri=uri, label="server", large=large)
                _measure(store, count, repeats)
            spans, trace_id = next(iter(large.items()))
            rows = page_rows(uri, _EXPERIMENT, experiment_id, trace_id)
            print_rows(f"traces: {spans:,} spans, our page beside MLflow's (the peer)", rows)


def _measure(store: _Store, count: int, repeats: int) -> None:
    title = f"traces: the list, {count:,} traces, {store.label}"
    print_rows(title, _list_rows(store.traces, repeats))
    rows = [_opened(store, spans, trace_id) for spans, trace_id in store.large.items()]
    print_rows(f"traces: one large trace, {store.label}", rows)


def _list_rows(traces: Traces, repeats: int) -> list[Row]:
    budget = Budget(most=_LIST_MS)
    first = traces.trace_page()
    newest_token = first.next_token
    rows = [
        Row(what="first page", samples=_timed(traces.trace_page, repeats), budget=budget),
        Row(
            what="second page",
            samples=_timed(lambda: traces.trace_page(page_token=newest_token), repeats),
            budget=budget,
        ),
    ]
    for words, chosen in _FILTERS:
        rows.append(
            Row(
                what=f"first page: {words}",
                samples=_timed(lambda chosen=chosen: traces.trace_page(chosen=chosen), repeats),
                budget=budget,
            )
        )
    rare = TraceFilter(preview=RARE_WORD)
    rows += [
        Row(
            what="slowest first",
            samples=_timed(lambda: traces.trace_page(order="slowest"), repeats),
            budget=budget,
        ),
        Row(what="one step of the search for a rare word", samples=_timed(
            lambda: traces.trace_page(chosen=rare), 1)),
        Row(what="first page of sessions", samples=_timed(traces.session_page, repeats)),
    ]  # fmt: skip
    return rows


def _opened(store: _Store, spans: int, trace_id: str) -> Row:
    def read() -> None:
        if store.traces.open_trace(trace_id, is_fresh=True).view() is None:
            raise TrackingError(f"The trace of {spans} spans is not there.")

    is_measured = spans <= 10_000
    client = MlflowClient(tracking_uri=store.uri)
    return Row(
        what=f"{spans:,} spans, opened",
        samples=_timed(read, 3 if is_measured else 1),
        # The client takes minutes for more.
        peer=_timed(lambda: client.get_trace(trace_id), 1) if is_measured else (),
        compared="times the peer" if is_measured else "as it is",
        budget=Budget(most=_OPEN_MS) if is_measured else None,
    )


def _timed(work: Callable[[], object], count: int) -> list[float]:
    samples: list[float] = []
    for _ in range(count):
        begun_s = time.perf_counter()
        work()
        samples.append((time.perf_counter() - begun_s) * 1000)
    return samples


@contextmanager
def _tracking(uri: str | None, directory: str) -> Iterator[Tracking]:
    tracking = Tracking(
        TrackingConfig(tracking_uri=uri, experiment_name=_EXPERIMENT, working_dir=Path(directory))
    )
    tracking.start()
    try:
        yield tracking
    finally:
        tracking.close()


@contextmanager
def _server(database: Path) -> Iterator[str]:
    """An MLflow server with one worker on the same database."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--backend-store-uri", f"sqlite:///{database}"),
        ],
        cwd=database.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=child_environment(
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
            MLFLOW_MODEL_CATALOG_URI="",
            MLFLOW_DISABLE_TELEMETRY="true",
        ),
    )
    with ended(process):
        give_up_s = time.monotonic() + 180
        while process.poll() is None and time.monotonic() < give_up_s:
            with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
