"""What can be told of an API key without sending it anywhere. Never shows the key."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gwtrace_core.gateway.base_urls import Finding
from gwtrace_core.values.secret import Secret

MAX_GATEWAY_KEY_CHARS = 200
_REGIONAL_KEY = re.compile(r"pylf_v\d+_(?P<region>[a-z]+)_[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedKey:
    """A key as it can be sent, and what is wrong with it."""

    key: Secret
    """Empty when it cannot be used."""
    findings: tuple[Finding, ...] = ()


def check_key(text: str, *, for_gateway: bool) -> CheckedKey:
    """The key to send: without the white space and quotes that come with copying."""
    key = text.strip()
    unquoted = key[1:-1].strip() if len(key) > 1 and key[0] == key[-1] and key[0] in "\"'" else key
    bare = unquoted.removeprefix("Bearer ").strip()
    if not bare:
        return _unusable("is empty.", "Paste the key again.")
    # An HTTP header can hold nothing else.
    if any(not 33 <= ord(character) <= 126 for character in bare):
        return _unusable(
            "holds white space or characters that no API key has.",
            "Paste the key again, on one line and nothing else.",
        )
    if for_gateway and len(bare) > MAX_GATEWAY_KEY_CHARS:
        return _unusable(
            f"is {len(bare)} characters long; the gateway accepts {MAX_GATEWAY_KEY_CHARS}.",
            "Paste the key again: something else was probably pasted with it.",
        )
    if bare == text:
        return CheckedKey(key=Secret(bare))
    what = "white space" if unquoted == key else "quotes"
    finding = Finding(
        message=f"has {'the word Bearer' if bare != unquoted else what} around the key.",
        hint="It is used without them; correct the setting all the same.",
        is_error=False,
    )
    return CheckedKey(key=Secret(bare), findings=(finding,))


def base_url_of_region(key: Secret) -> str | None:
    """The base URL of the region that the key names, None when it names none."""
    match = _REGIONAL_KEY.fullmatch(key.reveal())
    if match is None:
        return None
    region = match["region"]
    if region.startswith("staging"):
        return "https://gateway.pydantic.info/proxy"
    return f"https://gateway-{region}.pydantic.dev/proxy"


def _unusable(message: str, hint: str) -> CheckedKey:
    return CheckedKey(key=Secret(""), findings=(Finding(message=message, hint=hint),))
