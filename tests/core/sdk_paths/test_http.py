"""The pool of clients, and what a broken line means."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import httpx
import httpx2
import pytest

from gwtrace_core.gateway import transports
from gwtrace_core.gateway.failures import TransportTrouble
from gwtrace_core.gateway.transports import transport_trouble
from gwtrace_core.sdk_paths.http import (
    MAX_IDLE_CLIENTS,
    ClientPool,
    Exchange,
    http_client,
    legacy_http_client,
)
from gwtrace_core.sdk_paths.tool_call_parts import parsed_arguments
from gwtrace_core.sdk_paths.tool_loop import without_image_data
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.secret import Secret
from tests.conftest import Demo


def target(key: str, base_url: str = "http://127.0.0.1:1/proxy/openai") -> Target:
    connection = Connection(
        id="c",
        kind=ConnectionKind.GATEWAY,
        label="Gateway",
        base_url="http://127.0.0.1:1/proxy",
        api_key=Secret(key),
    )
    return Target(
        connection=connection,
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=SdkPath.OPENAI_CHAT,
        base_url=base_url,
    )


class Pool:
    """A pool of words instead of clients, and which of them were closed."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self.clients = ClientPool(self._build, self._close)

    def _build(self, target: Target) -> str:
        return f"{target.base_url} {target.connection.api_key.reveal()}"

    async def _close(self, client: str) -> None:
        self.closed.append(client.split()[-1])


@pytest.mark.anyio
async def test_one_client_serves_each_host_and_key() -> None:
    pool = Pool()
    async with pool.clients.client(target("a")) as first, pool.clients.client(target("a")) as same:
        assert first is same
    async with (
        pool.clients.client(target("b")) as other_key,
        pool.clients.client(target("a", "http://127.0.0.1:2/proxy/openai")) as other_host,
    ):
        assert len({first, other_key, other_host}) == 3
    await pool.clients.aclose()
    assert sorted(pool.closed) == ["a", "a", "b"]


@pytest.mark.anyio
async def test_a_forgotten_key_takes_its_clients_along_busy_ones_when_they_are_idle() -> None:
    pool = Pool()
    async with pool.clients.client(target("b")):
        pass
    async with pool.clients.client(target("a", "http://127.0.0.1:2/proxy/openai")):
        pass
    async with pool.clients.client(target("a")):
        await pool.clients.forget(Secret("a"))
        assert pool.closed == ["a"]
    assert pool.closed == ["a", "a"]
    await pool.clients.aclose()
    assert pool.closed == ["a", "a", "b"]


@pytest.mark.anyio
async def test_clients_longest_unused_are_closed_and_busy_ones_never() -> None:
    pool = Pool()
    async with pool.clients.client(target("busy")):
        for number in range(MAX_IDLE_CLIENTS + 2):
            async with pool.clients.client(target(f"key-{number}")):
                pass
        assert pool.closed == ["key-0", "key-1", "key-2"]
    async with pool.clients.client(target("key-3")):
        assert pool.closed == ["key-0", "key-1", "key-2"]


def test_certificates_are_loaded_once_and_only_for_tls() -> None:
    plain = [http_client(target(key)) for key in "ab"]
    secure = [http_client(target(key, "https://gateway.test/proxy/openai")) for key in "ab"]
    contexts = {
        id(transports._ssl_context(str(url))) for url in ("https://a.test", "https://b.test")
    }  # pyright: ignore[reportPrivateUsage] - what is shared cannot be seen from outside
    assert len(contexts) == 1
    assert len(plain) == len(secure) == 2


def _raised(outer: Exception, *causes: BaseException) -> Exception:
    link: BaseException = outer
    for cause in causes:
        link.__cause__ = cause
        link = cause
    return outer


