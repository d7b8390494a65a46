"""The sessions and the list of traces as tables: what stands in which cell."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from mlflow import MlflowClient
from mlflow.entities import TraceInfo, TraceLocation, TraceState
from mlflow.tracing.client import TracingClient
from streamlit.testing.v1 import AppTest

from gwtrace_core.values import trace_names
from tests.seeded_traces import EXPERIMENT, Seeded

CONVERSATION = "Turn number 0 of the conversation"


def test_the_lanes_of_a_comparison_stand_together_with_letter_model_and_path(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    _lane_answered(seeded, "A", "openai-responses")
    _other_session(seeded)
    _lane_answered(seeded, "B", "anthropic-messages")
    (table,) = open_page(view="sessions").dataframe
    shown = table.value[["title", "lane", "models", "paths"]].to_numpy().tolist()
    assert shown == [
        ["Which is it?", "A", "model of A", "OpenAI SDK · Responses"],
        ["Which is it?", "B", "model of B", "Anthropic SDK"],
        ["In between", "", "", ""],
        [CONVERSATION, "", "", ""],
    ]


def _lane_answered(seeded: Seeded, lane: str, sdk_path: str) -> None:
    tags = {
        trace_names.COMPARISON: "0" * 32,
        trace_names.COMPARISON_LANE: lane,
        "gwtrace.sdk_path": sdk_path,
        "gwtrace.model": f"model of {lane}",
    }
    _write(seeded, "Which is it?", f"{'0' * 32}-{lane}", tags)


def _other_session(seeded: Seeded) -> None:
    _write(seeded, "In between", "in-between", {})


def _write(seeded: Seeded, question: str, session_id: str, tags: dict[str, str]) -> None:
    experiment = MlflowClient(tracking_uri=seeded.uri).get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    info = TraceInfo(
        trace_id=f"tr-{secrets.token_hex(16)}",
        trace_location=TraceLocation.from_experiment_id(experiment.experiment_id),
        request_time=time.time_ns() // 1_000_000,
        execution_duration=10,
        state=TraceState.OK,
        request_preview=question,
        trace_metadata={"mlflow.trace.session": session_id},
        tags=tags,
    )
    TracingClient(seeded.uri).start_trace(info)
