from __future__ import annotations

import itertools

import pytest

from gwtrace_core.gateway.catalog import OfferedRoute
from gwtrace_core.gateway.routes import (
    api_of,
    providers_for,
    reach_table,
    resolve,
    routes_for,
    why_unreachable,
)
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Lane
from tests.core.gateway.answers import connection

CHAT, RESPONSES = SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES
MESSAGES, AGENT = SdkPath.ANTHROPIC_MESSAGES, SdkPath.PYDANTIC_AI
ROOT = "https://gateway-us.pydantic.dev/proxy"
REACHES = {
    (Provider.OPENAI, CHAT): f"{ROOT}/openai",
    (Provider.OPENAI, RESPONSES): f"{ROOT}/openai",
    (Provider.OPENAI, AGENT): ROOT,
    (Provider.ANTHROPIC, CHAT): f"{ROOT}/anthropic/v1",
    (Provider.ANTHROPIC, MESSAGES): f"{ROOT}/anthropic",
    (Provider.ANTHROPIC, AGENT): ROOT,
    (Provider.GROQ, CHAT): f"{ROOT}/groq/openai/v1",
    (Provider.GROQ, AGENT): ROOT,
    (Provider.GOOGLE, AGENT): ROOT,
    (Provider.BEDROCK, AGENT): ROOT,
}
DIRECT = {
    (Provider.OPENAI, CHAT): "https://api.openai.com/v1",
    (Provider.OPENAI, RESPONSES): "https://api.openai.com/v1",
    (Provider.OPENAI, AGENT): "https://api.openai.com/v1",
    (Provider.ANTHROPIC, CHAT): "https://api.anthropic.com/v1",
    (Provider.ANTHROPIC, MESSAGES): "https://api.anthropic.com",
    (Provider.ANTHROPIC, AGENT): "https://api.anthropic.com",
    (Provider.GROQ, CHAT): "https://api.groq.com/openai/v1",
    (Provider.GROQ, AGENT): "https://api.groq.com",
    (Provider.GOOGLE, AGENT): "https://generativelanguage.googleapis.com",
}


def lane(provider: Provider, path: SdkPath, *, route: str = "", model: str = "m") -> Lane:
    return Lane(connection_id="gateway", provider=provider, route=route, sdk_path=path, model=model)


def direct(provider: Provider) -> Connection:
    return connection("https://example", kind=ConnectionKind.DIRECT, provider=provider)


@pytest.mark.parametrize(("provider", "path"), list(itertools.product(Provider, SdkPath)))
def test_a_gateway_lane_gets_its_base_url_or_the_reason_against_it(
    provider: Provider, path: SdkPath
) -> None:
    base_url = REACHES.get((provider, path))
    if base_url is None:
        with pytest.raises(RequestRefused) as refused:
            resolve(connection(), lane(provider, path))
        assert refused.value.message.endswith(".")
        assert "is reached by: " in refused.value.hint
        assert refused.value.message == why_unreachable(connection(), provider, path)
        return
    target = resolve(connection(), lane(provider, path))
    assert (target.base_url, target.route) == (base_url, provider.value)
    assert (target.provider, target.sdk_path) == (provider, path)
    assert why_unreachable(connection(), provider, path) is None


@pytest.mark.parametrize(("provider", "path"), list(itertools.product(Provider, SdkPath)))
def test_a_direct_lane_goes_to_the_providers_own_host(provider: Provider, path: SdkPath) -> None:
    base_url = DIRECT.get((provider, path))
    if provider is Provider.BEDROCK:
        return
    if base_url is None:
        with pytest.raises(RequestRefused):
            resolve(direct(provider), lane(provider, path))
        return
    target = resolve(direct(provider), lane(provider, path, route="ignored"))
    assert (target.base_url, target.route) == (base_url, "")


def test_the_table_is_what_resolve_does() -> None:
    for row in reach_table():
        base_url = REACHES.get((row.provider, row.sdk_path))
        assert bool(row.api) is (base_url is not None)
        if row.api and row.sdk_path is not AGENT:
            assert f"{ROOT}{row.base_url}" == base_url
        assert row.api or row.reason
    assert len(reach_table()) == len(Provider) * len(SdkPath)


