"""An expected answer is stored on its trace under MLflow's own name, in both kinds of store."""

from __future__ import annotations

import pytest

from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import TrackingError
from tests.core.mlflow_store.support import Turns


def test_an_expected_answer_is_read_back_with_who_expects_it(turns: Turns) -> None:
    store = TraceStore(turns.tracking)
    trace_id = turns.ask(SdkPath.OPENAI_CHAT).trace.trace_id
    store.set_expectation(trace_id, value="26.097 é", user="ann")
    trace = store.find_trace(trace_id)
    assert trace is not None
    (stored,) = trace.summary.assessments
    assert (stored.kind, stored.name, stored.value) == (
        "expectation",
        "expected_response",
        "26.097 é",
    )
    assert (stored.source_kind, stored.source_id, stored.is_valid) == ("HUMAN", "ann", True)


def test_on_a_trace_that_is_not_there_it_says_so(turns: Turns) -> None:
    with pytest.raises(TrackingError, match="MLflow could not store the expected answer"):
        TraceStore(turns.tracking).set_expectation("tr-" + "0" * 32, value="x", user="ann")
