"""One rule for proxies, for our own clients and for libraries that choose one themselves."""

from __future__ import annotations

import botocore.utils
import httpx
import httpx2
import pytest
import requests.utils

from gwtrace_core.gateway.proxies import proxy_for, spare_loopback

ALL = {"http": "http://h:1", "https": "http://s:2", "all": "http://a:3"}
THIS_MACHINE = (
    *("http://localhost:5000", "http://127.0.0.1:5000", "https://127.8.8.8", "http://[::1]:80/v1"),
    *("http://[::ffff:127.0.0.1]:5", "http://app.localhost:8", "http://2130706433", "http://0:80"),
)


def test_this_machine_is_never_asked_through_a_proxy() -> None:
    assert {url: proxy_for(url, proxies=ALL) for url in THIS_MACHINE} == dict.fromkeys(THIS_MACHINE)


@pytest.mark.parametrize(
    ("url", "proxies", "proxy"),
    [
        ("http://a.test/v1", ALL, "http://h:1"),
        ("https://a.test/v1", ALL, "http://s:2"),
        ("https://a.test/v1", {"http": "http://h:1"}, None),
        ("https://a.test/v1", {"all": "a:3"}, "http://a:3"),
        ("https://a.test/v1", {}, None),
        ("http://10.0.0.1/v1", ALL, "http://h:1"),
        ("http://127.example.org/v1", ALL, "http://h:1"),
    ],
)
def test_the_variables_name_the_proxy(url: str, proxies: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(url, proxies=proxies) == proxy


@pytest.mark.parametrize(
    ("no_proxy", "excepted", "others"),
    [
        ("*", ("http://a.test", "http://10.0.0.1"), ()),
        ("a.test", ("http://a.test", "https://b.a.test:8"), ("http://ba.test", "http://a.test.b")),
        (" .a.test ,", ("http://a.test", "http://b.a.test"), ("http://ba.test",)),
        ("*.A.test", ("http://b.a.test",), ("http://ba.test",)),
        ("a.test:8080", ("http://a.test:8080",), ("http://a.test", "http://a.test:80")),
        ("10.0.0.1", ("http://10.0.0.1:5",), ("http://10.0.0.10", "http://110.0.0.1")),
        ("10.0.0.0/8", ("http://10.9.9.9",), ("http://11.0.0.1", "http://a.test")),
        ("[fd00::1],fd01::/16", ("http://[fd00::1]:5", "http://[fd01::9]"), ("http://[fd02::1]",)),
        ("", (), ("http://a.test",)),
    ],
)
def test_no_proxy_is_read_as_curl_reads_it(
    no_proxy: str, excepted: tuple[str, ...], others: tuple[str, ...]
) -> None:
    proxies = {**ALL, "no": no_proxy}
    found = {url: proxy_for(url, proxies=proxies) is None for url in (*excepted, *others)}
    assert found == {**dict.fromkeys(excepted, True), **dict.fromkeys(others, False)}


def test_libraries_that_look_for_a_proxy_themselves_spare_this_machine_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://h:1")
    monkeypatch.setenv("no_proxy", "a.test")
    environment = {"no_proxy": "a.test", "NO_PROXY": "not.read"}
    spare_loopback(environment)
    once = dict(environment)
    spare_loopback(environment)
    assert environment == once and once["no_proxy"] == once["NO_PROXY"]
    for name, value in once.items():
        monkeypatch.setenv(name, value)
    here = ("http://localhost:5000", "http://127.0.0.1:5000")
    asked = (*here, "http://a.test", "http://127.8.8.8:5", "http://[::1]:5", "http://not.read")
    assert [requests.utils.should_bypass_proxies(url, None) for url in asked] == [
        *[True] * 5,
        False,
    ]
    assert [botocore.utils.should_bypass_proxies(url) for url in asked[:3]] == [True] * 3
    # The legacy one fails at a form of address that it does not know.
    httpx.Client().close()
    httpx2.Client().close()
