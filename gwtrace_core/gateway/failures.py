"""Whose fault a failed call is, what happened and what to do next. Pure: no SDK, no network.

The gateway's own errors are text, a provider's are JSON, and the gateway passes a provider's on
unchanged; with a custom or direct connection there is no gateway between.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gwtrace_core.gateway.address_errors import address_failure, retired_host_failure
from gwtrace_core.gateway.answer_text import Said, read_body, retry_after_s, without_key
from gwtrace_core.gateway.gateway_errors import LITERAL_ROWS, LOOSE_ROWS, STATUS_ROWS, Row
from gwtrace_core.gateway.provider_errors import provider_verdict
from gwtrace_core.gateway.wording import host_of, is_loopback, provider_of, short_name
from gwtrace_core.values.connection import Target
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.hosts import PRIVATE_HOST_HINT
from gwtrace_core.values.text import one_line

_DETAIL_LIMIT_CHARS = 1_000
_WHY_LIMIT_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """An HTTP answer that is an error, as it came."""

    status: int
    content_type: str
    body: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


class TransportTrouble(StrEnum):
    """What went wrong when no complete HTTP answer came."""

    REFUSED = "refused"
    DNS = "dns"
    TLS = "tls"
    CONNECT_TIMEOUT = "connect timeout"
    READ_TIMEOUT = "read timeout"
    DROPPED = "dropped"
    NOT_PUBLIC = "address not public"
    BEHIND_PROXY = "address behind a proxy"
    PROXY_UNUSABLE = "proxy that cannot be used"


_TRANSPORT: Mapping[TransportTrouble, tuple[FailureCause, str, str]] = {
    TransportTrouble.REFUSED: (
        FailureCause.HOST_UNREACHABLE,
        "{host} refused the connection.",
        "Check host and port of the base URL.",
    ),
    TransportTrouble.DNS: (
        FailureCause.HOST_UNKNOWN,
        "There is no host named {host}, or its name cannot be looked up from here.",
        "Check the base URL's spelling and this machine's network.",
    ),
    TransportTrouble.TLS: (
        FailureCause.TLS_FAILED,
        "No secure connection to {host} could be made.",
        "Check its certificate, and whether the base URL should start with https:// or http://.",
    ),
    TransportTrouble.CONNECT_TIMEOUT: (
        FailureCause.HOST_UNREACHABLE,
        "{host} did not answer the connection attempt in time.",
        "Check the base URL, and whether a firewall or proxy is in the way.",
    ),
    TransportTrouble.READ_TIMEOUT: (
        FailureCause.TIMEOUT,
        "{host} took the request and then sent nothing for too long.",
        "Send it again, or choose a faster model.",
    ),
    TransportTrouble.DROPPED: (
        FailureCause.STREAM_CUT,
        "{host} closed the connection before the answer was complete.",
        "Send it again.",
    ),
    # Which address it is stays unsaid: a visitor could ask for the names of a whole network.
    TransportTrouble.NOT_PUBLIC: (
        FailureCause.ADDRESS_REFUSED,
        "{host} has a private address. Nothing was sent: this app is open to others.",
        PRIVATE_HOST_HINT,
    ),
    TransportTrouble.BEHIND_PROXY: (
        FailureCause.ADDRESS_REFUSED,
        "{host} is behind this app's proxy, so that its address cannot be checked. Nothing was "
        "sent: this app is open to others.",
        PRIVATE_HOST_HINT,
    ),
    TransportTrouble.PROXY_UNUSABLE: (
        FailureCause.PROXY_UNUSABLE,
        "The proxy that is set for {host} cannot be used: it is not one for http:// or https://.",
        "Correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, or except the host with NO_PROXY.",
    ),
}
_OWN_CAUSES = (FailureCause.ADDRESS_REFUSED, FailureCause.PROXY_UNUSABLE)


def classify_answer(
    answer: HttpAnswer, *, target: Target, model: str, clock: Callable[[], float] = time.time
) -> Failure:
    """The failure that an HTTP error answer means. `clock` gives seconds since the epoch, for a
    `retry-after` that is a date."""
    said = read_body(answer.body, answer.content_type, target)
    failure = (
        address_failure(answer.status, said, target)
        or _from_gateway(answer.status, said, target=target, model=model)
        or _from_provider(answer.status, said, target=target, model=model)
    )
    # One exit: whatever a text was built from, the key is not in it.
    return replace(
        failure,
        message=without_key(failure.message, target),
        hint=without_key(failure.hint, target),
        status=answer.status,
        body=said.body,
        retry_after_s=retry_after_s(answer.headers, clock),
    )


def classify_transport(trouble: TransportTrouble, detail: str, *, target: Target) -> Failure:
    """The failure that a missing answer means. `detail` is the SDK's own words."""
    body = without_key(detail, target)[:_DETAIL_LIMIT_CHARS] or None
    retired = retired_host_failure(target)
    if retired is not None:
        return replace(retired, body=body)
    cause, message, hint = _TRANSPORT[trouble]
    if trouble is TransportTrouble.REFUSED and target.connection.is_simulated:
        hint = "The demo gateway has ended: restart the app."
    elif trouble is TransportTrouble.REFUSED and is_loopback(target):
        hint = "Is the server running? Start it, then send the message again."
    is_refused = cause in _OWN_CAUSES
    return Failure(
        source=FailureSource.SETTINGS if is_refused else FailureSource.NETWORK,
        cause=cause,
        message=message.format(host=host_of(target)),
        hint=hint,
        body=None if is_refused else body,
    )


