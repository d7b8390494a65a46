from __future__ import annotations

import pytest

from gwtrace_core.gateway.catalog import OfferedRoute, known_models
from gwtrace_core.gateway.prices import is_priced
from gwtrace_core.gateway.sure_models import SURE_MODELS, first_model, first_sure, price_risk
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from tests.core.gateway.answers import connection

GATEWAY = connection()
BLOCKS = "block the key for five minutes"


@pytest.mark.parametrize("provider", Provider)
def test_a_provider_begins_with_a_known_and_priced_model_that_is_not_the_newest(
    provider: Provider,
) -> None:
    known = [each.id for each in known_models(provider)]
    first = SURE_MODELS[provider]
    assert first == first_sure(provider, known)
    assert is_priced(provider, first)
    assert price_risk(GATEWAY, provider, first, "", ()) == ""
    assert first_model(GATEWAY, provider, provider.value, ()) == first


@pytest.mark.parametrize(
    ("models", "first"),
    [
        # The newest generation is left out where an older one is on the list.
        (("gpt-6.1-sol", "gpt-6-luna", "gpt-5.2", "gpt-4o-mini"), "gpt-5.2"),
        # Of those on the list, one that is known to be useful.
        (("gpt-3.5-turbo", "gpt-5.6-sol"), "gpt-5.6-sol"),
        (("gpt-mine", "gpt-5.2"), "gpt-5.2"),
        (("gpt-6.1-sol",), "gpt-6.1-sol"),
        (("gpt-mine", "gpt-other"), "gpt-mine"),
    ],
)
def test_of_a_gateways_list_a_sure_model_is_the_first(models: tuple[str, ...], first: str) -> None:
    offered = (OfferedRoute(route="builtin-openai", provider="openai", models=models),)
    assert first_model(GATEWAY, Provider.OPENAI, "builtin-openai", offered) == first


def test_a_server_of_ones_own_begins_with_its_own_first_model() -> None:
    own = connection("http://h/v1", kind=ConnectionKind.CUSTOM, provider=Provider.OPENAI)
    offered = (OfferedRoute(route="", provider="openai", models=("llama-local", "gpt-5.2")),)
    assert first_model(own, Provider.OPENAI, "", offered) == "llama-local"


LISTED = (OfferedRoute(route="openai", provider="openai", models=("gpt-mine",)),)


@pytest.mark.parametrize(
    ("model", "offered", "says"),
    [
        ("gpt-mine", (), "No price is known"),
        ("gpt-6.1-sol", (), "This model is new"),
        ("gpt-5.2", (), ""),
        # What the gateway lists, it knows.
        ("gpt-mine", LISTED, ""),
        ("gpt-another", LISTED, "No price is known"),
        ("gpt-6.1-sol", LISTED, ""),
        ("", (), ""),
    ],
)
def test_a_model_that_could_block_the_key_is_warned_of(
    model: str, offered: tuple[OfferedRoute, ...], says: str
) -> None:
    risk = price_risk(GATEWAY, Provider.OPENAI, model, "openai", offered)
    assert risk.startswith(says) and (BLOCKS in risk) is bool(says)


@pytest.mark.parametrize(
    "other",
    [
        make_demo_connection("http://127.0.0.1:1/proxy"),
        connection("http://h", kind=ConnectionKind.CUSTOM, provider=Provider.OPENAI),
        connection("http://h", kind=ConnectionKind.DIRECT, provider=Provider.OPENAI),
    ],
    ids=["demo", "custom", "direct"],
)
def test_only_a_real_gateway_blocks_keys(other: Connection) -> None:
    assert price_risk(other, Provider.OPENAI, "gpt-mine", "openai", ()) == ""
