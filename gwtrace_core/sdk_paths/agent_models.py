"""Pydantic AI's models for a target: through `gateway_provider` on a gateway, plain elsewhere."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, assert_never

from pydantic_ai.models import Model
from pydantic_ai.providers import Provider as AgentProvider
from pydantic_ai.providers.gateway import gateway_provider
from pydantic_ai.settings import ModelSettings

from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.gateway.proxies import spare_loopback
from gwtrace_core.gateway.routes import uses_responses
from gwtrace_core.sdk_paths.anthropic_arguments import DEFAULT_MAX_TOKENS, thinking_arguments
from gwtrace_core.sdk_paths.http import http_client, legacy_http_client
from gwtrace_core.values.connection import Provider, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Parameters

_SDK_MODULES: Mapping[Provider, tuple[str, ...]] = {
    Provider.OPENAI: ("models.openai", "providers.openai"),
    Provider.ANTHROPIC: ("models.anthropic", "providers.anthropic"),
    Provider.GROQ: ("models.groq", "providers.groq"),
    Provider.GOOGLE: ("models.google", "providers.google", "providers.google_cloud"),
    Provider.BEDROCK: ("models.bedrock", "providers.bedrock"),
}

# The providers want a key even for servers that want none. The HTTP hook decides what is sent.
_NO_KEY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnection:
    """A provider of Pydantic AI with the HTTP client that it was given."""

    provider: AgentProvider[Any]
    close: Callable[[], Awaitable[None]]


def load_sdk(provider: Provider) -> None:
    """Import what a provider's models need. Takes seconds the first time: not for an event loop."""
    for name in _SDK_MODULES[provider]:
        import_module(f"pydantic_ai.{name}")


def open_connection(target: Target) -> AgentConnection:
    """Build the provider for a target. Nothing is sent yet."""
    if target.provider is Provider.BEDROCK:
        return AgentConnection(provider=_bedrock(target), close=_nothing)
    is_legacy = target.provider is Provider.GROQ
    client = legacy_http_client(target) if is_legacy else http_client(target)
    build = _gateway if target.connection.is_gateway else _plain
    return AgentConnection(provider=build(target, client), close=client.aclose)


async def close_connection(connection: AgentConnection) -> None:
    """Close its HTTP client."""
    await connection.close()


def agent_model(target: Target, name: str, provider: AgentProvider[Any]) -> Model:
    """The model of that name, on the target's API."""
    match target.provider:
        case Provider.OPENAI if uses_responses(target):
            from pydantic_ai.models.openai import OpenAIResponsesModel

            return OpenAIResponsesModel(name, provider=provider)
        case Provider.OPENAI:
            from pydantic_ai.models.openai import OpenAIChatModel

            return OpenAIChatModel(name, provider=provider)
        case Provider.ANTHROPIC:
            from pydantic_ai.models.anthropic import AnthropicModel

            return AnthropicModel(name, provider=provider)
        case Provider.GROQ:
            from pydantic_ai.models.groq import GroqModel

            return GroqModel(name, provider=provider)
        case Provider.GOOGLE:
            from pydantic_ai.models.google import GoogleModel

            return GoogleModel(name, provider=provider)
        case Provider.BEDROCK:
            from pydantic_ai.models.bedrock import BedrockConverseModel

            return BedrockConverseModel(name, provider=provider)
        case _:
            assert_never(target.provider)


def model_settings(target: Target, taken: Parameters, able: Capabilities) -> ModelSettings:
    """The settings for one run; what is None is not set."""
    settings: dict[str, Any] = {}
    if target.provider not in (Provider.GOOGLE, Provider.BEDROCK):
        settings["max_retries"] = 0
    if taken.temperature is not None:
        settings["temperature"] = taken.temperature
    if taken.max_output_tokens is not None:
        settings["max_tokens"] = taken.max_output_tokens
    if taken.top_p is not None:
        settings["top_p"] = taken.top_p
    if taken.stop and not uses_responses(target):
        settings["stop_sequences"] = list(taken.stop)
    if target.provider is Provider.ANTHROPIC:
        settings.update(_anthropic_settings(taken, able))
    elif taken.reasoning_effort is not None:
        settings["thinking"] = taken.reasoning_effort
    if uses_responses(target):
        settings["openai_store"] = False
        if taken.reasoning_effort is not None:
            settings["openai_reasoning_summary"] = "auto"
    return ModelSettings(**settings)


def _anthropic_settings(taken: Parameters, able: Capabilities) -> dict[str, Any]:
    # As the Anthropic SDK's path has them, so that the two can be compared. Without a limit
    # Pydantic AI would ask for so many tokens that a plain call is streamed behind the scenes.
    max_tokens = taken.max_output_tokens or DEFAULT_MAX_TOKENS
    if taken.reasoning_effort is None:
        return {"max_tokens": max_tokens}
    arguments = thinking_arguments(able, taken.reasoning_effort, max_tokens)
    settings: dict[str, Any] = {
        "anthropic_thinking": arguments["thinking"],
        "max_tokens": arguments.get("max_tokens", max_tokens),
    }
    if "output_config" in arguments:
        settings["anthropic_effort"] = arguments["output_config"]["effort"]
    return settings


def _gateway(target: Target, client: Any) -> AgentProvider[Any]:
    key = target.connection.api_key.reveal() or _NO_KEY
    upstream = {
        Provider.OPENAI: "openai-responses" if uses_responses(target) else "openai-chat",
        Provider.ANTHROPIC: "anthropic",
        Provider.GROQ: "groq",
        Provider.GOOGLE: "google-cloud",
    }[target.provider]
    # Its signature takes an HTTP client only beside a literal name.
    build: Callable[..., AgentProvider[Any]] = gateway_provider
    return build(
        upstream,
        route=target.route,
        api_key=key,
        base_url=target.base_url,
        http_client=client,
    )


def _plain(target: Target, client: Any) -> AgentProvider[Any]:
    key = target.connection.api_key.reveal() or _NO_KEY
    match target.provider:
        case Provider.OPENAI:
            from pydantic_ai.providers.openai import OpenAIProvider

            return OpenAIProvider(base_url=target.base_url, api_key=key, http_client=client)
        case Provider.ANTHROPIC:
            from pydantic_ai.providers.anthropic import AnthropicProvider

            return AnthropicProvider(base_url=target.base_url, api_key=key, http_client=client)
        case Provider.GROQ:
            from pydantic_ai.providers.groq import GroqProvider

            return GroqProvider(base_url=target.base_url, api_key=key, http_client=client)
        case Provider.GOOGLE:
            from pydantic_ai.providers.google import GoogleProvider

            return GoogleProvider(base_url=target.base_url, api_key=key, http_client=client)
        case Provider.BEDROCK:
            return _bedrock(target)
        case _:
            assert_never(target.provider)


def _bedrock(target: Target) -> AgentProvider[Any]:
    if not target.connection.is_gateway:
        raise RequestRefused(
            "Amazon Bedrock can be reached through a gateway only.",
            hint="Choose the gateway as connection.",
        )
    if not target.base_url.startswith("https://"):
        raise RequestRefused(
            f"Amazon's SDK refuses to call {target.base_url!r}: it wants https.",
            hint="Use a gateway that is served over https, or another route.",
        )
    # Amazon's SDK looks for a proxy itself.
    spare_loopback(os.environ)
    return gateway_provider(
        "bedrock",
        route=target.route,
        api_key=target.connection.api_key.reveal() or _NO_KEY,
        base_url=target.base_url,
    )


async def _nothing() -> None:
    """Amazon's SDK keeps no HTTP client of ours."""
