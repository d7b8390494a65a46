"""Which SDK path reaches which provider, and with which base URL. Refuses what cannot work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gwtrace_core.gateway.catalog import OfferedRoute
from gwtrace_core.gateway.providers import PROVIDER_LABELS, PROVIDER_NAMES, ROUTE_ALIASES
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.hosts import PRIVATE_HOST_HINT
from gwtrace_core.values.request import Lane

_CHAT_ROUTES = frozenset({"chat", "openai-chat"})
"""All other names of OpenAI's route, and other routes, get the API that Pydantic AI prefers."""
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reach:
    api: str
    suffix: str = ""
    """What the SDK's base URL has behind the route."""


_CHAT = "Chat Completions"
_REACH: dict[tuple[Provider, SdkPath], _Reach] = {
    (Provider.OPENAI, SdkPath.OPENAI_CHAT): _Reach(api=_CHAT),
    (Provider.OPENAI, SdkPath.OPENAI_RESPONSES): _Reach(api="Responses"),
    (Provider.OPENAI, SdkPath.PYDANTIC_AI): _Reach(api="Responses"),
    (Provider.ANTHROPIC, SdkPath.OPENAI_CHAT): _Reach(api=_CHAT, suffix="/v1"),
    (Provider.ANTHROPIC, SdkPath.ANTHROPIC_MESSAGES): _Reach(api="Messages"),
    (Provider.ANTHROPIC, SdkPath.PYDANTIC_AI): _Reach(api="Messages"),
    (Provider.GROQ, SdkPath.OPENAI_CHAT): _Reach(api=_CHAT, suffix="/openai/v1"),
    (Provider.GROQ, SdkPath.PYDANTIC_AI): _Reach(api=_CHAT),
    (Provider.GOOGLE, SdkPath.PYDANTIC_AI): _Reach(api="generateContent"),
    (Provider.BEDROCK, SdkPath.PYDANTIC_AI): _Reach(api="Converse"),
}

_WHY_NOT: dict[tuple[Provider, SdkPath], str] = {
    (Provider.OPENAI, SdkPath.ANTHROPIC_MESSAGES): (
        "The Anthropic SDK speaks only Anthropic's API, and the gateway does not translate."
    ),
    (Provider.ANTHROPIC, SdkPath.OPENAI_RESPONSES): (
        "Anthropic has no Responses API. Use OpenAI SDK · Chat, the Anthropic SDK or the agent."
    ),
    (Provider.GROQ, SdkPath.OPENAI_RESPONSES): (
        "The gateway serves only chat completions of Groq. Use OpenAI SDK · Chat or the agent."
    ),
    (Provider.GROQ, SdkPath.ANTHROPIC_MESSAGES): (
        "Groq does not speak Anthropic's API. Use OpenAI SDK · Chat or the agent."
    ),
}

_DIRECT_BASE_URLS: dict[tuple[Provider, SdkPath], str] = {
    (Provider.OPENAI, SdkPath.OPENAI_CHAT): "https://api.openai.com/v1",
    (Provider.OPENAI, SdkPath.OPENAI_RESPONSES): "https://api.openai.com/v1",
    (Provider.OPENAI, SdkPath.PYDANTIC_AI): "https://api.openai.com/v1",
    (Provider.ANTHROPIC, SdkPath.OPENAI_CHAT): "https://api.anthropic.com/v1",
    (Provider.ANTHROPIC, SdkPath.ANTHROPIC_MESSAGES): "https://api.anthropic.com",
    (Provider.ANTHROPIC, SdkPath.PYDANTIC_AI): "https://api.anthropic.com",
    (Provider.GROQ, SdkPath.OPENAI_CHAT): "https://api.groq.com/openai/v1",
    # Groq's own SDK, which the agent uses, appends /openai/v1 itself.
    (Provider.GROQ, SdkPath.PYDANTIC_AI): "https://api.groq.com",
    (Provider.GOOGLE, SdkPath.PYDANTIC_AI): "https://generativelanguage.googleapis.com",
}

