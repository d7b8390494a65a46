"""What the two paths of the OpenAI SDK share: the client and its exceptions."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import openai
from openai import AsyncOpenAI

from gwtrace_core.sdk_paths.failures import (
    MISREAD,
    answer_failure,
    is_our_bug,
    misread_failure,
    stream_failure,
    transport_failure,
    unreadable_failure,
)
from gwtrace_core.sdk_paths.http import ClientPool, Exchange, http_client
from gwtrace_core.sdk_paths.tool_loop import CallFailed
from gwtrace_core.values.connection import Target

# The SDK wants a key even for servers that want none. The HTTP hook decides what is sent.
_NO_KEY = "none"


def openai_pool() -> ClientPool[AsyncOpenAI]:
    """Clients of the OpenAI SDK, without retries."""
    return ClientPool(_open, _close)


def _open(target: Target) -> AsyncOpenAI:
    return AsyncOpenAI(
        api_key=target.connection.api_key.reveal() or _NO_KEY,
        base_url=target.base_url,
        max_retries=0,
        http_client=http_client(target),
    )


async def _close(client: AsyncOpenAI) -> None:
    await client.close()


@contextmanager
def translated(exchange: Exchange, *, target: Target, model: str) -> Generator[None]:
    """Turn the SDK's exceptions into CallFailed, most specific first."""
    try:
        yield
    except openai.APIStatusError as exc:
        raise CallFailed(answer_failure(exc.response, target=target, model=model)) from exc
    except openai.APIConnectionError as exc:
        failure = transport_failure(exc, target=target) or unreadable_failure(
            str(exc.__cause__ or exc), exchange, target=target, model=model
        )
        raise CallFailed(failure) from exc
    except openai.APIResponseValidationError as exc:
        failure = unreadable_failure(exc.message, exchange, target=target, model=model)
        raise CallFailed(failure) from exc
    except openai.APIError as exc:
        raise CallFailed(stream_failure(exc.body, target=target, model=model)) from exc
    except MISREAD as exc:
        if is_our_bug(exc):
            raise
        raise CallFailed(misread_failure(exc, exchange, target=target, model=model)) from exc
