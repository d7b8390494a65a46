"""What the recorder and autolog have written of a call becomes the same call again."""

from __future__ import annotations

import pytest

from gwtrace_core.lanes.open_in_chat import open_in_chat
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.request import Message
from tests.core.mlflow_store.support import Turns

DEMO = make_demo_connection("http://127.0.0.1:1/proxy")


@pytest.mark.parametrize("path", SdkPath)
def test_a_model_span_of_every_sdk_path_opens_as_the_call_that_it_was(
    embedded: Turns, path: SdkPath
) -> None:
    said = (
        Message(role="user", text="one"),
        Message(role="assistant", text="1"),
        Message(role="user", text="two"),
    )
    turn = embedded.ask(
        path, messages=said, system_prompt="Be short.", tools=("calculator",), text=""
    )
    lane = turn.run.request.lane
    spans = [span for span in turn.trace.spans if span.kind in MODEL_KINDS]
    assert spans
    for span in spans:
        found = open_in_chat(span, [DEMO])
        assert found.messages == said, span.name
        assert found.lane.provider is lane.provider, span.name
        assert found.lane.model == lane.model, span.name
        assert found.lane.system_prompt == "Be short.", span.name
        assert found.lane.tools == ("calculator",), span.name
        assert found.answer == turn.reply.text, span.name
    assert path in {open_in_chat(span, [DEMO]).lane.sdk_path for span in spans}
