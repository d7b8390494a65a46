from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic_ai.models import known_model_names
from pydantic_ai.profiles.anthropic import anthropic_model_profile
from pydantic_ai.profiles.google import GoogleModelProfile, google_model_profile
from pydantic_ai.profiles.groq import groq_model_profile
from pydantic_ai.profiles.openai import openai_model_profile

from gwtrace_core.demo_gateway.common.faults import Fault
from gwtrace_core.gateway.catalog import (
    Capabilities,
    KnownModel,
    ModelsNotOffered,
    OfferedModels,
    OfferedRoute,
    capabilities,
    demo_models,
    demo_routes,
    fetch_models,
    known_models,
    listed_routes,
)
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.connection import ConnectionKind, Provider
from gwtrace_core.values.errors import Failure, FailureCause
from tests.conftest import Demo, running_demo
from tests.core.gateway.answers import KEY, connection
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted

_PREFIXES = {
    Provider.OPENAI: "gateway/openai:",
    Provider.ANTHROPIC: "gateway/anthropic:",
    Provider.GROQ: "gateway/groq:",
    Provider.GOOGLE: "gateway/google-cloud:",
    Provider.BEDROCK: "gateway/bedrock:",
}
_OLDER_OPENAI = (
    "gpt-4o",
    "gpt-4.1-mini",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-pro",
    "gpt-5-chat-latest",
    "gpt-5.1",
    "gpt-5.1-codex",
    "gpt-5.2",
    "gpt-5.2-pro",
    "gpt-5.2-chat-latest",
    "gpt-5.4-mini",
    "gpt-5.5",
    "o1",
    "o3-mini",
    "o4-mini",
)
_OLDER_ANTHROPIC = ("claude-3-5-haiku-20241022", "claude-3-7-sonnet-20250219", "claude-opus-4-5")


def known_ids(provider: Provider) -> list[str]:
    prefix = _PREFIXES[provider]
    return [name.removeprefix(prefix) for name in known_model_names() if name.startswith(prefix)]


@pytest.mark.parametrize("provider", Provider)
def test_every_model_offered_is_known_to_the_installed_pydantic_ai(provider: Provider) -> None:
    offered = [model.id for model in known_models(provider)]
    assert set(offered) <= set(known_ids(provider))
    assert len(set(offered)) == len(offered) > 0


@pytest.mark.parametrize("provider", [each for each in Provider if each is not Provider.BEDROCK])
def test_no_chat_model_that_pydantic_ai_knows_is_missing(provider: Provider) -> None:
    chat_models = {each for each in known_ids(provider) if "-image" not in each}
    assert chat_models == {model.id for model in known_models(provider)}


@pytest.mark.parametrize("model", [*known_ids(Provider.OPENAI), *_OLDER_OPENAI])
def test_openai_facts_agree_with_pydantic_ai(model: str) -> None:
    able, profile = capabilities(Provider.OPENAI, model), openai_model_profile(model)
    assert able.reasoning is profile.get("supports_thinking", False)
    always_on = profile.get("thinking_enabled_by_default", False) or profile.get(
        "thinking_always_enabled", False
    )
    assert able.temperature is able.top_p is not always_on
    assert able.sampling_excludes_reasoning is (able.reasoning and not always_on)
    efforts = profile.get("openai_reasoning_efforts")
    if efforts is not None:
        assert set(able.reasoning_efforts) == set(efforts) & {"minimal", "low", "medium", "high"}


@pytest.mark.parametrize("model", [*known_ids(Provider.ANTHROPIC), *_OLDER_ANTHROPIC])
def test_anthropic_facts_agree_with_pydantic_ai(model: str) -> None:
    able, profile = capabilities(Provider.ANTHROPIC, model), anthropic_model_profile(model) or {}
    assert able.temperature is not profile.get("anthropic_disallows_sampling_settings", False)
    assert able.top_p is able.temperature
    if profile.get("anthropic_supports_adaptive_thinking", False):
        assert able.thinking == "adaptive"
    else:
        assert able.thinking in ("budget", "none")


@pytest.mark.parametrize("model", [*known_ids(Provider.GROQ), "llama-3.3-70b-versatile"])
def test_groq_facts_agree_with_pydantic_ai(model: str) -> None:
    able, profile = capabilities(Provider.GROQ, model), groq_model_profile(model)
    assert able.reasoning is profile.get("supports_thinking", False)
    graded = profile.get("groq_supports_graded_reasoning_effort", False)
    assert able.reasoning_efforts == (("low", "medium", "high") if graded else ())


