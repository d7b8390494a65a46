"""Connections that a visitor types: for one browser session, and limited in where they lead."""

from __future__ import annotations

from urllib.parse import urlsplit

from gwtrace_core.demo_gateway.common.faults import DEMO_KEY
from gwtrace_core.gateway.base_urls import UrlUse, check_base_url
from gwtrace_core.gateway.keys import base_url_of_region, check_key
from gwtrace_core.gateway.providers import REGIONAL_HOSTS
from gwtrace_core.settings.reader import (
    DIRECT_VARIABLES,
    make_custom_connection,
    make_direct_connection,
)
from gwtrace_core.settings.settings import Settings, make_demo_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from gwtrace_core.values.errors import SettingsError
from gwtrace_core.values.hosts import (
    EVERYWHERE,
    INTERNET_ONLY,
    PRIVATE_HOST_HINT,
    Reach,
    is_loopback_host,
    written_address,
)
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.uris import masked_uris

_TYPED = "typed for this session"


def read_typed_connection(
    *,
    kind: ConnectionKind,
    base_url: str,
    api_key: str,
    provider: Provider | None,
    settings: Settings,
    is_open_to_others: bool,
) -> Connection:
    """A connection with a key typed for this session only.

    A typed base URL never gets a configured key. A typed gateway key without a base URL goes to
    the host of the region that it names, else to the base URL that `settings` configure. In
    an app that others reach than the owner of its machine, a typed base URL leads to the internet
    only, unless `settings` allow more. Raises SettingsError, named `base_url`, `api_key` or
    `provider`, saying what would be right.
    """
    if kind is ConnectionKind.DEMO:
        return make_demo_connection(base_url, api_key=api_key or DEMO_KEY)
    if not settings.takes_typed:
        raise SettingsError(
            "Whoever runs this app has turned typed keys and base URLs off.",
            name="api_key",
            hint="Use a connection that is offered, or have GWTRACE_TYPED_CONNECTIONS set to on.",
        )
    reach = settings.private_hosts or (INTERNET_ONLY if is_open_to_others else EVERYWHERE)
    match kind:
        case ConnectionKind.GATEWAY:
            return _read_gateway(base_url, api_key, settings, reach)
        case ConnectionKind.CUSTOM:
            use = UrlUse.ANTHROPIC if provider is Provider.ANTHROPIC else UrlUse.OPENAI
            return make_custom_connection(
                id="typed-custom",
                label="Custom server, typed",
                use=use,
                base_url=_read_url(base_url, use, reach),
                api_key=_read_key(api_key, for_gateway=False) if api_key.strip() else Secret(""),
                key_source=_TYPED if api_key.strip() else "no key",
                base_url_source=_TYPED,
                reach=reach,
            )
        case ConnectionKind.DIRECT:
            return _read_direct(base_url, api_key, provider)


def _read_gateway(base_url: str, api_key: str, settings: Settings, reach: Reach) -> Connection:
    key = _read_key(api_key, for_gateway=True)
    if base_url.strip():
        url, source = _read_url(base_url, UrlUse.GATEWAY, reach), _TYPED
    elif (regional := base_url_of_region(key)) is not None:
        url, source = regional, "the region that the key names"
    elif settings.gateway_base_url:
        url, source = settings.gateway_base_url, "the configured gateway"
    else:
        raise SettingsError(
            "The key names no region, so that the gateway's host is not known.",
            name="base_url",
            hint=f"Type the base URL too, such as https://{REGIONAL_HOSTS[0]}/proxy",
        )
    return Connection(
        id="typed-gateway",
        kind=ConnectionKind.GATEWAY,
        label="Pydantic AI Gateway, typed key",
        base_url=url,
        api_key=key,
        key_source=_TYPED,
        base_url_source=source,
        # Not typed: it is the operator's own, or a well-known host.
        reach=reach if source == _TYPED else EVERYWHERE,
    )


def _read_direct(base_url: str, api_key: str, provider: Provider | None) -> Connection:
    if provider is None or provider not in DIRECT_VARIABLES:
        raise SettingsError(
            "This provider cannot be called without a gateway.",
            name="provider",
            hint="Choose OpenAI, Anthropic, Groq or Google.",
        )
    if base_url.strip():
        raise SettingsError(
            "A provider is called at its own host only.",
            name="base_url",
            hint="Leave the base URL empty, or choose a custom server.",
        )
    key = _read_key(api_key, for_gateway=False)
    return make_direct_connection(provider, key, id=f"typed-{provider}", source=_TYPED)


def _read_url(text: str, use: UrlUse, reach: Reach) -> str:
    checked = check_base_url(text, use)
    if not checked.url:
        finding = checked.findings[0]
        raise SettingsError(
            f"The base URL {masked_uris(finding.message)}",
            name="base_url",
            hint=masked_uris(finding.hint),
        )
    # Told here where the form can tell it. What a name leads to is looked at with each request.
    host = urlsplit(checked.url).hostname or ""
    address = written_address(host)
    is_refused = is_loopback_host(host) if address is None else not reach.allows(address)
    if is_refused and not reach.allows_host(host):
        raise SettingsError(
            f"{host} is a private address, and this app is open to others.",
            name="base_url",
            hint=PRIVATE_HOST_HINT,
        )
    return checked.url


def _read_key(text: str, *, for_gateway: bool) -> Secret:
    checked = check_key(text, for_gateway=for_gateway)
    if not checked.key:
        finding = checked.findings[0]
        raise SettingsError(f"The key {finding.message}", name="api_key", hint=finding.hint)
    return checked.key
