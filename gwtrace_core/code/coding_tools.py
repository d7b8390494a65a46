"""What coding tools on the command line have to be told to call through a connection."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gwtrace_core.code.parts import name_connection_key_variable
from gwtrace_core.gateway.catalog import OfferedRoute
from gwtrace_core.gateway.offers import default_route, offered_providers
from gwtrace_core.gateway.sure_models import first_model
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider

_DEMO_VARIABLE = "GWTRACE_DEMO_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSetup:
    """What one tool has to be told."""

    tool: Literal["Claude Code", "Codex"]
    where: str
    """Where the lines belong, in words."""
    language: Literal["bash", "toml"]
    lines: str


def set_up_tools(connection: Connection, offered: Sequence[OfferedRoute]) -> tuple[ToolSetup, ...]:
    """For each tool that can call through the connection. The key stays in the environment.

    A tool that calls its provider with a key of its own needs no lines.
    """
    if connection.kind is ConnectionKind.DIRECT:
        return ()
    providers = offered_providers(connection, offered)
    setups: list[ToolSetup] = []
    if Provider.ANTHROPIC in providers:
        setups.append(_set_up_claude_code(connection, offered))
    if Provider.OPENAI in providers:
        setups.append(_set_up_codex(connection, offered))
    return tuple(setups)


def _set_up_claude_code(connection: Connection, offered: Sequence[OfferedRoute]) -> ToolSetup:
    base_url, model = _choose_base_url(connection, Provider.ANTHROPIC, offered)
    variable = _name_key_variable(connection, Provider.ANTHROPIC)
    key = f'"${{{variable}:?}}"' if variable else "none"
    lines = [
        *_write_demo_lines(connection),
        f"export ANTHROPIC_BASE_URL={shlex.quote(base_url)}",
        f"export ANTHROPIC_AUTH_TOKEN={key}",
        # A key that is meant for the provider itself is not to go to the gateway.
        "unset ANTHROPIC_API_KEY",
        f"claude --model {shlex.quote(model)}",
    ]
    return ToolSetup(
        tool="Claude Code", where="In the shell:", language="bash", lines="\n".join(lines)
    )


def _set_up_codex(connection: Connection, offered: Sequence[OfferedRoute]) -> ToolSetup:
    base_url, model = _choose_base_url(connection, Provider.OPENAI, offered)
    variable = _name_key_variable(connection, Provider.OPENAI)
    lines = [
        *(f"# {line}" for line in _write_demo_lines(connection)),
        f"model = {_quote(model)}",
        'model_provider = "gateway"',
        "",
        "[model_providers.gateway]",
        f"name = {_quote(connection.label)}",
        f"base_url = {_quote(base_url)}",
        *([f"env_key = {_quote(variable)}"] if variable else []),
        'wire_api = "responses"',
    ]
    return ToolSetup(
        tool="Codex", where="In ~/.codex/config.toml:", language="toml", lines="\n".join(lines)
    )


def _choose_base_url(
    connection: Connection, provider: Provider, offered: Sequence[OfferedRoute]
) -> tuple[str, str]:
    """The base URL for the provider's own SDK, which both tools use, and a model to begin with."""
    route = default_route(connection, provider, offered)
    model = first_model(connection, provider, route, offered)
    root = connection.base_url.rstrip("/")
    return (f"{root}/{route}" if route else root), model


def _name_key_variable(connection: Connection, provider: Provider) -> str:
    """Where the key is; empty for a server that wants none."""
    if connection.kind is ConnectionKind.DEMO:
        return _DEMO_VARIABLE
    if connection.kind is ConnectionKind.CUSTOM and not connection.api_key:
        return ""
    return name_connection_key_variable(connection, provider)


def _write_demo_lines(connection: Connection) -> list[str]:
    """The demo's keys are public, and its connections are named by them."""
    is_demo = connection.kind is ConnectionKind.DEMO
    return [f"export {_DEMO_VARIABLE}={connection.id}"] if is_demo else []


def _quote(text: str) -> str:
    """A string of TOML: its escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False)
