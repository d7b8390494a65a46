"""A database that cannot be used: what is wrong with which thing, and what to do next."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gwtrace_core.mlflow_store.connection.database_trouble import explain_unopened
from gwtrace_core.mlflow_store.connection.probe import ProbeError, open_database
from gwtrace_core.values.uris import masked_uri


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables: to be copied."""
    path = tmp_path_factory.mktemp("database") / "mlflow.db"
    open_database(f"sqlite:///{path}")
    return path


def problem_of(uri: str) -> tuple[str, str]:
    with pytest.raises(ProbeError) as caught:
        open_database(uri)
    assert caught.value.part == "store"
    return caught.value.message, caught.value.hint


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert problem_of(f"sqlite:///{tmp_path}/no/mlflow.db") == (
        f"The folder {tmp_path}/no of MLflow's database does not exist.",
        "Create it, or correct MLFLOW_TRACKING_URI.",
    )


def test_a_folder_in_place_of_a_file_is_said_to_be_one(tmp_path: Path) -> None:
    assert problem_of(f"sqlite+pysqlite:///{tmp_path}") == (
        f"{tmp_path} is a folder; MLflow's database has to be a file.",
        f"Use sqlite:///{tmp_path}/mlflow.db",
    )


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("No database at all. " * 100)
    assert problem_of(f"sqlite:///{path}") == (
        f"The file {path} is no sqlite database.",
        "Name another file, or move it away.",
    )
    assert path.read_text() == "No database at all. " * 100


def test_a_place_that_may_not_be_written_is_named() -> None:
    # Nobody may, not even root.
    assert problem_of("sqlite:////proc/mlflow.db") == (
        "MLflow's database /proc/mlflow.db cannot be written by the user that runs the app.",
        "Allow it to write in /proc, or correct MLFLOW_TRACKING_URI.",
    )


@pytest.mark.parametrize(
    ("version", "message", "hint"),
    [
        (
            "ffffffffffff",
            "was made by a newer MLflow than",
            "a server of the newer version",
        ),
        ("cc1f77228345", "has the tables of an older MLflow than", "run `mlflow db upgrade`"),
    ],
)
def test_tables_of_another_mlflow_are_told_to_be_newer_or_older(
    made_once: Path, tmp_path: Path, version: str, message: str, hint: str
) -> None:
    path = tmp_path / "mlflow.db"
    shutil.copy(made_once, path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))
    said, advised = problem_of(f"sqlite:///{path}")
    assert said.startswith(f"The database sqlite:///{path} {message} 3.")
    assert hint in advised


@pytest.mark.parametrize(
    ("uri", "module", "package"),
    [
        ("postgresql+psycopg2://me:canary@h/m", "psycopg2", "psycopg2-binary"),
        ("postgresql+psycopg://me:canary@h/m", "psycopg", "psycopg[binary]"),
        ("mysql+pymysql://me:canary@h/m", "pymysql", "PyMySQL"),
        ("mysql://me:canary@h/m", "MySQLdb", "mysqlclient"),
        ("mssql+pyodbc://me:canary@h/m", "pyodbc", "pyodbc"),
    ],
)
def test_a_driver_that_is_not_installed_is_named_with_its_package(
    uri: str, module: str, package: str
) -> None:
    assert problem_of(uri) == (
        f"The driver for the database {masked_uri(uri)} is not installed: "
        f"No module named '{module}'.",
        f"Install the package {package} beside MLflow, or use an MLflow server in front of the "
        "database.",
    )


SHOWN = "postgresql://h/m"
REFUSED = f"The database {SHOWN} refused user name or password."
AWAY = f"The server of the database {SHOWN} cannot be reached."
AT_H = 'connection to server at "h", port 5432 failed: '


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (f'{AT_H}FATAL:  password authentication failed for user "me"', REFUSED),
        (f"{AT_H}fe_sendauth: no password supplied", REFUSED),
        ("(1045, \"Access denied for user 'me'@'h' (using password: YES)\")", REFUSED),
        (f"{AT_H}Connection refused", AWAY),
        (f"{AT_H}timeout expired", AWAY),
        ('could not translate host name "h" to address: Name or service not known', AWAY),
        ("(2003, \"Can't connect to MySQL server on 'h'\")", AWAY),
        (f'{AT_H}FATAL:  database "m" does not exist', f"There is no database {SHOWN}."),
        ("(1049, \"Unknown database 'm'\")", f"There is no database {SHOWN}."),
        (
            f"{AT_H}FATAL:  the database system is starting up",
            f"The server of the database {SHOWN} is starting or stopping.",
        ),
        ("out of disk", f"MLflow's database {SHOWN} cannot be opened: out of disk"),
    ],
)
def test_what_drivers_say_is_told_in_words(said: str, message: str) -> None:
    told, hint = explain_unopened("postgresql://me:canary@h/m", SHOWN, OSError(said))
    assert told == message
    assert hint
    assert "canary" not in told + hint
