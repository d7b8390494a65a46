from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from anthropic import Anthropic
from openai import OpenAI

from gwtrace_core.code.coding_tools import tool_setups
from gwtrace_core.gateway.catalog import demo_routes
from gwtrace_core.settings.settings import Settings, make_demo_connection
from gwtrace_core.settings.typed_connections import read_typed_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from gwtrace_core.values.secret import Secret
from tests.conftest import Demo
from tests.core.code.calls import CANARY, gateway_connection

CLAUDE = '#!/bin/sh\nprintf "%s\\n" "$ANTHROPIC_BASE_URL" "$ANTHROPIC_AUTH_TOKEN" "$2"\n'


def lines_of(connection: Connection, key: str = "demo") -> dict[str, str]:
    return {setup.tool: setup.lines for setup in tool_setups(connection, demo_routes(key))}


def told_to_claude(lines: str, folder: Path, **env: str) -> list[str]:
    """What Claude Code would be started with: base URL, key and model."""
    program = folder / "claude"
    program.write_text(CLAUDE)
    program.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", lines],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={"PATH": f"{folder}:{os.environ['PATH']}", **env},
    )
    return done.stdout.split()


def own_routes(base_url: str) -> Connection:
    """A gateway whose key has the routes of `demo-endpoints`."""
    return Connection(
        id="gateway",
        kind=ConnectionKind.GATEWAY,
        label="Ben's “gateway” 🙂",
        base_url=base_url,
        api_key=Secret(CANARY),
    )


def test_claude_code_reaches_the_keys_own_route(demo: Demo, tmp_path: Path) -> None:
    lines = lines_of(own_routes(demo.base_url), "demo-endpoints")["Claude Code"]
    assert CANARY not in lines
    key = {"PYDANTIC_AI_GATEWAY_API_KEY": "demo-endpoints", "ANTHROPIC_API_KEY": "another"}
    base_url, token, model = told_to_claude(lines, tmp_path, **key)
    mark = demo.exchanges.mark
    client = Anthropic(base_url=base_url, auth_token=token, max_retries=0)
    answer = client.messages.create(
        model=model, max_tokens=40, messages=[{"role": "user", "content": "Hello"}]
    )
    client.close()
    assert answer.content
    [exchange] = demo.exchanges.since(mark)
    assert exchange.path == "/proxy/prod-anthropic/v1/messages"
    assert exchange.headers["authorization"] == "Bearer demo-endpoints"


def test_codex_reaches_the_keys_own_route(demo: Demo) -> None:
    made = own_routes(demo.base_url)
    lines = lines_of(made, "demo-endpoints")["Codex"]
    assert CANARY not in lines
    config: dict[str, Any] = tomllib.loads(lines)
    provider = config["model_providers"][config["model_provider"]]
    assert provider["name"] == made.label and provider["wire_api"] == "responses"
    assert provider["env_key"] == "PYDANTIC_AI_GATEWAY_API_KEY"
    mark = demo.exchanges.mark
    client = OpenAI(base_url=provider["base_url"], api_key="demo-endpoints", max_retries=0)
    answer = client.responses.create(model="gpt-5.2", input="Hello")
    client.close()
    assert answer.output_text
    [exchange] = demo.exchanges.since(mark)
    assert exchange.path == "/proxy/builtin-openai/responses"


def test_the_demos_lines_need_nothing_else(demo: Demo, tmp_path: Path) -> None:
    lines = lines_of(make_demo_connection(demo.base_url))
    assert told_to_claude(lines["Claude Code"], tmp_path) == [
        f"{demo.base_url}/anthropic",
        "demo",
        "claude-sonnet-4-6",
    ]
    config = tomllib.loads(lines["Codex"])
    assert config["model_providers"]["gateway"]["base_url"] == f"{demo.base_url}/openai"
    assert "export GWTRACE_DEMO_KEY=demo" in lines["Codex"]


def test_without_the_key_claude_code_is_not_started(tmp_path: Path) -> None:
    lines = lines_of(gateway_connection())["Claude Code"]
    with pytest.raises(subprocess.CalledProcessError) as failed:
        told_to_claude(lines, tmp_path)
    assert "PYDANTIC_AI_GATEWAY_API_KEY" in failed.value.stderr


def custom(provider: Provider, api_key: str) -> Connection:
    return read_typed_connection(
        kind=ConnectionKind.CUSTOM,
        base_url="http://localhost:8080",
        api_key=api_key,
        provider=provider,
        settings=Settings(),
        is_open_to_others=False,
    )


def test_a_server_of_ones_own_is_for_the_tool_that_speaks_its_api(tmp_path: Path) -> None:
    [claude] = tool_setups(custom(Provider.ANTHROPIC, ""), ())
    base_url, token, _ = told_to_claude(claude.lines, tmp_path)
    assert (base_url, token) == ("http://localhost:8080", "none")
    [codex] = tool_setups(custom(Provider.OPENAI, CANARY), ())
    provider = tomllib.loads(codex.lines)["model_providers"]["gateway"]
    assert (provider["base_url"], provider["env_key"]) == (
        "http://localhost:8080",
        "GWTRACE_CUSTOM_API_KEY",
    )


def test_a_provider_itself_needs_no_lines() -> None:
    made = read_typed_connection(
        kind=ConnectionKind.DIRECT,
        base_url="",
        api_key=CANARY,
        provider=Provider.ANTHROPIC,
        settings=Settings(),
        is_open_to_others=False,
    )
    assert tool_setups(made, ()) == ()