DIRECT_HOSTS: dict[Provider, str] = {
    provider: f"https://{urlsplit(url).netloc}" for (provider, _), url in _DIRECT_BASE_URLS.items()
}
"""Where a provider's own key goes, and nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachRow:
    """One cell of the table which SDK path reaches which provider through a gateway."""

    provider: Provider
    sdk_path: SdkPath
    base_url: str
    """Behind the gateway's root, such as `/openai`; the root itself is `…/proxy`. Empty when the
    path does not reach the provider."""
    api: str
    """The API that is spoken; empty when the path does not reach the provider."""
    reason: str = ""
    """Why the path does not reach the provider, or a limit where it does."""


def resolve(connection: Connection, lane: Lane, offered: Sequence[OfferedRoute] = ()) -> Target:
    """What the lane's SDK is constructed with; `offered` are the key's routes as far as known.

    Raises RequestRefused when the combination cannot work, with what to choose instead.
    """
    reason = why_unreachable(
        connection, lane.provider, lane.sdk_path, route=lane.route, offered=offered
    )
    if reason is not None:
        raise RequestRefused(reason, hint=_what_works(connection, lane.provider))
    if not lane.model.strip():
        raise RequestRefused("No model is chosen.", hint="Choose one, or type a model's id.")
    # A server of one's own may want no key at all.
    if not connection.api_key and connection.kind is not ConnectionKind.CUSTOM:
        raise RequestRefused(
            f"{connection.label} has no API key.",
            hint="Set one, or type it on the connections page where that takes keys.",
        )
    route = (lane.route or lane.provider.value) if connection.is_gateway else ""
    return Target(
        connection=connection,
        provider=lane.provider,
        route=route,
        sdk_path=lane.sdk_path,
        base_url=_base_url(connection, lane.provider, lane.sdk_path, route),
    )


def api_base_url(target: Target) -> str:
    """The base URL of the API that the target speaks: the agent is given the root alone.

    Behind it comes the API's own path, which for Google begins with its version.
    """
    if target.sdk_path is not SdkPath.PYDANTIC_AI:
        return target.base_url
    plain = {
        Provider.OPENAI: SdkPath.OPENAI_CHAT,
        Provider.ANTHROPIC: SdkPath.ANTHROPIC_MESSAGES,
        Provider.GROQ: SdkPath.OPENAI_CHAT,
    }.get(target.provider, SdkPath.PYDANTIC_AI)
    if plain is SdkPath.PYDANTIC_AI and target.connection.is_gateway:
        return f"{target.base_url}/{target.route}"
    return _base_url(target.connection, target.provider, plain, target.route)


def why_unreachable(
    connection: Connection,
    provider: Provider,
    sdk_path: SdkPath,
    *,
    route: str = "",
    offered: Sequence[OfferedRoute] = (),
) -> str | None:
    """Why this combination cannot work, None when it can. An empty route is the provider's own."""
    label = PROVIDER_LABELS[provider]
    if provider not in providers_for(connection):
        if connection.kind is ConnectionKind.DEMO:
            return f"The demo gateway does not simulate {label}."
        if provider is Provider.BEDROCK and connection.is_gateway:
            return "Amazon Bedrock's client needs a gateway with https://."
        return f"{connection.label} does not reach {label}."
    if provider is Provider.BEDROCK and not connection.reach.is_unlimited:
        return (
            "Amazon's SDK opens its own connections, whose addresses cannot be checked. This app "
            "is open to others, so that it does not call a gateway that was typed in. "
            f"{PRIVATE_HOST_HINT}"
        )
    if connection.is_gateway and route:
        problem = _route_problem(provider, route, offered)
        if problem is not None:
            return problem
    if connection.kind is ConnectionKind.CUSTOM:
        return _why_not_custom(connection, sdk_path)
    if (provider, sdk_path) in _REACH:
        return None
    return _WHY_NOT.get((provider, sdk_path)) or (
        f"{sdk_path.label} does not speak {label}'s API. Use the Pydantic AI agent."
    )


def routes_for(provider: Provider) -> tuple[str, ...]:
    """The names under which a gateway serves the provider, its own first."""
    return (provider.value, *ROUTE_ALIASES[provider])


