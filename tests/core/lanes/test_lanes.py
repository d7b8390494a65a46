from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.gateway.catalog import OfferedRoute, demo_models
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.lanes.lanes import (
    MAX_LANES,
    by_every_path,
    choose_another_lane,
    choose_default_lane,
    list_on_offer,
    list_one_per_provider,
    list_streamed_and_not,
    move_lane,
)
from gwtrace_core.lanes.link import read_link, write_link
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath
from gwtrace_core.values.errors import SettingsError
from gwtrace_core.values.request import Lane, Parameters
from gwtrace_core.values.secret import Secret

DEMO = make_demo_connection("http://127.0.0.1:1/proxy")
LANE = choose_default_lane(DEMO)


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


def grown(lanes: tuple[Lane, ...], count: int, connection: Connection = DEMO) -> list[Lane]:
    """The lanes that are added one after the other."""
    result = list(lanes)
    for _ in range(count):
        result.append(choose_another_lane(result, connection))
    return result[len(lanes) :]


def told(lanes: list[Lane]) -> list[str]:
    return [f"{lane.model} by {lane.sdk_path.label}" for lane in lanes]


def test_lanes_that_are_added_go_on_with_what_differs() -> None:
    by_path = by_every_path(LANE, DEMO)
    assert grown(by_path[:2], 1) == [by_path[2]]
    # When every path is there, the other providers follow.
    assert told(grown(by_path, 3)) == told(list(list_one_per_provider(LANE, DEMO)[1:4]))
    mini = replace(LANE, model="gpt-5.4-mini")
    models = [each.id for each in demo_models(Provider.OPENAI) if not each.label]
    left = [model for model in models if model not in (LANE.model, mini.model)]
    assert [lane.model for lane in grown((LANE, mini), len(left))] == left
    assert grown((LANE,), 1) == [list_one_per_provider(LANE, DEMO)[1]]


def test_an_added_lane_has_the_settings_of_the_last_and_no_simulated_fault() -> None:
    tuned = replace(
        LANE, parameters=Parameters(temperature=0.2), system_prompt="Be brief.", streamed=False
    )
    added = grown((LANE, tuned), 20)
    assert {(lane.parameters, lane.system_prompt, lane.streamed) for lane in added} == {
        (tuned.parameters, "Be brief.", False)
    }
    assert not [lane.model for lane in added if lane.model.startswith("fault")]


def test_only_what_the_key_may_use_is_added_and_else_the_last_lane_again() -> None:
    listed = tuple(
        OfferedRoute(route=each.value, provider=each.value, models=(f"a {each} model",))
        for each in (Provider.OPENAI, Provider.GROQ, Provider.GOOGLE)
    )
    lane = replace(LANE, model="a openai model")
    lanes = [lane]
    for _ in range(6):
        lanes.append(choose_another_lane(lanes, DEMO, lambda _: listed))
    assert [each.provider for each in lanes[1:]] == [
        Provider.GROQ,
        Provider.GOOGLE,
        *[Provider.GOOGLE] * 4,
    ]
    assert lanes[3:] == [lanes[2]] * 4


def test_a_lane_moves_to_a_provider_by_a_path_that_reaches_it() -> None:
    google = move_lane(LANE, DEMO, Provider.GOOGLE)
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
    assert move_lane(typed, DEMO, Provider.OPENAI) is typed


def test_one_model_by_every_path_is_every_path_that_reaches_it() -> None:
    assert [lane.sdk_path for lane in by_every_path(LANE, DEMO)] == [
        SdkPath.OPENAI_CHAT,
        SdkPath.OPENAI_RESPONSES,
        SdkPath.PYDANTIC_AI,
    ]
    assert {lane.model for lane in by_every_path(LANE, DEMO)} == {LANE.model}


def test_one_model_for_each_provider_can_all_be_called() -> None:
    lanes = list_one_per_provider(LANE, DEMO)
    assert [lane.provider for lane in lanes] == [
        Provider.OPENAI,
        Provider.ANTHROPIC,
        Provider.GROQ,
        Provider.GOOGLE,
    ]
    for lane in lanes:
        resolve(DEMO, lane)


ENDPOINTS = (
    OfferedRoute(route="builtin-openai", provider="openai", models=("gpt-5.2", "gpt-4o-mini")),
    OfferedRoute(route="prod-anthropic", provider="anthropic", models=("claude-haiku-4-5",)),
)
GATEWAY = Connection(
    id="gateway",
    kind=ConnectionKind.GATEWAY,
    label="Gateway",
    base_url="https://gateway-us.pydantic.dev/proxy",
    api_key=Secret("k"),
)


def test_lanes_begin_on_the_keys_own_routes() -> None:
    made = list_one_per_provider(LANE, GATEWAY, lambda _: ENDPOINTS)
    assert [(each.route, each.model, each.sdk_path) for each in made] == [
        ("builtin-openai", "gpt-5.2", SdkPath.OPENAI_CHAT),
        ("prod-anthropic", "claude-haiku-4-5", SdkPath.ANTHROPIC_MESSAGES),
    ]
    assert choose_default_lane(GATEWAY, lambda _: ENDPOINTS).route == "builtin-openai"
    assert choose_default_lane(GATEWAY, lambda _: ENDPOINTS[1:]).provider is Provider.ANTHROPIC


def test_a_lane_that_was_chosen_without_the_list_gets_what_is_on_it() -> None:
    before = choose_default_lane(GATEWAY)
    after = list_on_offer(before, GATEWAY, ENDPOINTS, keeps_model=False)
    assert after == replace(before, route="builtin-openai", model="gpt-5.2")
    kept = list_on_offer(before, GATEWAY, ENDPOINTS, keeps_model=True)
    assert kept == replace(before, route="builtin-openai")
    assert list_on_offer(after, GATEWAY, ENDPOINTS, keeps_model=False) == after


@pytest.mark.parametrize(
    ("path", "then"),
    [
        (SdkPath.OPENAI_CHAT, SdkPath.OPENAI_CHAT),
        (SdkPath.OPENAI_RESPONSES, SdkPath.ANTHROPIC_MESSAGES),
    ],
)
def test_a_lane_of_a_provider_that_the_key_has_no_route_for_goes_to_one_that_it_has(
    path: SdkPath, then: SdkPath
) -> None:
    before = replace(choose_default_lane(GATEWAY), sdk_path=path)
    after = list_on_offer(before, GATEWAY, ENDPOINTS[1:], keeps_model=True)
    assert (after.provider, after.route, after.model, after.sdk_path) == (
        Provider.ANTHROPIC,
        "prod-anthropic",
        "claude-haiku-4-5",
        then,
    )


def test_streamed_and_not_differ_in_nothing_else() -> None:
    assert [lane.streamed for lane in list_streamed_and_not(LANE)] == [True, False]


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
    text = write_link(lanes)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert read_link(text) == tuple(lanes)


def test_a_link_never_holds_a_key() -> None:
    connection = Connection(
        id="gateway",
        kind=ConnectionKind.GATEWAY,
        label="Gateway",
        base_url="https://gateway-us.pydantic.dev/proxy",
        api_key=Secret("pylf_v1_us_canary"),
    )
    text = write_link([choose_default_lane(connection)])
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
        read_link(text)
    assert raised.value.hint
