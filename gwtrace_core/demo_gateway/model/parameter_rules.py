"""Settings that a model does not take: the provider refuses them, so the demo does too.

Otherwise a mistake in what is sent would only show once a real key is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from gwtrace_core.demo_gateway.model.conversation import (
    Conversation,
    Json,
    ProviderError,
    as_mapping,
)
from gwtrace_core.demo_gateway.model.models import DemoModel

_ADAPTIVE_THINKING = ("claude-sonnet-4-6", "claude-opus-4-8")
_ADAPTIVE_THINKING_ONLY = ("claude-opus-4-8",)
_NO_SAMPLING_SETTINGS = ("claude-opus-4-8",)
_LEAST_BUDGET_TOKENS = 1024
_OPENAI_EFFORTS = ("none", "low", "medium", "high", "xhigh")


def refused_setting(
    model: DemoModel, request: Json, conversation: Conversation, *, path: str
) -> ProviderError | None:
    """The first setting that this model would refuse, None if it takes them all."""
    match model.family:
        case "openai":
            problems = _openai(model, request, conversation)
        case "groq":
            problems = _groq(model, request, conversation)
        case "anthropic" if path == "v1/messages":
            problems = _anthropic(model, request)
        case _:
            return None
    return next(problems, None)


def _refusal(message: str, param: str, code: str | None = None) -> ProviderError:
    return ProviderError(kind="invalid_request", message=message, param=param, code=code)


def _unsupported(param: str, more: str = "") -> ProviderError:
    message = f"Unsupported parameter: '{param}' is not supported with this model.{more}"
    return _refusal(message, param, "unsupported_parameter")


def _openai(model: DemoModel, request: Json, conversation: Conversation) -> Iterator[ProviderError]:
    chat_effort = request.get("reasoning_effort")
    effort = chat_effort or as_mapping(request.get("reasoning")).get("effort")
    if model.reasons == "never":
        if chat_effort:
            yield _refusal(
                "Unrecognized request argument supplied: reasoning_effort", "reasoning_effort"
            )
        elif effort:
            yield _unsupported("reasoning.effort")
        return
    name = "reasoning_effort" if chat_effort else "reasoning.effort"
    if effort and effort not in _OPENAI_EFFORTS:
        supported = ", ".join(f"'{value}'" for value in _OPENAI_EFFORTS)
        message = (
            f"Unsupported value: '{effort}' is not supported with the '{model.id}' model. "
            f"Supported values are: {supported}."
        )
        yield _refusal(message, name, "unsupported_value")
    if "messages" in request and request.get("max_tokens") is not None:
        yield _unsupported("max_tokens", " Use 'max_completion_tokens' instead.")
    if conversation.reasoning:
        for sampling in ("temperature", "top_p"):
            if request.get(sampling) not in (None, 1):
                yield _unsupported(sampling)


def _groq(model: DemoModel, request: Json, conversation: Conversation) -> Iterator[ProviderError]:
    if model.reasons == "never" and request.get("reasoning_effort"):
        yield _refusal("`reasoning_effort` is not supported with this model", "reasoning_effort")
    if any(turn.images for turn in conversation.turns):
        yield _refusal("messages[0].content must be a string", "messages")


def _anthropic(model: DemoModel, request: Json) -> Iterator[ProviderError]:
    thinking = as_mapping(request.get("thinking"))
    kind = thinking.get("type")
    if kind == "enabled":
        yield from _budget(model, thinking.get("budget_tokens"), request.get("max_tokens"))
    if kind == "adaptive" and model.id not in _ADAPTIVE_THINKING:
        yield _refusal("adaptive thinking is not supported on this model", "thinking")
    temperature, top_p = request.get("temperature"), request.get("top_p")
    if model.id in _NO_SAMPLING_SETTINGS:
        for name, value in (("temperature", temperature), ("top_p", top_p)):
            if value is not None:
                yield _refusal(f"`{name}` is deprecated for this model.", name)
    if temperature is not None and top_p is not None:
        yield _refusal(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only "
            "one.",
            "top_p",
        )
    if kind in ("enabled", "adaptive") and temperature not in (None, 1):
        yield _refusal(
            "`temperature` may only be set to 1 when thinking is enabled.", "temperature"
        )


def _budget(model: DemoModel, budget: object, limit: object) -> Iterator[ProviderError]:
    name = "thinking.enabled.budget_tokens"
    if model.id in _ADAPTIVE_THINKING_ONLY:
        yield _refusal(
            '"thinking.type.enabled" is not supported for this model. Use '
            '"thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
            "thinking",
        )
    elif not isinstance(budget, int):
        yield _refusal(f"{name}: Field required", name)
    elif budget < _LEAST_BUDGET_TOKENS:
        least = f"{name}: Input should be greater than or equal to {_LEAST_BUDGET_TOKENS}"
        yield _refusal(least, name)
    elif isinstance(limit, int) and limit <= budget:
        yield _refusal("`max_tokens` must be greater than `thinking.budget_tokens`.", name)
