"""Questions to MLflow: not before it is there, not for longer than their limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gwtrace_core.background.time_limit import run_within
from gwtrace_core.mlflow_store.connection.tracking import Down, Ready, Starting, Tracking
from gwtrace_core.values.errors import TrackingError

_T = TypeVar("_T")

_WAIT_READY_S = 60.0


def ready(tracking: Tracking) -> Ready:
    """Wait until MLflow is there. Raises TrackingError with the reason when it is not."""
    match tracking.wait_ready(_WAIT_READY_S):
        case Ready() as found:
            return found
        case Down(reason=reason, hint=hint):
            raise TrackingError(reason, hint=hint)
        case Starting():
            raise TrackingError("MLflow is still starting.", hint="Try again in a moment.")


def ask(tracking: Tracking, question: Callable[[], _T], *, what: str, limit_s: float) -> _T:
    """The answer. Raises TrackingError, TimeLimitError among them; `what` completes "to …"."""
    try:
        return run_within(limit_s, question, what=what)
    except TrackingError:
        # The next question then knows at once whether MLflow is still there.
        tracking.look_again()
        raise
