"""Lanes to begin with, lanes moved elsewhere, and sets of lanes worth comparing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from gwtrace_core.gateway.catalog import OfferedRoute
from gwtrace_core.gateway.offers import (
    Offered,
    default_route,
    listed_models,
    nothing_listed,
    offered_models,
    offered_providers,
    routes_of,
)
from gwtrace_core.gateway.routes import why_unreachable
from gwtrace_core.gateway.sure_models import first_model
from gwtrace_core.tools.tools import TOOLS
from gwtrace_core.values.connection import Connection, Provider, SdkPath
from gwtrace_core.values.request import Lane

MAX_LANES = 8

_NATIVE_PATHS = {
    Provider.OPENAI: SdkPath.OPENAI_CHAT,
    Provider.ANTHROPIC: SdkPath.ANTHROPIC_MESSAGES,
    Provider.GROQ: SdkPath.OPENAI_CHAT,
    Provider.GOOGLE: SdkPath.PYDANTIC_AI,
    Provider.BEDROCK: SdkPath.PYDANTIC_AI,
}
TOOL_NAMES = tuple(tool.name for tool in TOOLS)


def choose_default_lane(connection: Connection, offered: Offered = nothing_listed) -> Lane:
    """The first provider that the connection's key may use, by that provider's own SDK."""
    return make_lane(connection, offered_providers(connection, offered(connection))[0], offered)


def make_lane(
    connection: Connection, provider: Provider, offered: Offered = nothing_listed
) -> Lane:
    """The provider's first model, by its own SDK, with every built-in tool."""
    listed = offered(connection)
    route = default_route(connection, provider, listed)
    return Lane(
        connection_id=connection.id,
        provider=provider,
        route=route,
        sdk_path=_NATIVE_PATHS[provider],
        model=first_model(connection, provider, route, listed),
        tools=TOOL_NAMES,
    )


def move_lane(
    lane: Lane, connection: Connection, provider: Provider, offered: Offered = nothing_listed
) -> Lane:
    """The lane on another connection or provider, with a path that reaches it and its settings."""
    if lane.connection_id == connection.id and lane.provider is provider:
        return lane
    there = make_lane(connection, provider, offered)
    path = lane.sdk_path
    if lane.provider is not provider or why_unreachable(connection, provider, path):
        path = there.sdk_path
    return replace(
        lane,
        connection_id=connection.id,
        provider=provider,
        route=there.route,
        sdk_path=path,
        model=there.model,
    )


def list_on_offer(
    lane: Lane, connection: Connection, listed: Sequence[OfferedRoute], *, keeps_model: bool
) -> Lane:
    """A lane that was chosen before the key's list came, with what is on it.

    What is on the list of provider, route and model stays, and with `keeps_model` any model.
    """
    provider = lane.provider
    if provider not in (providers := offered_providers(connection, listed)):
        there = move_lane(lane, connection, providers[0], lambda _: listed)
        is_reached = why_unreachable(connection, providers[0], lane.sdk_path) is None
        return replace(there, sdk_path=lane.sdk_path) if is_reached else there
    route = lane.route
    if route not in {each.route for each in routes_of(provider, listed)}:
        route = default_route(connection, provider, listed)
    models = listed_models(provider, route, listed)
    model = lane.model
    if models and model not in models and not keeps_model:
        model = first_model(connection, provider, route, listed)
    return replace(lane, route=route, model=model)


def by_every_path(
    lane: Lane, connection: Connection, offered: Offered = nothing_listed
) -> tuple[Lane, ...]:
    """The same model by every SDK path that reaches it."""
    listed = offered(connection)
    return tuple(
        replace(lane, sdk_path=path)
        for path in SdkPath
        if why_unreachable(connection, lane.provider, path, route=lane.route, offered=listed)
        is None
    )


def list_one_per_provider(
    lane: Lane, connection: Connection, offered: Offered = nothing_listed
) -> tuple[Lane, ...]:
    """The first model of each provider that the key may use, with the settings of `lane`."""
    return tuple(
        replace(
            make_lane(connection, provider, offered),
            parameters=lane.parameters,
            system_prompt=lane.system_prompt,
            prompt=lane.prompt,
            tools=lane.tools,
            streamed=lane.streamed,
        )
        for provider in offered_providers(connection, offered(connection))
    )


def choose_another_lane(
    lanes: Sequence[Lane], connection: Connection, offered: Offered = nothing_listed
) -> Lane:
    """A lane that tells something new beside `lanes`, with the settings of the last of them.

    `connection` is the last lane's. What the lanes differ in already goes on: the SDK paths of one
    model, a provider's models, the providers that the key may use. Then comes whatever else there
    is, and a copy of the last lane when nothing is left.
    """
    last = lanes[-1]
    providers = {lane.provider for lane in lanes}
    asked = {(lane.provider, lane.model) for lane in lanes}
    taken = {lane.sdk_path for lane in lanes if (lane.provider, lane.model) == _get_model(last)}
    by_path = [
        lane for lane in by_every_path(last, connection, offered) if lane.sdk_path not in taken
    ]
    by_model = [
        replace(last, model=model)
        for model in offered_models(connection, last.provider, last.route, offered(connection))
        if (last.provider, model) not in asked and not _is_simulated_fault(connection, model)
    ]
    by_provider = [
        lane
        for lane in list_one_per_provider(last, connection, offered)
        if lane.provider not in providers
    ]
    if len(lanes) == 1 or len(providers) > 1:
        ways = (by_provider, by_model, by_path)
    elif len(asked) > 1:
        ways = (by_model, by_provider, by_path)
    else:
        ways = (by_path, by_provider, by_model)
    return next(chain.from_iterable(ways), last)


def _get_model(lane: Lane) -> tuple[Provider, str]:
    return lane.provider, lane.model


def _is_simulated_fault(connection: Connection, model: str) -> bool:
    # Not at the top: only the demo has any, and the first page does not need them.
    from gwtrace_core.demo_gateway.common.faults import FAULT_MODELS

    return connection.is_simulated and any(fault.id == model for fault in FAULT_MODELS)


def list_streamed_and_not(lane: Lane) -> tuple[Lane, ...]:
    """The same call streamed and in one piece."""
    return (replace(lane, streamed=True), replace(lane, streamed=False))
