"""Questions to MLflow: the one way in which every room of the store asks.

A question is a method that is handed the store as its first argument, with its words and its time
limit above it:

    class Sessions(Questions):
        @question("list the sessions", limit_s=8.0)
        def list_sessions(self, store: Store, *, limit: int = 25) -> tuple[SessionSummary, ...]:
            ...

    Sessions(tracking).list_sessions(limit=10)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from gwtrace_core.background.time_limit import run_within
from gwtrace_core.mlflow_store.connection.tracking import Down, Ready, Starting, Tracking
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.errors import translate_errors
from gwtrace_core.values.errors import TrackingError

_WAIT_READY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """MLflow's store, there and asked. Clients are cheap: MLflow keeps the connection."""

    uri: str = field(repr=False)
    """May hold a password."""
    is_server: bool
    """Whether it is reached through an MLflow server."""
    experiment_id: str
    """The experiment that is asked about; at first the one that this app records in."""

    def choose_experiment(self, experiment_id: str | None) -> Store:
        """The same store, asked about that experiment; None leaves it as it is."""
        return self if experiment_id is None else replace(self, experiment_id=experiment_id)

    @property
    def client(self) -> Any:
        """An `MlflowClient`."""
        return mlflow_api.MlflowClient(tracking_uri=self.uri)

    @property
    def tracing(self) -> Any:
        """A `TracingClient`: for what `MlflowClient` has only for the process's one store."""
        return mlflow_api.TracingClient(self.uri)


class Questions:
    """What asks MLflow. Questions block and raise TrackingError, also while MLflow is away. They
    may be asked from any thread."""

    def __init__(self, tracking: Tracking) -> None:
        self.tracking = tracking


_Q = TypeVar("_Q", bound=Questions)
_P = ParamSpec("_P")
_T = TypeVar("_T")


def question(
    what: str, *, limit_s: float, unsupported: Callable[[], TrackingError] | None = None
) -> Callable[[Callable[Concatenate[_Q, Store, _P], _T]], Callable[Concatenate[_Q, _P], _T]]:
    """Make a question of a method, which is then called without the store; see `ask`."""

    def decorate(
        method: Callable[Concatenate[_Q, Store, _P], _T],
    ) -> Callable[Concatenate[_Q, _P], _T]:
        @wraps(method)
        def ask_by_method(questions: _Q, *args: _P.args, **kwargs: _P.kwargs) -> _T:
            return ask(
                questions.tracking,
                lambda store: method(questions, store, *args, **kwargs),
                what=what,
                limit_s=limit_s,
                unsupported=unsupported,
            )

        return ask_by_method

    return decorate


def ask(
    tracking: Tracking,
    find_answer: Callable[[Store], _T],
    *,
    what: str,
    limit_s: float,
    unsupported: Callable[[], TrackingError] | None = None,
) -> _T:
    """Wait for MLflow, then for the answer, which is found in a thread of its own.

    Raises TrackingError when MLflow is away or cannot do it, `what` completing "MLflow could not
    …", and TimeLimitError after `limit_s`. `unsupported` is the error for a store that does not
    have what is asked for at all.
    """
    store = wait_for_store(tracking)

    def find() -> _T:
        with translate_errors(what, uri=store.uri, unsupported=unsupported):
            return find_answer(store)

    try:
        return run_within(limit_s, find, what=what)
    except TrackingError:
        # The next question then knows at once whether MLflow is still there.
        tracking.look_again()
        raise


def wait_for_store(tracking: Tracking) -> Store:
    """The store, once it is there. Raises TrackingError with the reason when it is not."""
    match tracking.wait_ready(_WAIT_READY_S):
        case Ready(is_server=is_server, experiment_id=experiment_id):
            return Store(uri=tracking.config.uri, is_server=is_server, experiment_id=experiment_id)
        case Down(reason=reason, hint=hint):
            raise TrackingError(reason, hint=hint)
        case Starting():
            raise TrackingError("MLflow is still starting.", hint="Try again in a moment.")
