"""What MLflow and the libraries below it raise, as errors of ours."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.unicode_text import clean_text
from gwtrace_core.values.uris import masked_message

_MESSAGE_CHARS = 300

_UNSUPPORTED_CODES = ("ENDPOINT_NOT_FOUND", "NOT_IMPLEMENTED", "FEATURE_DISABLED")
_MISSING_CODES = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "BAD_REQUEST")
"""What "not there" is called, depending on how far a trace has come."""


@contextmanager
def translate_errors(
    what: str, *, uri: str, unsupported: Callable[[], TrackingError] | None = None
) -> Generator[None]:
    """Raise what MLflow and the libraries below it raise as TrackingError; `what` completes
    "MLflow could not …".

    `unsupported` is raised in place of it by a store that does not have what is asked for at all.
    """
    try:
        yield
    except NotImplementedError as exc:
        # What a store does not have, its base class says in this way.
        if unsupported is None:
            raise
        raise unsupported() from exc
    except mlflow_api.STORE_ERRORS as exc:
        if unsupported is not None and read_error_code(exc) in _UNSUPPORTED_CODES:
            raise unsupported() from exc
        lines = str(exc).strip().splitlines() or [type(exc).__name__]
        # It may quote the address of the store, with a password in it.
        message = masked_message(clean_text(lines[0]), uri)[:_MESSAGE_CHARS]
        raise TrackingError(f"MLflow could not {what}: {message}") from exc


def is_missing(exc: BaseException) -> bool:
    """Whether MLflow says with `exc` that what was asked for does not exist."""
    return read_error_code(exc) in _MISSING_CODES


def read_error_code(exc: BaseException) -> str:
    """MLflow's code for what went wrong; empty where there is none, as for a database's errors."""
    return str(getattr(exc, "error_code", ""))
