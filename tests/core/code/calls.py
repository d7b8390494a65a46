"""Requests and targets that the export's tests share."""

from __future__ import annotations

from collections.abc import Sequence

from gwtrace_core.gateway.routes import resolve
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.request import ChatRequest, Lane, Message, Parameters
from gwtrace_core.values.secret import Secret

MODELS = {
    Provider.OPENAI: "gpt-5.2",
    Provider.ANTHROPIC: "claude-sonnet-4-6",
    Provider.GROQ: "openai/gpt-oss-120b",
    Provider.GOOGLE: "gemini-2.5-flash",
    Provider.BEDROCK: "global.amazon.nova-2-lite-v1:0",
}
REACHED = [
    (Provider.OPENAI, SdkPath.OPENAI_CHAT),
    (Provider.OPENAI, SdkPath.OPENAI_RESPONSES),
    (Provider.ANTHROPIC, SdkPath.ANTHROPIC_MESSAGES),
    (Provider.ANTHROPIC, SdkPath.OPENAI_CHAT),
    (Provider.GROQ, SdkPath.OPENAI_CHAT),
    (Provider.OPENAI, SdkPath.PYDANTIC_AI),
    (Provider.ANTHROPIC, SdkPath.PYDANTIC_AI),
    (Provider.GROQ, SdkPath.PYDANTIC_AI),
    (Provider.GOOGLE, SdkPath.PYDANTIC_AI),
]
CANARY = "pylf_v1_us_CANARYcanaryCANARY0123456789"


def gateway_connection(base_url: str = "https://gateway-us.pydantic.dev/proxy") -> Connection:
    return Connection(
        id="gateway",
        kind=ConnectionKind.GATEWAY,
        label="Pydantic AI Gateway",
        base_url=base_url,
        api_key=Secret(CANARY),
    )


def make(
    connection: Connection,
    provider: Provider,
    sdk_path: SdkPath,
    *,
    messages: Sequence[Message] = (Message(role="user", text="What is 17.5 % of 240?"),),
    **lane: object,
) -> tuple[ChatRequest, Target]:
    settings: dict[str, object] = {
        "connection_id": connection.id,
        "provider": provider,
        "route": "",
        "sdk_path": sdk_path,
        "model": MODELS[provider],
        **lane,
    }
    made = Lane(**settings)  # pyright: ignore[reportArgumentType] - a test's overrides
    return ChatRequest(lane=made, messages=tuple(messages)), resolve(connection, made)


def demo(base_url: str) -> Connection:
    return make_demo_connection(base_url)


RICH = {
    "system_prompt": 'You are a careful assistant.\nAnswer in one sentence, and say "why".',
    "parameters": Parameters(temperature=0.2, max_output_tokens=300, top_p=0.9, stop=("END",)),
    "tools": ("calculator", "date_and_time", "convert_units", "look_up_fact"),
}
HISTORY = (
    Message(role="user", text="Who are you?"),
    Message(role="assistant", text="A simulated model, with a text that goes on and on. " * 3),
    Message(role="user", text="What is 17.5 % of 240, and how many km are 26.2 miles?"),
)
