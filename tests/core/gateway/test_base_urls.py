from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.gateway.base_urls import UrlUse, check_base_url
from gwtrace_core.gateway.keys import base_url_of_region, check_key
from gwtrace_core.values.secret import Secret

GATEWAY, OPENAI, ANTHROPIC = UrlUse.GATEWAY, UrlUse.OPENAI, UrlUse.ANTHROPIC
US = "https://gateway-us.pydantic.dev/proxy"
BARE = " for a self-hosted gateway without that prefix"


@pytest.mark.parametrize(
    ("text", "use", "url"),
    [
        (US, GATEWAY, US),
        (f"  {US}/ \n", GATEWAY, US),
        (f'"{US}"', GATEWAY, US),
        ("http://127.0.0.1:8787/proxy", GATEWAY, "http://127.0.0.1:8787/proxy"),
        ("https://logfire.example.com/proxy", GATEWAY, "https://logfire.example.com/proxy"),
        ("http://localhost:11434/v1", OPENAI, "http://localhost:11434/v1"),
        (f"{US}/openai", OPENAI, f"{US}/openai"),
        (f"{US}/chat", OPENAI, f"{US}/chat"),
        (f"{US}/groq/openai/v1", OPENAI, f"{US}/groq/openai/v1"),
        (f"{US}/anthropic/v1", OPENAI, f"{US}/anthropic/v1"),
        (f"{US}/my-group/v1", OPENAI, f"{US}/my-group/v1"),
        (
            "http://localhost:5000/gateway/mlflow/v1",
            OPENAI,
            "http://localhost:5000/gateway/mlflow/v1",
        ),
        (f"{US}/anthropic", ANTHROPIC, f"{US}/anthropic"),
        ("https://api.anthropic.com", ANTHROPIC, "https://api.anthropic.com"),
    ],
)
def test_a_right_base_url_is_taken(text: str, use: UrlUse, url: str) -> None:
    checked = check_base_url(text, use)
    assert (checked.url, checked.findings) == (url, ())


@pytest.mark.parametrize(
    ("text", "use", "says", "hint"),
    [
        ("https://gateway.pydantic.dev/proxy", GATEWAY, "shut down on 13 April 2026", f"{US} or"),
        ("https://gateway-eu.pydantic.dev", GATEWAY, "lacks /proxy", "dev/proxy"),
        (f"{US}/openai", GATEWAY, "routes are appended", f"Use {US}"),
        (f"{US}/openai/v1", GATEWAY, "routes are appended", f"Use {US}"),
        ("https://gateway-us.pydantic.dev/v1", GATEWAY, "ends in /v1", f"Use {US}"),
        (
            "http://localhost:8787/v1",
            GATEWAY,
            "ends in /v1",
            f"Use http://localhost:8787/proxy, or http://localhost:8787{BARE}",
        ),
        (
            "http://127.0.0.1:8790/openai/v1",
            GATEWAY,
            "/v1",
            f"Use http://127.0.0.1:8790/proxy, or http://127.0.0.1:8790{BARE}",
        ),
        (
            "http://127.0.0.1:8790/groq/openai/v1",
            GATEWAY,
            "",
            f"Use http://127.0.0.1:8790/proxy, or http://127.0.0.1:8790{BARE}",
        ),
        (
            "http://127.0.0.1:8790/anthropic",
            GATEWAY,
            "a route",
            f"Use http://127.0.0.1:8790/proxy, or http://127.0.0.1:8790{BARE}",
        ),
        (
            "http://127.0.0.1:8790/v1/messages",
            GATEWAY,
            "endpoint",
            f"Use http://127.0.0.1:8790/proxy, or http://127.0.0.1:8790{BARE}",
        ),
        (
            "http://127.0.0.1:8790?a=1",
            GATEWAY,
            "query",
            f"Use http://127.0.0.1:8790/proxy, or http://127.0.0.1:8790{BARE}",
        ),
        ("http://gateway-us.pydantic.dev/proxy", GATEWAY, "unprotected", f"Use {US}"),
        ("gateway-us.pydantic.dev/proxy", GATEWAY, "does not start with", f"Use {US}"),
        (
            "localhost:8787",
            GATEWAY,
            "does not start with",
            f"Use http://localhost:8787/proxy, or http://localhost:8787{BARE}",
        ),
        ("localhost:8787", OPENAI, "does not start with", "Use http://localhost:8787"),
        (
            "gateway.example.com",
            GATEWAY,
            "does not start with",
            f"Use https://gateway.example.com/proxy, or https://gateway.example.com{BARE}",
        ),
        ("ftp://host/proxy", GATEWAY, "does not start with", "For example"),
        ("https://", GATEWAY, "names no host", "For example"),
        ("https://me:hunter2@host/proxy", GATEWAY, "user name or password", "own variable"),
        ("https://host/proxy?key=hunter2", GATEWAY, "query", "Use https://host/proxy"),
        ("https://ho st/proxy", GATEWAY, "white space", "Remove"),
        ("https://host:99999/proxy", GATEWAY, "is not a URL", "For example"),
        ("https://[::1/proxy", GATEWAY, "is not a URL", "For example"),
        (f"{US}/openai/v1", OPENAI, "ends in /v1", f"Use {US}/openai"),
        (f"{US}/groq", OPENAI, "does not serve", f"Use {US}/groq/openai/v1"),
        (f"{US}/anthropic", OPENAI, "does not serve", f"Use {US}/anthropic/v1"),
        (US, OPENAI, "does not serve", f"Use {US}/openai"),
        (
            "http://localhost:1234/v1/chat/completions",
            OPENAI,
            "endpoint",
            "Use http://localhost:1234/v1",
        ),
        ("https://api.openai.com/v1/v1", OPENAI, "twice", "Use https://api.openai.com/v1"),
        ("https://api.anthropic.com/v1", ANTHROPIC, "twice", "Use https://api.anthropic.com"),
        (
            "https://api.anthropic.com/v1/messages",
            ANTHROPIC,
            "endpoint",
            "Use https://api.anthropic.com",
        ),
        (f"{US}/chat", ANTHROPIC, "does not serve", f"Use {US}/anthropic"),
        (US, ANTHROPIC, "does not serve", f"Use {US}/anthropic"),
    ],
)
def test_a_wrong_base_url_is_not_used_and_the_right_one_is_told(
    text: str, use: UrlUse, says: str, hint: str
) -> None:
    checked = check_base_url(text, use)
    assert checked.url == ""
    [finding] = checked.findings
    assert finding.is_error
    assert says in finding.message
    # Of a hint that names an address, the whole of it.
    assert hint == finding.hint if hint.startswith("Use http") else hint in finding.hint
    assert "hunter2" not in finding.message + finding.hint