@pytest.mark.parametrize(
    "model", [*known_ids(Provider.GOOGLE), "gemini-2.5-flash", "gemini-2.0-flash"]
)
def test_google_facts_agree_with_pydantic_ai(model: str) -> None:
    able = capabilities(Provider.GOOGLE, model)
    profile: GoogleModelProfile = {**(google_model_profile(model) or {})}
    assert able.reasoning is profile.get("supports_thinking", False)
    assert able.tools is profile.get("supports_tools", True)
    levels = profile.get("google_thinking_levels")
    if levels is not None and "image" not in model:
        assert set(able.reasoning_efforts) == {level.lower() for level in levels}


@pytest.mark.parametrize(
    ("model", "excludes"),
    [
        ("claude-haiku-4-5", True),
        ("claude-sonnet-4-6", True),
        ("claude-opus-4-1-20250805", True),
        ("claude-sonnet-4-20250514", False),
        ("claude-3-7-sonnet-20250219", False),
    ],
)
def test_newer_claude_models_take_temperature_or_top_p(model: str, excludes: bool) -> None:
    able = capabilities(Provider.ANTHROPIC, model)
    assert able.temperature and able.top_p
    assert able.temperature_excludes_top_p is excludes


def test_claude_on_bedrock_takes_what_claude_takes() -> None:
    assert capabilities(Provider.BEDROCK, "global.anthropic.claude-opus-4-8") == capabilities(
        Provider.ANTHROPIC, "claude-opus-4-8"
    )


def test_an_unknown_model_is_offered_everything_but_reasoning() -> None:
    for provider in Provider:
        assert capabilities(provider, "never-heard-of") == Capabilities()


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_model_takes_everything(fault: Fault) -> None:
    able = capabilities(Provider.OPENAI, fault.value)
    assert able.temperature and able.stop and able.images and able.tools and able.reasoning
    assert able.reasoning_efforts == ("minimal", "low", "medium", "high")


def test_the_demos_models_come_before_those_that_fail() -> None:
    models = demo_models(Provider.ANTHROPIC)
    assert models[0] == KnownModel(id="claude-sonnet-4-6", provider=Provider.ANTHROPIC)
    fails = [model.id.startswith("fault-") for model in models]
    assert fails == sorted(fails) and True in fails
    assert all(model.label for model in models if model.id.startswith("fault-"))
    assert demo_models(Provider.BEDROCK) == ()


@pytest.mark.anyio
async def test_the_gateways_own_list_is_read(demo: Demo) -> None:
    fetched = await fetch_models(make_demo_connection(demo.base_url))
    assert isinstance(fetched, OfferedModels) and fetched.source == "model list"
    by_route = {route.route: route for route in fetched.routes}
    assert "claude-sonnet-4-6" in by_route["anthropic"].models
    assert "resilient" in by_route


@pytest.mark.anyio
async def test_a_key_that_is_refused_is_told_instead_of_a_list(demo: Demo) -> None:
    fetched = await fetch_models(make_demo_connection(demo.base_url, api_key="demo-expired"))
    assert isinstance(fetched, Failure) and fetched.cause is FailureCause.KEY_EXPIRED


@pytest.mark.anyio
async def test_without_a_list_the_routes_of_the_404_are_taken() -> None:
    def older(asked: Asked) -> Reply:
        if asked.path == "/proxy/models":
            return Reply(status=404, body="Path not found")
        return Reply(status=404, body="Route not found: x. Supported values: anthropic, mine")

    with scripted(older) as server:
        fetched = await fetch_models(connection(f"{server.url}/proxy"))
    assert fetched == OfferedModels(
        routes=(OfferedRoute(route="anthropic"), OfferedRoute(route="mine")), source="route list"
    )
    assert [asked.method for asked in server.asked] == ["GET", "POST"]
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {KEY}"}


@pytest.mark.anyio
async def test_a_gateway_that_says_nothing_of_its_models_is_named() -> None:
    with scripted(lambda _: Reply(status=404, body="Not here")) as server:
        fetched = await fetch_models(connection(f"{server.url}/proxy"))
    assert fetched == ModelsNotOffered(
        reason="Pydantic AI Gateway has no model list and named no routes (HTTP 404)."
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("provider", "path", "header"),
    [
        (Provider.OPENAI, "/v1/models", ("authorization", f"Bearer {KEY}")),
        (Provider.ANTHROPIC, "/v1/v1/models", ("x-api-key", KEY)),
    ],
)
async def test_a_server_of_ones_own_is_asked_for_its_models(
    provider: Provider, path: str, header: tuple[str, str]
) -> None:
    body = '{"data": [{"id": "llama-local"}, {}, {"id": "half \\ud83d"}]}'
    listing = Reply(body=body, content_type=JSON)
    with scripted(lambda _: listing) as server:
        custom = connection(f"{server.url}/v1", kind=ConnectionKind.CUSTOM, provider=provider)
        fetched = await fetch_models(custom)
    route = OfferedRoute(route="", provider=provider.value, models=("llama-local", "half \ufffd"))
    assert fetched == OfferedModels(routes=(route,), source="model list")
    assert [(asked.method, asked.path) for asked in server.asked] == [("GET", path)]
    assert header in server.asked[0].headers.items()


