"""MLflow prepared for this process: settings and the experiment. Imports mlflow.

Runs in the tracking thread only; importing this module takes seconds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import wait
from contextlib import suppress
from importlib import import_module
from typing import Any

# Before mlflow is imported and before the first span; what the user has set wins.
_DEFAULTS = {
    "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "true",
    "MLFLOW_ASYNC_TRACE_LOGGING_MAX_INTERVAL_MILLIS": "50",
    "MLFLOW_ASYNC_TRACE_LOGGING_MAX_SPAN_BATCH_SIZE": "512",
    # One writer: a trace's spans are then stored before the trace is declared complete. With more,
    # a reader can meet a complete trace without spans, and MLflow makes it wait a whole second.
    "MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS": "1",
    # A request is made twice. With 10 s it would be given up at the very limit of a full-text
    # search, and either could be told.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "12",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    # Otherwise the first priced span waits for a price list from github.com, for seconds without
    # internet. Empty: the list inside the package is used, and costs are still computed.
    "MLFLOW_MODEL_CATALOG_URI": "",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)

import mlflow  # noqa: E402
from mlflow.store.tracking.rest_store import RestStore  # noqa: E402
from mlflow.tracing import utils as tracing_utils  # noqa: E402
from mlflow.utils import credentials  # noqa: E402

from gwtrace_core.background.future import start  # noqa: E402
from gwtrace_core.gateway.proxies import spare_loopback  # noqa: E402
from gwtrace_core.mlflow_store.connection.database_trouble import find_sqlite_path  # noqa: E402
from gwtrace_core.mlflow_store.connection.probe import (  # noqa: E402
    Part,
    ProbeError,
    is_server_uri,
    open_database,
    reach_database,
    reach_server,
    resolve_experiment,
)
from gwtrace_core.mlflow_store.connection.tracking import TrackingConfig  # noqa: E402
from gwtrace_core.mlflow_store.format import live_spans  # noqa: E402
from gwtrace_core.mlflow_store.format.find import find_trace  # noqa: E402
from gwtrace_core.values.errors import TrackingError  # noqa: E402
from gwtrace_core.values.uris import masked_uri  # noqa: E402

_log = logging.getLogger(__name__)
_tracing: Any = mlflow.tracing  # pyright: ignore[reportPrivateImportUsage]  # MLflow's documented name


class Session:
    """This process's MLflow, pointed at one store."""

    def __init__(self, config: TrackingConfig, doubt: Callable[[], Any]) -> None:
        """`doubt` is called when MLflow reports that a trace was not written."""
        self._config = config
        self._doubt = _DoubtHandler(doubt)
        # MLflow's HTTP client looks for a proxy itself, and would ask it for a server right here.
        spare_loopback(os.environ)
        self.experiment_id = ""
        self.is_server = False
        _quieten()
        logging.getLogger(_EXPORTER).addHandler(self._doubt)
        # Until there is a store, autolog would make one wherever the process happens to run.
        _tracing.disable()

    def connect(self) -> ProbeError | None:
        """Resolve everything a trace needs; the problem, or None when turns can be recorded."""
        uri = self._config.uri
        try:
            self.is_server = is_server_uri(uri)
            if self.is_server:
                reach_server(uri)
                _prime_server_version(uri)
            else:
                open_database(uri)
            self.experiment_id = resolve_experiment(self._config)
        except ProbeError as problem:
            return problem
        _point_mlflow_at(uri)
        live_spans.install_hooks()
        self._warm_up(uri)
        return None

    def _warm_up(self, uri: str) -> None:
        """Do once what would otherwise make the first trace take a second longer."""
        # Sets the exporter up, which reads the working directory's git revision.
        _tracing.enable()
        # Imported by MLflow when the first span begins.
        import_module("mlflow.pyfunc.context")
        import_module("gwtrace_core.mlflow_store.recording.turn")
        with suppress(TrackingError):
            find_trace(uri, "tr-" + "0" * 32)
        if not self.is_server:
            price: Any = tracing_utils.calculate_cost_by_model_and_token_usage
            price("gpt-4o-mini", {"input_tokens": 1, "output_tokens": 1})

    def check(self) -> ProbeError | None:
        """Whether what was connected still answers: one small request."""
        try:
            if self.is_server:
                reach_server(self._config.uri)
            elif find_sqlite_path(self._config.uri) is None:
                reach_database(self._config.uri)
            else:
                resolve_experiment(self._config)
        except ProbeError as problem:
            return problem
        return None

    def close(self, flush_s: float) -> None:
        """Write out what is queued, but wait for it no longer than that."""
        logging.getLogger(_EXPORTER).removeHandler(self._doubt)
        flush = start(mlflow.flush_trace_async_logging, name="gwtrace-flush")
        if not wait([flush], flush_s).done:
            _log.warning(
                "MLflow has not taken all traces within %g s; the newest may be missing.", flush_s
            )


def _prime_server_version(uri: str) -> None:
    """Have MLflow learn the server's version while it answers. Raises ProbeError if it does not.

    MLflow asks once per process and keeps even a failure for good: a server that was down at that
    moment would for ever be taken for one too old to store spans.
    """
    store: Any = RestStore
    known: Any = credentials
    store._get_server_version.cache_clear()
    if store._get_server_version(known.get_default_host_creds(uri)) is None:
        raise ProbeError(
            f"The MLflow server at {masked_uri(uri)} stopped answering.",
            part=Part.HOST,
            hint="It is tried again by itself.",
            is_passing=True,
        )


def _point_mlflow_at(uri: str) -> None:
    before = os.environ.get("MLFLOW_TRACKING_URI")
    if mlflow.get_tracking_uri() == uri:
        # The exporter may have learnt wrong things of a server that was down; start it afresh.
        _tracing.reset()
    mlflow.set_tracking_uri(uri)
    # MLflow writes the URI into the environment, where our settings would take it for the user's.
    if before is None:
        os.environ.pop("MLFLOW_TRACKING_URI", None)
    else:
        os.environ["MLFLOW_TRACKING_URI"] = before


_EXPORTER = "mlflow.tracing.export.mlflow_v3"


class _DoubtHandler(logging.Handler):
    """Calls back when the exporter warns: MLflow has no other way to say that a trace is lost."""

    def __init__(self, doubt: Callable[[], Any]) -> None:
        super().__init__(logging.WARNING)
        self._call = doubt

    def emit(self, record: logging.LogRecord) -> None:
        del record
        self._call()


def _quieten() -> None:
    # "Creating initial MLflow database tables…", each migration by name, "Flushing the async trace
    # logging queue before program exit": no news to a user. Warnings still come through.
    for name in (
        "mlflow.store.db.utils",
        "alembic.runtime.migration",
        "mlflow.tracing.export.async_export_queue",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("mlflow.utils.autologging_utils").addFilter(_is_no_known_deprecation)


def _is_no_known_deprecation(record: logging.LogRecord) -> bool:
    # MLflow's own autolog calls a property of pydantic-ai's the old way, once on every agent run.
    return "PydanticAIDeprecationWarning: `usage` is a property" not in record.getMessage()
