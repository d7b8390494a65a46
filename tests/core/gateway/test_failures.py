from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.gateway.failures import (
    HttpAnswer,
    TransportTrouble,
    classify_answer,
    classify_transport,
    cut_stream,
    stream_error,
    unreadable_answer,
)
from gwtrace_core.values.connection import ConnectionKind, Provider, SdkPath
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from tests.core.gateway.answers import HTML, JSON, KEY, ROWS, TEXT, Row, connection, target


def answer(row: Row) -> HttpAnswer:
    return HttpAnswer(
        status=row.status, content_type=row.content_type, body=row.body, headers=row.headers
    )


def classified(status: int, body: str, content_type: str = TEXT, **headers: str) -> Failure:
    made = HttpAnswer(
        status=status,
        content_type=content_type,
        body=body,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    return classify_answer(made, target=target(), model="gpt-5.2", clock=lambda: 1_000_000.0)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_answer_says_whose_fault_it_is_and_what_happened(row: Row) -> None:
    failure = classify_answer(answer(row), target=target(), model="gpt-5.2")
    assert (failure.source, failure.cause) == (row.source, row.cause)
    assert (failure.status, failure.body) == (row.status, row.body)
    assert (failure.routes, failure.retry_after_s) == (row.routes, row.retry_after_s)
    assert row.says in f"{failure.message} {failure.hint}"
    assert failure.message.endswith(".") and "{" not in failure.message
    assert failure.hint


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.content_type == TEXT], ids=lambda row: row.id
)
def test_without_a_gateway_no_error_is_the_gateways(row: Row) -> None:
    direct = connection(
        "https://api.openai.com", kind=ConnectionKind.DIRECT, provider=Provider.OPENAI
    )
    failure = classify_answer(answer(row), target=target(direct), model="m")
    assert failure.source is not FailureSource.GATEWAY


def test_a_missing_content_type_does_not_hide_who_made_the_error() -> None:
    text = classified(403, "Unauthorized - Key expired", "")
    json_error = classified(403, '{"error": {"message": "No access"}}', "")
    assert (text.source, json_error.source) == (FailureSource.GATEWAY, FailureSource.PROVIDER)


def test_the_inner_error_object_alone_is_a_providers_too() -> None:
    failure = classified(429, '{"message": "Slow down", "type": "requests", "code": null}')
    assert (failure.source, failure.cause) == (FailureSource.PROVIDER, FailureCause.RATE_LIMITED)


def test_googles_error_in_a_list_is_read() -> None:
    body = json.dumps([{"error": {"code": 400, "message": "API key not valid", "status": "X"}}])
    assert classified(400, body, JSON).cause is FailureCause.KEY_REJECTED


def test_behind_a_routing_group_no_provider_is_guessed() -> None:
    failure = classify_answer(
        HttpAnswer(status=500, content_type=JSON, body='{"error": {"message": "Oops"}}'),
        target=target(route="my-group"),
        model="m",
    )
    assert failure.message == "The provider behind route 'my-group' failed: Oops."


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "2"}, 2.0),
        ({"retry_after": "0.5"}, 0.5),
        ({"retry_after_ms": "1500", "retry_after": "2"}, 1.5),
        ({"retry_after": "Mon, 12 Jan 1970 13:46:50 GMT"}, 10.0),
        ({"retry_after": "Mon, 12 Jan 1970 13:46:00 GMT"}, 0.0),
        ({"retry_after": "Mon, 12 Jan 1970 13:46:50 -0000"}, 10.0),
        ({"retry_after": "-3"}, 0.0),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "inf"}, None),
        ({"Retry_After": "4"}, 4.0),
        ({}, None),
    ],
)
def test_the_time_to_wait_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert classified(429, "slow down", **headers).retry_after_s == seconds


@pytest.mark.parametrize(
    ("base_url", "sdk_path", "provider", "right"),
    [
        (
            "https://gateway-us.pydantic.dev/proxy/chat",
            SdkPath.ANTHROPIC_MESSAGES,
            Provider.ANTHROPIC,
            "https://gateway-us.pydantic.dev/proxy/anthropic",
        ),
        (
            "https://api.anthropic.com/v1",
            SdkPath.ANTHROPIC_MESSAGES,
            Provider.ANTHROPIC,
            "https://api.anthropic.com",
        ),
        (
            "https://gateway-us.pydantic.dev/proxy/openai/v1",
            SdkPath.OPENAI_CHAT,
            Provider.OPENAI,
            "https://gateway-us.pydantic.dev/proxy/openai",
        ),
        (
            "http://localhost:11434",
            SdkPath.OPENAI_CHAT,
            Provider.OPENAI,
            "http://localhost:11434/v1",
        ),
    ],
)
def test_a_wrong_base_url_is_told_together_with_the_right_one(
    base_url: str, sdk_path: SdkPath, provider: Provider, right: str
) -> None:
    custom = connection(base_url, kind=ConnectionKind.CUSTOM, provider=provider)
    failure = classify_answer(
        HttpAnswer(
            status=404,
            content_type=JSON,
            body='{"error": {"message": "Invalid URL (POST /v1/v1/messages)"}}',
        ),
        target=target(custom, sdk_path=sdk_path),
        model="m",
    )
    assert failure.cause is FailureCause.BASE_URL_WRONG
    assert failure.hint == f"The base URL should most likely be {right}"


