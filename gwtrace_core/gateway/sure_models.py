"""Models to begin with: those that gateway and prices surely know, so that no call is lost.

A gateway prices every answer. The open one throws away an answer that it has no price for and
blocks the key for five minutes, and it may be older than the newest models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gwtrace_core.gateway.catalog import OfferedRoute, known_models
from gwtrace_core.gateway.offers import listed_models, offered_models
from gwtrace_core.gateway.prices import is_priced
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider

SURE_MODELS: Mapping[Provider, str] = {
    Provider.OPENAI: "gpt-5.6-sol",
    Provider.ANTHROPIC: "claude-sonnet-4-6",
    Provider.GROQ: "openai/gpt-oss-120b",
    Provider.GOOGLE: "gemini-3.8-flash",
    Provider.BEDROCK: "global.anthropic.claude-sonnet-4-6",
}
"""The first that are sure of those that are known. Written down, so that the first page need not
read a price table; a test compares."""

# The family's name, then its generation; a size (`120b`) and a date are no generation.
_GENERATION = re.compile(
    r"(?P<family>gpt|claude|gemini|llama|qwen|nova|mistral|deepseek)"
    r"(?:-[a-z]+)*?[-.]?v?(?P<number>\d{1,2})(?![\db])"
)


def first_model(
    connection: Connection, provider: Provider, route: str, offered: Sequence[OfferedRoute]
) -> str:
    """The model to begin with: on the gateway's list, priced, and not of the newest generation."""
    models = offered_models(connection, provider, route, offered)
    if connection.is_simulated or connection.kind is ConnectionKind.CUSTOM:
        return models[0]
    if not listed_models(provider, route, offered):
        return SURE_MODELS[provider]
    return first_sure(provider, models)


def first_sure(provider: Provider, models: Sequence[str]) -> str:
    """The first that is sure, one that is known to be useful before others; else the first."""
    known = [each.id for each in known_models(provider)]
    ordered = [*(each for each in known if each in models), *models]
    priced = [each for each in ordered if is_priced(provider, each)]
    newest = _newest(provider, models)
    older = [each for each in priced if not _is_newest(each, newest)]
    return next(iter((*older, *priced)), models[0])


def price_risk(
    connection: Connection,
    provider: Provider,
    model: str,
    route: str,
    offered: Sequence[OfferedRoute],
) -> str:
    """Why an answer of the model could cost the key, in words; empty where nothing speaks for it.

    A gateway that lists the model knows it.
    """
    if connection.kind is not ConnectionKind.GATEWAY or not model.strip():
        return ""
    listed = listed_models(provider, route, offered)
    if model in listed:
        return ""
    blocks = (
        "a gateway without one may throw the answer away, charge for it all the same, and block "
        "the key for five minutes."
    )
    if not is_priced(provider, model):
        return f"No price is known for this model: {blocks}"
    if not listed and _is_newest(model, _newest(provider, ())):
        return f"This model is new, and the gateway's prices may be older: {blocks}"
    return ""


def _newest(provider: Provider, models: Iterable[str]) -> Mapping[str, int]:
    """The newest generation of each family that is known to have an older one."""
    found: dict[str, set[int]] = {}
    for model in (*(each.id for each in known_models(provider)), *models):
        family, generation = _generation(model)
        found.setdefault(family, set()).add(generation)
    return {family: max(numbers) for family, numbers in found.items() if len(numbers) > 1}


def _is_newest(model: str, newest: Mapping[str, int]) -> bool:
    family, generation = _generation(model)
    return family in newest and newest[family] <= generation


def _generation(model: str) -> tuple[str, int]:
    """The family's name and its generation, 0 for none."""
    found = _GENERATION.search(model)
    return (found["family"], int(found["number"])) if found else (model, 0)
