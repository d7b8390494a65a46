"""Keeps keys out of everything that is recorded, and text in a form that every store can take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from mlflow.entities.span import LiveSpan
from opentelemetry.sdk.trace import Event
from opentelemetry.sdk.util import BoundedList
from opentelemetry.trace import Status

from gwtrace_core.values.masking import Masker
from gwtrace_core.values.masking_json import masked_records
from gwtrace_core.values.unicode_text import clean_text


class SpanMasker:
    """Masks a fixed set of secrets, wherever a library or an error message may have put them."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker

    def mask_text(self, text: str) -> str:
        """`text` without secrets, and with characters that UTF-8 cannot hold replaced."""
        # Half a character, which a library may have recorded, makes the store refuse the trace.
        return clean_text(self._masker.text(text))

    def mask_texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        """A mapping with its values masked."""
        return {key: self.mask_text(value) for key, value in texts.items()}

    def mask_span(self, span: LiveSpan) -> None:
        """Mask a span that is about to end: name, inputs, outputs, attributes, events and status.

        On the OpenTelemetry span below, because MLflow's own interface can add events but not
        change them, and a gateway that echoes the key puts it into an exception event, or letter by
        letter into the events of a stream's chunks.
        """
        raw: Any = span._span  # pyright: ignore[reportPrivateUsage]  # see above
        if (name := self.mask_text(raw.name)) != raw.name:
            raw.update_name(name)
        for key, value in dict(raw.attributes).items():
            if (masked := self._mask_value(value)) != value:
                raw.set_attribute(key, masked)
        events = tuple(raw.events)
        cleaned = self._mask_events(events)
        if any(new is not old for new, old in zip(cleaned, events, strict=True)):
            raw._events = cast(Any, BoundedList).from_seq(len(cleaned), cleaned)
        description = raw.status.description
        if description and (masked := self.mask_text(description)) != description:
            raw._status = Status(raw.status.status_code, masked)

    def _mask_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return clean_text(masked_records([value], self._masker)[0])
        if not isinstance(value, tuple):
            return value
        # OpenTelemetry keeps lists as tuples of one kind. A stream's pieces are masked together: a
        # key may lie across two of them.
        texts = cast("tuple[Any, ...]", value)
        if not all(isinstance(text, str) for text in texts):
            return texts
        return tuple(map(clean_text, self._masker.pieces(texts)))

    def _mask_events(self, events: tuple[Event, ...]) -> list[Event]:
        """The events without keys, also across those that hold a stream's chunks."""
        # By attribute, through all events: each chunk of a stream is an event, and a key that the
        # gateway echoes may be spread over many of them.
        attributes = [dict(event.attributes or {}) for event in events]
        for name in dict.fromkeys(name for each in attributes for name in each):
            holders = [each for each in attributes if isinstance(each.get(name), str)]
            records = [cast(str, each[name]) for each in holders]
            for each, masked in zip(holders, masked_records(records, self._masker), strict=True):
                each[name] = clean_text(masked)
        return [
            event
            if new == dict(event.attributes or {})
            else Event(event.name, new, event.timestamp)
            for event, new in zip(events, attributes, strict=True)
        ]
