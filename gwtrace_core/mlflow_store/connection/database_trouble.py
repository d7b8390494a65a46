"""Why MLflow cannot use a database: which part of it, and what to do, in a person's words."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import mlflow
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from mlflow.store.db import utils as database_utils

from gwtrace_core.values.uris import masked_message

_PACKAGES: Mapping[str, str] = {
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "pymysql": "PyMySQL",
    "MySQLdb": "mysqlclient",
}
"""By the module that is missing; a package of the module's own name needs no line."""
_SCHEMA = re.compile(r"database schema \(found version (\w+),")
_REFUSED = ("password authentication failed", "no password supplied", "access denied for user")
_AWAY = (
    *("connection refused", "could not connect", "can't connect", "timeout expired", "timed out"),
    *("could not translate host name", "failed to resolve", "name or service not known"),
)
_NOT_UP_YET = ("starting up", "shutting down", "server closed the connection")
_BEING_MADE = ("already exists", "duplicate column", "expected to match one row")
_CORRECT = "Correct MLFLOW_TRACKING_URI"

Trouble = tuple[str, str]
"""What happened, and what to do next."""


def explain_missing_driver(shown: str, exc: ImportError) -> Trouble:
    """For a database whose driver Python does not find."""
    module = exc.name or ""
    package = _PACKAGES.get(module, module)
    install = f"Install the package {package} beside MLflow" if package else "Install it"
    return (
        f"The driver for the database {shown} is not installed: {exc}.",
        f"{install}, or use an MLflow server in front of the database.",
    )


def explain_unknown_driver(shown: str) -> Trouble:
    """For a driver that no package has."""
    return (
        f"The database {shown} asks for a driver that does not exist.",
        f"{_CORRECT}: what stands behind the + before ://.",
    )


def explain_unopened(uri: str, shown: str, exc: BaseException) -> Trouble:
    """For a database that was tried to be opened."""
    text = quote_first_line(exc, uri)
    if (schema := _SCHEMA.search(str(exc))) is not None:
        return _explain_other_schema(shown, schema[1])
    said = str(exc).lower()
    if isinstance(exc, CommandError) or any(words in said for words in _BEING_MADE):
        return (
            f"Another program is just making MLflow's tables in the database {shown}.",
            "Wait a moment.",
        )
    path = find_sqlite_path(uri)
    if path is not None:
        return _explain_file(path, text)
    if any(words in said for words in _REFUSED):
        return (
            f"The database {shown} refused user name or password.",
            f"{_CORRECT}, or the rights of the user in the database.",
        )
    if any(words in said for words in _NOT_UP_YET):
        return f"The server of the database {shown} is starting or stopping.", "Wait a moment."
    if any(words in said for words in _AWAY):
        return (
            f"The server of the database {shown} cannot be reached.",
            f"Start it, or correct MLFLOW_TRACKING_URI. It said: {text}",
        )
    if "does not exist" in said or "unknown database" in said:
        return (
            f"There is no database {shown}.",
            f"Create it, or correct MLFLOW_TRACKING_URI. Its server said: {text}",
        )
    return (
        f"MLflow's database {shown} cannot be opened: {text}",
        "Look into the log of the database's server.",
    )


def find_sqlite_path(uri: str) -> Path | None:
    """The file of a sqlite database; None for any other."""
    scheme, _, rest = uri.partition(":///")
    if scheme.partition("+")[0] != "sqlite" or not rest:
        return None
    return Path(unquote(rest.partition("?")[0]))


def quote_first_line(exc: BaseException, uri: str) -> str:
    """What an exception says, without the pages that may follow, and without what `uri` hides."""
    lines = str(exc).strip().splitlines() or [type(exc).__name__]
    return masked_message(lines[0], uri)[:300]


def _explain_file(path: Path, text: str) -> Trouble:
    folder = path.absolute().parent
    if not folder.is_dir():
        return (
            f"The folder {folder} of MLflow's database does not exist.",
            "Create it, or correct MLFLOW_TRACKING_URI.",
        )
    if path.is_dir():
        return (
            f"{path} is a folder; MLflow's database has to be a file.",
            f"Use sqlite:///{path}/mlflow.db",
        )
    if "not a database" in text:
        return f"The file {path} is no sqlite database.", "Name another file, or move it away."
    if "locked" in text:
        return (
            f"MLflow's database {path} is locked by another program.",
            "End what holds the lock, or wait until it does.",
        )
    target = path if path.exists() else folder
    if "readonly" in text or not os.access(target, os.W_OK) or not path.exists():
        return (
            f"MLflow's database {path} cannot be written by the user that runs the app.",
            f"Allow it to write in {folder}, or correct MLFLOW_TRACKING_URI.",
        )
    return (
        f"MLflow's database {path} cannot be opened: {text}",
        "Check the file, and whether the disk is full.",
    )


def _explain_other_schema(shown: str, version: str) -> Trouble:
    config: Any = database_utils
    script = ScriptDirectory.from_config(config._get_alembic_config("sqlite://"))
    try:
        script.get_revision(version)
    except CommandError:
        return (
            f"The database {shown} was made by a newer MLflow than {mlflow.__version__}.",
            "Use a database of its own, or a server of the newer version in front of it.",
        )
    return (
        f"The database {shown} has the tables of an older MLflow than {mlflow.__version__}.",
        "Make a copy of it, then run `mlflow db upgrade` with its address.",
    )
