"""The gateway's keys: how they are sent, what state each is in, and what it has spent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gwtrace_core.demo_gateway.common.faults import DEMO_KEY, FAULT_KEYS

_MAX_KEY_LENGTH = 200
_BLOCK_S = 300.0
_LIMITED_KEY = "demo-limit"
_RATE_LIMITED_KEY = "demo-rate-limited"
_BLOCKABLE_KEY = "demo-blockable"
_UNKNOWN_KEY = "demo-unknown"

LEGACY_KEY = "paig_demo"
"""Works as well, and has the prefix that decides when two different keys are sent."""

_STATES = {
    "demo-disabled": "disabled",
    "demo-expired": "expired",
    "demo-blocked": "blocked",
}
_KNOWN = {DEMO_KEY, LEGACY_KEY, *(fault.key for fault in FAULT_KEYS)} - {_UNKNOWN_KEY}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayError(Exception):
    """An answer that the gateway makes itself: a status and plain text."""

    status: int
    text: str


def sent_key(headers: Mapping[str, str]) -> str:
    """The key of a request, from `Authorization` (with or without Bearer) or `x-api-key`.

    Raises `GatewayError` 401 if there is none, or two that both claim to be the gateway's.
    """
    authorization = re.sub(r"^bearer\s+", "", headers.get("authorization", "").strip(), flags=re.I)
    api_key = headers.get("x-api-key", "").strip()
    if not authorization and not api_key:
        raise GatewayError(status=401, text="Unauthorized - Missing Authorization Header")
    claims = [key for key in (authorization, api_key) if key.startswith("paig_")]
    if len(claims) == 2:
        raise GatewayError(
            status=401,
            text="Unauthorized - Both Authorization and X-API-Key headers are set, use only one",
        )
    return claims[0] if claims else authorization or api_key


class Keys:
    """The keys of one gateway process and what has become of them."""

    def __init__(self, *, clock: Callable[[], float], spending_limit_usd: float) -> None:
        self._clock = clock
        self._spending_limit_usd = spending_limit_usd
        self._spent_usd: dict[str, float] = {}
        self._blocked_until_s: dict[str, float] = {}

    def authenticate(self, headers: Mapping[str, str]) -> str:
        """The known key of a request. Raises `GatewayError` 401, or 429 from the rate limiter."""
        key = sent_key(headers)
        if len(key) > _MAX_KEY_LENGTH:
            raise GatewayError(status=401, text="Unauthorized - Key too long")
        if key not in _KNOWN:
            raise GatewayError(status=401, text="Unauthorized - Key not found")
        if key == _RATE_LIMITED_KEY:
            raise GatewayError(status=429, text="Rate limit exceeded")
        return key

    def check_state(self, key: str) -> None:
        """Raises `GatewayError` 403 unless the key may be used now."""
        if (state := self._state(key)) is not None:
            raise GatewayError(status=403, text=f"Unauthorized - Key {state}")

    def spend(self, key: str, cost_usd: float) -> None:
        """Count an answer's cost. Only the limited key has a limit, and it is soft: it is looked
        at after the answer, so that the call which crosses it still succeeds.
        """
        self._spent_usd[key] = self._spent_usd.get(key, 0.0) + cost_usd

    def block(self, key: str) -> bool:
        """Block a key for five minutes, if it is the one that may be; says whether it was."""
        if key != _BLOCKABLE_KEY:
            return False
        self._blocked_until_s[key] = self._clock() + _BLOCK_S
        return True

    def _state(self, key: str) -> str | None:
        if (state := _STATES.get(key)) is not None:
            return state
        if self._blocked_until_s.get(key, 0.0) > self._clock():
            return "blocked"
        spent = self._spent_usd.get(key, 0.0)
        if key == _LIMITED_KEY and spent > self._spending_limit_usd:
            return "limit-exceeded"
        return None