@pytest.mark.anyio
@pytest.mark.parametrize("body", ["[]", "not JSON", '{"data": null}', "[" * 100_000])
async def test_a_server_that_lists_no_models_is_named(body: str) -> None:
    with scripted(lambda _: Reply(body=body, content_type=JSON)) as server:
        custom = connection(server.url, kind=ConnectionKind.CUSTOM, provider=Provider.OPENAI)
        assert await fetch_models(custom) == ModelsNotOffered(reason="My server lists no models.")


@pytest.mark.anyio
async def test_a_provider_itself_is_not_asked_for_its_models() -> None:
    direct = connection("http://127.0.0.1:9", kind=ConnectionKind.DIRECT, provider=Provider.OPENAI)
    assert await fetch_models(direct) == ModelsNotOffered(
        reason="Only a gateway lists models by route."
    )


@pytest.mark.anyio
async def test_a_key_with_endpoints_of_its_own_is_told_them_with_their_providers(
    demo: Demo,
) -> None:
    fetched = await fetch_models(make_demo_connection(demo.base_url, api_key="demo-endpoints"))
    assert isinstance(fetched, OfferedModels)
    assert [(each.route, each.provider) for each in fetched.routes] == [
        ("builtin-openai", "openai"),
        ("prod-anthropic", "anthropic"),
    ]
    assert fetched.routes[1].models == ("claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-8")


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["demo", "demo-endpoints"])
async def test_what_is_known_of_the_demos_routes_is_what_it_lists(demo: Demo, key: str) -> None:
    fetched = await fetch_models(make_demo_connection(demo.base_url, api_key=key))
    assert isinstance(fetched, OfferedModels)
    listed = tuple(replace(each, models=()) for each in fetched.routes)
    assert demo_routes(key) == listed


@pytest.mark.anyio
async def test_a_gateway_without_the_prefix_names_its_routes() -> None:
    with running_demo(pace=0, prefix="") as bare:
        fetched = await fetch_models(make_demo_connection(bare.base_url))
        methods = [each.method for each in bare.exchanges.all]
    assert isinstance(fetched, OfferedModels) and fetched.source == "route list"
    assert {"anthropic", "gemini", "openai"} <= {each.route for each in fetched.routes}
    assert methods == ["GET", "POST"]


@pytest.mark.anyio
async def test_a_host_that_is_down_is_a_failure() -> None:
    fetched = await fetch_models(connection("http://127.0.0.1:9/proxy"))
    assert isinstance(fetched, Failure) and fetched.cause is FailureCause.HOST_UNREACHABLE


@pytest.mark.parametrize(
    ("body", "routes"),
    [
        (
            '[{"route": "openai", "provider": "openai", "models": [{"id": "gpt-5.2"}, {}, 1]}]',
            (OfferedRoute(route="openai", provider="openai", models=("gpt-5.2",)),),
        ),
        (
            '[{"route": "g\\ud83d", "models": [{"id": "m\\ud83d"}]}]',
            (OfferedRoute(route="g\ufffd", models=("m\ufffd",)),),
        ),
        ('[{"route": "g"}, {"provider": "x"}, 1]', (OfferedRoute(route="g"),)),
        ('{"data": []}', ()),
        ("not JSON", ()),
        ("[" * 100_000, ()),
    ],
)
def test_a_list_of_models_is_read_leniently(body: str, routes: tuple[OfferedRoute, ...]) -> None:
    assert listed_routes(body) == routes


@pytest.mark.anyio
async def test_a_model_that_is_named_after_the_key_is_listed_without_it() -> None:
    listed = {"data": [{"id": f"m-{KEY}"}, {"id": f"m-{KEY.encode().hex()}"}]}
    with scripted(lambda _: Reply(body=json.dumps(listed), content_type=JSON)) as server:
        made = connection(
            f"{server.url}/v1", kind=ConnectionKind.CUSTOM, provider=Provider.OPENAI, key=KEY
        )
        found = await fetch_models(made)
    assert KEY in str(server.asked[0].headers)
    assert "m-••••" in str(found)
    assert KEY not in str(found) and KEY.encode().hex() not in str(found)
