"""Where calls go and with what key. Values only; `gateway.routes` turns them into base URLs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from gwtrace_core.values.hosts import EVERYWHERE, Reach
from gwtrace_core.values.secret import MASK, Secret


class ConnectionKind(StrEnum):
    """The four sorts of connection."""

    DEMO = "demo"
    GATEWAY = "gateway"
    CUSTOM = "custom"
    DIRECT = "direct"


class Provider(StrEnum):
    """Whose API a route speaks. The value is the provider's own route name at the gateway."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GROQ = "groq"
    GOOGLE = "google-vertex"
    BEDROCK = "bedrock"


class SdkPath(StrEnum):
    """The client code that makes the call."""

    OPENAI_CHAT = "openai-chat"
    OPENAI_RESPONSES = "openai-responses"
    ANTHROPIC_MESSAGES = "anthropic-messages"
    PYDANTIC_AI = "pydantic-ai"

    @property
    def label(self) -> str:
        """The name on screen."""
        return _SDK_PATH_LABELS[self]


_SDK_PATH_LABELS = {
    SdkPath.OPENAI_CHAT: "OpenAI SDK · Chat",
    SdkPath.OPENAI_RESPONSES: "OpenAI SDK · Responses",
    SdkPath.ANTHROPIC_MESSAGES: "Anthropic SDK",
    SdkPath.PYDANTIC_AI: "Pydantic AI agent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One place that calls can go to, with the key configured for exactly that place."""

    id: str
    """Stable and safe to show in a URL: `demo`, `gateway`, `custom`, `direct-openai`, …"""
    kind: ConnectionKind
    label: str
    base_url: str
    """Gateways: the root that routes hang on, ending in `/proxy`. Others: what the SDK is given."""
    api_key: Secret
    provider: Provider | None = None
    """Whose API it speaks, for `custom` and `direct`; None for gateways, which speak them all."""
    key_source: str = ""
    """Where the key came from, in words (`environment variable OPENAI_API_KEY`); never the key."""
    base_url_source: str = ""
    reach: Reach = EVERYWHERE
    """Where the base URL may lead: a visitor's is looked at, the operator's is not."""

    @property
    def is_gateway(self) -> bool:
        """Whether routes hang on the base URL (`/proxy/{route}/…`)."""
        return self.kind in (ConnectionKind.DEMO, ConnectionKind.GATEWAY)

    @property
    def is_simulated(self) -> bool:
        """Whether answers come from the embedded demo gateway."""
        return self.kind is ConnectionKind.DEMO


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What one SDK is constructed with: the outcome of connection + route + SDK path."""

    connection: Connection
    provider: Provider
    route: str
    """The path segment behind `/proxy/`; empty for `custom` and `direct`."""
    sdk_path: SdkPath
    base_url: str
    """What the SDK's client is given. For the agent on a gateway: the `/proxy` root."""


FindTarget = Callable[[], Target]
"""Where the next call goes, found when it is about to be made and held no longer than it takes.

Raises RequestRefused when there is nothing to call with any more.
"""


def without_key(target: Target) -> Target:
    """The same target for what is kept: whether it had a key shows, the key does not."""
    connection = target.connection
    if not connection.api_key:
        return target
    return replace(target, connection=replace(connection, api_key=Secret(MASK)))
