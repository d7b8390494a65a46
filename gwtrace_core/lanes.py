"""Lanes to begin with, lanes moved elsewhere, and sets of lanes worth comparing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain

from gwtrace_core.chat import Lane
from gwtrace_core.connection import Connection, Provider, SdkPath
from gwtrace_core.gateway.catalog import demo_models, known_models
from gwtrace_core.gateway.routes import providers_for, routes_for, why_unreachable
from gwtrace_core.tools import TOOLS

MAX_LANES = 8

_NATIVE_PATHS = {
    Provider.OPENAI: SdkPath.OPENAI_CHAT,
    Provider.ANTHROPIC: SdkPath.ANTHROPIC_MESSAGES,
    Provider.GROQ: SdkPath.OPENAI_CHAT,
    Provider.GOOGLE: SdkPath.PYDANTIC_AI,
    Provider.BEDROCK: SdkPath.PYDANTIC_AI,
}
TOOL_NAMES = tuple(tool.name for tool in TOOLS)

Models = Callable[[Connection, Provider], Sequence[str]]
"""Ids of the models that a connection offers for a provider, the most useful first."""


def static_models(connection: Connection, provider: Provider) -> Sequence[str]:
    """What is known without asking the connection itself."""
    models = demo_models(provider) if connection.is_simulated else known_models(provider)
    return [model.id for model in models]


def default_lane(connection: Connection, models: Models = static_models) -> Lane:
    """The connection's first provider, by that provider's own SDK."""
    return lane_for(connection, providers_for(connection)[0], models)


def lane_for(connection: Connection, provider: Provider, models: Models = static_models) -> Lane:
    """The provider's first model, by its own SDK, with every built-in tool."""
    return Lane(
        connection_id=connection.id,
        provider=provider,
        route=_default_route(connection, provider),
        sdk_path=_NATIVE_PATHS[provider],
        model=models(connection, provider)[0],
        tools=TOOL_NAMES,
    )


def moved(
    lane: Lane, connection: Connection, provider: Provider, models: Models = static_models
) -> Lane:
    """The lane on another connection or provider, with a path that reaches it and its settings."""
    if lane.connection_id == connection.id and lane.provider is provider:
        return lane
    route = _default_route(connection, provider)
    path = lane.sdk_path
    if lane.provider is not provider or why_unreachable(connection, provider, path, route=route):
        path = _NATIVE_PATHS[provider]
    return replace(
        lane,
        connection_id=connection.id,
        provider=provider,
        route=route,
        sdk_path=path,
        model=models(connection, provider)[0],
    )


def by_every_path(lane: Lane, connection: Connection) -> tuple[Lane, ...]:
    """The same model by every SDK path that reaches it."""
    return tuple(
        replace(lane, sdk_path=path)
        for path in SdkPath
        if why_unreachable(connection, lane.provider, path, route=lane.route) is None
    )


def one_per_provider(
    lane: Lane, connection: Connection, models: Models = static_models
) -> tuple[Lane, ...]:
    """Each provider's first model by its own SDK, with the settings of `lane`."""
    return tuple(
        replace(
            lane_for(connection, provider, models),
            parameters=lane.parameters,
            system_prompt=lane.system_prompt,
            prompt=lane.prompt,
            tools=lane.tools,
            streamed=lane.streamed,
        )
        for provider in providers_for(connection)
    )


def another_lane(
    lanes: Sequence[Lane],
    connection: Connection,
    models: Models = static_models,
    *,
    is_offered: Callable[[Connection, Provider], bool] = lambda _, __: True,
) -> Lane:
    """A lane that tells something new beside `lanes`, with the settings of the last of them.

    `connection` is the last lane's; `is_offered` says whether its key may use a provider. What the
    lanes differ in already goes on: the SDK paths of one model, a provider's models, the providers.
    Then comes whatever else there is, and a copy of the last lane when nothing is left.
    """
    last = lanes[-1]
    providers = {lane.provider for lane in lanes}
    asked = {(lane.provider, lane.model) for lane in lanes}
    taken = {lane.sdk_path for lane in lanes if (lane.provider, lane.model) == _asked(last)}
    by_path = [lane for lane in by_every_path(last, connection) if lane.sdk_path not in taken]
    by_model = [
        replace(last, model=model)
        for model in models(connection, last.provider)
        if (last.provider, model) not in asked and not _is_simulated_fault(connection, model)
    ]
    by_provider = [
        lane
        for lane in one_per_provider(last, connection, models)
        if lane.provider not in providers and is_offered(connection, lane.provider)
    ]
    if len(lanes) == 1 or len(providers) > 1:
        ways = (by_provider, by_model, by_path)
    elif len(asked) > 1:
        ways = (by_model, by_provider, by_path)
    else:
        ways = (by_path, by_provider, by_model)
    return next(chain.from_iterable(ways), last)


def _asked(lane: Lane) -> tuple[Provider, str]:
    return lane.provider, lane.model


def _is_simulated_fault(connection: Connection, model: str) -> bool:
    # Not at the top: only the demo has any, and the first page does not need them.
    from gwtrace_core.demo_gateway.faults import FAULT_MODELS

    return connection.is_simulated and any(fault.id == model for fault in FAULT_MODELS)


def streamed_and_not(lane: Lane) -> tuple[Lane, ...]:
    """The same call streamed and in one piece."""
    return (replace(lane, streamed=True), replace(lane, streamed=False))


def _default_route(connection: Connection, provider: Provider) -> str:
    return routes_for(provider)[0] if connection.is_gateway else ""
