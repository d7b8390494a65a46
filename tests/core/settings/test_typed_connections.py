"""What a visitor may type, and where that may lead."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from gwtrace_core.settings.settings import Settings
from gwtrace_core.settings.typed_connections import read_typed_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from gwtrace_core.values.errors import SettingsError
from gwtrace_core.values.hosts import EVERYWHERE, INTERNET_ONLY, PRIVATE_HOST_HINT, Reach

US_KEY = "pylf_v1_us_0123456789abcdef"
HOME = Reach(names=frozenset({"ollama.internal"}), networks=(ip_network("10.1.0.0/16"),))
PATH = {ConnectionKind.CUSTOM: "/v1", ConnectionKind.GATEWAY: "/proxy", ConnectionKind.DIRECT: ""}
KINDS = pytest.mark.parametrize("kind", [ConnectionKind.CUSTOM, ConnectionKind.GATEWAY])


def typed(
    base_url: str,
    *,
    kind: ConnectionKind = ConnectionKind.CUSTOM,
    settings: Settings | None = None,
    is_open_to_others: bool = True,
) -> Connection:
    return read_typed_connection(
        kind=kind,
        base_url=base_url,
        api_key=US_KEY if kind is ConnectionKind.GATEWAY else "own",
        provider=Provider.OPENAI,
        settings=settings or Settings(),
        is_open_to_others=is_open_to_others,
    )


@KINDS
@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LocalHost.", "app.localhost", "127.0.0.1", "127.1", "2130706433"),
        *("0x7f000001", "0177.0.0.1", "0.0.0.0", "10.0.0.1", "172.20.0.2", "192.168.1.1"),
        *("169.254.169.254", "0xA9FEA9FE", "100.64.0.1", "224.0.0.1", "[::1]", "[::]"),
        *("[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fe80::1]", "[fd00:ec2::254]"),
    ],
)
def test_a_private_address_is_refused_where_it_is_typed(kind: ConnectionKind, host: str) -> None:
    with pytest.raises(SettingsError) as refused:
        typed(f"http://{host}:8080{PATH[kind]}", kind=kind)
    shown = host.strip("[]").lower()
    assert (refused.value.name, refused.value.message, refused.value.hint) == (
        "base_url",
        f"{shown} is a private address, and this app is open to others.",
        PRIVATE_HOST_HINT,
    )
    mine = typed(f"http://{host}:8080{PATH[kind]}", kind=kind, is_open_to_others=False)
    assert mine.reach == EVERYWHERE


@KINDS
def test_a_typed_name_reaches_what_the_operator_allows(kind: ConnectionKind) -> None:
    found = {
        (allowed, is_open): typed(
            f"https://models.test{PATH[kind]}",
            kind=kind,
            settings=Settings(private_hosts=allowed),
            is_open_to_others=is_open,
        ).reach
        for allowed in (None, EVERYWHERE, INTERNET_ONLY, HOME)
        for is_open in (True, False)
    }
    assert found == {
        (None, True): INTERNET_ONLY,
        (None, False): EVERYWHERE,
        **{
            (allowed, is_open): allowed
            for allowed in (EVERYWHERE, INTERNET_ONLY, HOME)
            for is_open in (True, False)
        },
    }


def test_what_the_operator_lists_may_be_typed() -> None:
    settings = Settings(private_hosts=HOME)
    for host in ("ollama.internal", "10.1.2.3", "8.8.8.8"):
        assert typed(f"http://{host}/v1", settings=settings).reach == HOME
    for host in ("10.2.0.1", "localhost"):
        with pytest.raises(SettingsError, match="private address"):
            typed(f"http://{host}/v1", settings=settings)


def test_what_is_not_typed_is_not_limited() -> None:
    configured = Settings(gateway_base_url="http://10.0.0.7/proxy")
    own = read_typed_connection(
        kind=ConnectionKind.GATEWAY,
        base_url="",
        api_key="without-a-region",
        provider=None,
        settings=configured,
        is_open_to_others=True,
    )
    assert (own.base_url, own.reach) == ("http://10.0.0.7/proxy", EVERYWHERE)
    assert typed("", kind=ConnectionKind.GATEWAY).reach == EVERYWHERE


@pytest.mark.parametrize(
    "kind", [each for each in ConnectionKind if each is not ConnectionKind.DEMO]
)
def test_typed_connections_can_be_turned_off_altogether(kind: ConnectionKind) -> None:
    closed = Settings.from_env({"GWTRACE_TYPED_CONNECTIONS": "off"})
    base_url = "" if kind is ConnectionKind.DIRECT else f"https://models.test{PATH[kind]}"
    with pytest.raises(SettingsError) as refused:
        typed(base_url, kind=kind, settings=closed, is_open_to_others=False)
    assert (refused.value.name, refused.value.message) == (
        "api_key",
        "Whoever runs this app has turned typed keys and base URLs off.",
    )
    assert "GWTRACE_TYPED_CONNECTIONS" in refused.value.hint
    assert typed(base_url, kind=kind, settings=Settings(), is_open_to_others=False)


def test_the_demo_is_offered_whatever_is_turned_off() -> None:
    made = read_typed_connection(
        kind=ConnectionKind.DEMO,
        base_url="http://127.0.0.1:1/proxy",
        api_key="",
        provider=None,
        settings=Settings(takes_typed=False),
        is_open_to_others=True,
    )
    assert made.is_simulated


@pytest.mark.parametrize(
    ("text", "private_hosts", "problem"),
    [
        ("", None, ""),
        ("true", EVERYWHERE, ""),
        (" ON ", EVERYWHERE, ""),
        ("false", INTERNET_ONLY, ""),
        ("0", INTERNET_ONLY, ""),
        ("ollama.internal, 10.1.0.0/16", HOME, ""),
        ("10.1.2.3/16", INTERNET_ONLY, "10.1.2.3/16 has host bits set"),
        ("http://a.internal", INTERNET_ONLY, "does not appear to be an IPv4 or IPv6 network"),
        ("a b?", INTERNET_ONLY, "'b?' is neither a host nor a network"),
    ],
)
def test_the_setting_for_private_hosts_is_read(
    text: str, private_hosts: Reach | None, problem: str
) -> None:
    made = Settings.from_env({"GWTRACE_ALLOW_PRIVATE_HOSTS": text})
    assert made.private_hosts == private_hosts
    assert [problem in each.message for each in made.problems] == ([True] if problem else [])


@pytest.mark.parametrize(
    ("text", "takes_typed", "problems"),
    [("", True, 0), ("on", True, 0), ("False", False, 0), ("of", False, 1)],
)
def test_a_switch_that_is_not_understood_is_off_and_named(
    text: str, takes_typed: bool, problems: int
) -> None:
    made = Settings.from_env({"GWTRACE_TYPED_CONNECTIONS": text})
    assert (made.takes_typed, len(made.problems)) == (takes_typed, problems)
