"""Tests the way to MLflow step by step, for the connections page. Bounded in time."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.background.time_limit import TimeLimitError, run_within
from gwtrace_core.mlflow_store.connection.tracking import TrackingConfig
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.uris import masked_message

CHECK_LIMIT_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStep:
    """One part of the way."""

    part: str
    """`address`, `host`, `server`, `store` or `experiment`."""
    is_ok: bool
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingCheck:
    """The parts in the order in which they are met; the last one is what failed, if one did."""

    steps: tuple[CheckStep, ...]

    @property
    def is_ok(self) -> bool:
        """Whether a trace can be recorded and read."""
        return bool(self.steps) and all(step.is_ok for step in self.steps)


def check_tracking(config: TrackingConfig, *, limit_s: float = CHECK_LIMIT_S) -> TrackingCheck:
    """Go the whole way now. Blocks, up to `limit_s`; creates the experiment if there is none."""
    if config.unusable:
        step = CheckStep(
            part="address", is_ok=False, message=config.unusable, hint=config.unusable_hint
        )
        return TrackingCheck(steps=(step,))
    steps: list[CheckStep] = []
    try:
        run_within(limit_s, lambda: _walk(config, steps), what="answer the check")
    except TimeLimitError as exc:
        done = {step.part for step in steps}
        part = next((part for part in _order(config) if part not in done), "experiment")
        steps.append(CheckStep(part=part, is_ok=False, message=exc.message, hint=exc.hint))
    return TrackingCheck(steps=tuple(steps))


def _order(config: TrackingConfig) -> tuple[str, ...]:
    if config.uri.startswith("http"):
        return ("address", "host", "server", "experiment")
    return ("address", "store", "experiment")


def _walk(config: TrackingConfig, steps: list[CheckStep]) -> None:
    # Imports mlflow: within the time limit, and not at the top.
    from gwtrace_core.mlflow_store.connection import probe
    from gwtrace_core.mlflow_store.conversations import queries

    def passed(part: str, message: str) -> None:
        steps.append(CheckStep(part=part, is_ok=True, message=message))

    uri, shown = config.uri, config.shown_uri
    try:
        if probe.is_server_uri(uri):
            passed("address", f"{shown} is a server's address.")
            version = probe.reach_server(uri)
            passed("host", "It can be reached.")
            passed("server", f"It is MLflow {version}.")
        else:
            passed("address", f"{shown} is a database.")
            probe.open_database(uri)
            passed("store", "It can be opened, and its tables are MLflow's.")
        experiment_id = probe.resolve_experiment(config)
        queries.Queries(uri, experiment_id).sessions(1)
        passed(
            "experiment",
            f"{config.experiment_name!r} has the id {experiment_id}, and its traces can be read.",
        )
    except probe.ProbeError as problem:
        if problem.part == "server":
            passed("host", "It can be reached.")
        steps.append(_failed(problem.part.value, problem, uri))
    except TrackingError as problem:
        steps.append(_failed("experiment", problem, uri))


def _failed(part: str, problem: TrackingError, uri: str) -> CheckStep:
    # A library may have quoted the address.
    message = masked_message(problem.message, uri)
    return CheckStep(
        part=part, is_ok=False, message=message, hint=masked_message(problem.hint, uri)
    )
