from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gwtrace_core.values.as_json import lane_from_json, lane_to_json, reply_from_json, reply_to_json
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import ReasoningBlock, Reply, TextBlock, ToolBlock
from gwtrace_core.values.request import Lane, Parameters, PromptUse
from gwtrace_core.values.speed import Streamed

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NUMBERS = st.none() | st.floats(0, 1e6)
COUNTS = st.none() | st.integers(0, 10**9)
LANES = st.builds(
    Lane,
    connection_id=TEXT,
    provider=st.sampled_from(Provider),
    route=TEXT,
    sdk_path=st.sampled_from(SdkPath),
    model=TEXT,
    parameters=st.builds(
        Parameters,
        temperature=NUMBERS,
        max_output_tokens=COUNTS,
        top_p=NUMBERS,
        stop=st.lists(TEXT, max_size=2).map(tuple),
        reasoning_effort=st.sampled_from([None, "minimal", "low", "medium", "high"]),
    ),
    system_prompt=TEXT,
    prompt=st.none() | st.builds(PromptUse, name=TEXT, version=st.integers(1), alias=TEXT),
    tools=st.lists(TEXT, max_size=2).map(tuple),
    streamed=st.booleans(),
)
TOOLS = st.builds(
    ToolBlock,
    call_id=TEXT,
    name=TEXT,
    arguments_text=TEXT,
    arguments=st.none() | st.dictionaries(TEXT, st.integers() | TEXT, max_size=2),
    content=st.none() | TEXT,
    is_error=st.booleans(),
    started_ms=NUMBERS,
    finished_ms=NUMBERS,
)
REPLIES = st.builds(
    Reply,
    status=st.sampled_from(["running", "finished", "failed", "stopped"]),
    blocks=st.lists(
        st.builds(TextBlock, text=TEXT) | st.builds(ReasoningBlock, text=TEXT) | TOOLS, max_size=4
    ).map(tuple),
    usage=st.none() | st.builds(Usage, input_tokens=COUNTS, output_tokens=COUNTS),
    usage_is_partial=st.booleans(),
    gateway_cost_usd=NUMBERS,
    rounded_cost_usd=NUMBERS,
    cached_request_count=st.integers(0, 6),
    streamed=st.none()
    | st.builds(Streamed, tokens=st.integers(1, 10**6), streaming_ms=st.floats(1, 1e7)),
    no_speed=st.sampled_from([None, "cached", "uncounted", "few pieces", "brief", "hidden tokens"]),
    finish_reason=st.none() | TEXT,
    unseen=st.lists(TEXT, max_size=2).map(tuple),
    failure=st.none()
    | st.builds(
        Failure,
        source=st.sampled_from(FailureSource),
        cause=st.sampled_from(FailureCause),
        message=TEXT,
        routes=st.lists(TEXT, max_size=2).map(tuple),
    ),
    first_token_ms=NUMBERS,
    duration_ms=NUMBERS,
    chunk_count=st.integers(0, 1_000),
)


@given(lane=LANES)
def test_a_lane_comes_back_from_json(lane: Lane) -> None:
    assert lane_from_json(json.loads(json.dumps(lane_to_json(lane)))) == lane


@given(reply=REPLIES)
def test_a_reply_comes_back_from_json(reply: Reply) -> None:
    assert reply_from_json(json.loads(json.dumps(reply_to_json(reply)))) == reply


def test_a_lanes_json_holds_only_what_differs_from_the_default() -> None:
    lane = Lane(
        connection_id="demo",
        provider=Provider.GOOGLE,
        route="google-vertex",
        sdk_path=SdkPath.PYDANTIC_AI,
        model="gemini-2.5-flash",
    )
    assert lane_to_json(lane) == {
        "connection_id": "demo",
        "provider": "google-vertex",
        "route": "google-vertex",
        "sdk_path": "pydantic-ai",
        "model": "gemini-2.5-flash",
    }


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "lane",
        {},
        {"connection_id": "demo"},
        {
            "connection_id": "demo",
            "provider": "acme",
            "route": "",
            "sdk_path": "openai-chat",
            "model": "m",
        },
    ],
)
def test_what_is_no_lane_is_refused(data: object) -> None:
    with pytest.raises(ValidationError):
        lane_from_json(data)


@pytest.mark.parametrize("data", [None, [], {"status": "gone"}, {"blocks": [{"kind": "poem"}]}])
def test_what_is_no_reply_is_refused(data: object) -> None:
    with pytest.raises(ValidationError):
        reply_from_json(data)
