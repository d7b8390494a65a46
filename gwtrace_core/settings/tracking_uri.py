"""What can be taken as a tracking URI: a server or a database. Pure; does not import mlflow."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from gwtrace_core.gateway.base_urls import Finding

_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_WHOLE = ("databricks", "databricks-uc", "uc")
_EXAMPLES = "For example http://localhost:5000 or sqlite:///mlflow.db"
_DATABRICKS = Finding(
    message="names Databricks, which keeps traces in tables that gwtrace neither writes nor reads.",
    hint=f"Use an MLflow server or a database. {_EXAMPLES}",
)


def check_tracking_uri(uri: str) -> Finding | None:
    """What is wrong with a tracking URI, None when turns may be recorded there."""
    if not uri.isprintable():
        return Finding(message="holds control characters.", hint=_EXAMPLES)
    scheme, colon, rest = uri.partition(":")
    if scheme in _WHOLE:
        return _DATABRICKS
    if not colon or len(scheme) == 1:
        return _check_path(uri)
    if re.fullmatch(r"[\w.-]+:\d+(/.*)?", uri):
        return Finding(message="lacks http:// before the host.", hint=f"Use http://{uri}")
    if scheme in ("http", "https"):
        return _check_http(uri)
    if scheme == "file":
        return _check_folder(unquote(urlsplit(uri).path))
    database = scheme.partition("+")[0]
    if database not in _DATABASES:
        return Finding(
            message=f"begins with {scheme[:40]}:, which MLflow does not know.",
            hint=f"Use http, https or a database: {', '.join(_DATABASES)}.",
        )
    if database == "sqlite" and re.fullmatch(r"//[^/].*|[^/].*|//?", rest):
        path = rest.lstrip("/") or "mlflow.db"
        return Finding(message="has too few slashes.", hint=f"Use sqlite:///{path}")
    if not rest.startswith("//"):
        return Finding(message="lacks // before the host.", hint=_EXAMPLES)
    return None


def _check_http(uri: str) -> Finding | None:
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return Finding(message="is not a URL.", hint=_EXAMPLES)
    if not host or any(character.isspace() for character in uri):
        return Finding(message="names no host.", hint=_EXAMPLES)
    if parts.username is not None or parts.password is not None:
        return Finding(
            message="has a user name or password in it.",
            hint="Use MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.",
        )
    return None


def _check_path(uri: str) -> Finding:
    if re.fullmatch(r"[\w-]+(\.[\w-]+)+|localhost", uri) and not uri.endswith((".db", ".sqlite")):
        return Finding(
            message="looks like a host, but MLflow would take it for a folder.",
            hint=f"Use http://{uri}",
        )
    if uri.endswith((".db", ".sqlite", ".sqlite3")):
        return Finding(
            message="looks like a database file, but MLflow would take it for a folder.",
            hint=f"Use sqlite:///{uri}",
        )
    return _check_folder(uri)


def _check_folder(path: str) -> Finding:
    database = f"{path.rstrip('/')}/mlflow.db" if path else "mlflow.db"
    return Finding(
        message="names a folder, and MLflow no longer records into folders.",
        hint=f"Use a database in it, sqlite:///{database}, or a server.",
    )
