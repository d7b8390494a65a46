"""Model ids and keys that fail on purpose, each in one known way.

Light on purpose: the page lists them without starting anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gwtrace_core.demo_gateway.endpoints import ENDPOINTS_KEY

DEMO_KEY = "demo"
"""The key that works."""
CACHING_KEY = "demo-cached"
"""A key that works, with the gateway's response cache on."""


class Fault(StrEnum):
    """The fault models' ids. They work on every route."""

    CUT_STREAM = "fault-cut-stream"
    RESET_STREAM = "fault-reset-stream"
    STALL = "fault-stall"
    STALL_MIDWAY = "fault-stall-midway"
    SLOW = "fault-slow"
    STREAM_ERROR = "fault-stream-error"
    BAD_JSON = "fault-bad-json"
    UNPRICED = "fault-unpriced"
    UNPRICED_LATE = "fault-unpriced-late"
    UNREACHABLE = "fault-unreachable"
    UPSTREAM_401 = "fault-upstream-401"
    ECHO_KEY = "fault-echo-key"
    UPSTREAM_429 = "fault-upstream-429"
    UPSTREAM_500 = "fault-upstream-500"
    UPSTREAM_503 = "fault-upstream-503"
    OVERLOADED = "fault-overloaded"
    CONTENT_FILTER = "fault-content-filter"
    LENGTH = "fault-length"
    REFUSAL = "fault-refusal"
    JUDGE_PROSE = "fault-judge-prose"
    JUDGE_VALUE = "fault-judge-value"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultModel:
    """A model that fails, with what it does in one sentence."""

    id: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKey:
    """A key that fails, with what it does in one sentence."""

    key: str
    description: str


_MODEL_DESCRIPTIONS = {
    Fault.CUT_STREAM: "The stream ends half-way without finish reason and usage, as if it were "
    "complete: what the gateway makes of an upstream that was cut.",
    Fault.RESET_STREAM: "The connection breaks half-way through the stream.",
    Fault.STALL: "Nothing at all arrives, until the caller gives up.",
    Fault.STALL_MIDWAY: "A few tokens arrive and then nothing, until the caller gives up.",
    Fault.SLOW: "The first token takes ten seconds.",
    Fault.STREAM_ERROR: "The provider reports an error in the middle of the stream (500 if not "
    "streamed).",
    Fault.BAD_JSON: "The provider answers with broken JSON: 400 from the gateway, or a broken "
    "event in the stream.",
    Fault.UNPRICED: "The gateway has no price for the model and refuses before it is called (404).",
    Fault.UNPRICED_LATE: "The gateway finds no price after the call and throws the answer away "
    "(400); the key 'demo-blockable' is then blocked for five minutes.",
    Fault.UNREACHABLE: "The gateway cannot reach the provider (500 as text).",
    Fault.UPSTREAM_401: "The provider refuses the gateway's own credentials (401 as JSON).",
    Fault.ECHO_KEY: "The provider refuses and repeats in its message the key that it was sent.",
    Fault.UPSTREAM_429: "The provider's rate limit is reached (429 as JSON with Retry-After).",
    Fault.UPSTREAM_500: "The provider fails (500 as JSON).",
    Fault.UPSTREAM_503: "The provider is unavailable (503 as JSON).",
    Fault.OVERLOADED: "The provider is overloaded (529 on Anthropic, 503 elsewhere).",
    Fault.CONTENT_FILTER: "The answer stops early because a content filter stepped in.",
    Fault.LENGTH: "The answer stops early because it reached its maximum length.",
    Fault.REFUSAL: "The model declines to answer, whatever it is asked.",
    Fault.JUDGE_PROSE: "Asked to judge, the model chats instead of giving its verdict as JSON.",
    Fault.JUDGE_VALUE: "Asked to judge, the model gives as its verdict what it was not offered.",
}

FAULT_MODELS: tuple[FaultModel, ...] = tuple(
    FaultModel(id=fault.value, description=_MODEL_DESCRIPTIONS[fault]) for fault in Fault
)

FAULT_KEYS: tuple[FaultKey, ...] = (
    FaultKey(key="demo-unknown", description="A key that the gateway does not know (401)."),
    FaultKey(key="demo-disabled", description="A key that was switched off (403)."),
    FaultKey(key="demo-expired", description="A key that is past its date (403)."),
    FaultKey(key="demo-blocked", description="A key that the gateway has blocked (403)."),
    FaultKey(
        key="demo-limit",
        description="A key with a small spending limit: the call that "
        "crosses it still succeeds, the next is refused (403).",
    ),
    FaultKey(key="demo-rate-limited", description="A key over its rate limit (429)."),
    FaultKey(
        key="demo-blockable",
        description="A working key that an answer without a price "
        "blocks for five minutes (403 afterwards).",
    ),
    FaultKey(
        key=CACHING_KEY,
        description="A working key with the gateway's response cache on: what was asked before in "
        "the very same words is answered at once, and costs nothing.",
    ),
    FaultKey(
        key=ENDPOINTS_KEY,
        description="A working key with endpoints of its own, builtin-openai and "
        "prod-anthropic: every other route fails (404).",
    ),
)


def fault_description(fault: Fault) -> str:
    """What the model of that name does, in a sentence."""
    return _MODEL_DESCRIPTIONS[fault]


def find_fault(model: str) -> Fault | None:
    """The fault with that model id, if it is one."""
    return Fault(model) if model in set(Fault) else None
