"""Who is in front of the page: the owner of this machine, or somebody from outside."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

from gwtrace_core.values.hosts import is_loopback_host, plain_address, written_address

_LEFT_BY_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def is_open_to_others() -> bool:
    """Whether others than the owner of this machine reach the app, as far as can be seen.

    The address that Streamlit was given says most; without one it listens on all of them. It says
    nothing where `uvicorn` was given another, or a proxy on this machine lets others in. Those are
    seen by the request itself.
    """
    address = st.get_option("server.address") or ""
    headers = {name.lower(): value for name, value in st.context.headers.items()}
    return is_listened_to_from_outside(address) or is_from_outside(headers, st.context.ip_address)


def is_listened_to_from_outside(address: str) -> bool:
    """Whether a server at this address of its own can be reached from other machines."""
    written = written_address(address)
    # No address in particular: all that this machine has.
    is_every_address = written is not None and plain_address(written).is_unspecified
    return is_every_address or not is_loopback_host(address)


def is_from_outside(headers: Mapping[str, str], ip_address: str | None) -> bool:
    """Whether a request with these headers, their names in small letters, was made elsewhere.

    `ip_address` is Streamlit's: None for this very machine.
    """
    if ip_address is not None and not is_loopback_host(ip_address):
        return True
    if any(name in headers for name in _LEFT_BY_PROXIES):
        return True
    asked = [f"//{headers.get('host', '')}", headers.get("origin", "")]
    return not all(is_loopback_host(host) for url in asked if (host := _find_host(url)))


def _find_host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        # What cannot be read was not written by a browser on this machine.
        return url