def test_a_routing_groups_slug_takes_the_routes_place() -> None:
    target = resolve(connection(), lane(Provider.ANTHROPIC, CHAT, route="my-group"))
    assert (target.base_url, target.route) == (f"{ROOT}/my-group/v1", "my-group")


@pytest.mark.parametrize("route", routes_for(Provider.OPENAI))
def test_every_alias_is_a_route(route: str) -> None:
    target = resolve(connection(), lane(Provider.OPENAI, CHAT, route=route))
    assert target.base_url == f"{ROOT}/{route}"


@pytest.mark.parametrize(
    ("provider", "route", "says"),
    [
        (Provider.ANTHROPIC, "chat", "leads to OpenAI, not to Anthropic"),
        (Provider.OPENAI, "anthropic", "leads to Anthropic, not to OpenAI"),
        (Provider.OPENAI, "a/b", "cannot be a route"),
        (Provider.OPENAI, "../models", "cannot be a route"),
        (Provider.OPENAI, "a b", "cannot be a route"),
        (Provider.OPENAI, "?x=1", "cannot be a route"),
    ],
)
def test_a_route_that_cannot_work_is_refused(provider: Provider, route: str, says: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        resolve(connection(), lane(provider, AGENT, route=route))
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("route", "says", "owner"),
    [
        ("chat", None, Provider.OPENAI),
        ("prod", "mistral", Provider.OPENAI),
        ("prod", "azure", Provider.OPENAI),
        ("openai", "anthropic", Provider.ANTHROPIC),
        ("gemini", None, Provider.GOOGLE),
        ("builtin-openai", None, None),
        ("prod", "nobody-knows", None),
    ],
)
def test_whose_api_a_route_speaks_is_what_the_gateway_says_of_it(
    route: str, says: str | None, owner: Provider | None
) -> None:
    assert api_of(OfferedRoute(route=route, provider=says)) is owner


def test_a_route_that_the_gateway_lists_is_taken_for_what_it_lists() -> None:
    claude = (OfferedRoute(route="openai", provider="anthropic"),)
    target = resolve(connection(), lane(Provider.ANTHROPIC, MESSAGES, route="openai"), claude)
    assert target.base_url == f"{ROOT}/openai"
    with pytest.raises(RequestRefused, match="leads to Anthropic, not to OpenAI"):
        resolve(connection(), lane(Provider.OPENAI, CHAT, route="openai"), claude)


def test_bedrock_needs_https_and_is_not_simulated() -> None:
    demo = make_demo_connection("http://127.0.0.1:1/proxy")
    assert Provider.BEDROCK in providers_for(connection())
    assert Provider.BEDROCK not in providers_for(demo)
    plain = connection("http://localhost:8787")
    assert "https://" in (why_unreachable(plain, Provider.BEDROCK, AGENT) or "")
    assert "does not simulate" in (why_unreachable(demo, Provider.BEDROCK, AGENT) or "")


@pytest.mark.parametrize(
    ("api", "paths"),
    [(Provider.OPENAI, {CHAT, RESPONSES, AGENT}), (Provider.ANTHROPIC, {MESSAGES, AGENT})],
)
def test_a_custom_server_is_reached_by_the_sdks_of_its_api(
    api: Provider, paths: set[SdkPath]
) -> None:
    own = connection("http://localhost:11434/v1", kind=ConnectionKind.CUSTOM, provider=api, key="")
    assert {path for path in SdkPath if why_unreachable(own, api, path) is None} == paths
    for path in paths:
        target = resolve(own, lane(api, path))
        assert (target.base_url, target.route) == ("http://localhost:11434/v1", "")
    assert why_unreachable(own, Provider.GOOGLE, AGENT) == "My server does not reach Google."


@pytest.mark.parametrize("model", ["", "  \n"])
def test_a_lane_without_a_model_is_refused(model: str) -> None:
    with pytest.raises(RequestRefused, match="No model"):
        resolve(connection(), lane(Provider.OPENAI, CHAT, model=model))


def test_a_gateway_without_a_key_is_refused() -> None:
    with pytest.raises(RequestRefused, match="no API key"):
        resolve(connection(key=""), lane(Provider.OPENAI, CHAT))
