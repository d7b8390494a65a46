"""What a connection's key may use: providers, routes and models, as the gateway lists them.

Nothing here asks anybody: `offered` is the list that was fetched, empty while or where there is
none. Then every provider is offered by its own route, with the models that are known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gwtrace_core.gateway.catalog import OfferedRoute, demo_models, known_models
from gwtrace_core.gateway.routes import api_of, providers_for, routes_for
from gwtrace_core.values.connection import Connection, Provider

Offered = Callable[[Connection], Sequence[OfferedRoute]]
"""The routes that a connection's key may use; empty where that is not known."""


def nothing_listed(connection: Connection) -> Sequence[OfferedRoute]:
    """The list of a connection that nobody has asked."""
    return ()


def static_models(connection: Connection, provider: Provider) -> Sequence[str]:
    """What is known without asking the connection itself."""
    models = demo_models(provider) if connection.is_simulated else known_models(provider)
    return [model.id for model in models]


def offered_providers(
    connection: Connection, offered: Sequence[OfferedRoute]
) -> tuple[Provider, ...]:
    """The providers that the key has a route for; all that can be reached where it is not known."""
    reachable = providers_for(connection)
    # A route of which only the name is known may lead to anybody.
    if any(route.provider is None and api_of(route) is None for route in offered):
        return reachable
    apis = {api_of(route) for route in offered}
    return tuple(provider for provider in reachable if provider in apis) or reachable


def routes_of(provider: Provider, offered: Sequence[OfferedRoute]) -> tuple[OfferedRoute, ...]:
    """The key's routes that may lead to the provider, the one to begin with first."""
    found = [route for route in offered if api_of(route) in (provider, None)]
    return tuple(sorted(found, key=lambda route: _rank(provider, route)))


def _rank(provider: Provider, route: OfferedRoute) -> int:
    """Low for a route that surely is the provider's, in the order in which one would look."""
    names = routes_for(provider)
    if api_of(route) is provider:
        if route.route in names:
            return names.index(route.route)
        # Azure and others speak a provider's API under a name of their own.
        return len(names) if route.provider == provider.value else len(names) + 1
    # The last resort, for a gateway that names its routes and not where they lead.
    return len(names) + (2 if provider.value.partition("-")[0] in route.route else 3)


def default_route(
    connection: Connection, provider: Provider, offered: Sequence[OfferedRoute]
) -> str:
    """The route to begin with; empty where there are none."""
    if not connection.is_gateway:
        return ""
    found = routes_of(provider, offered)
    return found[0].route if found else provider.value


def is_listed_route(provider: Provider, route: str, offered: Sequence[OfferedRoute]) -> bool:
    """Whether the key has the route, be it by another of the provider's names."""
    return _listed_route(provider, route, offered) is not None


def listed_models(
    provider: Provider, route: str, offered: Sequence[OfferedRoute]
) -> tuple[str, ...]:
    """The models that the gateway lists for the route; empty where it lists none."""
    found = _listed_route(provider, route, offered)
    return () if found is None else found.models


def _listed_route(
    provider: Provider, route: str, offered: Sequence[OfferedRoute]
) -> OfferedRoute | None:
    named = [each for each in offered if each.route == route]
    # One route has several names, and the gateway lists it by one of them.
    names = routes_for(provider)
    same = [each for each in offered if route in names and each.route in names]
    return next(iter((*named, *same)), None)


def offered_models(
    connection: Connection, provider: Provider, route: str, offered: Sequence[OfferedRoute]
) -> Sequence[str]:
    """Model ids to offer: those that are listed, else what is known without asking."""
    return listed_models(provider, route, offered) or static_models(connection, provider)
