"""Every SDK path sends its calls by the one rule for proxies, and no further than it may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwtrace_core.gateway.routes import resolve
from gwtrace_core.sdk_paths import open_path
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from gwtrace_core.values.errors import FailureCause, FailureSource, RequestRefused
from gwtrace_core.values.events import Failed
from gwtrace_core.values.hosts import EVERYWHERE, INTERNET_ONLY
from gwtrace_core.values.request import ChatRequest, Message
from gwtrace_core.values.secret import Secret
from tests.conftest import Demo
from tests.core.gateway.scripted import Reply, scripted
from tests.core.sdk_paths.support import WAYS, Way, ask, context_of, gateway, lane_of, text_of

pytestmark = pytest.mark.anyio
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def typed(base_url: str) -> Connection:
    """A gateway that a visitor typed where others are let in."""
    return Connection(
        id="typed-gateway",
        kind=ConnectionKind.GATEWAY,
        label="Typed",
        base_url=base_url,
        api_key=Secret("demo"),
        reach=INTERNET_ONLY,
    )


@each_way
async def test_a_call_goes_through_the_proxy_unless_it_is_to_this_machine(
    demo: Demo, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = replace(typed("http://gateway.test/proxy"), reach=EVERYWHERE)
    with scripted(lambda _: Reply(status=502, body="by proxy")) as proxy:
        for name in _VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        here = await ask(gateway(demo.base_url), lane_of(way), "Hello")
        asked_for_here = list(proxy.asked)
        await ask(elsewhere, lane_of(way), "Hello")
    assert text_of(here) and asked_for_here == []
    [asked] = proxy.asked
    assert asked.path.startswith(f"http://gateway.test{way.wire_path}")


@each_way
async def test_a_typed_base_url_reaches_no_private_address(demo: Demo, way: Way) -> None:
    mark = demo.exchanges.mark
    base_url = demo.base_url.replace("127.0.0.1", "localhost")
    [*_, failed] = await ask(typed(base_url), lane_of(way), "Hello")
    assert isinstance(failed, Failed)
    assert (failed.failure.source, failed.failure.cause) == (
        FailureSource.SETTINGS,
        FailureCause.ADDRESS_REFUSED,
    )
    assert "has a private address" in failed.failure.message
    assert "GWTRACE_ALLOW_PRIVATE_HOSTS=true" in failed.failure.hint
    assert demo.exchanges.since(mark) == ()


@each_way
async def test_a_client_that_may_go_anywhere_is_not_lent_to_a_connection_that_may_not(
    demo: Demo, way: Way
) -> None:
    guarded = typed(demo.base_url)
    free = replace(guarded, reach=EVERYWHERE)
    request = ChatRequest(lane=lane_of(way), messages=(Message(role="user", text="Hello"),))
    client = open_path(way.sdk_path)
    mark = demo.exchanges.mark
    try:
        for connection in (free, guarded):
            context = context_of(resolve(connection, request.lane))
            events = [event async for event in client.stream(request, context)]
    finally:
        await client.aclose()
    assert len(demo.exchanges.since(mark)) == 1
    assert isinstance(events[-1], Failed)
    assert events[-1].failure.cause is FailureCause.ADDRESS_REFUSED


def test_a_typed_gateway_is_not_called_by_an_sdk_whose_connections_cannot_be_checked() -> None:
    lane = lane_of(replace(WAYS[-1], provider=Provider.BEDROCK, route="bedrock"))
    guarded = typed("https://gateway.test/proxy")
    with pytest.raises(RequestRefused, match=r"cannot be checked.*GWTRACE_ALLOW_PRIVATE_HOSTS"):
        resolve(guarded, lane)
    assert resolve(replace(guarded, reach=EVERYWHERE), lane).provider is Provider.BEDROCK
