from __future__ import annotations

import itertools
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gwtrace_core.gateway.checks import CheckStep, check_connection
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from tests.conftest import Demo, running_demo
from tests.core.gateway.answers import KEY, connection
from tests.core.gateway.good_statuses import ANSWERS
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class _Steps:
    """A clock that goes on by a tenth of a second whenever it is read."""

    _now: itertools.count[int] = field(default_factory=itertools.count)

    def __call__(self) -> float:
        return next(self._now) / 10


async def checked(made: Connection, **how: object) -> list[CheckStep]:
    return [
        step
        async for step in check_connection(made, clock=_Steps(), **how)  # pyright: ignore[reportArgumentType] - a test's options
    ]


def outcome(steps: list[CheckStep]) -> dict[str, str]:
    return {step.part: step.status for step in steps}


async def test_a_gateway_that_works_passes_without_a_paid_call(demo: Demo) -> None:
    mark = demo.exchanges.mark
    steps = await checked(make_demo_connection(demo.base_url))
    assert outcome(steps) == {"host": "ok", "key": "ok", "route": "ok", "model": "skipped"}
    assert [step.duration_ms is not None for step in steps] == [True, True, True, False]
    assert "resilient" in steps[2].routes
    asked = demo.exchanges.since(mark)
    assert {exchange.method for exchange in asked} == {"GET"}


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        (Provider.OPENAI, "gpt-5.2"),
        (Provider.ANTHROPIC, "claude-haiku-4-5"),
        (Provider.GROQ, "llama-3.3-70b-versatile"),
        (Provider.GOOGLE, "gemini-2.5-flash"),
    ],
)
async def test_a_model_is_tested_with_one_call_when_asked_for(
    demo: Demo, provider: Provider, model: str
) -> None:
    mark = demo.exchanges.mark
    steps = await checked(make_demo_connection(demo.base_url), provider=provider, model=model)
    assert outcome(steps) == {"host": "ok", "key": "ok", "route": "ok", "model": "ok"}
    posts = [each for each in demo.exchanges.since(mark) if each.method == "POST"]
    assert len(posts) == 1 and "16" in str(posts[0].json)


@pytest.mark.parametrize("key", ["demo-unknown", "demo-disabled", "demo-expired", "demo-blocked"])
async def test_a_key_that_is_refused_is_the_part_that_fails(demo: Demo, key: str) -> None:
    steps = await checked(make_demo_connection(demo.base_url, api_key=key), model="gpt-5.2")
    assert outcome(steps) == {
        "host": "ok",
        "key": "failed",
        "route": "skipped",
        "model": "skipped",
    }
    assert steps[1].hint


async def test_an_unknown_route_is_the_part_that_fails_and_the_others_are_named(
    demo: Demo,
) -> None:
    steps = await checked(make_demo_connection(demo.base_url), route="nope")
    assert outcome(steps)["route"] == "failed"
    assert "openai" in steps[2].routes and "nope" in steps[2].message


async def test_an_empty_routing_group_is_the_part_that_fails(demo: Demo) -> None:
    steps = await checked(make_demo_connection(demo.base_url), route="unassigned")
    assert outcome(steps)["route"] == "failed"


async def test_a_model_that_fails_is_the_part_that_fails(demo: Demo) -> None:
    steps = await checked(make_demo_connection(demo.base_url), model="no-such-model")
    assert outcome(steps) == {"host": "ok", "key": "ok", "route": "ok", "model": "failed"}
    assert "no-such-model" in steps[3].message


async def test_a_host_that_refuses_is_the_part_that_fails() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/proxy"
        steps = await checked(connection(url))
    assert outcome(steps) == {
        "host": "failed",
        "key": "skipped",
        "route": "skipped",
        "model": "skipped",
    }
    assert "refused the connection" in steps[0].message


