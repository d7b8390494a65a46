"""What can go wrong, as values and as exceptions.

    GwtraceError                 for the user's eyes: a message and a hint
    ├── SettingsError            a setting is missing or wrong
    ├── RequestRefused           a call that cannot work, refused before it was sent
    ├── FileRefused              a file that was given cannot be used, and where in it
    └── TrackingError            MLflow could not do what was asked
        └── PromptsUnsupported   its store keeps no prompts

A call that was sent and failed does not raise: it ends its stream with a `Failure`, so that the
text which had arrived is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GwtraceError(Exception):
    """An expected problem. `message` says what happened to which thing, `hint` what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(GwtraceError):
    """A setting is missing or has a value that cannot work; `name` is the setting's name."""

    def __init__(self, message: str, *, name: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.name = name


class RequestRefused(GwtraceError):
    """This combination of route, SDK path, model and settings cannot work; nothing was sent."""


class FileRefused(GwtraceError):
    """A file that was given cannot be used. `line` (from 1) is where; None: all of it."""

    def __init__(self, message: str, *, line: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line = line


class TrackingError(GwtraceError):
    """The MLflow store did not do what was asked of it."""


class PromptsUnsupported(TrackingError):
    """The MLflow store has no prompt registry."""

    def __init__(self) -> None:
        super().__init__(
            "This MLflow store keeps no prompts.",
            hint="A database (sqlite:///mlflow.db) or a newer MLflow server does. Everything "
            "else goes on as before; what was typed can be exported to a file.",
        )


class FailureSource(StrEnum):
    """Whose fault a failed call is."""

    GATEWAY = "gateway"
    PROVIDER = "provider"
    NETWORK = "network"
    TRACKING = "tracking"
    SETTINGS = "settings"
    APP = "gwtrace"


class FailureCause(StrEnum):
    """What exactly went wrong, as far as status, content type and body can tell."""

    KEY_MISSING = "key missing"
    KEY_UNKNOWN = "key unknown"
    KEY_DISABLED = "key disabled"
    KEY_EXPIRED = "key expired"
    KEY_BLOCKED = "key blocked"
    KEY_REJECTED = "key rejected"
    SPENDING_LIMIT = "spending limit exceeded"
    RATE_LIMITED = "rate limited"
    PATH_NOT_FOUND = "path not found"
    ROUTE_UNKNOWN = "unknown route"
    ROUTE_EMPTY = "routing group without a provider"
    MODEL_UNKNOWN = "unknown model"
    MODEL_UNPRICED = "model without a price"
    BASE_URL_WRONG = "wrong base URL"
    REQUEST_INVALID = "invalid request"
    REQUEST_TOO_LARGE = "request too large"
    PERMISSION_DENIED = "permission denied"
    CONTENT_FILTERED = "content filtered"
    UPSTREAM_ERROR = "upstream error"
    UPSTREAM_UNREACHABLE = "upstream unreachable"
    UPSTREAM_OVERLOADED = "upstream overloaded"
    ADDRESS_REFUSED = "address not allowed"
    PROXY_UNUSABLE = "proxy that cannot be used"
    HOST_UNREACHABLE = "host unreachable"
    HOST_UNKNOWN = "host name unknown"
    TLS_FAILED = "TLS failed"
    TIMEOUT = "timeout"
    STREAM_CUT = "stream cut"
    STREAM_ERROR = "error inside the stream"
    RESPONSE_INVALID = "answer not understood"
    TOOL_LOOP_LIMIT = "too many tool rounds"
    PROCESS_ENDED = "process ended"
    UNDER_WAY = "still under way"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a call failed, for a person: whose fault, what happened, what to do next."""

    source: FailureSource
    cause: FailureCause
    message: str
    """One sentence: what happened to which thing."""
    hint: str = ""
    """One sentence: what to do next; empty when there is nothing to advise."""
    status: int | None = None
    """HTTP status, None when there was no HTTP answer."""
    body: str | None = None
    """The answer's body as text, cut to a few thousand characters, free of secrets."""
    retry_after_s: float | None = None
    routes: tuple[str, ...] = ()
    """The routes that exist, where the gateway named them."""
