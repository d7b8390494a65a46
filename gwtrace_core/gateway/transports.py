"""How requests leave: through which proxy, to which addresses, and what a broken line means.

Every HTTP client for a connection is built on one of these transports. Imports httpx and httpx2:
what the first page needs imports it late.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import httpx2

from gwtrace_core.gateway.failures import TransportTrouble
from gwtrace_core.gateway.proxies import proxy_for
from gwtrace_core.values.hosts import Address, Reach

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Looks up host and port. Raises OSError when there is no such host."""

ResponseT = TypeVar("ResponseT")

# More than eight lanes times their tools, in several sessions at once, can need at one host.
_MAX_CONNECTIONS = 200
_KEEPALIVE_CONNECTIONS = 32
_KEEPALIVE_S = 30.0
_LOOK_UP_S = 10.0
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NOT_CONNECTED = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx.ConnectError,
    httpx.ConnectTimeout,
)


class AddressRefused(Exception):
    """A request was not sent: where it would lead is not allowed. `trouble` says why."""

    def __init__(self, trouble: TransportTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


async def resolve(host: str, port: int) -> Sequence[Address]:
    """The host's addresses as the system has them, the one to try first at the front."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as exc:  # A label that is too long for a name.
        raise socket.gaierror(socket.EAI_NONAME, str(exc)) from exc
    return list(dict.fromkeys(ip_address(row[4][0]) for row in found))


def open_transport(
    base_url: str, reach: Reach, *, resolve: Resolve = resolve
) -> httpx2.AsyncBaseTransport:
    """For the host of `base_url`: by the one rule for proxies, and no further than `reach`."""
    proxy = proxy_for(base_url)
    is_usable = proxy is None or _is_usable(proxy)
    inner = httpx2.AsyncHTTPTransport(
        verify=_ssl_context(base_url),
        trust_env=False,
        proxy=proxy if is_usable else None,
        limits=httpx2.Limits(
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_KEEPALIVE_CONNECTIONS,
            keepalive_expiry=_KEEPALIVE_S,
        ),
    )
    if reach.is_unlimited and is_usable:
        return inner
    closed = _proxy_trouble(proxy, is_usable=is_usable)
    return _Guarded(inner, _Gate(reach=reach, closed=closed, resolve=resolve))


def open_legacy_transport(
    base_url: str, reach: Reach, *, resolve: Resolve = resolve
) -> httpx.AsyncBaseTransport:
    """The same for the SDKs that have not moved to httpx2."""
    proxy = proxy_for(base_url)
    is_usable = proxy is None or _is_usable(proxy)
    inner = httpx.AsyncHTTPTransport(
        verify=_ssl_context(base_url),
        trust_env=False,
        proxy=proxy if is_usable else None,
        limits=httpx.Limits(
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_KEEPALIVE_CONNECTIONS,
            keepalive_expiry=_KEEPALIVE_S,
        ),
    )
    if reach.is_unlimited and is_usable:
        return inner
    closed = _proxy_trouble(proxy, is_usable=is_usable)
    return _LegacyGuarded(inner, _Gate(reach=reach, closed=closed, resolve=resolve))


def _is_usable(proxy: str) -> bool:
    # One for SOCKS takes a package that is not installed.
    try:
        url = httpx2.Proxy(proxy).url
        return url.scheme in ("http", "https") and url.host != ""
    except (ValueError, httpx2.InvalidURL):
        return False


def _proxy_trouble(proxy: str | None, *, is_usable: bool) -> TransportTrouble | None:
    if not is_usable:
        return TransportTrouble.PROXY_UNUSABLE
    # A proxy looks names up itself, and what it connects to cannot be seen from here.
    return None if proxy is None else TransportTrouble.BEHIND_PROXY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gate:
    """Says for each request where it may be sent."""

    reach: Reach
    closed: TransportTrouble | None
    """What is wrong with the proxy on the way to all but the hosts that are allowed by name."""
    resolve: Resolve

    async def hosts(self, host: str, port: int) -> Sequence[str]:
        """What to connect to: the addresses behind `host`, or itself where its name is allowed.

        The name is looked up here and nowhere after. Whoever connects by name looks it up again,
        and a name server that belongs to a visitor may give another answer then.
        """
        if self.closed is TransportTrouble.PROXY_UNUSABLE:
            raise AddressRefused(self.closed)
        if self.reach.allows_host(host):
            return (host,)
        if self.closed is not None:
            raise AddressRefused(self.closed)
        found = await self.resolve(host, port)
        # One of several is enough to refuse: no public server has a private address beside.
        if not all(self.reach.allows(address) for address in found):
            raise AddressRefused(TransportTrouble.NOT_PUBLIC)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
        return [str(address) for address in found]


class _Guarded(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.AsyncBaseTransport, gate: _Gate) -> None:
        self._inner = inner
        self._gate = gate

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url, name = request.url, request.url.raw_host.decode("ascii")
        with _told_as(httpx2.ConnectError, httpx2.ConnectTimeout):
            async with asyncio.timeout(_LOOK_UP_S):
                hosts = await self._gate.hosts(name, url.port or _DEFAULT_PORTS[url.scheme])

        def send(host: str) -> Awaitable[httpx2.Response]:
            moved = httpx2.Request(
                request.method,
                url.copy_with(host=host),
                headers=request.headers,
                stream=request.stream,
                # The certificate must be the name's, and the Host header is it already.
                extensions={**request.extensions, "sni_hostname": name},
            )
            return self._inner.handle_async_request(moved)

        return await _first_to_connect(hosts, send)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _LegacyGuarded(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, gate: _Gate) -> None:
        self._inner = inner
        self._gate = gate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url, name = request.url, request.url.raw_host.decode("ascii")
        with _told_as(httpx.ConnectError, httpx.ConnectTimeout):
            async with asyncio.timeout(_LOOK_UP_S):
                hosts = await self._gate.hosts(name, url.port or _DEFAULT_PORTS[url.scheme])

        def send(host: str) -> Awaitable[httpx.Response]:
            moved = httpx.Request(
                request.method,
                url.copy_with(host=host),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": name},
            )
            return self._inner.handle_async_request(moved)

        return await _first_to_connect(hosts, send)

    async def aclose(self) -> None:
        await self._inner.aclose()


@contextmanager
def _told_as(
    error: Callable[[str], Exception], timeout: Callable[[str], Exception]
) -> Generator[None]:
    """Raise what the SDKs expect of a line, with the reason as its cause."""
    try:
        yield
    except TimeoutError as exc:
        raise timeout("the host's name was not looked up in time") from exc
    except (AddressRefused, OSError) as exc:
        raise error(str(exc)) from exc


async def _first_to_connect(
    hosts: Sequence[str], send: Callable[[str], Awaitable[ResponseT]]
) -> ResponseT:
    """The answer of the first address that can be connected to. Nothing was sent to the others."""
    for host in hosts[:-1]:
        try:
            return await send(host)
        except _NOT_CONNECTED:
            continue
    return await send(hosts[-1])


def transport_trouble(exc: BaseException) -> tuple[TransportTrouble, str] | None:
    """What broke on the line, with words for it; None when the exception tells of no such thing.

    SDKs wrap the HTTP client's exception, which wraps the system's: the deepest says most.
    """
    chain: list[BaseException] = []
    link: BaseException | None = exc
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    for link in reversed(chain):
        trouble = _trouble_of(link)
        if trouble is not None:
            return trouble, str(link) or type(link).__name__
    return None


def _trouble_of(exc: BaseException) -> TransportTrouble | None:
    match exc:
        case AddressRefused():
            return exc.trouble
        case socket.gaierror():
            return TransportTrouble.DNS
        case ssl.SSLError():
            return TransportTrouble.TLS
        case ConnectionRefusedError() | httpx2.ConnectError() | httpx.ConnectError():
            return TransportTrouble.REFUSED
        case (
            httpx2.ConnectTimeout()
            | httpx2.PoolTimeout()
            | httpx.ConnectTimeout()
            | httpx.PoolTimeout()
        ):
            return TransportTrouble.CONNECT_TIMEOUT
        case httpx2.TimeoutException() | httpx.TimeoutException():
            return TransportTrouble.READ_TIMEOUT
        case httpx2.TransportError() | httpx.TransportError():
            return TransportTrouble.DROPPED
        case _:
            return None


def _ssl_context(base_url: str) -> ssl.SSLContext:
    return _trusting_context() if urlsplit(base_url).scheme == "https" else _empty_context()


@cache
def _trusting_context() -> ssl.SSLContext:
    # Loading the certificates costs tens of milliseconds, so all clients share one context.
    return httpx2.create_ssl_context()


@cache
def _empty_context() -> ssl.SSLContext:
    # For plain http. It trusts nobody, so that nothing encrypted passes it by mistake.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