async def test_a_host_that_says_nothing_is_given_up() -> None:
    with scripted(lambda _: None) as server:
        steps = await checked(connection(f"{server.url}/proxy"), timeout_s=0.3)
    assert outcome(steps)["host"] == "failed" and "nothing" in steps[0].message


async def test_a_server_that_speaks_no_tls_is_named() -> None:
    with scripted(lambda _: Reply()) as server:
        secure = server.url.replace("http://", "https://")
        steps = await checked(connection(f"{secure}/proxy"))
    assert steps[0].status == "failed" and "secure connection" in steps[0].message


async def test_an_older_gateway_without_a_list_is_tested_all_the_same() -> None:
    def older(asked: Asked) -> Reply:
        if asked.path == "/proxy/models":
            return Reply(status=404, body="Path not found")
        if asked.path.startswith("/proxy/openai/"):
            return Reply(status=403, body="Unauthorized - Key blocked")
        return Reply(status=404, body="Route not found: x. Supported values: openai")

    with scripted(older) as server:
        steps = await checked(connection(f"{server.url}/proxy"))
    assert outcome(steps) == {
        "host": "ok",
        "key": "failed",
        "route": "skipped",
        "model": "skipped",
    }
    assert "blocked" in steps[1].message


async def test_a_gateway_without_the_prefix_passes_like_any_other() -> None:
    with running_demo(pace=0, prefix="") as bare:
        steps = await checked(make_demo_connection(bare.base_url), model="gpt-5.2")
        asked = [(each.method, each.status) for each in bare.exchanges.all]
    assert outcome(steps) == {"host": "ok", "key": "ok", "route": "ok", "model": "ok"}
    assert "openai" in steps[2].routes
    # Its list, an unknown route, the route itself, and the model: no more than the others take.
    assert asked == [("GET", 404), ("POST", 404), ("GET", 400), ("POST", 200)]


async def test_a_key_that_a_gateway_without_the_prefix_refuses_is_the_part_that_fails() -> None:
    with running_demo(pace=0, prefix="") as bare:
        steps = await checked(make_demo_connection(bare.base_url, api_key="demo-unknown"))
    assert outcome(steps)["host"] == "ok" and outcome(steps)["key"] == "failed"


async def test_a_prefix_that_was_forgotten_is_hinted_at(demo: Demo) -> None:
    root = demo.base_url.removesuffix("/proxy")
    steps = await checked(make_demo_connection(root), model="gpt-5.2")
    assert outcome(steps) == {
        "host": "failed",
        "key": "skipped",
        "route": "skipped",
        "model": "skipped",
    }
    assert steps[0].hint.endswith(f"Use the base URL {root}/proxy")


async def test_a_prefix_that_is_one_too_many_is_hinted_at() -> None:
    with running_demo(pace=0, prefix="") as bare:
        steps = await checked(make_demo_connection(f"{bare.base_url}/proxy"))
    assert outcome(steps)["host"] == "failed"
    assert steps[0].hint == f"Use the base URL {bare.base_url}"


@pytest.mark.parametrize(
    ("provider", "route", "model"),
    [
        (Provider.OPENAI, "builtin-openai", "gpt-5.2"),
        (Provider.ANTHROPIC, "prod-anthropic", "claude-haiku-4-5"),
    ],
)
async def test_the_keys_own_route_for_the_provider_is_tested(
    demo: Demo, provider: Provider, route: str, model: str
) -> None:
    mark = demo.exchanges.mark
    made = make_demo_connection(demo.base_url, api_key="demo-endpoints")
    steps = await checked(made, provider=provider, model=model)
    assert outcome(steps) == {"host": "ok", "key": "ok", "route": "ok", "model": "ok"}
    label = {Provider.OPENAI: "OpenAI", Provider.ANTHROPIC: "Anthropic"}[provider]
    assert steps[2].message == f"Route {route} leads to {label}."
    assert steps[2].routes == ("builtin-openai", "prod-anthropic")
    [call] = [each for each in demo.exchanges.since(mark) if each.method == "POST"]
    assert call.path.startswith(f"/proxy/{route}/")


