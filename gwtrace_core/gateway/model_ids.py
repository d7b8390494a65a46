"""Ids for the model picker, taken from `pydantic_ai.models.known_model_names()` (2.68).

Written down, so that the first page need not import pydantic-ai; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping

from gwtrace_core.values.connection import Provider

KNOWN_MODEL_IDS: Mapping[Provider, tuple[str, ...]] = {
    Provider.OPENAI: (
        "gpt-6.1-sol",
        "gpt-6.1-terra",
        "gpt-6-luna",
        "gpt-6-astra",
        "gpt-5.6-sol",
        "gpt-5.6-terra",
        "gpt-5.6-luna",
    ),
    Provider.ANTHROPIC: (
        "claude-sonnet-5-5",
        "claude-opus-5-5",
        "claude-haiku-5-5",
        "claude-fable-5-2",
        "claude-sonnet-4-6",
        "claude-opus-4-8",
        "claude-haiku-4-5",
    ),
    Provider.GROQ: (
        "openai/gpt-oss-120b",
        "openai/gpt-oss-20b",
        "qwen/qwen3.8-27b",
    ),
    Provider.GOOGLE: (
        "gemini-4-argon",
        "gemini-4-carbon",
        "gemini-3.8-flash",
        "gemini-3.5-flash-lite",
        "gemini-3.1-pro-preview",
        "gemini-3.1-flash-lite",
    ),
    Provider.BEDROCK: (
        "global.anthropic.claude-sonnet-5-5",
        "global.anthropic.claude-opus-5-5",
        "global.anthropic.claude-haiku-5-5",
        "global.anthropic.claude-fable-5-2",
        "global.anthropic.claude-sonnet-4-6",
        "global.anthropic.claude-opus-4-8",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "global.amazon.nova-2-lite-v1:0",
        "us.amazon.nova-premier-v1:0",
        "global.openai.gpt-6.1-sol",
        "global.openai.gpt-6-luna",
        "openai.gpt-oss-120b-1:0",
        "openai.gpt-oss-20b-1:0",
        "us.meta.llama4-maverick-17b-instruct-v1:0",
        "mistral.mistral-large-3-675b-instruct",
        "deepseek.v3.2",
    ),
}
