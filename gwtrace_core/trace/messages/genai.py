"""What a span says about a model call in the words of others: OpenTelemetry's GenAI conventions.

Only consulted where MLflow's own attributes are missing: it translates what comes in by OTLP, but
not what a program writes on a span by hand. OpenInference's names are known too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwtrace_core.values import trace_names
from gwtrace_core.values.events import Usage

Attributes = Mapping[str, Any]

_OPERATIONS = {
    "chat": "CHAT_MODEL",
    "generate_content": "LLM",
    "text_completion": "LLM",
    "response": "LLM",
    "embeddings": "EMBEDDING",
    "execute_tool": "TOOL",
    "invoke_agent": "AGENT",
    "create_agent": "AGENT",
}
_OPENINFERENCE_KINDS = frozenset(
    {"LLM", "TOOL", "AGENT", "CHAIN", "RETRIEVER", "EMBEDDING", "RERANKER", "EVALUATOR"}
)
_INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt")
_OUTPUT = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
)
_CACHE_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "llm.token_count.prompt_details.cache_read",
)
_CACHE_WRITE = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "llm.token_count.prompt_details.cache_write",
)
_REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "llm.token_count.completion_details.reasoning",
)
_MODEL = (trace_names.GENAI_RESPONSE_MODEL, trace_names.GENAI_REQUEST_MODEL, "llm.model_name")
_PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider")


def kind_of(attributes: Attributes) -> str | None:
    """MLflow's span type for what the attributes name; None when they name nothing known."""
    operation = attributes.get("gen_ai.operation.name")
    if isinstance(operation, str) and operation in _OPERATIONS:
        return _OPERATIONS[operation]
    kind = attributes.get("openinference.span.kind")
    if isinstance(kind, str) and kind.upper() in _OPENINFERENCE_KINDS:
        return kind.upper()
    return None


def model_of(attributes: Attributes) -> str | None:
    """The model that answered, else the one that was asked for."""
    return _find_text(attributes, _MODEL)


def provider_of(attributes: Attributes) -> str | None:
    """Whose model it was, in the recorder's words."""
    return _find_text(attributes, _PROVIDER)


def usage_of(attributes: Attributes) -> Usage | None:
    """Tokens; None when no count is named at all."""
    usage = Usage(
        input_tokens=_find_count(attributes, _INPUT),
        output_tokens=_find_count(attributes, _OUTPUT),
        cache_read_tokens=_find_count(attributes, _CACHE_READ),
        cache_write_tokens=_find_count(attributes, _CACHE_WRITE),
        reasoning_tokens=_find_count(attributes, _REASONING),
    )
    return None if usage == Usage() else usage


def _find_text(attributes: Attributes, names: tuple[str, ...]) -> str | None:
    values = (attributes.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), None)


def _find_count(attributes: Attributes, names: tuple[str, ...]) -> int | None:
    for name in names:
        value = attributes.get(name)
        if isinstance(value, str):
            # Programs that set attributes through MLflow's page or CSV write numbers as text.
            value = int(value) if value.isascii() and value.isdigit() else None
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return int(value)
    return None