async def test_a_provider_without_a_route_is_the_part_that_fails(demo: Demo) -> None:
    made = make_demo_connection(demo.base_url, api_key="demo-endpoints")
    steps = await checked(made, provider=Provider.GROQ)
    assert outcome(steps)["route"] == "failed"
    assert "'groq'" in steps[2].message and "builtin-openai" in steps[2].hint


def custom_server(asked: Asked) -> Reply:
    if asked.path == "/v1/models":
        if "authorization" in asked.headers and asked.headers["authorization"] != f"Bearer {KEY}":
            return Reply(status=401, body='{"error": {"message": "No"}}', content_type=JSON)
        return Reply(body='{"data": []}', content_type=JSON)
    if asked.path == "/v1/chat/completions":
        return Reply(body=ANSWERS[Provider.OPENAI], content_type=JSON)
    return Reply(status=404, body="404 page not found")


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ("/v1", KEY, {"host": "ok", "key": "ok", "route": "skipped", "model": "ok"}),
        ("/v1", "", {"host": "ok", "key": "skipped", "route": "skipped", "model": "ok"}),
        ("/v1", "wrong", {"host": "ok", "key": "failed", "route": "skipped", "model": "skipped"}),
        ("", KEY, {"host": "ok", "key": "skipped", "route": "skipped", "model": "failed"}),
    ],
)
async def test_a_custom_server_is_tested_part_by_part(
    path: str, key: str, expected: dict[str, str]
) -> None:
    with scripted(custom_server) as server:
        made = connection(
            f"{server.url}{path}", kind=ConnectionKind.CUSTOM, provider=Provider.OPENAI, key=key
        )
        steps = await checked(made, model="llama")
    assert outcome(steps) == expected
    assert all(
        asked.body["max_tokens"] == 16 and "max_completion_tokens" not in asked.body
        for asked in server.asked
        if asked.method == "POST"
    )


async def test_a_models_id_cannot_lead_to_another_path(demo: Demo) -> None:
    mark = demo.exchanges.mark
    steps = await checked(
        make_demo_connection(demo.base_url), provider=Provider.GOOGLE, model="../../openai/x?y#z"
    )
    assert outcome(steps)["model"] == "failed"
    paths = [each.path for each in demo.exchanges.since(mark) if each.method == "POST"]
    assert paths[0].startswith("/proxy/google-vertex/v1beta1/publishers/google/models/")
    assert len(paths) == 1


async def test_an_anthropic_server_gets_its_own_headers() -> None:
    with scripted(lambda _: Reply(body="{}", content_type=JSON)) as server:
        made = connection(server.url, kind=ConnectionKind.CUSTOM, provider=Provider.ANTHROPIC)
        await checked(made, model="claude")
    assert [asked.path for asked in server.asked] == ["/v1/models", "/v1/messages"]
    assert {asked.headers["x-api-key"] for asked in server.asked} == {KEY}
    assert {asked.headers["anthropic-version"] for asked in server.asked} == {"2023-06-01"}
    assert not any("authorization" in asked.headers for asked in server.asked)


@pytest.mark.parametrize("reply", [Reply(status=302, headers={"location": "http://127.0.0.1:9/"})])
async def test_the_key_does_not_follow_a_redirect(reply: Reply) -> None:
    with scripted(lambda _: reply) as elsewhere:
        location = {"location": f"{elsewhere.url}/"}
        with scripted(lambda _: Reply(status=302, headers=location)) as server:
            await checked(connection(f"{server.url}/proxy"))
    assert server.asked and elsewhere.asked == []


async def test_no_step_shows_the_key() -> None:
    echo: Callable[[Asked], Reply] = lambda asked: Reply(status=401, body=str(asked.headers))  # noqa: E731
    with scripted(echo) as server:
        steps = await checked(connection(f"{server.url}/proxy"))
    assert outcome(steps)["key"] == "failed" and KEY not in repr(steps)
