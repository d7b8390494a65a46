"""A gateway whose tokens are the time at which each was sent, so that lag can be read off a page.

Run as a module it is a process of its own: `python -m tests.bench.clock TOKENS_PER_S TOKENS`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from gwtrace_core.demo_gateway.serving import listen, make_server
from tests.bench.environment import REPOSITORY, child_environment, ended

AT_ONCE = "clock"
"""A model whose first token is sent as soon as the request is there, as is any other name's: no
real one is so quick."""
AFTER_300_MS = "clock-after-300-ms"
"""One that thinks first, for as long as quick ones do."""

MARKDOWN = "clock-markdown"
"""One that writes headings, lists, tables and code around its tokens."""
_MARKDOWN = {
    0: "\n\n## A part\n\nIn **words** and `code`:",
    15: "\n\n- one point",
    20: "\n- another point",
    25: "\n\n| a | b |\n|---|---|\n| cell | ",
    30: " |\n| cell | ",
    35: " |\n\n```python\ndef number() -> int:\n    return",
    45: "\n```\n\nAnd more words:",
}
"""What comes before the token of that place in each fifty."""


@contextmanager
def running_clock(tokens_per_s: int, tokens: int) -> Iterator[str]:
    """The gateway's base URL, ending in `/proxy`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.clock", str(tokens_per_s), str(tokens)],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env=child_environment(),
    )
    with ended(process):
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()


async def _stream(tokens_per_s: int, tokens: int, model: str) -> AsyncIterator[str]:
    begun_s = time.monotonic() + (0.3 if model == AFTER_300_MS else 0.0)
    around = _MARKDOWN if model == MARKDOWN else {}
    for number in range(tokens):
        await asyncio.sleep(begun_s + number / tokens_per_s - time.monotonic())
        # Microseconds of the monotonic clock, which all processes of a machine share.
        text = f"{around.get(number % 50, '')} {time.monotonic_ns() // 1000}"
        yield _event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": None}])
    yield _event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    usage = {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": tokens + 1}
    yield _event(choices=[], usage=usage) + "data: [DONE]\n\n"


def _event(**fields: Any) -> str:
    head = {"id": "clock", "object": "chat.completion.chunk", "created": 1, "model": "clock"}
    return f"data: {json.dumps(head | fields)}\n\n"


def _serve(tokens_per_s: int, tokens: int) -> None:
    async def answer(request: Request) -> StreamingResponse:
        asked = await request.json()
        stream = _stream(tokens_per_s, tokens, asked["model"])
        return StreamingResponse(stream, media_type="text/event-stream")

    listener = listen("127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/proxy", flush=True)
    route = Route("/proxy/openai/chat/completions", answer, methods=["POST"])
    make_server(Starlette(routes=[route])).run(sockets=[listener])


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