def cut_stream(*, target: Target, model: str) -> Failure:
    """A stream that ended without finish reason and usage. The SDKs raise nothing then."""
    hint = "Send it again."
    if target.connection.is_gateway:
        hint += " The gateway hides a connection that a provider dropped, and records no cost."
    return Failure(
        source=FailureSource.PROVIDER,
        cause=FailureCause.STREAM_CUT,
        message=(
            f"The answer of {short_name(model)!r} broke off: the stream ended without a finish "
            "reason and without usage."
        ),
        hint=hint,
    )


def stream_error(body: str, *, target: Target, model: str) -> Failure:
    """An error event that came inside a stream, after a 200."""
    said = read_body(body, "", target)
    overloaded = "overloaded" in said.kind
    return Failure(
        source=FailureSource.PROVIDER,
        cause=FailureCause.STREAM_ERROR,
        message=without_key(
            f"{provider_of(target)} reported an error while {short_name(model)!r} was answering: "
            f"{said.sentence or 'no reason given'}.",
            target,
        ),
        hint="It is overloaded: wait a moment, then send it again."
        if overloaded
        else "The text so far is kept. Send it again.",
        body=said.body,
    )


def error_in_answer(body: str, *, target: Target, model: str) -> Failure:
    """An error object in an answer whose status said that all was well; `body` is its JSON."""
    said = read_body(body, "", target)
    status = _status_in(said)
    if status is not None:
        found = _from_provider(status, said, target=target, model=model)
    else:
        found = Failure(
            source=FailureSource.PROVIDER,
            cause=FailureCause.UPSTREAM_ERROR,
            message=f"{provider_of(target)} answered with an error: "
            f"{said.sentence or 'no reason given'}.",
            hint="Send it again, or choose another model.",
        )
    return replace(
        found,
        message=without_key(found.message, target),
        hint=without_key(found.hint, target),
        body=said.body,
    )


def unreadable_answer(
    detail: str, *, target: Target, model: str, body: str = "", is_of_this_api: bool = False
) -> Failure:
    """An answer with a good status that could not be read. `detail` is the SDK's words, `body` the
    answer as it came. `is_of_this_api`: whether it looks like what was asked for."""
    why = one_line(without_key(detail, target), _WHY_LIMIT_CHARS).rstrip(".")
    message = f"The answer for {short_name(model)!r} from {host_of(target)} could not be read"
    is_gateways = target.connection.is_gateway and not is_of_this_api
    said = read_body(body, "", target)
    if is_of_this_api:
        hint = (
            "It does not keep to the API that was asked. The answer as it came shows how; "
            "choose another model or SDK path."
        )
    elif said.shape == "html":
        hint = (
            "Most likely a sign-in page or a proxy stands before the API, or the base URL is wrong."
            f" Open {target.base_url} in a browser to see."
        )
    else:
        hint = "Check that the base URL and the route belong to this SDK path, then send it again."
    return Failure(
        source=FailureSource.GATEWAY if is_gateways else FailureSource.PROVIDER,
        cause=FailureCause.RESPONSE_INVALID,
        message=f"{message}: {why}." if why else f"{message}.",
        hint=hint,
        body=said.body or without_key(detail, target)[:_DETAIL_LIMIT_CHARS] or None,
    )


def _status_in(said: Said) -> int | None:
    """The HTTP status that an error object names as its code, if it is one of an error."""
    for word in said.kind.split():
        if word.isascii() and word.isdigit() and 400 <= int(word) < 600:
            return int(word)
    return None


def _from_gateway(status: int, said: Said, *, target: Target, model: str) -> Failure | None:
    """The failure when the gateway itself made the error, None when a provider did."""
    if not target.connection.is_gateway:
        return None
    row, match = _gateway_row(status, said)
    if row is None:
        return None
    named = match.groupdict() if match else {}
    words = {
        "route": target.route,
        "model": short_name(model),
        "host": host_of(target),
        "said": said.sentence or f"HTTP {status}",
        **{name: one_line(value, 300) for name, value in named.items()},
    }
    return Failure(
        source=row.source,
        cause=row.cause,
        message=row.message.format(**words),
        hint=row.hint.format(**words),
        routes=tuple(route_names(named.get("routes", ""))),
    )


def route_names(listed: str) -> list[str]:
    """The names in `a, b, c`, as the gateway lists its routes."""
    return [name for each in listed.split(",") if (name := each.strip())]


def _gateway_row(status: int, said: Said) -> tuple[Row | None, re.Match[str] | None]:
    for row in LITERAL_ROWS:
        if match := row.pattern.search(said.words):
            return row, match
    if said.shape == "provider" or (said.shape == "simple" and not said.words):
        return None, None
    if status in (400, 402, 403, 404):
        for row in LOOSE_ROWS:
            if row.pattern.search(said.words):
                return row, None
    return STATUS_ROWS.get(status) or STATUS_ROWS[502 if status >= 500 else 400], None


def _from_provider(status: int, said: Said, *, target: Target, model: str) -> Failure:
    verdict = provider_verdict(status, said)
    connection = target.connection
    words = {
        "provider": provider_of(target),
        "model": short_name(model),
        "said": said.sentence or f"HTTP {status}",
        "key_owner": " that the gateway holds" if connection.is_gateway else "",
        "key_hint": "Ask whoever runs the gateway to renew it. Your own API key is not the reason."
        if connection.is_gateway
        else f"Check the key from {connection.key_source or connection.label}.",
    }
    return Failure(
        source=FailureSource.PROVIDER,
        cause=verdict.cause,
        message=verdict.message.format(**words),
        hint=verdict.hint.format(**words),
    )
