"""How failures name things: the host, the provider, the model."""

from __future__ import annotations

from urllib.parse import urlsplit

from gwtrace_core.gateway.providers import PROVIDER_LABELS, ROUTE_ALIASES
from gwtrace_core.values.connection import ConnectionKind, Target
from gwtrace_core.values.hosts import is_loopback_host


def host_of(target: Target) -> str:
    """The host that the call goes to, with its port where one is given."""
    try:
        parts = urlsplit(target.base_url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return target.connection.label
    return f"{parts.hostname}{port}" if parts.hostname else target.connection.label


def is_loopback(target: Target) -> bool:
    """Whether the call goes to this very machine."""
    return is_loopback_host(urlsplit(target.base_url).hostname or "")


def provider_of(target: Target) -> str:
    """Who answers, as far as it is known: a routing group does not say which member did."""
    if target.connection.kind is ConnectionKind.CUSTOM:
        return target.connection.label
    if target.connection.kind is ConnectionKind.DIRECT:
        return PROVIDER_LABELS[target.provider]
    if target.route in (target.provider.value, *ROUTE_ALIASES[target.provider]):
        return PROVIDER_LABELS[target.provider]
    return f"The provider behind route {target.route!r}"


def short_name(model: str) -> str:
    """A model id as it can stand in a sentence."""
    return model if len(model) <= 80 else f"{model[:79]}…"
