"""Every fault model fails in its one known way, on every API, plain and streamed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import httpx
import pytest

from gwtrace_core.demo_gateway.common.faults import FAULT_KEYS, FAULT_MODELS, Fault
from tests.conftest import Demo
from tests.core.demo_gateway.calls import (
    ANTHROPIC,
    APIS,
    CHAT,
    COMPAT,
    GOOGLE,
    GROQ,
    RESPONSES,
    Api,
    answer_text,
    ask,
    events,
)
from tests.pairwise import pairwise

TEXT = "text/plain; charset=utf-8"

each_api = pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)
plain_and_streamed = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])

GATEWAYS_OWN = {
    Fault.UNPRICED: (
        404,
        "PAIG does not support the model `fault-unpriced` yet. We're working on it!",
    ),
    Fault.UNREACHABLE: (500, "Internal Server Error"),
}
PROVIDERS = {
    Fault.UPSTREAM_401: 401,
    Fault.UPSTREAM_429: 429,
    Fault.UPSTREAM_500: 500,
    Fault.UPSTREAM_503: 503,
    Fault.OVERLOADED: 503,
    Fault.ECHO_KEY: 401,
}


def each_pair(faults: Iterable[Fault]) -> list[tuple[Api, bool, Fault]]:
    """Every fault by every API, plain or streamed."""
    rows = product(APIS, (False, True), faults)
    return pairwise(rows, lambda row: row[0].name, lambda row: row[1], lambda row: row[2])


def name_case(value: object) -> str | None:
    """In the name of a case."""
    if isinstance(value, bool):
        return "stream" if value else "plain"
    return value.name if isinstance(value, Api) else None


def test_every_fault_is_described_in_one_sentence() -> None:
    assert {model.id for model in FAULT_MODELS} == set(Fault)
    described = [model.description for model in FAULT_MODELS]
    described += [key.description for key in FAULT_KEYS]
    assert all(text.endswith(".") and "\n" not in text for text in described)


@pytest.mark.parametrize(("api", "stream", "model"), each_pair(GATEWAYS_OWN), ids=name_case)
def test_faults_of_the_gateway_are_plain_text(
    demo: Demo, api: Api, stream: bool, model: Fault
) -> None:
    response = ask(demo.base_url, api, model=model, stream=stream)
    assert (response.status_code, response.text) == GATEWAYS_OWN[model]
    assert response.headers["content-type"] == TEXT


@pytest.mark.parametrize(("api", "stream", "model"), each_pair(PROVIDERS), ids=name_case)
def test_faults_of_the_provider_are_its_json(
    demo: Demo, api: Api, stream: bool, model: Fault
) -> None:
    response = ask(demo.base_url, api, model=model, stream=stream)
    is_anthropics_own = api is ANTHROPIC and model == Fault.OVERLOADED
    expected = 529 if is_anthropics_own else PROVIDERS[model]
    assert response.status_code == expected
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"]["message"]
    assert ("retry-after" in response.headers) == (model == Fault.UPSTREAM_429)
    assert ("'demo'" in response.text or " demo." in response.text) == (model == Fault.ECHO_KEY)


@pytest.mark.parametrize(
    ("api", "status", "error"),
    [
        (
            CHAT,
            404,
            {
                "message": "The model `nope` does not exist or you do not have access to it.",
                "type": "invalid_request_error",
                "param": "model",
                "code": "model_not_found",
            },
        ),
        (ANTHROPIC, 404, {"type": "not_found_error", "message": "model: nope"}),
        (
            GROQ,
            404,
            {
                "message": "The model `nope` does not exist or you do not have access to it.",
                "type": "invalid_request_error",
                "code": "model_not_found",
            },
        ),
        (
            GOOGLE,
            404,
            {
                "code": 404,
                "message": "Publisher Model `projects/demo/locations/global/publishers/google/"
                "models/nope` was not found or your project does not have access to it. Please "
                "ensure you are using a valid model version.",
                "status": "NOT_FOUND",
            },
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Api) else "",
)
def test_an_unknown_model_is_the_providers_404(
    demo: Demo, api: Api, status: int, error: dict[str, Any]
) -> None:
    response = ask(demo.base_url, api, model="nope")
    assert (response.status_code, response.json()["error"]) == (status, error)


@each_api
def test_a_late_unpriced_answer_blocks_only_the_key_made_for_it(
    make_demo: Callable[..., Any], api: Api
) -> None:
    now = [1000.0]
    key = {"authorization": "demo-blockable"}
    with make_demo(pace=0, clock=lambda: now[0]) as own:
        late = Fault.UNPRICED_LATE
        shared = ask(own.base_url, api, model=late)
        assert (shared.status_code, shared.text) == (400, "Unable to calculate spend")
        assert ask(own.base_url, api).status_code == 200

        first = ask(own.base_url, api, model=late, headers=key)
        assert first.text == "Unable to calculate spend, API key disabled"
        assert (first.status_code, first.headers["content-type"]) == (400, TEXT)
        now[0] += 299
        blocked = ask(own.base_url, api, headers=key)
        assert (blocked.status_code, blocked.text) == (403, "Unauthorized - Key blocked")
        now[0] += 2
        assert ask(own.base_url, api, headers=key).status_code == 200

        streamed = ask(own.base_url, api, model=late, stream=True, headers=key)
        assert streamed.status_code == 200
        assert ask(own.base_url, api, headers=key).text == "Unauthorized - Key blocked"


@each_api
@pytest.mark.parametrize("model", [Fault.BAD_JSON, Fault.CUT_STREAM])
def test_a_plain_answer_that_is_no_json_is_refused_by_the_gateway(
    make_demo: Callable[..., Any], api: Api, model: str
) -> None:
    with make_demo(pace=0) as own:
        shared = ask(own.base_url, api, model=model)
        blocked = ask(own.base_url, api, model=model, headers={"x-api-key": "demo-blockable"})
    assert shared.status_code == blocked.status_code == 400
    assert shared.text == "invalid response, unable to extract usage"
    assert blocked.text == "invalid response, unable to extract usage, API key disabled"


@each_api
def test_a_broken_event_is_passed_on_in_the_stream(demo: Demo, api: Api) -> None:
    response = ask(demo.base_url, api, model=Fault.BAD_JSON, stream=True)
    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        events(response)


@each_api
def test_a_cut_stream_ends_cleanly_without_finish_reason_and_usage(demo: Demo, api: Api) -> None:
    mark = demo.exchanges.mark
    cut = ask(demo.base_url, api, "Explain streaming", model=Fault.CUT_STREAM, stream=True)
    whole = ask(demo.base_url, api, "Explain streaming", stream=True)
    assert demo.exchanges.wait_ended(since=mark).ending == "cut"
    text = answer_text(api, cut, stream=True)
    assert 0 < len(text) < len(answer_text(api, whole, stream=True))
    for word in ('"usage":{"prompt', "usageMetadata", "finishReason", "message_delta",
                 "message_stop", "response.completed", "[DONE]", '"finish_reason":"'):  # fmt: skip
        assert word not in cut.text


@each_api
@plain_and_streamed
def test_a_reset_breaks_the_connection(demo: Demo, api: Api, stream: bool) -> None:
    mark = demo.exchanges.mark
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        ask(demo.base_url, api, model=Fault.RESET_STREAM, stream=stream)
    assert demo.exchanges.wait_ended(since=mark).ending == "cut"


@each_api
def test_an_error_in_the_stream_comes_after_some_text(demo: Demo, api: Api) -> None:
    streamed = events(ask(demo.base_url, api, "Hello there", model=Fault.STREAM_ERROR, stream=True))
    last = streamed[-1]
    message = last["message"] if api is RESPONSES else last["error"]["message"]
    assert "over" in message.lower()
    assert len(streamed) > 2
    plain = ask(demo.base_url, api, model=Fault.STREAM_ERROR)
    assert (plain.status_code, "error" in plain.json()) == (500, True)


@pytest.mark.parametrize(
    ("api", "model", "stream", "reason"),
    [
        (CHAT, Fault.CONTENT_FILTER, False, "content_filter"),
        (CHAT, Fault.LENGTH, True, "length"),
        (GROQ, Fault.CONTENT_FILTER, False, "stop"),
        (GROQ, Fault.CONTENT_FILTER, True, "content_filter"),
        (RESPONSES, Fault.CONTENT_FILTER, False, "content_filter"),
        (RESPONSES, Fault.LENGTH, True, "max_output_tokens"),
        (ANTHROPIC, Fault.CONTENT_FILTER, False, "refusal"),
        (ANTHROPIC, Fault.LENGTH, True, "max_tokens"),
        (GOOGLE, Fault.CONTENT_FILTER, False, "SAFETY"),
        (GOOGLE, Fault.LENGTH, True, "MAX_TOKENS"),
        (COMPAT, Fault.LENGTH, False, "length"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_an_answer_that_ends_early_says_why(
    demo: Demo, api: Api, model: str, stream: bool, reason: str
) -> None:
    response = ask(demo.base_url, api, "Explain streaming", model=model, stream=stream)
    assert reason in _finish_reasons(api, events(response) if stream else [response.json()])
    assert answer_text(api, response, stream=stream)


def _finish_reasons(api: Api, bodies: list[dict[str, Any]]) -> set[str | None]:
    match api.name:
        case "google":
            return {body["candidates"][0].get("finishReason") for body in bodies}
        case "anthropic":
            return {body.get("delta", body).get("stop_reason") for body in bodies}
        case "responses":
            done = [body.get("response", body) for body in bodies]
            details = [response.get("incomplete_details") for response in done]
            return {detail["reason"] for detail in details if detail}
        case _:
            return {c["finish_reason"] for body in bodies for c in body["choices"]}


@each_api
@plain_and_streamed
@pytest.mark.parametrize("model", [Fault.STALL, Fault.STALL_MIDWAY])
def test_a_stall_lasts_until_the_caller_leaves_and_that_is_seen_at_once(
    demo: Demo, api: Api, stream: bool, model: str
) -> None:
    mark = demo.exchanges.mark
    silent = model == Fault.STALL or not stream
    arrived = b""
    with (
        httpx.Client() as client,
        pytest.raises(httpx.ReadTimeout),
        client.stream(
            "POST",
            api.url(demo.base_url, model, stream=stream),
            json=api.body("Explain streaming", model, stream=stream),
            headers={"x-api-key": "demo"},
            timeout=httpx.Timeout(10, read=0.05 if silent else 0.5),
        ) as response,
    ):
        for piece in response.iter_bytes():
            arrived += piece
    ended = demo.exchanges.wait_ended(since=mark)
    assert ended.ending == "client disconnected"
    assert ended.status == (None if silent else 200)
    assert bool(arrived) is not silent


def test_a_caller_who_leaves_mid_stream_is_noticed_at_once(make_demo: Callable[..., Any]) -> None:
    with make_demo(pace=1) as own:
        url, key = CHAT.url(own.base_url, "gpt-5.4-mini", stream=True), {"x-api-key": "demo"}
        body = CHAT.body("write 2000 tokens", "gpt-5.4-mini", stream=True)
        with httpx.stream("POST", url, json=body, headers=key, timeout=10) as response:
            next(response.iter_bytes())
        ended = own.exchanges.wait_ended(since=0)
    assert ended.ending == "client disconnected"


def test_the_slow_model_waits_ten_seconds_at_full_pace(make_demo: Callable[..., Any]) -> None:
    with make_demo(pace=0.05) as own:
        ask(own.base_url, model=Fault.SLOW, stream=True)
        seen = own.exchanges.wait_ended(since=0)
    assert seen.duration_s is not None
    assert seen.duration_s >= 0.5


def test_a_stalled_stream_does_not_keep_the_server_from_stopping(
    make_demo: Callable[..., Any],
) -> None:
    answers: list[int] = []

    def stall(base_url: str) -> None:
        answers.append(ask(base_url, model=Fault.STALL).status_code)

    with make_demo(pace=0) as own:
        thread = threading.Thread(target=stall, args=(own.base_url,))
        thread.start()
        own.exchanges.wait_for(lambda exchange: exchange.index == 0)
    thread.join(timeout=5)
    assert answers == [500]
