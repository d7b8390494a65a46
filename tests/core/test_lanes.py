from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.chat import Lane, Parameters
from gwtrace_core.connection import Connection, ConnectionKind, Provider, SdkPath
from gwtrace_core.errors import SettingsError
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.lane_link import lanes_from_link, link_text
from gwtrace_core.lanes import (
    MAX_LANES,
    by_every_path,
    default_lane,
    moved,
    one_per_provider,
    streamed_and_not,
)
from gwtrace_core.secret import Secret
from gwtrace_core.settings import demo_connection

DEMO = demo_connection("http://127.0.0.1:1/proxy")
LANE = default_lane(DEMO)


def test_the_first_lane_is_the_demos_first_model_by_its_own_sdk() -> None:
    assert (
        Lane(
            connection_id="demo",
            provider=Provider.OPENAI,
            route="openai",
            sdk_path=SdkPath.OPENAI_CHAT,
            model="gpt-5.2",
            tools=("calculator", "date_and_time", "convert_units", "look_up_fact"),
        )
        == LANE
    )


def test_a_lane_moves_to_a_provider_by_a_path_that_reaches_it() -> None:
    google = moved(LANE, DEMO, Provider.GOOGLE)
    assert (google.sdk_path, google.route) == (SdkPath.PYDANTIC_AI, "google-vertex")
    assert google.tools == LANE.tools
    assert resolve(DEMO, google).provider is Provider.GOOGLE


def test_a_lane_that_stays_where_it_is_keeps_everything() -> None:
    typed = Lane(
        connection_id="demo",
        provider=Provider.OPENAI,
        route="resilient",
        sdk_path=SdkPath.OPENAI_RESPONSES,
        model="my-model",
    )
    assert moved(typed, DEMO, Provider.OPENAI) is typed


def test_one_model_by_every_path_is_every_path_that_reaches_it() -> None:
    assert [lane.sdk_path for lane in by_every_path(LANE, DEMO)] == [
        SdkPath.OPENAI_CHAT,
        SdkPath.OPENAI_RESPONSES,
        SdkPath.PYDANTIC_AI,
    ]
    assert {lane.model for lane in by_every_path(LANE, DEMO)} == {LANE.model}


def test_one_model_for_each_provider_can_all_be_called() -> None:
    lanes = one_per_provider(LANE, DEMO)
    assert [lane.provider for lane in lanes] == [
        Provider.OPENAI,
        Provider.ANTHROPIC,
        Provider.GROQ,
        Provider.GOOGLE,
    ]
    for lane in lanes:
        resolve(DEMO, lane)


def test_streamed_and_not_differ_in_nothing_else() -> None:
    assert [lane.streamed for lane in streamed_and_not(LANE)] == [True, False]


LANES = st.lists(
    st.builds(
        Lane,
        connection_id=st.sampled_from(["demo", "gateway"]),
        provider=st.sampled_from(Provider),
        route=st.text(max_size=10),
        sdk_path=st.sampled_from(SdkPath),
        model=st.text(max_size=30),
        parameters=st.builds(
            Parameters,
            temperature=st.none() | st.floats(0, 2),
            stop=st.lists(st.text(max_size=5), max_size=3).map(tuple),
        ),
        system_prompt=st.text(max_size=200),
        streamed=st.booleans(),
    ),
    min_size=1,
    max_size=MAX_LANES,
)


@given(LANES)
def test_a_link_brings_the_same_lanes_back(lanes: list[Lane]) -> None:
    text = link_text(lanes)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert lanes_from_link(text) == tuple(lanes)


def test_a_link_never_holds_a_key() -> None:
    connection = Connection(
        id="gateway",
        kind=ConnectionKind.GATEWAY,
        label="Gateway",
        base_url="https://gateway-us.pydantic.dev/proxy",
        api_key=Secret("pylf_v1_us_canary"),
    )
    text = link_text([default_lane(connection)])
    packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert b"canary" not in zlib.decompress(packed)


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(value).encode())).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no link!",
        "abcd",
        packed({"model": "m"}),
        packed([]),
        packed([{"model": "m"}]),
        packed([json.loads("{}")] * 9),
        packed(["x" * 10_000_000]),
        packed([[[[]]]]),
    ],
)
def test_a_broken_link_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match="set-up of lanes that cannot be read") as raised:
        lanes_from_link(text)
    assert raised.value.hint