@pytest.mark.parametrize("family", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_the_deepest_cause_says_what_broke(family: type[httpx] | type[httpx2]) -> None:  # pyright: ignore[reportInvalidTypeForm] - the two packages are alike
    f = family
    rows = [
        (
            _raised(Exception("sdk"), f.ConnectError("x"), socket.gaierror(-2, "no such name")),
            "dns",
        ),
        (_raised(f.ConnectError("x"), ssl.SSLCertVerificationError("bad certificate")), "tls"),
        (_raised(f.ConnectError("x"), ConnectionRefusedError(111, "refused")), "refused"),
        (_raised(f.ConnectError("x"), OSError("no route")), "refused"),
        (_raised(Exception("sdk"), f.ConnectTimeout("x")), "connect timeout"),
        (f.PoolTimeout("x"), "connect timeout"),
        (_raised(Exception("sdk"), f.ReadTimeout("")), "read timeout"),
        (f.RemoteProtocolError("peer closed"), "dropped"),
        (f.ReadError("reset"), "dropped"),
    ]
    for exc, trouble in rows:
        found = transport_trouble(exc)
        assert found is not None
        assert found[0] == TransportTrouble(trouble)
        assert found[1]


def test_an_exception_about_something_else_is_not_the_lines() -> None:
    assert transport_trouble(_raised(Exception("sdk"), TypeError("a bug"))) is None
    circle = ValueError("a")
    circle.__context__ = _raised(ValueError("b"), circle)
    assert transport_trouble(circle) is None


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("[]", None),
        ("{", None),
        ("NaN", None),
        ('{"a": Infinity}', None),
        ("[" * 100_000, None),
    ],
)
def test_only_a_json_object_is_a_tool_calls_arguments(
    text: str, arguments: dict[str, object] | None
) -> None:
    assert parsed_arguments(text) == arguments


def test_the_data_of_images_is_replaced_wherever_it_is() -> None:
    assert without_image_data(
        {
            "messages": [
                {"image_url": {"url": "data:image/png;base64,AAAA"}},
                {"source": {"type": "base64", "media_type": "image/png", "data": "AAA="}},
                {"kind": "binary", "media_type": "image/gif", "data": "AA=="},
                {"text": "data: image"},
            ],
            "n": 1,
        }
    ) == {
        "messages": [
            {"image_url": {"url": "image/png, 3 bytes"}},
            {"source": {"type": "base64", "media_type": "image/png", "data": "2 bytes"}},
            {"kind": "binary", "media_type": "image/gif", "data": "1 bytes"},
            {"text": "data: image"},
        ],
        "n": 1,
    }


@pytest.mark.anyio
@pytest.mark.parametrize("build", [http_client, legacy_http_client], ids=["httpx2", "httpx"])
async def test_the_key_goes_to_no_other_host(
    demo: Demo, build: Callable[[Target], httpx2.AsyncClient | httpx.AsyncClient]
) -> None:
    mark = demo.exchanges.mark
    async with build(target("secret", "http://127.0.0.1:1/proxy/openai")) as client:
        await client.post(demo.base_url + "/openai/x", json={}, headers={"Authorization": "secret"})
    async with build(target("secret", demo.base_url + "/openai")) as client:
        await client.post(demo.base_url + "/openai/x", json={}, headers={"x-api-key": "other"})
    elsewhere, at_home = demo.exchanges.since(mark)
    assert "secret" not in str(dict(elsewhere.headers))
    assert at_home.headers["authorization"] == "Bearer secret"
    assert "x-api-key" not in at_home.headers


@pytest.mark.anyio
@pytest.mark.parametrize("build", [http_client, legacy_http_client], ids=["httpx2", "httpx"])
@pytest.mark.parametrize(("is_streamed", "read_s"), [(True, 120.0), (False, 600.0)])
async def test_no_sdk_can_make_connecting_or_a_streams_silence_take_many_minutes(
    demo: Demo,
    build: Callable[[Target], httpx2.AsyncClient | httpx.AsyncClient],
    is_streamed: bool,
    read_s: float,
) -> None:
    exchange = Exchange(trace_headers=dict, is_streamed=is_streamed)
    async with build(target("demo", demo.base_url + "/openai")) as client:
        with exchange.active():
            answer = await client.post(demo.base_url + "/openai/x", json={}, timeout=1200)
    assert answer.request.extensions["timeout"] == {
        "connect": 10.0,
        "read": read_s,
        "write": 30.0,
        "pool": 10.0,
    }
