"""A good status alone is no answer: what came is held against the API that was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from gwtrace_core.gateway.checks import CheckStep, check_connection
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from tests.core.gateway.answers import HTML, KEY, TEXT, connection
from tests.core.gateway.good_statuses import ANSWERS, CUT, HOLLOW, SIGN_IN
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted

pytestmark = pytest.mark.anyio
each_provider = pytest.mark.parametrize("provider", Provider)
_MEMBERS = ("'choices'", "'content'", "'choices'", "'candidates'", "'output'")
MEMBER = dict(zip(Provider, _MEMBERS, strict=True))


def gateway_that_answers(call: Reply) -> Callable[[Asked], Reply]:
    """A gateway whose key has the route `r`, and whose every call is answered in one way."""

    def answer(asked: Asked) -> Reply:
        if asked.path == "/proxy/models":
            return Reply(body='[{"route": "r", "models": []}]', content_type=JSON)
        if asked.method == "GET":
            return Reply(status=404, body="Path not found")
        return call

    return answer


async def steps_of(made: Connection, **how: str | Provider) -> list[CheckStep]:
    return [step async for step in check_connection(made, **how)]  # pyright: ignore[reportArgumentType] - a test's options


async def model_step(call: Reply, provider: Provider) -> tuple[CheckStep, str]:
    """The last step of a test with a call, and the server's host in it."""
    with scripted(gateway_that_answers(call)) as server:
        made = connection(f"{server.url}/proxy")
        steps = await steps_of(made, provider=provider, route="r", model="m-1")
    assert [step.status for step in steps[:3]] == ["ok", "ok", "ok"]
    return steps[3], urlsplit(server.url).netloc


@each_provider
@pytest.mark.parametrize("answers", [ANSWERS, CUT], ids=["text", "cut"])
async def test_an_answer_of_the_api_passes(
    provider: Provider, answers: dict[Provider, str]
) -> None:
    step, _ = await model_step(Reply(body=answers[provider], content_type=JSON), provider)
    assert (step.status, step.message) == ("ok", "m-1 answered.")


@each_provider
@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        (SIGN_IN, HTML, "it is a web page"),
        (SIGN_IN, JSON, "it is a web page"),
        ("", JSON, "it is empty"),
        ("OK", TEXT, "it is text/plain and no JSON"),
        ("{broken", JSON, "it is application/json and no JSON"),
        ("[" * 100_000, JSON, "it is application/json and no JSON"),
        ("data: {}\n\n", "text/event-stream", "it is text/event-stream and no JSON"),
        *((body, JSON, None) for body in ("{}", "[]", "null", '"OK"', '{"ok": true}')),
        ('{"data": [{"id": "m-1"}]}', JSON, None),
        ("hollow", JSON, None),
        ("another API's", JSON, None),
    ],
)
async def test_what_is_no_answer_of_the_api_fails_and_is_named(
    provider: Provider, body: str, content_type: str, what: str | None
) -> None:
    if body == "hollow":
        body = HOLLOW[provider]
    elif body == "another API's":
        is_openai = provider in (Provider.OPENAI, Provider.GROQ)
        body = ANSWERS[Provider.ANTHROPIC if is_openai else Provider.OPENAI]
    step, host = await model_step(Reply(body=body, content_type=content_type), provider)
    no_answer = f"it holds no answer of {PROVIDER_LABELS[provider]}'s API in {MEMBER[provider]}"
    assert (step.status, step.message) == (
        "failed",
        f"The answer for 'm-1' from {host} could not be read: {what or no_answer}.",
    )
    assert ("sign-in page" in step.hint) is (body == SIGN_IN)
    assert "base URL" in step.hint


@each_provider
@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"message": "The model is loading"}, "The model is loading"),
        ({"message": "Slow down", "code": 429}, "Slow down"),
        ("Invalid request", "Invalid request"),
    ],
)
async def test_an_error_inside_a_good_status_is_the_calls_failure(
    provider: Provider, error: object, message: str
) -> None:
    for body in ({"error": error}, [{"error": error}], {"error": error, "choices": []}):
        step, _ = await model_step(Reply(body=json.dumps(body), content_type=JSON), provider)
        assert step.status == "failed"
        assert message in step.message


@pytest.mark.parametrize("body", [SIGN_IN, " \n<html>"])
async def test_a_sign_in_page_is_no_host_of_a_gateway(body: str) -> None:
    with scripted(lambda _: Reply(body=body, content_type=HTML)) as server:
        steps = await steps_of(connection(f"{server.url}/proxy"), model="m")
    host = urlsplit(server.url).netloc
    assert [step.status for step in steps] == ["failed", "skipped", "skipped", "skipped"]
    assert steps[0].message == f"{host} answered with a web page: it is no API here."
    assert f"{server.url}/proxy" in steps[0].hint and "sign-in page" in steps[0].hint


@pytest.mark.parametrize("body", ["OK", "{}", '{"ok": true}', "", '{"error": "no"}'])
async def test_what_says_yes_to_everything_is_no_gateway(body: str) -> None:
    with scripted(lambda _: Reply(body=body, content_type=JSON)) as server:
        steps = await steps_of(connection(f"{server.url}/proxy"), model="m")
    assert [step.status for step in steps] == ["failed", "skipped", "skipped", "skipped"]
    assert "HTTP 200 to a request that every gateway refuses" in steps[0].message
    assert f"{server.url}/proxy" in steps[0].hint


async def test_a_key_is_not_accepted_by_a_server_that_only_lists_something() -> None:
    listed = Reply(body='[{"route": "r"}]', content_type=JSON)
    with scripted(lambda _: listed) as server:
        steps = await steps_of(connection(f"{server.url}/proxy"), route="r", model="m")
    assert [step.status for step in steps] == ["ok", "failed", "skipped", "skipped"]
    assert "every gateway refuses" in steps[1].message


@pytest.mark.parametrize(
    ("body", "host", "key"),
    [
        ('{"data": []}', "ok", "ok"),
        ('{"models": [{"name": "models/a"}]}', "ok", "ok"),
        ('[{"id": "a"}]', "ok", "ok"),
        ('{"error": {"message": "Bad key", "code": 401}}', "ok", "failed"),
        ('{"error": "later"}', "ok", "skipped"),
        ("{}", "ok", "skipped"),
        ("Ollama is running", "ok", "skipped"),
        ('["a"]', "ok", "skipped"),
        ("", "ok", "skipped"),
        (SIGN_IN, "failed", "skipped"),
    ],
)
async def test_a_servers_key_is_accepted_only_with_a_list_of_models(
    body: str, host: str, key: str
) -> None:
    with scripted(lambda _: Reply(body=body, content_type=JSON)) as server:
        made = connection(
            f"{server.url}/v1", kind=ConnectionKind.CUSTOM, provider=Provider.OPENAI, key=KEY
        )
        steps = await steps_of(made)
    assert [(step.part, step.status) for step in steps[:2]] == [("host", host), ("key", key)]
