"""The routes that each of the demo's keys has, which the hosted gateway calls endpoints.

Light on purpose: the page reads this table without asking the demo gateway.
"""

from __future__ import annotations

from collections.abc import Mapping

from gwtrace_core.demo_gateway.model.models import Family

ENDPOINTS_KEY = "demo-endpoints"
"""A working key as new organisations get it: its routes have names of their own."""

_ROUTES: Mapping[str, Family] = {
    "anthropic": "anthropic",
    "google-vertex": "google-vertex",
    "groq": "groq",
    "misconfigured": "openai",
    "openai": "openai",
    "resilient": "openai",
}
_OWN_ROUTES: Mapping[str, Mapping[str, Family]] = {
    ENDPOINTS_KEY: {"builtin-openai": "openai", "prod-anthropic": "anthropic"},
}


def routes_of_key(key: str) -> Mapping[str, Family]:
    """What the gateway lists for the key: each route with its provider."""
    return _OWN_ROUTES.get(key, _ROUTES)


def has_own_routes(key: str) -> bool:
    """Whether the key has none but routes of its own: the common names are not known to it."""
    return key in _OWN_ROUTES