def api_of(route: OfferedRoute) -> Provider | None:
    """Whose API the route speaks: as the gateway says, else by a name that all gateways have.

    None when neither tells.
    """
    if route.provider is not None:
        return PROVIDER_NAMES.get(route.provider.lower())
    return next((each for each in Provider if route.route in routes_for(each)), None)


def uses_responses(target: Target) -> bool:
    """Whether the agent speaks the Responses API with an OpenAI target, and not chat completions.

    Compatible servers of all kinds know chat completions.
    """
    if target.provider is not Provider.OPENAI:
        return False
    if target.connection.is_gateway:
        return target.route not in _CHAT_ROUTES
    return target.connection.kind is ConnectionKind.DIRECT


def providers_for(connection: Connection) -> tuple[Provider, ...]:
    """The providers that the connection can reach at all."""
    if connection.provider is not None:
        return (connection.provider,)
    without_bedrock = tuple(each for each in Provider if each is not Provider.BEDROCK)
    if connection.is_simulated or not connection.base_url.startswith("https://"):
        return without_bedrock
    return tuple(Provider)


def reach_table() -> tuple[ReachRow, ...]:
    """Every provider with every SDK path through a gateway, for the pages and docs/providers.md."""
    return tuple(_reach_row(provider, path) for provider in Provider for path in SdkPath)


def _reach_row(provider: Provider, sdk_path: SdkPath) -> ReachRow:
    reach = _REACH.get((provider, sdk_path))
    if reach is None:
        reason = _WHY_NOT.get((provider, sdk_path)) or (
            f"{sdk_path.label} does not speak {PROVIDER_LABELS[provider]}'s API."
        )
        return ReachRow(provider=provider, sdk_path=sdk_path, base_url="", api="", reason=reason)
    limit = "https only, not on the demo gateway" if provider is Provider.BEDROCK else ""
    # The agent is given the root and appends the route itself.
    return ReachRow(
        provider=provider,
        sdk_path=sdk_path,
        base_url=f"/{provider.value}{reach.suffix}",
        api=reach.api,
        reason=limit,
    )


def _route_problem(provider: Provider, route: str, offered: Sequence[OfferedRoute]) -> str | None:
    if _SLUG.fullmatch(route) is None:
        return (
            f"{route[:60]!r} cannot be a route: a route is one word of letters, digits, '-', '_' "
            "and '.'."
        )
    listed = next((each for each in offered if each.route == route), OfferedRoute(route=route))
    owner = api_of(listed) or provider
    if owner is not provider:
        return (
            f"Route {route!r} leads to {PROVIDER_LABELS[owner]}, not to "
            f"{PROVIDER_LABELS[provider]}: the gateway does not translate between APIs."
        )
    return None


def _why_not_custom(connection: Connection, sdk_path: SdkPath) -> str | None:
    speaks_anthropic = connection.provider is Provider.ANTHROPIC
    if sdk_path is SdkPath.PYDANTIC_AI:
        return None
    if (sdk_path is SdkPath.ANTHROPIC_MESSAGES) == speaks_anthropic:
        return None
    api = "Anthropic's" if speaks_anthropic else "OpenAI's"
    return f"{connection.label} is set up as a server that speaks {api} API."


def _what_works(connection: Connection, provider: Provider) -> str:
    paths = [path.label for path in SdkPath if why_unreachable(connection, provider, path) is None]
    if paths:
        return f"{PROVIDER_LABELS[provider]} is reached by: {', '.join(paths)}."
    reached = ", ".join(PROVIDER_LABELS[each] for each in providers_for(connection))
    return f"{connection.label} reaches: {reached}."


def _base_url(connection: Connection, provider: Provider, sdk_path: SdkPath, route: str) -> str:
    if connection.kind is ConnectionKind.CUSTOM:
        return connection.base_url
    if connection.kind is ConnectionKind.DIRECT:
        return _DIRECT_BASE_URLS[provider, sdk_path]
    root = connection.base_url.rstrip("/")
    if sdk_path is SdkPath.PYDANTIC_AI:
        return root
    return f"{root}/{route}{_REACH[provider, sdk_path].suffix}"