@pytest.mark.parametrize(
    ("text", "use", "says"),
    [
        ("http://gateway.internal/proxy", GATEWAY, "unprotected"),
        ("https://gateway.example.com", GATEWAY, "lacks /proxy"),
        ("http://localhost:11434", OPENAI, "under /v1"),
    ],
)
def test_what_may_work_is_used_with_a_warning(text: str, use: UrlUse, says: str) -> None:
    checked = check_base_url(text, use)
    assert checked.url == text
    [finding] = checked.findings
    assert not finding.is_error and says in finding.message


@given(
    text=st.text() | st.from_regex(r"https?://[a-z.]+(:\d+)?(/[a-z/]*)?"),
    use=st.sampled_from(UrlUse),
)
def test_a_url_that_is_advised_is_itself_taken(text: str, use: UrlUse) -> None:
    checked = check_base_url(text, use)
    assert checked.url or checked.findings
    for finding in checked.findings:
        advised = finding.hint.removeprefix("Use ")
        if finding.is_error and finding.hint.startswith("Use http"):
            again = check_base_url(advised, use)
            assert again.url or advised.startswith("https://") is not text.startswith("https://")


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("pylf_v1_us_abc", "pylf_v1_us_abc", None),
        ("  pylf_v1_us_abc\n", "pylf_v1_us_abc", "white space around"),
        ('"pylf_v1_us_abc"', "pylf_v1_us_abc", "quotes around"),
        ("Bearer pylf_v1_us_abc", "pylf_v1_us_abc", "the word Bearer"),
        ("two words", "", "white space or characters"),
        ("line\nbreak", "", "white space or characters"),
        ("schlüssel", "", "white space or characters"),
        ('""', "", "is empty"),
        ("k" * 200, "k" * 200, None),
        ("k" * 201, "", "201 characters"),
    ],
)
def test_a_key_is_put_right_or_refused_without_being_shown(
    text: str, key: str, says: str | None
) -> None:
    checked = check_key(text, for_gateway=True)
    assert checked.key == Secret(key)
    said = "".join(finding.message for finding in checked.findings)
    assert (says in said) if says else (said == "")
    assert "abc" not in repr(checked)


@pytest.mark.parametrize(
    ("key", "base_url"),
    [
        ("pylf_v1_us_AbC-12_3", "https://gateway-us.pydantic.dev/proxy"),
        ("pylf_v2_eu_x", "https://gateway-eu.pydantic.dev/proxy"),
        ("pylf_v1_stagingus_x", "https://gateway.pydantic.info/proxy"),
        ("paig_x", None),
        ("pylf_v1_US_x", None),
        ("pylf_v1_us_x\n", None),
        ("pylf_v1_us.evil.example/_x", None),
    ],
)
def test_the_region_in_a_key_names_its_host(key: str, base_url: str | None) -> None:
    assert base_url_of_region(Secret(key)) == base_url
