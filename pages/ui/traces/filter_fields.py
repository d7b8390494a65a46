"""The conditions of the filter over the list of traces: how each is typed, grouped and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.trace.feedback import FeedbackSource, ValueKind
from gwtrace_core.trace.filters import OutcomeFilter, StatusFilter, TraceOrder
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.text import count_text, duration_text, usd_text
from pages.ui.frame.address import Since
from pages.ui.session.local_time import to_local_moment

SINCE_WORDS: dict[Since, str] = {
    "any": "Any time",
    "hour": "Last hour",
    "day": "Last 24 hours",
    "week": "Last 7 days",
    "month": "Last 30 days",
    "range": "From … to …",
}
ORDER_WORDS: dict[TraceOrder, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "slowest": "Slowest first",
    "fastest": "Fastest first",
}
STATUS_WORDS: dict[StatusFilter, str] = {
    "ok": "OK",
    "error": "Error",
    "stopped": "Stopped",
    "in_progress": "Running",
    "cut": "Cut off",
}
SOURCE_WORDS: dict[FeedbackSource, str] = {
    "person": "People",
    "judge": "Judges",
    "code": "Code",
}
KIND_WORDS: dict[ValueKind, str] = {
    "yes_no": "Yes or no",
    "number": "Number",
    "category": "Category",
}
_PATHS = {path.value: path.label for path in SdkPath}
_PROVIDERS = {provider.value: label for provider, label in PROVIDER_LABELS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How a condition is typed and told."""

    label: str
    chip: str = ""
    """Before what is told of it, where that is not the label."""
    kind: Literal["text", "choice", "number"] = "text"
    choices: Mapping[Any, str] | None = None
    """Value → words."""
    scale: float = 1
    """What is typed times this is the filter's value."""
    told: Callable[[Any], str] = str
    help: str | None = None

    def words(self, value: Any) -> str:
        """The condition in words, unescaped."""
        told = self.choices[value] if self.choices else self.told(value)
        return f"{self.chip or self.label}: {told}"


def _make_bounds(chip: str, unit: str, told: Callable[[Any], str], scale: float = 1) -> list[Field]:
    return [
        Field(
            label=f"{words} ({unit})",
            chip=chip,
            kind="number",
            scale=scale,
            told=lambda value, sign=sign: f"{sign} {told(value)}",
        )
        for words, sign in ((f"{chip} from", "≥"), ("to", "≤"))
    ]


_DURATION = _make_bounds("Duration", "s", duration_text, 1000)
_TOKENS = _make_bounds("Tokens", "in + out", count_text)
_COST = _make_bounds("Cost", "USD", usd_text)

GROUPS: Mapping[str, Mapping[str, Field]] = {
    "Call": {
        "sdk_path": Field(label="SDK path", kind="choice", choices=_PATHS),
        "provider": Field(label="Provider", kind="choice", choices=_PROVIDERS),
        "model": Field(
            label="Model", help="Exactly as it was asked for, of traces run by gwtrace."
        ),
        "connection": Field(label="Connection", help="Its id, of traces run by gwtrace."),
        "outcome": Field(
            label="Outcome",
            kind="choice",
            choices={each: each.capitalize() for each in get_args(OutcomeFilter)},
            help="MLflow knows no stopped traces; gwtrace tags its own.",
        ),
        "by_gwtrace": Field(
            label="Made by", kind="choice", choices={True: "gwtrace", False: "Other programs"}
        ),
        "by_judge": Field(
            label="Judges' own calls",
            kind="choice",
            choices={False: "Left out", True: "Only these"},
            help="What the judges of an evaluation asked, each in a trace of its own.",
        ),
        "name": Field(label="Trace name"),
    },
    "Figures": {
        "min_duration_ms": _DURATION[0],
        "max_duration_ms": _DURATION[1],
        "min_tokens": _TOKENS[0],
        "max_tokens": _TOKENS[1],
        "min_cost_usd": _COST[0],
        "max_cost_usd": _COST[1],
    },
    "Session": {
        "session_id": Field(label="Session"),
        "user": Field(label="User"),
        "comparison_id": Field(label="Comparison"),
        "prompt": Field(label="Prompt", help="Name and version, such as `greeting/3`."),
        "has_prompt": Field(
            label="With a prompt", kind="choice", choices={True: "Yes", False: "No"}
        ),
    },
    "Verdict": {
        "verdict_name": Field(label="Verdict named", help="The thumbs are called `verdict`."),
        "verdict_value": Field(
            label="Verdict is", help="`true` is a thumb up, `false` one down; or text or number."
        ),
        "verdict_source": Field(label="Verdict by", kind="choice", choices=SOURCE_WORDS),
        "verdict_person": Field(
            label="Verdict of the person",
            chip="Verdict of",
            help="The name as the list shows it. Without a name of the verdict, whose thumb it is.",
        ),
        "verdict_kind": Field(label="Verdict as", kind="choice", choices=KIND_WORDS),
    },
    "Text": {
        "full_text": Field(
            label="Anywhere in the spans",
            help="MLflow reads every span of every trace for this: slow with many of them. It is "
            "given up after 20 s.",
        ),
    },
}
"""What is behind the button, by its tabs."""

MORE: Mapping[str, Field] = {
    name: field for fields in GROUPS.values() for name, field in fields.items()
}
CHIPPED: Mapping[str, Field] = {
    **MORE,
    "after_ms": Field(label="From", told=lambda ms: _moment_text(ms)),
    "before_ms": Field(label="Until", told=lambda ms: _moment_text(ms)),
    "has_error": Field(label="Failed", choices={True: "yes", False: "no"}),
}
"""What is shown as a chip while it is set and its inputs are not in sight."""
RANGE: Mapping[str, str] = {"after": "From", "before": "To"}
"""The inputs of a range of time, by the name of the filter's field without its unit."""


def _moment_text(since_epoch_ms: int) -> str:
    return f"{to_local_moment(since_epoch_ms):%d %b %Y %H:%M}"
