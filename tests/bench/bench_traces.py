"""The list with 100,000 traces in the store, and one trace of many spans, by both kinds of store.

Three parts, alone or together: `list`, `large`, `pages`. Each figure is printed as it comes, and
again in a table at the end of its part; what does not come within its time is told and left out.

The peer of an opened trace is `MlflowClient.get_trace`, which gives the spans alone; ours includes
tree, waterfall, critical path and time account.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.errors import TrackingError
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


_PARTS = ("list", "large", "pages")
_PEER_S = 120.0
_ROW_S = 20.0
"""After that long no further sample is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Store:
    traces: Traces
    uri: str
    label: str
    large: dict[int, str]
    """Ids of the large traces, by their number of spans."""


def run(quick: bool, part: str | None = None) -> None:
    """Print the tables of one part or of all."""
    parts = _PARTS if part is None else (part,)
    # For the peer: through a server the client needs longer than the app lets it wait.
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = f"{_PEER_S:.0f}"
    count, sizes, repeats = (2_000, (300,), 1) if quick else (100_000, (10_000, 50_000), 5)
    with TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        database = Path(directory) / "mlflow.db"
        with _tracking(None, directory) as tracking:
            embedded = Traces(tracking)
            experiment_id = embedded.find_current_experiment_id()
            if "list" in parts:
                _told(f"writing {count:,} traces", lambda: fill(database, experiment_id, count))
            sizes = sizes if "large" in parts else sizes[:1]
            large = {
                size: fill_large(database, experiment_id, size)
                for size in (sizes if {*parts} & {"large", "pages"} else ())
            }
            uri = tracking.config.uri
            store = _Store(traces=embedded, uri=uri, label="sqlite", large=large)
            _measure(store, parts, count, repeats)
        with _server(database) as uri:
            if not quick:
                with _tracking(uri, directory) as tracking:
                    served = _Store(traces=Traces(tracking), uri=uri, label="server", large=large)
                    _measure(served, parts, count, repeats)
            if "pages" in parts:
                spans, trace_id = next(iter(large.items()))
                rows = page_rows(uri, _EXPERIMENT, experiment_id, trace_id)
                print_rows(f"traces: {spans:,} spans, our page beside MLflow's (the peer)", rows)


def _measure(store: _Store, parts: tuple[str, ...], count: int, repeats: int) -> None:
    if "list" in parts:
        rows = list(_list_rows(store, repeats))
        print_rows(f"traces: the list, {count:,} traces, {store.label}", rows)
    if "large" in parts:
        rows = [_opened(store, spans, trace_id) for spans, trace_id in store.large.items()]
        print_rows(f"traces: one large trace, {store.label}", rows)


def _list_rows(store: _Store, repeats: int) -> Iterator[Row]:
    traces = store.traces
    budget = Budget(most=_LIST_MS)
    newest_token = traces.list_traces().next_token

    def row(what: str, work: Callable[[], object], *, times: int = repeats) -> Row:
        return Row(what=what, samples=_timed(f"{store.label}, {what}", work, times))

    def limited(what: str, work: Callable[[], object]) -> Row:
        return replace(row(what, work), budget=budget)

    yield limited("first page", traces.list_traces)
    yield limited("second page", lambda: traces.list_traces(page_token=newest_token))
    for words, chosen in _FILTERS:
        ask = partial(traces.list_traces, chosen=chosen)
        yield limited(f"first page: {words}", ask)
    yield limited("slowest first", lambda: traces.list_traces(order="slowest"))
    rare = TraceFilter(preview=RARE_WORD)
    ask = partial(traces.list_traces, chosen=rare)
    yield row("one step of the search for a rare word", ask, times=1)
    yield row("first page of sessions", traces.list_session_page)


def _opened(store: _Store, spans: int, trace_id: str) -> Row:
    def read() -> None:
        if store.traces.open_trace(trace_id, is_fresh=True).view() is None:
            raise TrackingError(f"The trace of {spans} spans is not there.")

    is_measured = spans <= 10_000
    client = MlflowClient(tracking_uri=store.uri)
    what = f"{spans:,} spans, opened"
    # The client takes minutes for more.
    peer = f"{store.label}, {spans:,} spans, by MlflowClient.get_trace"
    return Row(
        what=what,
        samples=_timed(f"{store.label}, {what}", read, 3 if is_measured else 1),
        peer=_timed(peer, lambda: client.get_trace(trace_id), 1) if is_measured else (),
        compared="times the peer" if is_measured else "as it is",
        budget=Budget(most=_OPEN_MS) if is_measured else None,
    )


def _timed(what: str, work: Callable[[], object], count: int) -> list[float]:
    """Milliseconds of up to `count` samples, none where it fails, which is told."""
    samples: list[float] = []
    give_up_s = time.perf_counter() + _ROW_S
    while len(samples) < count and time.perf_counter() < give_up_s:
        begun_s = time.perf_counter()
        try:
            work()
        except (TrackingError, MlflowException) as problem:
            first = (str(problem).splitlines() or [""])[0]
            print(f"{what}: failed after {time.perf_counter() - begun_s:.1f} s: {first[:200]}")
            break
        samples.append((time.perf_counter() - begun_s) * 1000)
    if samples:
        print(f"{what}: {statistics.median(samples):,.1f} ms", flush=True)
    return samples


def _told(what: str, work: Callable[[], object]) -> None:
    begun_s = time.perf_counter()
    work()
    print(f"{what}: {time.perf_counter() - begun_s:.0f} s", flush=True)


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
