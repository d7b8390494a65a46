"""Which proxy a request goes through: one rule for everything that this app asks.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` hold, with one exception: what is on this
very machine is never asked through a proxy. A proxy elsewhere would look for it on its own machine,
and would be given the key.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies

from gwtrace_core.values.hosts import is_loopback_host, written_address

# In the forms that requests (MLflow) and urllib (Amazon's SDK) understand. Neither takes `[::1]`
# and the legacy httpx fails at it.
_LOOPBACK = ("localhost", ".localhost", "127.0.0.1", "127.0.0.0/8", "::1", "::ffff:127.0.0.1")


def proxy_for(url: str, *, proxies: Mapping[str, str] | None = None) -> str | None:
    """The proxy's URL for a request to `url`, None when it is sent directly.

    `proxies` has the form of `urllib.request.getproxies()`, which is asked when it is not given.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback_host(host):
        return None
    found = getproxies() if proxies is None else proxies
    proxy = found.get(parts.scheme) or found.get("all")
    if not proxy or _is_excepted(host, parts.port, found.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def spare_loopback(environment: MutableMapping[str, str]) -> None:
    """Write the exception into `NO_PROXY`, for libraries that choose a proxy themselves."""
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    entries = [entry for each in given.split(",") if (entry := each.strip())]
    missing = [each for each in _LOOPBACK if each not in entries]
    # The one in small letters wins where both are read.
    for name in ("no_proxy", "NO_PROXY"):
        environment[name] = ",".join([*entries, *missing])


def _is_excepted(host: str, port: int | None, no_proxy: str) -> bool:
    return any(_matches(entry.strip().lower(), host.lower(), port) for entry in no_proxy.split(","))


def _matches(entry: str, host: str, port: int | None) -> bool:
    if not entry or entry == "*":
        return entry == "*"
    entry = entry.rpartition("://")[2]
    address = written_address(host)
    if address is not None:
        try:
            if "/" in entry:
                return address in ip_network(entry, strict=False)
            return address == ip_address(entry.strip("[]"))
        except ValueError:
            pass
    name, colon, number = entry.rpartition(":")
    if colon and number.isascii() and number.isdigit():
        if port is None or int(number) != port:
            return False
        entry = name.strip("[]")
    # As curl has it: `example.org` and `.example.org` both mean the host and all below it.
    suffix = entry.removeprefix("*").lstrip(".")
    return host == suffix or host.endswith(f".{suffix}")
