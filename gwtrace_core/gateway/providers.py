"""Providers as the gateway and their own hosts name them. Data only, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping

from gwtrace_core.values.connection import Provider

PROVIDER_LABELS: Mapping[Provider, str] = {
    Provider.OPENAI: "OpenAI",
    Provider.ANTHROPIC: "Anthropic",
    Provider.GROQ: "Groq",
    Provider.GOOGLE: "Google",
    Provider.BEDROCK: "Amazon Bedrock",
}

ROUTE_ALIASES: Mapping[Provider, tuple[str, ...]] = {
    Provider.OPENAI: ("openai-chat", "openai-responses", "chat", "responses"),
    Provider.ANTHROPIC: (),
    Provider.GROQ: (),
    Provider.GOOGLE: ("gemini",),
    Provider.BEDROCK: ("converse",),
}
"""Other names under which the gateway serves a provider; `Provider.value` is the own name."""

PROVIDER_NAMES: Mapping[str, Provider] = {
    **{provider.value: provider for provider in Provider},
    "azure": Provider.OPENAI,
    "custom": Provider.OPENAI,
    "doubleword": Provider.OPENAI,
    "huggingface": Provider.OPENAI,
    "mistral": Provider.OPENAI,
    "ollama": Provider.OPENAI,
    "ovhcloud": Provider.OPENAI,
    "gemini": Provider.GOOGLE,
    "google": Provider.GOOGLE,
    "google-cloud": Provider.GOOGLE,
    "vertex": Provider.GOOGLE,
    "aws": Provider.BEDROCK,
    "converse": Provider.BEDROCK,
}
"""What the gateway names a route's provider, and whose API such a route speaks."""

RETIRED_HOST = "gateway.pydantic.dev"
"""Shut down on 13 April 2026; shows a migration notice."""
REGIONAL_HOSTS = ("gateway-us.pydantic.dev", "gateway-eu.pydantic.dev")
