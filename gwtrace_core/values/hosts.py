"""What a host's name or address means: this machine, a network of one's own, or the internet.

Values only; nothing is looked up here.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def is_loopback_host(host: str) -> bool:
    """Whether a host's name or address, however it is written, means this very machine."""
    name = _name_of(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = written_address(name)
    if address is None:
        return False
    # To connect to no address in particular is to connect to this machine.
    plain = plain_address(address)
    return plain.is_loopback or plain.is_unspecified


def written_address(host: str) -> Address | None:
    """The address that `host` is, None for a name. Systems also take 127.1, 0x7f.1 and 017700."""
    name = _name_of(host)
    try:
        return ip_address(name)
    except ValueError:
        pass
    # The system reads what is before a space and drops the rest.
    if not name.isascii() or any(character.isspace() for character in name):
        return None
    try:
        return IPv4Address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None


def plain_address(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that leads to it, else the address itself."""
    return _inside(address) or address


def is_public(address: Address) -> bool:
    """Whether an address belongs to the internet, and not to a machine or network of one's own."""
    inside = _inside(address)
    if inside is not None:
        return is_public(inside)
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a connection may lead: the internet, and what else is allowed."""

    is_unlimited: bool = False
    names: frozenset[str] = frozenset()
    """Hosts that are allowed whatever their address is."""
    networks: tuple[Network, ...] = ()

    def allows_host(self, host: str) -> bool:
        """Whether a host is allowed by name, so that its address need not be looked at."""
        return self.is_unlimited or _name_of(host) in self.names

    def allows(self, address: Address) -> bool:
        """Whether a connection to this address is allowed."""
        plain = plain_address(address)
        return (
            self.is_unlimited
            or is_public(address)
            or any(plain in network for network in self.networks)
        )


PRIVATE_HOST_HINT = (
    "Only whoever runs the app may allow it: GWTRACE_ALLOW_PRIVATE_HOSTS=true, or the host's name."
)
EVERYWHERE = Reach(is_unlimited=True)
INTERNET_ONLY = Reach()


def read_reach(text: str) -> Reach:
    """The reach that a list of hosts and networks means. Raises ValueError naming a wrong entry."""
    names: set[str] = set()
    networks: list[Network] = []
    for entry in text.replace(",", " ").split():
        address = written_address(entry)
        if "/" in entry or address is not None:
            networks.append(ip_network(address or entry))
        elif _is_name(entry):
            names.add(_name_of(entry))
        else:
            raise ValueError(f"{entry[:60]!r} is neither a host nor a network")
    return Reach(names=frozenset(names), networks=tuple(networks))


def _is_name(entry: str) -> bool:
    return all(each.isalnum() or each in "-._" for each in entry) and entry.strip(".-_") != ""


def _name_of(host: str) -> str:
    return host.strip("[]").partition("%")[0].rstrip(".").lower()


def _inside(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
