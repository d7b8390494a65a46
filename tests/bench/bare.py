"""The peer: the official async SDKs and nothing else, in a process without mlflow and gwtrace.

Autolog changes the SDKs of a whole process, so the peer needs one of its own. Run as a module it
is that process: `python -m tests.bench.bare BASE_URL`, a JSON line in, a JSON line out.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tests.bench.environment import REPOSITORY, child_environment, ended

Sdk = Literal["openai", "anthropic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One streamed call by the bare SDK."""

    first_token_ms: float
    """From before the call is made to its first text; 0 when none came."""
    duration_ms: float
    """To the end of the stream."""
    text: str
    first_text: str
    cancelled_s: float = 0.0
    """`time.monotonic()` when the caller gave up."""


class Bare:
    """Makes calls in the peer's process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def call(
        self, sdk: Sdk, model: str, prompt: str, *, cancel_after_s: float | None = None
    ) -> Call:
        """Make one call to its end, or give it up after so long."""
        return self._calls(sdk, model, prompt, cancel_after_s, 1)[0]

    def calls(self, sdk: Sdk, model: str, prompt: str, *, count: int) -> list[Call]:
        """Make that many calls at once, each to its end."""
        return self._calls(sdk, model, prompt, None, count)

    def _calls(
        self, sdk: Sdk, model: str, prompt: str, cancel_after_s: float | None, count: int
    ) -> list[Call]:
        sent, answers = self._process.stdin, self._process.stdout
        assert sent is not None and answers is not None
        sent.write(json.dumps([sdk, model, prompt, cancel_after_s, count]).encode() + b"\n")
        sent.flush()
        line = answers.readline()
        if not line:
            raise RuntimeError("The bare SDK's process ended; its error is above.")
        return [Call(**call) for call in json.loads(line)]


@contextmanager
def running_bare(base_url: str) -> Iterator[Bare]:
    """The peer's process for the gateway at `base_url` (ends in `/proxy`)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare", base_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env=child_environment(),
    )
    with ended(process):
        yield Bare(process)


Texts = Callable[[str, str], AsyncIterator[str]]


def _openai(base_url: str) -> Texts:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=f"{base_url}/openai", api_key="demo", max_retries=0)

    async def texts(model: str, prompt: str) -> AsyncIterator[str]:
        stream = await client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": prompt}],
            stream=True,
            stream_options={"include_usage": True},
        )
        async with stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content

    return texts


def _anthropic(base_url: str) -> Texts:
    from anthropic import AsyncAnthropic

    client = AsyncAnthropic(base_url=f"{base_url}/anthropic", api_key="demo", max_retries=0)

    async def texts(model: str, prompt: str) -> AsyncIterator[str]:
        stream: Any = await client.messages.create(
            model=model,
            messages=[{"role": "user", "content": prompt}],
            max_tokens=32_000,
            stream=True,
        )
        async with stream:
            async for event in stream:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    yield event.delta.text

    return texts


async def _timed(texts: AsyncIterator[str]) -> Call:
    pieces: list[str] = []
    begun_s = first_s = time.perf_counter()
    async for text in texts:
        if not pieces:
            first_s = time.perf_counter()
        pieces.append(text)
    ended_s = time.perf_counter()
    return Call(
        first_token_ms=(first_s - begun_s) * 1000,
        duration_ms=(ended_s - begun_s) * 1000,
        text="".join(pieces),
        first_text=pieces[0] if pieces else "",
    )


async def _cancelled(texts: AsyncIterator[str], after_s: float) -> Call:
    task = asyncio.create_task(_timed(texts))
    await asyncio.sleep(after_s)
    cancelled_s = time.monotonic()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return Call(first_token_ms=0, duration_ms=0, text="", first_text="", cancelled_s=cancelled_s)


async def _at_once(all_texts: list[AsyncIterator[str]], cancel_after_s: float | None) -> list[Call]:
    return await asyncio.gather(
        *(
            _timed(texts) if cancel_after_s is None else _cancelled(texts, cancel_after_s)
            for texts in all_texts
        )
    )


def _main(base_url: str) -> None:
    sdks: dict[str, Texts] = {}
    makers = {"openai": _openai, "anthropic": _anthropic}
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            sdk, model, prompt, cancel_after_s, count = json.loads(line)
            if sdk not in sdks:
                sdks[sdk] = makers[sdk](base_url)
            all_texts = [sdks[sdk](model, prompt) for _ in range(count)]
            calls = runner.run(_at_once(all_texts, cancel_after_s))
            print(json.dumps([asdict(call) for call in calls]), flush=True)


if __name__ == "__main__":
    _main(sys.argv[1])