def test_the_retired_host_is_recognised_whatever_it_answers() -> None:
    retired = target(connection("https://gateway.pydantic.dev/proxy"))
    page = HttpAnswer(status=410, content_type=HTML, body="<html>moved</html>")
    for failure in (
        classify_answer(page, target=retired, model="m"),
        classify_transport(TransportTrouble.DNS, "no such host", target=retired),
    ):
        assert failure.cause is FailureCause.BASE_URL_WRONG
        assert "https://gateway-us.pydantic.dev/proxy" in failure.hint


def test_a_hosted_root_without_proxy_is_explained() -> None:
    bare = target(connection("https://gateway-eu.pydantic.dev"))
    failure = classify_answer(
        HttpAnswer(status=404, content_type=TEXT, body="Path not found"), target=bare, model="m"
    )
    assert failure.cause is FailureCause.BASE_URL_WRONG
    assert "https://gateway-eu.pydantic.dev/proxy" in failure.hint


def test_a_self_hosted_gateway_without_the_prefix_is_recognised() -> None:
    own = target(connection("http://localhost:8787/proxy"))
    failure = classify_answer(
        HttpAnswer(
            status=404,
            content_type=TEXT,
            body="Route not found: proxy. Supported values: openai",
        ),
        target=own,
        model="m",
    )
    assert failure.cause is FailureCause.BASE_URL_WRONG
    assert failure.hint == "Use the base URL http://localhost:8787"


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (TransportTrouble.REFUSED, FailureCause.HOST_UNREACHABLE),
        (TransportTrouble.DNS, FailureCause.HOST_UNKNOWN),
        (TransportTrouble.TLS, FailureCause.TLS_FAILED),
        (TransportTrouble.CONNECT_TIMEOUT, FailureCause.HOST_UNREACHABLE),
        (TransportTrouble.READ_TIMEOUT, FailureCause.TIMEOUT),
        (TransportTrouble.DROPPED, FailureCause.STREAM_CUT),
    ],
)
def test_a_broken_line_is_the_networks_fault_and_names_the_host(
    trouble: TransportTrouble, cause: FailureCause
) -> None:
    failure = classify_transport(trouble, f"detail with {KEY}", target=target())
    assert (failure.source, failure.cause) == (FailureSource.NETWORK, cause)
    assert "gateway-us.pydantic.dev" in failure.message
    assert failure.body == "detail with ••••"


def test_a_server_on_this_machine_that_is_down_is_to_be_started() -> None:
    local = target(connection("http://127.0.0.1:8787/proxy"))
    failure = classify_transport(TransportTrouble.REFUSED, "", target=local)
    assert failure.hint.startswith("Is the server running?")
    assert failure.body is None


def test_a_cut_stream_an_error_inside_and_an_unreadable_answer_differ() -> None:
    made = target()
    body = '{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}'
    failures = [
        cut_stream(target=made, model="m"),
        stream_error(body, target=made, model="m"),
        unreadable_answer("not JSON", target=made, model="m"),
    ]
    assert [(failure.source, failure.cause) for failure in failures] == [
        (FailureSource.PROVIDER, FailureCause.STREAM_CUT),
        (FailureSource.PROVIDER, FailureCause.STREAM_ERROR),
        (FailureSource.GATEWAY, FailureCause.RESPONSE_INVALID),
    ]
    assert "Overloaded" in failures[1].message and "overloaded" in failures[1].hint


@given(
    status=st.integers(300, 599),
    body=st.text()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["error", "message", "type", "detail"]), inner)
        ),
        max_leaves=6,
    ).map(json.dumps),
    content_type=st.sampled_from([TEXT, JSON, HTML, ""]),
)
def test_any_answer_makes_a_failure(status: int, body: str, content_type: str) -> None:
    failure = classified(status, body, content_type)
    assert failure.message and failure.status == status


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"message": "No \\ud83d", "type": "bad \\ud83d"}}',
        '[{"error": {"message": "No \\ud83d"}}]',
        '{"detail": "No \\ud83d"}',
    ],
)
def test_half_a_character_in_an_error_does_not_get_onto_a_page(body: str) -> None:
    failure = classified(400, body)
    assert "No \ufffd" in failure.message
    assert repr(failure).encode()


@given(before=st.text(max_size=5_000), after=st.text(max_size=50))
def test_an_echoed_key_is_nowhere_even_where_the_body_is_cut(before: str, after: str) -> None:
    for body in (
        f"{before}{KEY}{after}",
        json.dumps({"error": {"message": f"{before}{KEY}{after}"}}),
    ):
        failure = classified(401, body)
        assert KEY not in repr(failure)
        assert KEY[:20] not in (failure.body or "")
        assert len(failure.body or "") < 4_100


def test_a_key_that_json_escapes_is_masked_too() -> None:
    odd = connection(key='k"\\ey-1234567')
    body = json.dumps({"error": {"message": 'Incorrect API key provided: k"\\ey-1234567'}})
    failure = classify_answer(
        HttpAnswer(status=401, content_type=JSON, body=body), target=target(odd), model="m"
    )
    assert "ey-1234567" not in repr(failure)


def test_an_answers_repr_shows_neither_body_nor_headers() -> None:
    made = HttpAnswer(status=401, content_type=TEXT, body=KEY, headers={"authorization": KEY})
    assert KEY not in repr(made)
