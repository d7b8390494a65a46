"""Which addresses belong to the internet, in whatever form a host is written."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from gwtrace_core.values.hosts import (
    EVERYWHERE,
    INTERNET_ONLY,
    Reach,
    is_loopback_host,
    is_public,
    read_reach,
    written_address,
)

PUBLIC = (
    *("1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1"),
    *("223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"),
    *("64:ff9b::808:808", "2002:808:808::1"),
)
PRIVATE = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1"),
    *("127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1"),
    *("192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1"),
    *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:db8::1"),
    *("2002:a00:1::1", "2002:7f00:1::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%2"),
    *("fec0::1", "ff02::1", "ff0e::1"),
)


def test_every_family_of_addresses_is_told_apart() -> None:
    found = {text: is_public(ip_address(text)) for text in (*PUBLIC, *PRIVATE)}
    assert found == {**dict.fromkeys(PUBLIC, True), **dict.fromkeys(PRIVATE, False)}


def test_a_reach_allows_the_internet_and_what_is_named() -> None:
    home = Reach(networks=(ip_network("10.1.0.0/16"), ip_network("fd12::/16")))
    allowed = {
        text: tuple(reach.allows(ip_address(text)) for reach in (INTERNET_ONLY, home, EVERYWHERE))
        for text in ("8.8.8.8", "10.1.2.3", "::ffff:10.1.2.3", "10.2.0.1", "fd12::1", "fd13::1")
    }
    assert allowed == {
        "8.8.8.8": (True, True, True),
        "10.1.2.3": (False, True, True),
        "::ffff:10.1.2.3": (False, True, True),
        "10.2.0.1": (False, False, True),
        "fd12::1": (False, True, True),
        "fd13::1": (False, False, True),
    }


@pytest.mark.parametrize(
    ("host", "address", "is_loopback"),
    [
        ("localhost", None, True),
        ("LOCALHOST.", None, True),
        ("app.localhost", None, True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.9.9.9", "127.9.9.9", True),
        ("127.1", "127.0.0.1", True),
        ("2130706433", "127.0.0.1", True),
        ("0x7f000001", "127.0.0.1", True),
        ("0x7f.1", "127.0.0.1", True),
        ("0177.0.0.01", "127.0.0.1", True),
        ("0", "0.0.0.0", True),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("[::]", "::", True),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", True),
        ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1", True),
        ("0xA9FEA9FE", "169.254.169.254", False),
        ("10.0.0.1", "10.0.0.1", False),
        ("127.example.org", None, False),
        ("localhost.example.org", None, False),
        ("notlocalhost", None, False),
        ("127.0.0.1 x", None, False),
        ("", None, False),
    ],
)
def test_a_host_is_understood_in_any_form_that_systems_understand(
    host: str, address: str | None, is_loopback: bool
) -> None:
    assert written_address(host) == (None if address is None else ip_address(address))
    assert is_loopback_host(host) is is_loopback


def test_a_list_of_hosts_and_networks_is_read() -> None:
    assert read_reach("Ollama.internal, 10.1.0.0/16 fd12::/16,192.168.1.7,[::1]") == Reach(
        names=frozenset({"ollama.internal"}),
        networks=tuple(
            ip_network(each) for each in ("10.1.0.0/16", "fd12::/16", "192.168.1.7", "::1")
        ),
    )


@pytest.mark.parametrize("text", ["http://a.internal", "10.1.2.3/8", "10.0.0.0/99", "*", "a, -"])
def test_an_entry_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is neither|has host bits|not appear"):
        read_reach(text)
