"""What of a URI may be shown. Pure; the one place that decides it.

A URI may hide a password in its user info, in its query, in its fragment, or behind a semicolon;
and a library's message quotes it whole, in parts, or percent-encoded. So what is not known to be
harmless is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import unquote, unquote_plus

from gwtrace_core.values.secret import MASK, Secret

_HARMLESS = frozenset({
    *("api-version", "application_name", "autocommit", "cache", "charset"),
    *("check_same_thread", "collation", "connect_timeout", "connection_timeout", "driver"),
    *("encrypt", "immutable", "isolation_level", "keepalives", "keepalives_count"),
    *("keepalives_idle", "keepalives_interval", "max_overflow", "mode", "nolock"),
    *("pool_recycle", "pool_size", "pool_timeout", "read_timeout", "region", "ssl"),
    *("ssl_mode", "sslmode", "target_session_attrs", "timeout", "tls", "trusted_connection"),
    *("trustservercertificate", "uri", "version", "write_timeout"),
})  # fmt: skip
"""Names in a query whose values are no secret, in lower case."""
_PLAIN = re.compile(r"[\w .:+-]{0,60}")
"""What the value of such a name looks like: no other URI, and nothing within it."""
_NAME = re.compile(r"[A-Za-z][A-Za-z_.-]{0,30}\d{0,3}")
"""A user name that is none but that; longer ones and mixtures are tokens."""
_TELLING_NAME = re.compile(r"(?i)pass|pwd|secret|token|key|auth|cred|sig|odbc_connect")
_TOKEN = re.compile(r"(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])\S{16,}")
_PORT = re.compile(r":\d{0,5}$")

_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]{1,30}"
_TEXT_END = r"\s\"'<>`"
_URI = re.compile(rf"(?<![A-Za-z0-9+.-]){_SCHEME}:/[^{_TEXT_END}]+")
_ENCODED_URI = re.compile(rf"(?<![A-Za-z0-9+.-]){_SCHEME}%3[Aa]%2[Ff][^{_TEXT_END}&]+")
_QUERY_PAIR = re.compile(rf"([?&;])([^=&;?{_TEXT_END}]{{1,60}})=([^&;#{_TEXT_END}]+)")
_TELLING_PAIR = re.compile(
    r"(?i)((?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|"
    r"authorization)[\"']?\s{0,3}[:=]\s{0,3}"
    rf"(?!(?:Bearer |Basic )?{MASK})(?:Bearer |Basic )?)"
    r"(\"[^\"]+\"|'[^']+'|[^\s\"'&;,)}\]]+)"
)
_AFTERTHOUGHT = re.compile(r"[.,;:!?)\]}]+$")
"""What belongs to the sentence, and not to the URI at its end."""
_SHORTEST_QUOTED_CHARS = 4
"""A shorter password is not looked for by itself: it would tear holes into ordinary words."""


def masked_uri(uri: str) -> str:
    """`uri` as it may be shown: no password, no token, and of the query only what is harmless."""
    return "".join(part if kind == "open" else MASK for part, kind in _parts(uri) if part)


def secrets_in(uri: str) -> tuple[Secret, ...]:
    """The passwords and tokens of what `masked_uri` hides, as they are written and as they are
    meant. Not all of it is one: the name of a database is hidden, but stands in many a text."""
    written = {part for part, kind in _parts(uri) if part and kind == "secret"}
    meant = {decode(part) for part in written for decode in (unquote, unquote_plus)}
    return tuple(Secret(part) for part in sorted(written | meant))


def masked_message(message: str, *uris: str) -> str:
    """A message that a library wrote, fit to be shown: every URI in it is masked, and the secrets
    of `uris`, wherever they are quoted."""
    quoted = {secret.reveal() for uri in uris for secret in secrets_in(uri)}
    for secret in sorted(quoted, key=len, reverse=True):
        if len(secret) >= _SHORTEST_QUOTED_CHARS:
            message = re.sub(_bounded(secret), MASK, message)
    # `url: /api/2.0?token=…`: what is left of a URI.
    message = _QUERY_PAIR.sub(_masked_pair, masked_uris(message))
    return _TELLING_PAIR.sub(rf"\1{MASK}", message)


def masked_uris(text: str) -> str:
    """A text with every URI in it masked."""
    text = _ENCODED_URI.sub(lambda found: masked_uri(unquote(found[0])), text)
    return _URI.sub(_masked_match, text)


def address_of(uri: str) -> str:
    """Where a URI leads, for links: without user info, query and fragment."""
    bare, _, _ = _partition(uri.strip(), "?#;")
    scheme, slashes, rest = bare.partition("://")
    return f"{scheme}{slashes}{_split_user_info(rest)[2]}"


def _bounded(secret: str) -> str:
    """Not within a word: a short password may be part of many."""
    before = r"(?<!\w)" if secret[0].isalnum() else ""
    after = r"(?!\w)" if secret[-1].isalnum() else ""
    return f"{before}{re.escape(secret)}{after}" if len(secret) < 8 else re.escape(secret)


def _masked_match(found: re.Match[str]) -> str:
    whole = found[0]
    end = _AFTERTHOUGHT.search(whole)
    uri = whole[: end.start()] if end else whole
    return masked_uri(uri) + whole[len(uri) :]


def _masked_pair(found: re.Match[str]) -> str:
    shown = found[3] if _is_harmless(found[2], found[3]) else MASK
    return f"{found[1]}{found[2]}={shown}"


def _is_harmless(name: str, value: str) -> bool:
    return unquote(name).strip().lower() in _HARMLESS and bool(_PLAIN.fullmatch(unquote(value)))


_Kind = Literal["open", "hidden", "secret"]
_Part = tuple[str, _Kind]
"""A stretch of a URI, and what may be done with it: shown; not shown; not shown anywhere."""


def _parts(uri: str) -> Iterator[_Part]:
    # By hand: `urlsplit` refuses what a person has mistyped, and that is shown as well.
    scheme = re.match(rf"\s*{_SCHEME}:/{{0,2}}", uri)
    rest = uri
    if scheme and not uri[scheme.end() :].startswith("/"):
        yield scheme[0], "open"
        rest = uri[scheme.end() :]
        user_info, at, behind = _split_user_info(rest)
        if at:
            yield from _user_info_parts(user_info)
            yield "@", "open"
            rest = behind
    path, mark, query = _partition(rest, "?#;")
    yield path, "open"
    while mark:
        yield mark, "open"
        pair, mark, query = _partition(query, "&;#")
        yield from _pair_parts(pair)


def _split_user_info(rest: str) -> tuple[str, str, str]:
    authority, _, _ = _partition(rest, "/?#")
    if "@" in authority:
        user_info, at, _ = authority.rpartition("@")
        return user_info, at, rest[len(user_info) + 1 :]
    if ":" in authority and "@" in rest and not _PORT.search(authority) and authority[:1] != "[":
        # A password with a slash or a question mark in it, which ought to have been encoded.
        return rest.rpartition("@")
    return "", "", rest


def _user_info_parts(user_info: str) -> Iterable[_Part]:
    user, colon, password = user_info.partition(":")
    is_name = _NAME.fullmatch(user) is not None
    if not colon:
        return [(user, "open" if is_name else "secret")]
    # Without a password the token stands in its place: `https://token:@host`.
    is_shown = not user or (is_name and bool(password))
    return [(user, "open" if is_shown else "secret"), (colon, "open"), (password, "secret")]


def _pair_parts(pair: str) -> Iterable[_Part]:
    name, equals, value = pair.partition("=")
    if not equals:
        is_shown = not name or name.lower() in _HARMLESS or name.startswith("/")
        return [(name, "open" if is_shown else _hidden("", name))]
    kind = "open" if _is_harmless(name, value) else _hidden(name, value)
    return [(name, "open"), (equals, "open"), (value, kind)]


def _hidden(name: str, value: str) -> _Kind:
    is_secret = _TELLING_NAME.search(unquote(name)) or _TOKEN.fullmatch(value)
    return "secret" if is_secret else "hidden"


def _partition(text: str, marks: str) -> tuple[str, str, str]:
    """As `str.partition`, at the first of several marks."""
    found = re.search(f"[{re.escape(marks)}]", text)
    if found is None:
        return text, "", ""
    return text[: found.start()], found[0], text[found.end() :]
