"""Where requests go: to the address that was looked at, by the one rule for proxies."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gwtrace_core.gateway.catalog import fetch_models
from gwtrace_core.gateway.checks import check_connection
from gwtrace_core.gateway.failures import TransportTrouble
from gwtrace_core.gateway.transports import (
    Resolve,
    open_legacy_transport,
    open_transport,
    transport_trouble,
)
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.hosts import EVERYWHERE, INTERNET_ONLY, Address, Reach
from gwtrace_core.values.secret import Secret
from tests.core.gateway.scripted import JSON, Reply, Scripted, scripted

pytestmark = pytest.mark.anyio

THIS_MACHINE = Reach(networks=(ip_network("127.0.0.0/8"),))
BOTH = pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
Client = httpx2.AsyncClient | httpx.AsyncClient


@dataclass(slots=True, kw_only=True)
class Names:
    """A name server: the answers that it gives to one question after the other."""

    answers: list[Sequence[str]]
    asked: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append((host, port))
        return [ip_address(each) for each in self.answers.pop(0)]


def client(library: object, base_url: str, reach: Reach, names: Resolve) -> Client:
    if library is httpx2:
        transport = open_transport(base_url, reach, resolve=names)
        return httpx2.AsyncClient(transport=transport, trust_env=False)
    legacy = open_legacy_transport(base_url, reach, resolve=names)
    return httpx.AsyncClient(transport=legacy, trust_env=False)


def named(server: Scripted, host: str = "name.test") -> str:
    return f"http://{host}:{urlsplit(server.url).port}"


async def trouble_of(client: Client, url: str) -> TransportTrouble:
    with pytest.raises((httpx2.ConnectError, httpx.ConnectError)) as raised:
        await client.get(url)
    found = transport_trouble(raised.value)
    assert found is not None
    return found[0]


@BOTH
async def test_what_is_connected_to_is_the_address_that_was_looked_at(library: object) -> None:
    names = Names(answers=[["127.0.0.1"]])
    with scripted(lambda _: Reply(body="here")) as server:
        async with client(library, named(server), THIS_MACHINE, names) as asking:
            answer = await asking.get(f"{named(server)}/v1/models")
    port = urlsplit(server.url).port
    assert answer.text == "here"
    assert names.asked == [("name.test", port)]
    assert [asked.headers["host"] for asked in server.asked] == [f"name.test:{port}"]


@BOTH
async def test_a_name_that_turns_private_is_not_followed_on_a_connection_that_is_open(
    library: object,
) -> None:
    names = Names(answers=[["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1", "169.254.169.254"]])
    with scripted(lambda _: Reply(body="here")) as server:
        async with client(library, named(server), THIS_MACHINE, names) as asking:
            await asking.get(named(server))
            later = [await trouble_of(asking, named(server)) for _ in range(2)]
    assert later == [TransportTrouble.NOT_PUBLIC] * 2
    assert len(server.asked) == 1


@BOTH
async def test_the_next_address_is_tried_when_one_does_not_connect(library: object) -> None:
    names = Names(answers=[["127.0.0.2", "127.0.0.1"], ["127.0.0.2", "127.0.0.3"]])
    with scripted(lambda _: Reply(body="here")) as server:
        async with client(library, named(server), THIS_MACHINE, names) as asking:
            answer = await asking.post(named(server), content=b'{"question": 1}')
            nowhere = await trouble_of(asking, named(server))
    assert (answer.text, nowhere) == ("here", TransportTrouble.REFUSED)
    assert [asked.body for asked in server.asked] == [{"question": 1}]


@BOTH
async def test_a_redirect_is_looked_at_like_any_request(library: object) -> None:
    names = Names(answers=[["127.0.0.1"], ["192.168.0.1"]])
    moved = Reply(status=302, headers={"location": "http://inside.test/"})
    with scripted(lambda _: moved) as server:
        async with client(library, named(server), THIS_MACHINE, names) as asking:
            asking.follow_redirects = True
            trouble = await trouble_of(asking, named(server))
    assert trouble is TransportTrouble.NOT_PUBLIC
    assert [host for host, _ in names.asked] == ["name.test", "inside.test"]


@BOTH
async def test_a_host_that_is_allowed_by_name_is_connected_to_by_name(library: object) -> None:
    names = Names(answers=[])
    with scripted(lambda _: Reply(body="here")) as server:
        url = named(server, "localhost")
        reach = Reach(names=frozenset({"localhost"}))
        async with client(library, url, reach, names) as asking:
            assert (await asking.get(url)).text == "here"


@BOTH
async def test_a_name_that_does_not_exist_is_said_not_to(library: object) -> None:
    async def unknown(host: str, port: int) -> Sequence[Address]:
        del host, port
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with client(library, "http://no.test", INTERNET_ONLY, unknown) as asking:
        assert await trouble_of(asking, "http://no.test") is TransportTrouble.DNS
    async with client(library, "http://no.test", INTERNET_ONLY, Names(answers=[[]])) as asking:
        assert await trouble_of(asking, "http://no.test") is TransportTrouble.DNS


@BOTH
async def test_a_host_behind_a_proxy_is_refused_where_its_address_matters(
    library: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(lambda _: Reply(body="by proxy")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        url = "http://name.test"
        async with client(library, url, INTERNET_ONLY, Names(answers=[])) as asking:
            trouble = await trouble_of(asking, url)
        refused = list(proxy.asked)
        reach = Reach(names=frozenset({"name.test"}))
        async with client(library, url, reach, Names(answers=[])) as asking:
            answer = await asking.get(url)
    assert (trouble, refused) == (TransportTrouble.BEHIND_PROXY, [])
    assert answer.text == "by proxy"


@BOTH
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense://x", "http://a:b", "http://"])
@pytest.mark.parametrize("reach", [EVERYWHERE, INTERNET_ONLY], ids=["everywhere", "internet"])
async def test_a_proxy_that_cannot_be_used_is_said_to_be_one(
    library: object, proxy: str, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    async with client(library, "http://name.test", reach, Names(answers=[])) as asking:
        assert await trouble_of(asking, "http://name.test") is TransportTrouble.PROXY_UNUSABLE


@BOTH
async def test_a_certificate_is_asked_for_by_name_and_not_by_address(
    library: object, tmp_path: Path
) -> None:
    with tls_server(tmp_path) as (port, server_names):
        url = f"https://name.test:{port}"
        names = Names(answers=[["127.0.0.1"]])
        async with client(library, url, THIS_MACHINE, names) as asking:
            assert await trouble_of(asking, url) is TransportTrouble.TLS
    assert server_names == ["name.test"]


@contextmanager
def tls_server(folder: Path) -> Iterator[tuple[int, list[str | None]]]:
    """Takes one connection with a certificate that nobody trusts, and notes who was asked for."""
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))
    context.sni_callback = lambda _, name, __: asked.append(name)  # pyright: ignore[reportAttributeAccessIssue] - it may return None
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with pytest.raises(ssl.SSLError), listener.accept()[0] as plain:
            context.wrap_socket(plain, server_side=True)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        thread.join(timeout=5)
        listener.close()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "name.test")])
    today = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def typed(base_url: str, kind: ConnectionKind, reach: Reach = INTERNET_ONLY) -> Connection:
    return Connection(
        id="typed",
        kind=kind,
        label="Typed",
        base_url=base_url,
        api_key=Secret("typed-key"),
        provider=None if kind is ConnectionKind.GATEWAY else Provider.OPENAI,
        reach=reach,
    )


@pytest.mark.parametrize("kind", [ConnectionKind.GATEWAY, ConnectionKind.CUSTOM])
async def test_neither_test_nor_list_of_models_reaches_a_private_address(
    kind: ConnectionKind,
) -> None:
    with scripted(lambda _: Reply(body="{}", content_type=JSON)) as server:
        made = typed(f"{named(server, 'localhost')}/proxy", kind)
        steps = [step async for step in check_connection(made, model="m")]
        fetched = await fetch_models(made)
    assert server.asked == []
    assert fetched == Failure(
        source=FailureSource.SETTINGS,
        cause=FailureCause.ADDRESS_REFUSED,
        message=f"localhost:{urlsplit(server.url).port} has a private address. Nothing was sent: "
        "this app is open to others.",
        hint="Only whoever runs the app may allow it: GWTRACE_ALLOW_PRIVATE_HOSTS=true, or the "
        "host's name.",
    )
    assert isinstance(fetched, Failure)
    host, *others = steps
    assert (host.part, host.status) == ("host", "failed")
    assert (host.message, host.hint) == (fetched.message, fetched.hint)
    assert {step.status for step in others} == {"skipped"}


_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_connection_to_this_machine_is_tested_without_the_proxy(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = Reply(body='{"data": [{"id": "m"}]}', content_type=JSON)
    with scripted(lambda _: Reply(status=502)) as proxy, scripted(lambda _: models) as server:
        for name in _PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        made = typed(f"http://{host}:{urlsplit(server.url).port}/v1", ConnectionKind.CUSTOM)
        mine = Connection(
            id="custom",
            kind=made.kind,
            label="Mine",
            base_url=made.base_url,
            api_key=made.api_key,
            provider=made.provider,
        )
        steps = [step async for step in check_connection(mine)]
    assert proxy.asked == []
    assert [(step.part, step.status) for step in steps[:2]] == [("host", "ok"), ("key", "ok")]


async def test_a_connection_elsewhere_is_tested_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models = Reply(body='{"data": [{"id": "m"}]}', content_type=JSON)
    with scripted(lambda _: models) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        plain = typed("http://models.test/v1", ConnectionKind.CUSTOM, Reach(is_unlimited=True))
        steps = [step async for step in check_connection(plain)]
        secure = typed("https://models.test/v1", ConnectionKind.CUSTOM, Reach(is_unlimited=True))
        await fetch_models(secure)
    assert [(step.part, step.status) for step in steps[:2]] == [("host", "ok"), ("key", "ok")]
    assert [(asked.method, asked.path) for asked in proxy.asked] == [
        ("GET", "http://models.test/v1/models"),
        ("CONNECT", "models.test:443"),
    ]
    assert "typed-key" not in str(proxy.asked[1].headers)
