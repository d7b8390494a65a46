from __future__ import annotations

import pytest

from gwtrace_core.gateway.catalog import OfferedRoute, known_models
from gwtrace_core.gateway.offers import (
    default_route,
    is_listed_route,
    listed_models,
    offered_models,
    offered_providers,
    routes_of,
)
from gwtrace_core.gateway.routes import providers_for
from gwtrace_core.values.connection import Provider
from tests.core.gateway.answers import connection

OPENAI = OfferedRoute(route="builtin-openai", provider="openai", models=("gpt-5.2",))
CLAUDE = OfferedRoute(route="prod-anthropic", provider="anthropic", models=("claude-haiku-4-5",))
AZURE = OfferedRoute(route="a-azure", provider="azure", models=("my-deployment",))
UNSAID = OfferedRoute(route="something")
GATEWAY = connection()


@pytest.mark.parametrize(
    ("offered", "providers"),
    [
        ((OPENAI, CLAUDE), (Provider.OPENAI, Provider.ANTHROPIC)),
        ((AZURE,), (Provider.OPENAI,)),
        ((OfferedRoute(route="gemini"), CLAUDE), (Provider.ANTHROPIC, Provider.GOOGLE)),
        # Where it is not said what a route leads to, it may be to anybody.
        ((CLAUDE, UNSAID), providers_for(GATEWAY)),
        ((), providers_for(GATEWAY)),
    ],
)
def test_the_providers_are_those_that_the_key_has_a_route_for(
    offered: tuple[OfferedRoute, ...], providers: tuple[Provider, ...]
) -> None:
    assert offered_providers(GATEWAY, offered) == providers


@pytest.mark.parametrize(
    ("offered", "routes"),
    [
        ((CLAUDE, AZURE, OPENAI), ["builtin-openai", "a-azure"]),
        ((AZURE, OfferedRoute(route="openai", provider="openai")), ["openai", "a-azure"]),
        ((UNSAID, OfferedRoute(route="my-openai")), ["my-openai", "something"]),
        ((CLAUDE,), []),
    ],
)
def test_the_providers_own_route_comes_first(
    offered: tuple[OfferedRoute, ...], routes: list[str]
) -> None:
    assert [each.route for each in routes_of(Provider.OPENAI, offered)] == routes
    first = routes[0] if routes else "openai"
    assert default_route(GATEWAY, Provider.OPENAI, offered) == first


def test_models_are_those_of_the_route() -> None:
    offered = (OPENAI, AZURE, CLAUDE)
    assert listed_models(Provider.OPENAI, "a-azure", offered) == ("my-deployment",)
    assert listed_models(Provider.ANTHROPIC, "prod-anthropic", offered) == ("claude-haiku-4-5",)
    assert listed_models(Provider.OPENAI, "typed-by-hand", offered) == ()
    known = [each.id for each in known_models(Provider.OPENAI)]
    assert offered_models(GATEWAY, Provider.OPENAI, "typed-by-hand", offered) == known


def test_a_route_is_known_by_all_of_its_names() -> None:
    offered = (OfferedRoute(route="openai", provider="openai", models=("gpt-5.2",)),)
    assert listed_models(Provider.OPENAI, "chat", offered) == ("gpt-5.2",)
    assert is_listed_route(Provider.OPENAI, "responses", offered)
    assert not is_listed_route(Provider.OPENAI, "builtin-openai", offered)
