"""Errors that mean: the base URL is wrong. The commonest mistake, and the least well reported."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from gwtrace_core.gateway.answer_text import Said
from gwtrace_core.gateway.base_urls import UrlUse, right_base_url
from gwtrace_core.gateway.providers import REGIONAL_HOSTS, RETIRED_HOST
from gwtrace_core.gateway.wording import host_of
from gwtrace_core.values.connection import Provider, SdkPath, Target
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource

# OpenAI and Groq name the path that they were asked for; behind the gateway it is the path that
# the gateway made of ours.
_WRONG_PATH = re.compile(
    r"(?:Invalid URL \(|Unknown request URL: )(?P<verb>[A-Z]+) (?P<path>[^\s)]+)"
)
_ANTHROPIC_PATHS = (SdkPath.ANTHROPIC_MESSAGES, SdkPath.PYDANTIC_AI)
_PAGE_STATUSES = frozenset({301, 302, 303, 307, 308, 404, 405, 410})


def address_failure(status: int, said: Said, target: Target) -> Failure | None:
    """The failure when the address is to blame, None otherwise."""
    retired = retired_host_failure(target)
    if retired is not None:
        return retired
    if match := _WRONG_PATH.search(said.words):
        return _wrong(
            f"The base URL {target.base_url} leads to a path that does not exist: "
            f"{match['verb']} {match['path'].rstrip('.')}.",
            target,
        )
    if said.shape == "html" and status in _PAGE_STATUSES:
        return _wrong(f"{host_of(target)} answered with a web page: it is no API here.", target)
    if status != 404:
        return None
    if target.connection.is_gateway:
        return _gateway_path_failure(said, target)
    if said.shape != "provider" or said.words.lower() in ("not found", "not_found"):
        return _wrong(f"There is no API under the base URL {target.base_url}.", target)
    return None


def retired_host_failure(target: Target) -> Failure | None:
    """The failure when the host was shut down for good."""
    if host_of(target) != RETIRED_HOST:
        return None
    return Failure(
        source=FailureSource.SETTINGS,
        cause=FailureCause.BASE_URL_WRONG,
        message=f"{RETIRED_HOST} was shut down on 13 April 2026.",
        hint="Use your region's host: " + " or ".join(f"https://{h}/proxy" for h in REGIONAL_HOSTS),
    )


def _gateway_path_failure(said: Said, target: Target) -> Failure | None:
    root = target.connection.base_url.rstrip("/")
    if said.words.lower() == "path not found" and "/proxy" not in urlsplit(root).path:
        return Failure(
            source=FailureSource.SETTINGS,
            cause=FailureCause.BASE_URL_WRONG,
            message=f"The gateway at {host_of(target)} has no routes under {root}.",
            hint=f"Most gateways serve their routes under /proxy. Use the base URL {root}/proxy",
        )
    # A self-hosted gateway without the prefix takes `proxy` for a route's name.
    if said.words.startswith("Route not found: proxy.") and root.endswith("/proxy"):
        return Failure(
            source=FailureSource.SETTINGS,
            cause=FailureCause.BASE_URL_WRONG,
            message=f"The gateway at {host_of(target)} serves its routes without /proxy.",
            hint=f"Use the base URL {root.removesuffix('/proxy')}",
        )
    return None


def _wrong(message: str, target: Target) -> Failure:
    given, right = _given_and_right(target)
    if right != given:
        hint = f"The base URL should most likely be {right}"
    elif target.connection.is_gateway:
        hint = (
            f"If the base URL {given} is right, the gateway's own address for route "
            f"{target.route!r} is wrong."
        )
    else:
        hint = f"Check the base URL {given} and that it belongs to this SDK path."
    return Failure(
        source=FailureSource.SETTINGS,
        cause=FailureCause.BASE_URL_WRONG,
        message=message,
        hint=hint,
    )


def _given_and_right(target: Target) -> tuple[str, str]:
    if target.connection.is_gateway:
        given = target.connection.base_url.rstrip("/")
        return given, right_base_url(given, UrlUse.GATEWAY)
    given = target.base_url.rstrip("/")
    if target.provider is Provider.ANTHROPIC and target.sdk_path in _ANTHROPIC_PATHS:
        return given, right_base_url(given, UrlUse.ANTHROPIC)
    right = right_base_url(given, UrlUse.OPENAI)
    if right == given and not given.endswith("/v1") and "/proxy/" not in given:
        right = f"{given}/v1"
    return given, right
