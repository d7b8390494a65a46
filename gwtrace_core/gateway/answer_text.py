"""Reads an error's body as it comes: text, JSON of any provider's shape, HTML; free of the key."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Literal, cast

from gwtrace_core.values.connection import Target
from gwtrace_core.values.masking import Masker, secrets_of
from gwtrace_core.values.text import one_line
from gwtrace_core.values.unicode_text import clean_json

BODY_LIMIT_CHARS = 4_000
_SENTENCE_LIMIT_CHARS = 300

Shape = Literal["text", "html", "provider", "simple"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a body says, without the key that was sent."""

    words: str
    """The message alone, whole."""
    shape: Shape
    """`provider`: an error object as the providers' APIs write it; `simple`: any other JSON."""
    kind: str = ""
    """The error's type, code and status as given, in lower case, joined by spaces."""
    body: str | None = None
    """The whole body, cut."""

    @property
    def sentence(self) -> str:
        """The message on one line, cut, without a final full stop."""
        return one_line(self.words, _SENTENCE_LIMIT_CHARS).rstrip(".")


def read_body(body: str, content_type: str, target: Target) -> Said:
    """What `body` says. The content type is believed only where the text does not contradict it."""
    clean = without_key(body, target)
    shown = _cut(clean)
    if "html" in content_type.lower() or clean.lstrip()[:15].lower().startswith(
        ("<!doctype html", "<html")
    ):
        return Said(words="", shape="html", body=shown)
    data = _json(body)
    if data is None:
        return Said(words=clean.strip(), shape="text", body=shown)
    words, kind, shape = _error_of(data)
    return Said(words=without_key(words, target).strip(), shape=shape, kind=kind, body=shown)


def without_key(text: str, target: Target) -> str:
    """`text` without what the connection hides, in whatever form a server may write it."""
    return Masker(secrets_of(target.connection)).text(text)


def retry_after_s(headers: Mapping[str, str], clock: Callable[[], float]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (seconds or an HTTP date)."""
    values = {name.lower(): value.strip() for name, value in headers.items()}
    wait_s = _number(values.get("retry-after-ms"), unit=1_000)
    if wait_s is None:
        wait_s = _number(values.get("retry-after"), unit=1)
    if wait_s is None and values.get("retry-after"):
        try:
            date = parsedate_to_datetime(values["retry-after"])
        except ValueError:
            return None
        # A date that names no zone (`-0000`) is meant in UTC.
        wait_s = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - clock()
    return None if wait_s is None else max(0.0, wait_s)


def _number(text: str | None, *, unit: int) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value / unit if math.isfinite(value) else None


def _cut(text: str) -> str | None:
    if not text.strip():
        return None
    if len(text) <= BODY_LIMIT_CHARS:
        return text
    return f"{text[:BODY_LIMIT_CHARS]}… ({len(text):,} characters)"


def _json(body: str) -> Any:
    if not body.lstrip().startswith(("{", "[")):
        return None
    try:
        return clean_json(json.loads(body))
    # Thousands of nested brackets are not an error message either.
    except (ValueError, RecursionError):
        return None


def _error_of(data: Any) -> tuple[str, str, Shape]:
    """(message, kind, shape). Google may wrap the error in a list."""
    if isinstance(data, list) and data:
        data = cast(list[Any], data)[0]
    if not isinstance(data, dict):
        return "", "", "simple"
    outer = cast(dict[str, Any], data)
    error = outer.get("error")
    if isinstance(error, dict):
        inner = cast(dict[str, Any], error)
        return _text(inner.get("message")), _kind(inner), "provider"
    if isinstance(outer.get("message"), str):
        # openai's exceptions hold the inner object alone; Bedrock sends a message alone.
        return outer["message"], _kind(outer), "provider"
    return _text(error) or _text(outer.get("detail")), _kind(outer), "simple"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _kind(error: Mapping[str, Any]) -> str:
    names = ("type", "code", "status", "__type")
    return " ".join(str(error[name]) for name in names if error.get(name)).lower()
