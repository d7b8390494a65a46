"""Keeps keys out of everything that is recorded, and text in a form that every store can take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from mlflow.entities.span import LiveSpan
from opentelemetry.sdk.trace import Event
from opentelemetry.sdk.util import BoundedList
from opentelemetry.trace import Status

from gwtrace_core.connection import Connection
from gwtrace_core.secret import MASK, SHORTEST_SECRET_CHARS, Secret
from gwtrace_core.unicode_text import clean_text


class Masker:
    """Masks a fixed set of secrets, wherever a library or an error message may have put them."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        values = {secret.reveal() for secret in secrets}
        # Attributes are stored as JSON, where a key with quotes or backslashes looks different.
        values |= {json.dumps(value)[1:-1] for value in values}
        self._values = tuple(value for value in values if len(value) >= SHORTEST_SECRET_CHARS)

    def text(self, text: str) -> str:
        """`text` without secrets, and with characters that UTF-8 cannot hold replaced."""
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        # Half a character, which a library may have recorded, makes the store refuse the trace.
        return clean_text(text)

    def texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        """A mapping with its values masked."""
        return {key: self.text(value) for key, value in texts.items()}

    def span(self, span: LiveSpan) -> None:
        """Mask a span that is about to end: inputs, outputs, attributes, events and status.

        On the OpenTelemetry span below, because MLflow's own interface can add events but not
        change them, and a gateway that echoes the key puts it into an exception event.
        """
        raw: Any = span._span  # pyright: ignore[reportPrivateUsage]  # see above
        for key, value in dict(raw.attributes).items():
            if isinstance(value, str) and (masked := self.text(value)) != value:
                raw.set_attribute(key, masked)
        events = tuple(raw.events)
        cleaned = tuple(self._event(event) for event in events)
        if any(new is not old for new, old in zip(cleaned, events, strict=True)):
            raw._events = cast(Any, BoundedList).from_seq(len(cleaned), cleaned)
        description = raw.status.description
        if description and (masked := self.text(description)) != description:
            raw._status = Status(raw.status.status_code, masked)

    def _event(self, event: Event) -> Event:
        attributes = dict(event.attributes or {})
        cleaned = {
            key: self.text(value) if isinstance(value, str) else value
            for key, value in attributes.items()
        }
        if cleaned == attributes:
            return event
        return Event(event.name, cleaned, event.timestamp)


def secrets_of(connection: Connection) -> tuple[Secret, ...]:
    """What must not be recorded of a connection: its key, and a password in its base URL."""
    try:
        password = urlsplit(connection.base_url).password
    except ValueError:
        password = None
    if not password:
        return (connection.api_key,)
    return (connection.api_key, Secret(password), Secret(unquote(password)))
