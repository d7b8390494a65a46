"""The gateway's own rules: keys, routes, groups, text errors, prices."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from gwtrace_core.demo_gateway.common.faults import CACHING_KEY, Fault
from gwtrace_core.demo_gateway.formats.cost_report import HEADER as COST_HEADER
from tests.conftest import Demo, running_demo
from tests.core.demo_gateway.calls import ANTHROPIC, APIS, CHAT, GOOGLE, Api, ask, events

TEXT = "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer demo"},
        {"authorization": "demo"},
        {"x-api-key": "demo"},
        {"authorization": "Bearer demo", "x-api-key": "nonsense"},
        {"authorization": "Bearer nonsense", "x-api-key": "paig_demo"},
        {"authorization": "Bearer paig_demo", "x-api-key": "demo"},
    ],
)
@pytest.mark.parametrize("api", [CHAT, ANTHROPIC], ids=lambda api: api.name)
def test_a_key_is_taken_from_either_header(demo: Demo, api: Api, headers: dict[str, str]) -> None:
    assert ask(demo.base_url, api, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "text"),
    [
        ({}, 401, "Unauthorized - Missing Authorization Header"),
        ({"x-goog-api-key": "demo"}, 401, "Unauthorized - Missing Authorization Header"),
        ({"authorization": "Bearer other"}, 401, "Unauthorized - Key not found"),
        ({"authorization": "Bearer demo-unknown"}, 401, "Unauthorized - Key not found"),
        (
            {"authorization": "Bearer other", "x-api-key": "demo"},
            401,
            "Unauthorized - Key not found",
        ),
        ({"authorization": "Bearer " + "k" * 201}, 401, "Unauthorized - Key too long"),
        ({"authorization": "Bearer " + "k" * 200}, 401, "Unauthorized - Key not found"),
        (
            {"authorization": "paig_demo", "x-api-key": "paig_other"},
            401,
            "Unauthorized - Both Authorization and X-API-Key headers are set, use only one",
        ),
        ({"authorization": "demo-disabled"}, 403, "Unauthorized - Key disabled"),
        ({"authorization": "demo-expired"}, 403, "Unauthorized - Key expired"),
        ({"authorization": "demo-blocked"}, 403, "Unauthorized - Key blocked"),
        ({"authorization": "demo-rate-limited"}, 429, "Rate limit exceeded"),
    ],
)
def test_a_key_that_may_not_call_is_refused_in_plain_text(
    demo: Demo, headers: dict[str, str], status: int, text: str
) -> None:
    for response in (
        ask(demo.base_url, headers=headers),
        httpx.get(f"{demo.base_url}/models", headers=headers),
    ):
        assert (response.status_code, response.text) == (status, text)
        assert response.headers["content-type"] == TEXT
        assert "x-request-id" not in response.headers
        assert "retry-after" not in response.headers


def test_the_spending_limit_is_soft_and_counts_streams(make_demo: Callable[..., Any]) -> None:
    key = {"authorization": "Bearer demo-limit"}
    with make_demo(pace=0, spending_limit_usd=0.0015) as own:
        # A greeting by this model costs $0.000756: the third would be the first beyond the limit.
        statuses = [ask(own.base_url, stream=n == 1, headers=key).status_code for n in range(3)]
        refused = ask(own.base_url, headers=key)
        other_key = ask(own.base_url)
    assert statuses == [200, 200, 403]
    assert refused.text == "Unauthorized - Key limit-exceeded"
    assert refused.headers["content-type"] == TEXT
    assert other_key.status_code == 200


SUPPORTED = "anthropic, gemini, groq, misconfigured, openai, resilient, unassigned"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("openai", 404, "Path not found"),
        ("responses", 404, "Path not found"),
        ("nope/chat", 404, f"Route not found: nope. Supported values: {SUPPORTED}"),
        ("v1/messages", 404, f"Route not found: v1. Supported values: {SUPPORTED}"),
        (
            "bedrock/model/m/converse",
            404,
            f"Route not found: bedrock. Supported values: {SUPPORTED}",
        ),
        (
            "unassigned/chat/completions",
            400,
            "No providers included in routing group 'unassigned'. Add one or more providers to "
            "this routing group in the Pydantic AI Gateway console.",
        ),
    ],
)
def test_a_wrong_route_is_refused_in_plain_text(
    demo: Demo, path: str, status: int, text: str
) -> None:
    response = httpx.post(f"{demo.base_url}/{path}", json={}, headers={"authorization": "demo"})
    assert (response.status_code, response.text) == (status, text)
    assert response.headers["content-type"] == TEXT


def test_a_wrong_path_is_found_before_the_key_and_a_wrong_route_before_its_state(
    demo: Demo,
) -> None:
    root = demo.base_url.removesuffix("/proxy")
    assert httpx.post(f"{demo.base_url}/openai").status_code == 404
    assert httpx.post(f"{root}/openai/chat/completions").text == "Path not found"
    disabled = {"authorization": "demo-disabled"}
    assert httpx.post(f"{demo.base_url}/nope/x", headers=disabled).status_code == 404
    assert httpx.post(f"{demo.base_url}/nope/x").status_code == 401


def test_the_root_says_what_it_is(demo: Demo) -> None:
    root = demo.base_url.removesuffix("/proxy")
    assert "simulated" in httpx.get(f"{root}/").text
    assert httpx.head(f"{root}/").status_code == 200
    assert httpx.post(f"{root}/").status_code == 405


@pytest.mark.parametrize(
    "route", ["openai", "chat", "openai-chat", "responses", "openai-responses"]
)
@pytest.mark.parametrize("rest", ["chat/completions", "responses"])
def test_every_alias_of_openai_serves_both_of_its_apis(demo: Demo, route: str, rest: str) -> None:
    api = Api(name=rest.removesuffix("/completions"), path=f"{route}/{rest}", model="gpt-4o-mini")
    assert ask(demo.base_url, api).status_code == 200


@pytest.mark.parametrize("route", ["google-vertex", "gemini"])
@pytest.mark.parametrize("publisher", ["", "publishers/google/"])
def test_google_is_served_under_both_names(demo: Demo, route: str, publisher: str) -> None:
    path = f"{route}/v1beta1/{publisher}models/{{model}}:{{action}}"
    api = Api(name="google", path=path, model="gemini-2.5-flash")
    assert ask(demo.base_url, api).status_code == 200


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("openai/v1/chat/completions", "Invalid URL (POST /v1/v1/chat/completions)"),
        ("chat/v1/messages", "Invalid URL (POST /v1/v1/messages)"),
        ("openai/v1/messages", "Invalid URL (POST /v1/v1/messages)"),
        ("groq/chat/completions", "Unknown request URL: POST /chat/completions."),
        ("anthropic/v1/v1/messages", "Not found"),
        ("anthropic/chat/completions", "Not found"),
        ("chat/completions", "This is a chat model and not supported in the v1/completions"),
    ],
)
def test_a_path_that_the_provider_does_not_know_is_its_own_404(
    demo: Demo, path: str, message: str
) -> None:
    body = {"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hello"}]}
    response = httpx.post(f"{demo.base_url}/{path}", json=body, headers={"x-api-key": "demo"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"]["message"].startswith(message)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"{", b"\xff"])
def test_a_body_that_is_not_json_is_refused_by_the_gateway(demo: Demo, content: bytes) -> None:
    url = f"{demo.base_url}/openai/chat/completions"
    response = httpx.post(url, content=content, headers={"authorization": "demo"})
    assert (response.status_code, response.text) == (400, "invalid request JSON")
    listing = httpx.get(f"{demo.base_url}/openai/models", headers={"authorization": "demo"})
    assert (listing.status_code, listing.text) == (400, "invalid request JSON")


def test_usage_in_streams_cannot_be_disabled_and_comes_without_asking(demo: Demo) -> None:
    refused = ask(demo.base_url, stream=True, stream_options={"include_usage": False})
    assert refused.status_code == 400
    assert refused.text == "You cannot disable `include_usage` in `stream_options`."
    last = events(ask(demo.base_url, stream=True))[-1]
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0


def test_a_group_does_not_go_on_after_a_401(demo: Demo) -> None:
    api = Api(name="chat", path="misconfigured/chat/completions", model="gpt-5.2")
    response = ask(demo.base_url, api)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "invalid_api_key")


def test_a_group_answers_when_its_first_members_are_down_and_busy(demo: Demo) -> None:
    api = Api(name="chat", path="resilient/chat/completions", model="gpt-5.2")
    for stream in (False, True):
        response = ask(demo.base_url, api, stream=stream)
        assert response.status_code == 200
        # The caller cannot see who answered.
        assert not [name for name in response.headers if "provider" in name or "route" in name]


@pytest.mark.parametrize(
    ("model", "status"),
    [
        ("fault-upstream-500", 500),
        ("fault-upstream-429", 429),
        ("fault-upstream-401", 401),
        # A member that cannot be reached leaves the earlier member's 429 standing.
        ("fault-unreachable", 429),
    ],
)
def test_a_group_whose_members_all_fail_gives_the_last_http_failure(
    demo: Demo, model: str, status: int
) -> None:
    api = Api(name="chat", path="resilient/chat/completions", model=model)
    response = ask(demo.base_url, api)
    assert (response.status_code, "error" in response.json()) == (status, True)


def test_the_models_are_listed_by_route_as_the_hosted_gateway_does(demo: Demo) -> None:
    def listing(query: str = "") -> httpx.Response:
        key = {"authorization": "Bearer demo"}
        return httpx.get(f"{demo.base_url}/models{query}", headers=key)

    routes = {entry["route"]: entry for entry in listing().json()}
    groups = ["misconfigured", "openai", "resilient"]
    assert list(routes) == ["anthropic", "google-vertex", "groq", *groups]
    assert routes["google-vertex"]["models"] == []
    assert routes["openai"]["models"][0] == {
        "id": "gpt-5.2",
        "name": "gpt-5.2",
        "context_window": 400_000,
    }
    assert listing("?route=groq").json() == [routes["groq"]]
    assert listing("?route=chat").json() == [{**routes["openai"], "route": "chat"}]
    assert listing("?route=gemini").json() == [{**routes["google-vertex"], "route": "gemini"}]
    assert listing("?route=nope").status_code == 404


def test_a_key_with_endpoints_of_its_own_has_no_other_routes(demo: Demo) -> None:
    key = {"authorization": "Bearer demo-endpoints"}
    listing = httpx.get(f"{demo.base_url}/models", headers=key).json()
    assert [(entry["route"], entry["provider"]) for entry in listing] == [
        ("builtin-openai", "openai"),
        ("prod-anthropic", "anthropic"),
    ]
    mine = Api(name="chat", path="builtin-openai/chat/completions", model="gpt-5.2")
    assert ask(demo.base_url, mine, headers=key).status_code == 200
    refused = ask(demo.base_url, CHAT, headers=key)
    assert (refused.status_code, refused.text) == (
        404,
        "Route not found: openai. Supported values: builtin-openai, prod-anthropic",
    )
    # And nobody else has these.
    assert ask(demo.base_url, mine).status_code == 404


def test_without_the_prefix_it_serves_as_the_open_gateway_does() -> None:
    key = {"authorization": "Bearer demo"}
    with running_demo(pace=0, prefix="") as bare:
        assert "/proxy" not in bare.base_url
        assert ask(bare.base_url).status_code == 200
        listing = httpx.get(f"{bare.base_url}/models", headers=key)
        prefixed = ask(f"{bare.base_url}/proxy")
    assert (listing.status_code, listing.text) == (404, "Path not found")
    assert prefixed.text.startswith("Route not found: proxy. Supported values: anthropic, ")


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)
def test_the_exact_cost_is_in_the_body_in_a_header_and_at_the_end_of_a_stream(
    demo: Demo, api: Api
) -> None:
    plain, stream = ask(demo.base_url, api), ask(demo.base_url, api, stream=True)
    cost = plain.headers[COST_HEADER].removesuffix("USD")
    assert 0 < Decimal(cost) < Decimal("0.1")
    assert COST_HEADER not in stream.headers
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    told = {"logfire_ai_gateway": {"cost": cost}}
    *before, last = [event for event in events(stream) if event.get("type") != "message_stop"]
    if api is GOOGLE:
        # Its usage is Google's own; the SDK keeps what stands beside the last part.
        assert "logfire_ai_gateway" not in plain.text
        assert last["candidates"][0]["content"]["parts"][-1]["partMetadata"] == told
    else:
        assert plain.json()["usage"].items() >= told.items()
        assert last.get("response", last)["usage"].items() >= told.items()
    assert "logfire_ai_gateway" not in json.dumps(before)
    assert "price-estimate" not in str(plain.headers)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)
def test_one_key_has_answers_kept_and_gives_them_again_at_once_for_nothing(
    demo: Demo, api: Api, stream: bool
) -> None:
    key = {"authorization": f"Bearer {CACHING_KEY}"}
    first, again, other = (
        ask(demo.base_url, api, prompt, stream=stream, headers=key)
        for prompt in ("Is it kept?", "Is it kept?", "Is this kept?")
    )
    elsewhere = ask(demo.base_url, api, "Is it kept?", stream=stream)
    body, cost = _parted(first)
    assert _parted(again) == (body, "0")
    assert _parted(other)[1] != "0"
    assert _parted(elsewhere)[1] == cost != "0"


def _parted(response: httpx.Response) -> tuple[str, str]:
    """The body without the cost in it, and the cost."""
    found = re.findall(r'"logfire_ai_gateway":{"cost":"([^"]+)"}', response.text)
    cost = found[0] if found else response.headers[COST_HEADER].removesuffix("USD")
    return response.text.replace(f'"cost":"{cost}"', '"cost":""'), cost


@pytest.mark.parametrize("model", [Fault.STREAM_ERROR, Fault.CUT_STREAM, Fault.LENGTH])
def test_an_answer_with_a_fault_is_not_kept(demo: Demo, model: Fault) -> None:
    key = {"authorization": f"Bearer {CACHING_KEY}"}
    bodies = [
        ask(demo.base_url, CHAT, model=model, stream=True, headers=key).text for _ in range(2)
    ]
    assert bodies[0] != bodies[1], "each answer has an id of its own"


@pytest.mark.parametrize(
    ("api", "name"),
    [(CHAT, "x-request-id"), (ANTHROPIC, "request-id")],
    ids=["openai", "anthropic"],
)
def test_answers_carry_the_providers_request_id(demo: Demo, api: Api, name: str) -> None:
    good, bad = ask(demo.base_url, api), ask(demo.base_url, api, model="nope")
    assert good.headers[name].startswith("req_")
    assert bad.headers[name].startswith("req_")
    assert good.headers[name] != bad.headers[name]


def test_counting_tokens_passes_unmetered(demo: Demo) -> None:
    response = httpx.post(
        f"{demo.base_url}/anthropic/v1/messages/count_tokens",
        json={"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "Hello"}]},
        headers={"x-api-key": "demo"},
    )
    assert response.json() == {"input_tokens": 8}
    assert COST_HEADER not in response.headers


def test_an_observer_sees_what_was_sent(demo: Demo) -> None:
    mark = demo.exchanges.mark
    ask(demo.base_url, GOOGLE, "Hello", stream=True, headers={"X-Api-Key": "demo", "X-Own": "1"})
    seen = demo.exchanges.wait_ended(since=mark)
    assert (seen.method, seen.status, seen.ending) == ("POST", 200, "completed")
    model = "publishers/google/models/gemini-3-flash-preview"
    assert seen.path == f"/proxy/google-vertex/v1beta1/{model}:streamGenerateContent"
    assert seen.query == "alt=sse"
    assert (seen.headers["x-api-key"], seen.headers["x-own"]) == ("demo", "1")
    assert seen.json == {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
    assert seen.duration_s is not None
    assert "x-own" not in repr(seen)


def test_answers_take_the_time_that_the_model_would_take(make_demo: Callable[..., Any]) -> None:
    pace, tokens = 0.5, 70
    quick, slow = "gpt-5.4-mini", "gpt-5.2"
    seconds: dict[tuple[str, bool], float] = {}
    with make_demo(pace=pace) as own:
        for model, stream in ((quick, True), (quick, False), (slow, True)):
            mark = own.exchanges.mark
            ask(own.base_url, CHAT, f"Write {tokens} tokens", model=model, stream=stream)
            seen = own.exchanges.wait_ended(since=mark)
            seconds[model, stream] = seen.duration_s
    # 0.35 s to the first token, then 140 a second, each gap up to 30 % shorter.
    assert seconds[quick, True] >= pace * (0.35 + (tokens - 1) / 140 * 0.7)
    assert seconds[quick, False] >= pace * (0.35 + tokens / 140)
    assert seconds[slow, True] >= pace * (0.7 + (tokens - 1) / 75 * 0.7)
