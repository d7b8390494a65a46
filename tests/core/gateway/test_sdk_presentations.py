"""The same answer through the three SDKs: each shows it differently, all must mean the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import anthropic
import openai
import pytest
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.gateway import gateway_provider

from gwtrace_core.gateway.failures import HttpAnswer, classify_answer
from gwtrace_core.values.errors import Failure
from tests.core.gateway.answers import KEY, ROWS, Row, connection, target
from tests.core.gateway.scripted import Asked, Reply, scripted


@pytest.fixture(scope="module")
def answering() -> Iterator[tuple[str, list[Row]]]:
    """The base URL of a server, and the list whose last row it answers with."""
    rows: list[Row] = []

    def reply(_: Asked) -> Reply:
        row = rows[-1]
        return Reply(
            status=row.status,
            body=row.body,
            content_type=row.content_type,
            headers=dict(row.headers),
        )

    with scripted(reply) as server:
        yield f"{server.url}/proxy", rows


def classified(status: int, headers: Mapping[str, str], body: str, base_url: str) -> Failure:
    answer = HttpAnswer(
        status=status, content_type=headers.get("content-type", ""), body=body, headers=headers
    )
    return classify_answer(answer, target=target(connection(base_url)), model="gpt-5.2")


def by_openai(base_url: str) -> Failure:
    with (
        openai.OpenAI(base_url=f"{base_url}/openai", api_key=KEY, max_retries=0) as client,
        pytest.raises(openai.APIStatusError) as caught,
    ):
        client.chat.completions.create(
            model="gpt-5.2", messages=[{"role": "user", "content": "Hi"}]
        )
    response = caught.value.response
    return classified(response.status_code, response.headers, response.text, base_url)


def by_anthropic(base_url: str) -> Failure:
    with (
        anthropic.Anthropic(
            base_url=f"{base_url}/anthropic", auth_token=KEY, max_retries=0
        ) as client,
        pytest.raises(anthropic.APIStatusError) as caught,
    ):
        client.messages.create(
            model="claude-haiku-4-5",
            max_tokens=10,
            messages=[{"role": "user", "content": "Hi"}],
        )
    response = caught.value.response
    return classified(response.status_code, response.headers, response.text, base_url)


async def by_agent(base_url: str) -> Failure:
    provider = gateway_provider("openai-chat", route="openai", api_key=KEY, base_url=base_url)
    async with provider:
        agent = Agent(OpenAIChatModel("gpt-5.2", provider=provider))
        with pytest.raises(ModelHTTPError) as caught:
            await agent.run("Hi", model_settings={"max_retries": 0})
    cause = caught.value.__cause__
    assert isinstance(cause, openai.APIStatusError)
    return classified(
        caught.value.status_code, caught.value.headers or {}, cause.response.text, base_url
    )


@pytest.mark.anyio
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
async def test_an_answer_means_the_same_through_every_sdk(
    row: Row, answering: tuple[str, list[Row]]
) -> None:
    base_url, rows = answering
    rows.append(row)
    failures = [by_openai(base_url), by_anthropic(base_url), await by_agent(base_url)]
    assert failures[0] == failures[1] == failures[2]
    assert (failures[0].source, failures[0].cause) == (row.source, row.cause)
    assert failures[0].retry_after_s == row.retry_after_s
    assert failures[0].body == row.body
