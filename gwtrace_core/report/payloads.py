"""What the spans recorded, as texts of bounded size: each once, long ones cut and saying so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from jinja2.utils import htmlsafe_json_dumps

from gwtrace_core.report.page import JSON_STYLE
from gwtrace_core.report.redaction import LEFT_OUT
from gwtrace_core.trace.messages import is_unset
from gwtrace_core.trace.model import Span, SpanEvent
from gwtrace_core.trace.recorded_json import read_json
from gwtrace_core.values import trace_names
from gwtrace_core.values.text import count_text, duration_text, plural

SMALLEST_BUDGET_BYTES = 500_000
BYTES_PER_SPAN = 600
"""So that 1,000 spans with all that they recorded stay under a megabyte, the page included."""
MOST_CHARS = 20_000
_ATTRIBUTE_CHARS = 400
_MOST_EVENTS = 30
_SHOWN_ELSEWHERE = {trace_names.SPAN_INPUTS, trace_names.SPAN_OUTPUTS}
# Autolog writes one event for every chunk of a stream.
_SYSTEM_KEYS = {
    "system",
    "instructions",
    "system_prompt",
    "system_prompts",
    "system_instruction",
    "system_instructions",
    "systemInstruction",
    trace_names.GENAI_SYSTEM_INSTRUCTIONS,
}
_SYSTEM_ROLES = {"system", "developer", "system-prompt"}
_USER_KEYS = {"user", "user.id", "user.name", "user.email", "enduser.id", trace_names.USER}

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One span's texts, masked; empty for what was not recorded."""

    message: str = ""
    inputs: str = ""
    outputs: str = ""
    attributes: str = ""
    """A line for each, name and value with a tab between."""
    events: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """In the order in which the page's script knows them."""
        return (self.message, self.inputs, self.outputs, self.attributes, self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadRules:
    """How values are made into texts."""

    mask: Mask
    omit: Callable[[str], str]
    """What stands in place of a thing that is left out, given its name."""
    with_system_prompts: bool
    with_user: bool


def read_payload(span: Span, rules: PayloadRules) -> Payload:
    """Everything that `span` recorded."""
    return Payload(
        message=rules.mask(span.status_message or ""),
        inputs=_write_value(span.inputs, rules),
        outputs=_write_value(span.outputs, rules),
        attributes=_list_attributes(span, rules),
        events="\n\n".join(_list_events(span, rules)),
    )


def read_message(span: Span, rules: PayloadRules) -> Payload:
    """Only why it ended as it did."""
    return Payload(message=rules.mask(span.status_message or ""))


def _write_value(value: Any, rules: PayloadRules) -> str:
    if value is None:
        return ""
    left_out = 0
    if isinstance(value, Mapping):
        recorded = cast(Mapping[str, Any], value)
        value = {name: each for name, each in recorded.items() if not is_unset(each)}
        left_out = len(recorded) - len(value)
    value = _omit_private(value, rules)
    text = value if isinstance(value, str) else _write_json(value, indent=2)
    note = f"\n({plural(left_out, 'argument')} left out: recorded as not given.)"
    return rules.mask(text) + (note if left_out else "")


def _write_json(value: Any, *, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False, default=str)


def _omit_private(value: Any, rules: PayloadRules) -> Any:
    """`value` without system prompts and user names, where those are to stay here."""
    if rules.with_system_prompts and rules.with_user:
        return value
    return _walk(value, rules)


def _walk(value: Any, rules: PayloadRules) -> Any:
    if isinstance(value, list | tuple):
        return [_walk(each, rules) for each in cast("list[Any]", value)]
    if not isinstance(value, Mapping):
        return value
    found = cast(Mapping[str, Any], value)
    kind = found.get("role") or found.get("part_kind")
    is_system = not rules.with_system_prompts and kind in _SYSTEM_ROLES
    return {
        name: rules.omit("system prompt")
        if is_system and name in {"content", "parts", "text"}
        else _walk_named(name, each, rules)
        for name, each in found.items()
    }


def _walk_named(name: str, value: Any, rules: PayloadRules) -> Any:
    if value and not rules.with_system_prompts and name in _SYSTEM_KEYS and not _is_label(value):
        return rules.omit("system prompt")
    if value and not rules.with_user and name in _USER_KEYS and isinstance(value, str):
        return rules.omit("user name")
    return _walk(value, rules)


def _is_label(value: Any) -> bool:
    # `gen_ai.system` once named the provider, and libraries still write `system: "openai"`.
    return isinstance(value, str) and value in {"openai", "anthropic", "groq", "google", "bedrock"}


def _list_attributes(span: Span, rules: PayloadRules) -> str:
    given = {
        name: value
        for name, value in sorted(span.attributes.items())
        if name not in _SHOWN_ELSEWHERE and not is_unset(value)
    }
    lines = [
        f"{_join_lines(name)}\t{_write_attribute(name, value, rules)}"
        for name, value in given.items()
    ]
    lines += [f"span id\t{span.span_id}", f"parent id\t{span.parent_id or 'none'}"]
    return rules.mask("\n".join(lines))


def _write_attribute(name: str, value: Any, rules: PayloadRules) -> str:
    hides_anything = not (rules.with_system_prompts and rules.with_user)
    if hides_anything and isinstance(value, str) and value[:1] in ("{", "["):
        # Messages are often recorded as JSON in a string.
        try:
            value = read_json(value)
        except ValueError:
            value = LEFT_OUT
    value = _walk_named(name, value, rules) if hides_anything else value
    text = _join_lines(value if isinstance(value, str) else _write_json(value))
    if len(text) <= _ATTRIBUTE_CHARS:
        return text
    # Before it is cut: a half key is not known for one.
    text = rules.mask(text)
    return f"{text[:_ATTRIBUTE_CHARS]}… ({count_text(len(text))} characters)"


def _join_lines(text: str) -> str:
    return " ".join(text.split())


def _list_events(span: Span, rules: PayloadRules) -> Iterable[str]:
    events = [event for event in span.events if not event.name.startswith(trace_names.CHUNK_EVENT)]
    for event in events[:_MOST_EVENTS]:
        yield rules.mask(_write_event(span, event, rules))
    if len(events) > _MOST_EVENTS:
        yield f"{plural(len(events) - _MOST_EVENTS, 'further event')} left out."
    if chunk_count := len(span.events) - len(events):
        yield f"{plural(chunk_count, 'chunk')} of a stream, recorded as one event each."


def _write_event(span: Span, event: SpanEvent, rules: PayloadRules) -> str:
    after = duration_text(max(event.time_ns - span.start_ns, 0) / 1e6)
    head = f"{event.name} · {after} after the span's start"
    attributes = dict(event.attributes)
    if event.name == "exception":
        stack = str(attributes.pop("exception.stacktrace", "")).strip()
        kind = attributes.pop("exception.type", "Exception")
        said = f"{kind}: {attributes.pop('exception.message', '')}"
        # The stack ends with the same words.
        head += f"\n{stack}" if said in stack else f"\n{said}\n{stack}".rstrip()
    if attributes:
        head += f"\n{_write_json(_omit_private(attributes, rules), indent=2)}"
    return head


def measure_json(text: str) -> int:
    """Bytes that `text` takes in the data for the page's script."""
    return len(htmlsafe_json_dumps(text, **JSON_STYLE).encode("utf-8", "replace"))


@dataclass(slots=True)
class TextTable:
    """Every text once, by number."""

    texts: list[str] = field(default_factory=list[str])
    _numbers: dict[str, int] = field(default_factory=dict[str, int])

    def number(self, text: str) -> int:
        """The text's number, -1 for an empty one."""
        if not text:
            return -1
        number = self._numbers.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number

    def cut_to(self, budget_bytes: int) -> tuple[list[str], int]:
        """The texts, the longest cut until all fit into the budget; and how many were cut.

        Short texts stay whole: what they leave of their share goes to the longer ones.
        """
        sizes = [measure_json(text) for text in self.texts]
        share_bytes = _share_fairly(sizes, budget_bytes)
        fitted = [
            _cut(text, share_bytes, size_bytes)
            for text, size_bytes in zip(self.texts, sizes, strict=True)
        ]
        cut_count = sum(new is not old for new, old in zip(fitted, self.texts, strict=True))
        return fitted, cut_count


def _share_fairly(sizes: list[int], budget_bytes: int) -> int:
    """The size that no text may exceed so that all together stay within the budget."""
    left_bytes = budget_bytes
    for position, size_bytes in enumerate(ordered := sorted(sizes)):
        share_bytes = left_bytes // (len(ordered) - position)
        if size_bytes > share_bytes:
            return share_bytes
        left_bytes -= size_bytes
    return max(ordered, default=0)


_NOTE_BYTES = 60


def _cut(text: str, share_bytes: int, size_bytes: int) -> str:
    if size_bytes <= share_bytes and len(text) <= MOST_CHARS:
        return text
    room_bytes = max(share_bytes - _NOTE_BYTES, 0)
    shown = text[: min(MOST_CHARS, room_bytes)]
    # Characters may take several bytes, so the first guess may be too long; each step shrinks it.
    while shown and (taken_bytes := measure_json(shown)) > room_bytes:
        shown = shown[: min(len(shown) - 1, len(shown) * room_bytes // taken_bytes)]
    return f"{shown}…\n(cut: {count_text(len(shown))} of {count_text(len(text))} characters)"
