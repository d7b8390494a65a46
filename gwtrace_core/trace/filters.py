"""Which traces a list shows, as a value and as parameters of an address. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from gwtrace_core.trace.feedback import FeedbackSource, ValueKind
from gwtrace_core.values.connection import Provider, SdkPath

TraceOrder = Literal["newest", "oldest", "slowest", "fastest"]
StatusFilter = Literal["ok", "error", "stopped", "in_progress", "cut"]
OutcomeFilter = Literal["finished", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFilter:
    """All conditions must hold; None sets no condition. Texts are exact unless said otherwise."""

    status: StatusFilter | None = None
    """As a list words it: stopped is no error, though MLflow has one word for both."""
    after_ms: int | None = None
    """Started at that moment or later, milliseconds since the Unix epoch."""
    before_ms: int | None = None
    """Started before that moment."""
    min_duration_ms: int | None = None
    max_duration_ms: int | None = None
    session_id: str | None = None
    sdk_path: str | None = None
    model: str | None = None
    """Like SDK path, provider, connection and outcome as gwtrace tagged it: traces made elsewhere
    have none."""
    provider: str | None = None
    connection: str | None = None
    """Its id."""
    outcome: OutcomeFilter | None = None
    comparison_id: str | None = None
    prompt: str | None = None
    """Made with this version of a prompt, by MLflow's link: `name/version`."""
    has_prompt: bool | None = None
    """Whether MLflow links it to any prompt."""
    by_judge: bool | None = None
    """Whether it is a judge's own call, made for an evaluation."""
    user: str | None = None
    name: str | None = None
    """The trace's name, which is its root span's."""
    preview: str | None = None
    """In the preview of the question or the answer, in any case."""
    full_text: str | None = None
    """Anywhere in the spans, in any case; `%` and `_` stand for any text and any character. The
    store reads every span for it: minutes with many traces."""
    verdict_name: str | None = None
    verdict_value: str | None = None
    """`true`, `false`, or the text or number; without `verdict_name` of the verdict `verdict`."""
    verdict_source: FeedbackSource | None = None
    """Who gave the verdict that the other conditions are about."""
    verdict_person: str | None = None
    """The name of the person who gave it."""
    verdict_kind: ValueKind | None = None
    """Of what sort its value is."""
    has_error: bool | None = None
    """True: it failed, and nobody stopped it. False: all others."""
    by_gwtrace: bool | None = None
    """True: run by gwtrace; False: by any other program."""
    min_tokens: int | None = None
    max_tokens: int | None = None
    """Input and output together, as MLflow counts them; unknown is outside every bound."""
    min_cost_usd: float | None = None
    max_cost_usd: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it lets every trace pass."""
        return self == TraceFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterFromAddress:
    """A filter read from an address, and the parameters that were no use."""

    filter: TraceFilter
    ignored: tuple[str, ...] = ()
    """Names of parameters whose value could not be read; the filter is without them."""


_NAMES = {
    "after_ms": "after",
    "before_ms": "before",
    "min_duration_ms": "min_ms",
    "max_duration_ms": "max_ms",
    "session_id": "session",
    "sdk_path": "path",
    "comparison_id": "comparison",
    "preview": "text",
    "full_text": "full_text",
    "verdict_name": "verdict",
    "verdict_value": "value",
    "verdict_source": "said_by",
    "verdict_person": "person",
    "verdict_kind": "value_kind",
    "has_prompt": "prompted",
    "has_error": "errors",
    "by_gwtrace": "gwtrace",
    "by_judge": "judges",
    "min_cost_usd": "min_usd",
    "max_cost_usd": "max_usd",
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "sdk_path": tuple(SdkPath),
    "provider": tuple(Provider),
    "status": get_args(StatusFilter),
    "outcome": get_args(OutcomeFilter),
    "verdict_source": get_args(FeedbackSource),
    "verdict_kind": get_args(ValueKind),
}
_COUNTS = frozenset(
    {"after_ms", "before_ms", "min_duration_ms", "max_duration_ms", "min_tokens", "max_tokens"}
)
_AMOUNTS = frozenset({"min_cost_usd", "max_cost_usd"})
_YES_NO = frozenset({"has_error", "by_gwtrace", "by_judge", "has_prompt"})
_MOST_CHARS = 500
_MOST_COUNT = 2**53

PARAMETERS: tuple[str, ...] = tuple(
    _NAMES.get(field.name, field.name) for field in fields(TraceFilter)
)
"""Every parameter that a filter may have in an address."""


def merge_filters(chosen: TraceFilter, more: TraceFilter) -> TraceFilter:
    """Both; where both set a condition, the second's holds."""
    values = {field.name: getattr(more, field.name) for field in fields(TraceFilter)}
    return replace(chosen, **{name: value for name, value in values.items() if value is not None})


def filter_to_params(chosen: TraceFilter) -> dict[str, str]:
    """The filter as parameters of an address; those without a condition are left out."""
    found: dict[str, str] = {}
    for field in fields(TraceFilter):
        value: Any = getattr(chosen, field.name)
        if value is not None:
            text = {True: "yes", False: "no"}[value] if field.name in _YES_NO else str(value)
            found[_NAMES.get(field.name, field.name)] = text
    return found


def filter_from_params(params: Mapping[str, str]) -> FilterFromAddress:
    """The opposite. Parameters that are none of a filter's are no concern of it."""
    values: dict[str, Any] = {}
    ignored: list[str] = []
    for field in fields(TraceFilter):
        name = _NAMES.get(field.name, field.name)
        text = params.get(name)
        if not text:
            continue
        value = _read(field.name, text)
        if value is None:
            ignored.append(name)
        else:
            values[field.name] = value
    return FilterFromAddress(filter=TraceFilter(**values), ignored=tuple(ignored))


def _read(field: str, text: str) -> Any:
    """The field's value, None when the text is none."""
    if field in _CHOICES:
        return text if text in _CHOICES[field] else None
    if field in _YES_NO:
        return {"yes": True, "no": False}.get(text)
    if field in _COUNTS:
        is_count = text.isascii() and text.isdigit() and len(text) < 17
        return int(text) if is_count and int(text) <= _MOST_COUNT else None
    if field in _AMOUNTS:
        try:
            amount = float(text)
        except ValueError:
            return None
        return amount if math.isfinite(amount) and amount >= 0 else None
    return text if len(text) <= _MOST_CHARS else None
