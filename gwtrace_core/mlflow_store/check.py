"""Tests the way to MLflow step by step, for the connections page. Bounded in time."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.background.time_limit import TimeLimitError, run_within
from gwtrace_core.mlflow_store.connection.ask import Store
from gwtrace_core.mlflow_store.connection.tracking import TrackingConfig
from gwtrace_core.mlflow_store.conversations.scan import scan_summaries
from gwtrace_core.mlflow_store.format.errors import translate_errors
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.uris import masked_message

CHECK_LIMIT_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingStep:
    """One part of the way."""

    part: str
    """`address`, `host`, `server`, `store` or `experiment`."""
    is_ok: bool
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingCheck:
    """The parts in the order in which they are met; the last one is what failed, if one did."""

    steps: tuple[TrackingStep, ...]

    @property
    def is_ok(self) -> bool:
        """Whether a trace can be recorded and read."""
        return bool(self.steps) and all(step.is_ok for step in self.steps)


def check_tracking(config: TrackingConfig, *, limit_s: float = CHECK_LIMIT_S) -> TrackingCheck:
    """Go the whole way now. Blocks, up to `limit_s`; creates the experiment if there is none."""
    if config.unusable:
        step = TrackingStep(
            part="address", is_ok=False, message=config.unusable, hint=config.unusable_hint
        )
        return TrackingCheck(steps=(step,))
    steps: list[TrackingStep] = []
    try:
        run_within(limit_s, lambda: _walk(config, steps), what="answer the check")
    except TimeLimitError as exc:
        done = {step.part for step in steps}
        part = next((part for part in _list_parts(config) if part not in done), "experiment")
        steps.append(TrackingStep(part=part, is_ok=False, message=exc.message, hint=exc.hint))
    return TrackingCheck(steps=tuple(steps))


def _list_parts(config: TrackingConfig) -> tuple[str, ...]:
    if config.uri.startswith("http"):
        return ("address", "host", "server", "experiment")
    return ("address", "store", "experiment")


def _walk(config: TrackingConfig, steps: list[TrackingStep]) -> None:
    # Imports mlflow: within the time limit, and not at the top.
    from gwtrace_core.mlflow_store.connection import probe

    def add_step(part: str, message: str) -> None:
        steps.append(TrackingStep(part=part, is_ok=True, message=message))

    uri, shown = config.uri, config.shown_uri
    try:
        if probe.is_server_uri(uri):
            add_step("address", f"{shown} is a server's address.")
            version = probe.reach_server(uri)
            add_step("host", "It can be reached.")
            add_step("server", f"It is MLflow {version}.")
        else:
            add_step("address", f"{shown} is a database.")
            probe.open_database(uri)
            add_step("store", "It can be opened, and its tables are MLflow's.")
        experiment_id = probe.resolve_experiment(config)
        store = Store(uri=uri, is_server=probe.is_server_uri(uri), experiment_id=experiment_id)
        with translate_errors("read its traces", uri=uri):
            next(scan_summaries(store, ""), None)
        add_step(
            "experiment",
            f"{config.experiment_name!r} has the id {experiment_id}, and its traces can be read.",
        )
    except probe.ProbeError as problem:
        if problem.part == "server":
            add_step("host", "It can be reached.")
        steps.append(_make_failed_step(problem.part.value, problem, uri))
    except TrackingError as problem:
        steps.append(_make_failed_step("experiment", problem, uri))


def _make_failed_step(part: str, problem: TrackingError, uri: str) -> TrackingStep:
    # A library may have quoted the address.
    message = masked_message(problem.message, uri)
    return TrackingStep(
        part=part, is_ok=False, message=message, hint=masked_message(problem.hint, uri)
    )
