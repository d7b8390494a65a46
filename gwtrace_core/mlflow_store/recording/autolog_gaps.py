"""Which gaps autolog leaves on which SDK path, as a table. To be shortened when MLflow catches up.

Measured with MLflow 3.17: the Anthropic SDK's streams are not recorded; no SDK path knows tools
that the application runs; the agent's calls through the OpenAI SDK are recorded a second time, with
what openai's autolog gets wrong of a stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gwtrace_core.mlflow_store.recording.autolog import Flavor
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.request import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequestFill:
    """How a model request looks that we record ourselves."""

    span_name: str
    message_format: str
    """MLflow's name for the form of inputs and outputs; its page draws a chat from it."""
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What is left to us on one SDK path."""

    fills_tools: bool
    fills_model_requests: ModelRequestFill | None = None
    muted: frozenset[Flavor] = frozenset()
    """Autologs that would record these calls wrongly, or a second time."""


_TOOLS = Gap(fills_tools=True)
# Each path is recorded by its own library's autolog, so the agent's is pydantic_ai's alone.
_AGENT = Gap(fills_tools=False, muted=frozenset({"openai", "anthropic"}))

_GAPS: Mapping[tuple[SdkPath, bool], Gap] = {
    (SdkPath.OPENAI_CHAT, False): _TOOLS,
    (SdkPath.OPENAI_CHAT, True): _TOOLS,
    (SdkPath.OPENAI_RESPONSES, False): _TOOLS,
    (SdkPath.OPENAI_RESPONSES, True): _TOOLS,
    (SdkPath.ANTHROPIC_MESSAGES, False): _TOOLS,
    (SdkPath.ANTHROPIC_MESSAGES, True): Gap(
        fills_tools=True,
        fills_model_requests=ModelRequestFill(
            span_name="AsyncMessages.stream", message_format="anthropic", provider="anthropic"
        ),
        # `create(stream=True)` is recorded, but as finished at its first byte.
        muted=frozenset({"anthropic"}),
    ),
    (SdkPath.PYDANTIC_AI, False): _AGENT,
    (SdkPath.PYDANTIC_AI, True): _AGENT,
}


def find_gap(lane: Lane) -> Gap:
    """What is left to us for this lane."""
    return _GAPS[lane.sdk_path, lane.streamed]
