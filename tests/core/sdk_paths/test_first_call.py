"""The first call of a process finds everything built: nothing of it would be the model's time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import Demo

# Without wall-clock times: what is imported and which of the SDKs' types are complete tells the
# same on every machine. How long it takes is in `python -m tests.bench first`.
SCRIPT = """
import asyncio, json, sys
from pydantic import BaseModel
from gwtrace_core.values.request import ChatRequest, Message
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.sdk_paths import open_path
from tests.core.sdk_paths.support import WAYS, context_of, gateway, lane_of

name, base_url = sys.argv[1:]
way = next(way for way in WAYS if way.name == name)
client = open_path(way.sdk_path)
client.load(way.provider)

def complete():
    found, pending = set(), [BaseModel]
    while pending:
        for model in pending.pop().__subclasses__():
            pending.append(model)
            if model.__pydantic_complete__:
                found.add(f"{model.__module__}.{model.__qualname__}")
    return found

async def call(streamed):
    lane = lane_of(way, streamed=streamed)
    target = resolve(gateway(base_url), lane)
    await client.open(target)
    modules, models = set(sys.modules), complete()
    request = ChatRequest(lane=lane, messages=(Message(role="user", text="Hello"),))
    events = [event async for event in client.stream(request, context_of(target))]
    return {
        "ending": type(events[-1]).__name__,
        "imported": sorted(set(sys.modules) - modules),
        "built": sorted(complete() - models),
    }

async def both():
    found = [await call(True), await call(False)]
    await client.aclose()
    return found

print(json.dumps(asyncio.run(both())))
"""


@pytest.mark.parametrize(
    "way",
    ["chat", "responses", "messages", "agent-responses", "agent-anthropic", "agent-google"],
)
def test_a_first_call_imports_and_builds_nothing(demo: Demo, way: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, way, demo.base_url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    nothing = {"ending": "Finished", "imported": [], "built": []}
    assert json.loads(done.stdout) == [nothing, nothing]
