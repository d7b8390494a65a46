"""What every question to MLflow keeps to, whatever it asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import ErrorCode
from sqlalchemy.exc import OperationalError

from gwtrace_core.background.time_limit import TimeLimitError
from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig, TrackingState
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.secret import MASK
from tests.core.mlflow_store.support import TakenForReady

URI = "http://ada:canary-pw@127.0.0.1:9"


class NoSuchThing(TrackingError):
    """For a store that lacks what is asked for."""


class Riddles(Questions):
    """Questions that do what the test says."""

    @question("solve the riddle", limit_s=5.0)
    def solve(self, store: Store, answer: Callable[[Store], str], *, twice: bool = False) -> str:
        """The answer that the test gives."""
        return answer(store) * (2 if twice else 1)

    @question("solve the riddle", limit_s=0.05)
    def solve_soon(self, store: Store, answer: Callable[[], str]) -> str:
        """The same with little time."""
        return answer()

    @question("find the thing", limit_s=5.0, unsupported=lambda: NoSuchThing("None here."))
    def find_thing(self, store: Store, failure: Exception) -> str:
        """What not every store has."""
        raise failure


class Noting(TakenForReady):
    """Counts how often MLflow is looked at because of a doubt."""

    looks = 0

    def look_again(self, timeout_s: float = 0.0) -> TrackingState:
        self.looks += 1
        return super().look_again(timeout_s)


def raising(failure: Exception) -> Callable[[Store], str]:
    def answer(store: Store) -> str:
        raise failure

    return answer


def test_a_question_is_asked_of_the_configured_store_in_a_thread_of_its_own() -> None:
    asked: list[tuple[str, str, bool]] = []

    def answer(store: Store) -> str:
        asked.append((store.uri, store.experiment_id, store.is_server))
        return threading.current_thread().name

    tracking = Noting(URI)
    assert Riddles(tracking).solve(answer, twice=True) == "gwtrace-query" * 2
    assert (asked, tracking.looks) == ([(URI, "0", True)], 0)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            MlflowException(f"no way to {URI}\nat line 3"),
            f"no way to http://ada:{MASK}@127.0.0.1:9",
        ),
        (OperationalError("select", {}, Exception("locked")), "(builtins.Exception) locked"),
    ],
)
def test_what_the_store_raises_is_told_without_addresses_and_doubted(
    failure: Exception, said: str
) -> None:
    tracking = Noting(URI)
    with pytest.raises(TrackingError) as raised:
        Riddles(tracking).solve(raising(failure))
    assert raised.value.message == f"MLflow could not solve the riddle: {said}"
    assert (raised.value.__cause__, tracking.looks) == (failure, 1)


@pytest.mark.parametrize("failure", [RequestRefused("No such riddle."), KeyError("a bug")])
def test_what_is_no_trouble_of_mlflows_is_raised_as_it_is(failure: Exception) -> None:
    tracking = Noting(URI)
    with pytest.raises(type(failure)) as raised:
        Riddles(tracking).solve(raising(failure))
    assert (raised.value, tracking.looks) == (failure, 0)


@pytest.mark.parametrize(
    "failure",
    [
        NotImplementedError(),
        *(
            MlflowException("no", error_code=ErrorCode.Value(code))
            for code in ("ENDPOINT_NOT_FOUND", "NOT_IMPLEMENTED", "FEATURE_DISABLED")
        ),
    ],
)
def test_a_store_that_lacks_what_is_asked_for_is_named(failure: Exception) -> None:
    with pytest.raises(NoSuchThing, match=r"None here\."):
        Riddles(Noting(URI)).find_thing(failure)
    with pytest.raises((TrackingError, NotImplementedError)) as raised:
        Riddles(Noting(URI)).solve(raising(failure))
    assert not isinstance(raised.value, NoSuchThing)


def test_nobody_waits_longer_than_the_limit() -> None:
    release = threading.Event()
    tracking = Noting(URI)
    try:
        with pytest.raises(TimeLimitError) as raised:
            Riddles(tracking).solve_soon(lambda: str(release.wait(30)))
    finally:
        release.set()
    assert raised.value.message == "MLflow took longer than 0.05 s to solve the riddle."
    assert tracking.looks == 1


def test_nothing_is_asked_while_mlflow_cannot_be_used() -> None:
    config = TrackingConfig(
        tracking_uri=None,
        experiment_name="none",
        working_dir=Path(),
        unusable="The address is no address.",
        unusable_hint="Correct it.",
    )
    asked: list[Store] = []
    with pytest.raises(TrackingError) as raised:
        Riddles(Tracking(config)).solve(lambda store: str(asked.append(store)))
    assert (raised.value.message, raised.value.hint, asked) == (
        "The address is no address.",
        "Correct it.",
        [],
    )
