"""Models: which ones there are to choose from, and what each takes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, cast

from gwtrace_core.gateway.families import Capabilities, capabilities
from gwtrace_core.gateway.model_ids import KNOWN_MODEL_IDS
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from gwtrace_core.values.errors import Failure
from gwtrace_core.values.unicode_text import clean_json

__all__ = [
    "Capabilities",
    "FetchedModels",
    "KnownModel",
    "ModelsNotOffered",
    "OfferedModels",
    "OfferedRoute",
    "capabilities",
    "demo_models",
    "demo_routes",
    "fetch_models",
    "known_models",
    "listed_routes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model that a picker can offer."""

    id: str
    provider: Provider
    label: str = ""
    """What to show beside the id; empty when the id says it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedRoute:
    """A route that the key may use, with its models where the gateway named them."""

    route: str
    provider: str | None = None
    """As the gateway names it; None when only the route is known."""
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedModels:
    """The gateway's own answer to what the key may use."""

    routes: tuple[OfferedRoute, ...]
    source: Literal["model list", "route list"]
    """`route list`: the gateway has no model list, its 404 named the routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsNotOffered:
    """The gateway does not say what the key may use, and why."""

    reason: str


FetchedModels = OfferedModels | ModelsNotOffered | Failure


def known_models(provider: Provider) -> tuple[KnownModel, ...]:
    """Models worth offering when the gateway names none, the most useful first."""
    return tuple(KnownModel(id=each, provider=provider) for each in KNOWN_MODEL_IDS[provider])


def demo_models(provider: Provider) -> tuple[KnownModel, ...]:
    """What the demo gateway simulates for a provider: its models, then those that fail."""
    from gwtrace_core.demo_gateway.common.faults import FAULT_MODELS
    from gwtrace_core.demo_gateway.model.models import DEMO_MODELS

    models = [
        KnownModel(id=model.id, provider=provider)
        for model in DEMO_MODELS
        if model.family == provider.value
    ]
    if not models:
        return ()
    faults = [
        KnownModel(id=fault.id, provider=provider, label=fault.description)
        for fault in FAULT_MODELS
    ]
    return (*models, *faults)


def demo_routes(key: str) -> tuple[OfferedRoute, ...]:
    """The routes that a key of the demo gateway has; their models are `demo_models`."""
    from gwtrace_core.demo_gateway.endpoints import routes_of_key

    families = routes_of_key(key)
    return tuple(OfferedRoute(route=route, provider=families[route]) for route in families)


async def fetch_models(connection: Connection, *, timeout_s: float = 5.0) -> FetchedModels:
    """Ask the gateway what the key may use: its model list, else the routes that its 404 names.

    A custom server is asked for its models alone. Costs nothing and calls no model. Never raises
    for the network's or the server's troubles.
    """
    from gwtrace_core.gateway import probe as _probe

    if connection.kind is ConnectionKind.CUSTOM:
        return await _fetch_from_server(connection, timeout_s=timeout_s)
    if not connection.is_gateway:
        return ModelsNotOffered(reason="Only a gateway lists models by route.")
    async with _probe.open_probe(connection, timeout_s=timeout_s) as probe:
        listed = await probe.get("models")
        if isinstance(listed, Failure):
            return listed
        if listed.status == 200:
            routes = listed_routes(listed.body)
            if routes:
                return OfferedModels(routes=routes, source="model list")
        elif listed.status in (401, 403, 429):
            return probe.failure(listed)
        named = await probe.post_unknown_route()
        if isinstance(named, Failure):
            return named
        failure = probe.failure(named)
    if failure.routes:
        routes = tuple(OfferedRoute(route=route) for route in failure.routes)
        return OfferedModels(routes=routes, source="route list")
    if named.status in (401, 403, 429):
        return failure
    return ModelsNotOffered(
        reason=f"{connection.label} has no model list and named no routes (HTTP {named.status})."
    )


async def _fetch_from_server(connection: Connection, *, timeout_s: float) -> FetchedModels:
    from gwtrace_core.gateway import probe as _probe

    path = "v1/models" if connection.provider is Provider.ANTHROPIC else "models"
    async with _probe.open_probe(connection, timeout_s=timeout_s) as probe:
        listed = await probe.get(path)
    if isinstance(listed, Failure):
        return listed
    models = _server_models(listed.body) if listed.status == 200 else ()
    if not models or connection.provider is None:
        return ModelsNotOffered(reason=f"{connection.label} lists no models.")
    route = OfferedRoute(route="", provider=connection.provider.value, models=models)
    return OfferedModels(routes=(route,), source="model list")


def _server_models(body: str) -> tuple[str, ...]:
    """The ids of OpenAI's and Anthropic's list of models; empty for another form."""
    try:
        answer: Any = clean_json(json.loads(body))
    except (ValueError, RecursionError):
        return ()
    if not isinstance(answer, dict):
        return ()
    return _model_ids(cast(dict[str, Any], answer).get("data"))


def listed_routes(body: str) -> tuple[OfferedRoute, ...]:
    """The routes of `GET /proxy/models`; empty when the answer has another form."""
    try:
        rows: Any = clean_json(json.loads(body))
    except (ValueError, RecursionError):
        return ()
    if not isinstance(rows, list):
        return ()
    routes: list[OfferedRoute] = []
    for row in cast(list[Any], rows):
        if not isinstance(row, dict):
            continue
        fields = cast(dict[str, Any], row)
        if isinstance(route := fields.get("route"), str):
            provider = fields.get("provider")
            routes.append(
                OfferedRoute(
                    route=route,
                    provider=provider if isinstance(provider, str) else None,
                    models=_model_ids(fields.get("models")),
                )
            )
    return tuple(routes)


def _model_ids(models: Any) -> tuple[str, ...]:
    if not isinstance(models, list):
        return ()
    rows = [cast(dict[str, Any], row) for row in cast(list[Any], models) if isinstance(row, dict)]
    return tuple(row["id"] for row in rows if isinstance(row.get("id"), str))
