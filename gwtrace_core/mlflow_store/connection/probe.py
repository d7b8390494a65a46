"""Finds out which part of the way to MLflow is broken. Every step is bounded in time."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import requests.exceptions
import sqlalchemy
import sqlalchemy.exc
import urllib3.exceptions
from alembic.util import CommandError
from mlflow import MlflowClient
from mlflow.exceptions import InvalidUrlException, MlflowException
from mlflow.utils import credentials, rest_utils
from packaging.version import InvalidVersion, Version

from gwtrace_core.mlflow_store.connection.database_trouble import (
    Trouble,
    explain_missing_driver,
    explain_unknown_driver,
    explain_unopened,
    find_sqlite_path,
    quote_first_line,
)
from gwtrace_core.mlflow_store.connection.tracking import TrackingConfig
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.uris import masked_uri

# Their types are unknown.
_rest: Any = rest_utils
_credentials: Any = credentials

PROBE_TIMEOUT_S = 3
OLDEST_SERVER = Version("3.4")
"""The first server that takes spans one by one; older ones would store traces as files."""

_TIMEOUTS = (requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError)
_CONNECT_LIMITS: Mapping[str, dict[str, Any]] = {
    "psycopg": {"connect_timeout": PROBE_TIMEOUT_S},
    "psycopg2": {"connect_timeout": PROBE_TIMEOUT_S},
    "pymysql": {"connect_timeout": PROBE_TIMEOUT_S},
    "mysqldb": {"connect_timeout": PROBE_TIMEOUT_S},
    "pyodbc": {"timeout": PROBE_TIMEOUT_S},
}
"""How each driver is told not to wait for ever."""
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_URI_HINT = (
    "Set MLFLOW_TRACKING_URI to an address such as http://localhost:5000, or leave it unset for "
    "MLflow's own sqlite file."
)


_UNOPENED = (
    MlflowException,
    sqlalchemy.exc.SQLAlchemyError,
    sqlite3.Error,
    OSError,
    CommandError,
)
"""What MLflow, its database and what makes its tables may raise."""


class Part(StrEnum):
    """What lies on the way to a recorded trace, in the order in which it is met."""

    ADDRESS = "address"
    HOST = "host"
    SERVER = "server"
    STORE = "store"
    EXPERIMENT = "experiment"


class ProbeError(TrackingError):
    """`part` is what is broken; `is_passing` says whether time alone may mend it."""

    def __init__(self, message: str, *, part: Part, hint: str = "", is_passing: bool) -> None:
        super().__init__(message, hint=hint)
        self.part = part
        self.is_passing = is_passing


def is_server_uri(uri: str) -> bool:
    """Whether traces go through an MLflow server; raises ProbeError for a URI of no known form."""
    shown = masked_uri(uri)
    try:
        parts = urlsplit(uri.strip())
        scheme, host = parts.scheme.partition("+")[0], parts.hostname
        _ = parts.port  # out of range or not a number: ValueError
    except ValueError as exc:
        raise ProbeError(
            # What the exception says quotes what stands there, be it a password.
            f"The tracking URI {shown!r} is not an address: its host or port cannot be read.",
            part=Part.ADDRESS,
            hint=_URI_HINT,
            is_passing=False,
        ) from exc
    if scheme in ("http", "https") and host:
        return True
    if scheme in _DATABASES and "://" in uri:
        return False
    raise ProbeError(
        f"The tracking URI {shown!r} is neither a server (http://…) nor a database (sqlite:///…).",
        part=Part.ADDRESS,
        hint=_URI_HINT,
        is_passing=False,
    )


def reach_server(uri: str) -> Version:
    """The version of the MLflow server at `uri`. Raises ProbeError naming host or server."""
    shown = masked_uri(uri)
    try:
        # MLflow's own client, so that credentials and certificates are those of every later call.
        response = _rest.http_request(
            _credentials.get_default_host_creds(uri),
            "/version",
            "GET",
            timeout=PROBE_TIMEOUT_S,
            max_retries=0,
            raise_on_status=False,
        )
    except (MlflowException, InvalidUrlException) as exc:
        raise _explain_unreachable(shown, exc) from exc
    status, text = int(response.status_code), str(response.text)
    if status in (401, 403):
        raise ProbeError(
            f"The MLflow server at {shown} refused the request (HTTP {status}).",
            part=Part.SERVER,
            hint="Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or the token.",
            is_passing=True,
        )
    try:
        version = Version(text.strip()) if status == 200 else None
    except InvalidVersion:
        version = None
    if version is None:
        raise ProbeError(
            f"What answers at {shown} is not an MLflow server (/version gave HTTP {status}).",
            part=Part.SERVER,
            hint="Check host, port and path of MLFLOW_TRACKING_URI.",
            is_passing=True,
        )
    if version < OLDEST_SERVER:
        raise ProbeError(
            f"The MLflow server at {shown} is version {version}; {OLDEST_SERVER} is needed.",
            part=Part.SERVER,
            hint="Upgrade the tracking server.",
            is_passing=True,
        )
    return version


def _explain_unreachable(shown: str, exc: BaseException) -> ProbeError:
    causes = _collect_causes(exc)
    hint = "Start the MLflow server, or correct MLFLOW_TRACKING_URI."
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        what = f"The host name in the tracking URI {shown} is not known."
    elif any(isinstance(cause, requests.exceptions.SSLError) for cause in causes):
        what = f"The TLS certificate of {shown} was not accepted."
        hint = "Set MLFLOW_TRACKING_SERVER_CERT_PATH to the certificate of its authority."
    elif any(isinstance(cause, _TIMEOUTS) for cause in causes):
        what = f"The MLflow server at {shown} did not answer within {PROBE_TIMEOUT_S} s."
        hint = "Check that the server is not overloaded, and that nothing in between holds it up."
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        what = f"Nothing listens at {shown}: the connection was refused."
    else:
        what = f"The MLflow server at {shown} cannot be reached."
    return ProbeError(what, part=Part.HOST, hint=hint, is_passing=True)


def _collect_causes(exc: BaseException) -> list[BaseException]:
    """The exception and what it was made of; urllib3 keeps its cause in `reason`."""
    found: list[BaseException] = []
    waiting: list[object] = [exc]
    while waiting and len(found) < 30:
        item = waiting.pop()
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found


def open_database(uri: str) -> None:
    """Let MLflow create or migrate its tables; a sqlite file is switched to WAL.

    WAL lets a `mlflow server` beside the app read while the app writes.
    """
    shown = masked_uri(uri)
    try:
        path = find_sqlite_path(uri)
        if path is None:
            _connect(uri)
        else:
            with closing(sqlite3.connect(path, timeout=PROBE_TIMEOUT_S)) as database:
                database.execute("PRAGMA journal_mode=WAL")
        MlflowClient(tracking_uri=uri).get_experiment_by_name("Default")
    except sqlalchemy.exc.NoSuchModuleError as exc:
        raise _make_store_error(explain_unknown_driver(shown), is_passing=False) from exc
    except ImportError as exc:
        raise _make_store_error(explain_missing_driver(shown, exc), is_passing=False) from exc
    except _UNOPENED as exc:
        raise _make_store_error(explain_unopened(uri, shown, exc), is_passing=True) from exc


def reach_database(uri: str) -> None:
    """Whether a database that has a server of its own still lets us in. Raises ProbeError."""
    try:
        _connect(uri)
    except sqlalchemy.exc.SQLAlchemyError as exc:
        raise _make_store_error(
            explain_unopened(uri, masked_uri(uri), exc), is_passing=True
        ) from exc


def _connect(uri: str) -> None:
    """MLflow itself would try for 100 s to connect, whatever the reason, before it gives up."""
    url = sqlalchemy.make_url(uri)
    driver = url.get_dialect().driver
    engine = sqlalchemy.create_engine(
        url, poolclass=sqlalchemy.NullPool, connect_args=_CONNECT_LIMITS.get(driver, {})
    )
    with engine.connect():
        pass


def _make_store_error(trouble: Trouble, *, is_passing: bool) -> ProbeError:
    message, hint = trouble
    return ProbeError(message, part=Part.STORE, hint=hint, is_passing=is_passing)


def resolve_experiment(config: TrackingConfig) -> str:
    """The experiment's id; created if there is none. Raises ProbeError."""
    name = config.experiment_name
    client = MlflowClient(tracking_uri=config.uri)
    try:
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            return client.create_experiment(name, config.artifact_location)
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError) as exc:
        if getattr(exc, "error_code", "") == "RESOURCE_ALREADY_EXISTS":
            # Somebody else created it in between.
            return resolve_experiment(config)
        told = quote_first_line(exc, config.uri)
        raise ProbeError(
            f"The experiment {name!r} could not be found or created: {told}",
            part=Part.EXPERIMENT,
            hint="Check MLFLOW_EXPERIMENT_NAME and what your user may do on the server.",
            is_passing=True,
        ) from exc
    if experiment.lifecycle_stage != "active":
        raise ProbeError(
            f"The experiment {name!r} is deleted in MLflow.",
            part=Part.EXPERIMENT,
            hint="Restore it there, or set MLFLOW_EXPERIMENT_NAME to another name.",
            is_passing=True,
        )
    return str(experiment.experiment_id)
