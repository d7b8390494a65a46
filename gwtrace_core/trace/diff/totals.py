"""What two traces come to as wholes, side by side. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gwtrace_core.trace.diff.diff import Change
from gwtrace_core.trace.diff.words import delta_text, whole_text
from gwtrace_core.trace.model import Trace, TraceStatus
from gwtrace_core.trace.view import TraceView
from gwtrace_core.values import trace_names
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.text import MISSING, duration_text, usd_text

_PATHS = {path.value: path.label for path in SdkPath}
_STATUS: Mapping[TraceStatus, str] = {
    "ok": "OK",
    "error": "Error",
    "in_progress": "Running",
    "cut": "Cut off",
    "unset": "No status",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRow:
    """One thing that is said of both traces, in words."""

    what: str
    left: str
    right: str
    difference: str
    """Right less left of a figure; empty where nothing differs or nothing can be counted."""


def models_text(trace: Trace) -> str:
    """The models that its calls name, in their order; empty when none does."""
    return ", ".join(dict.fromkeys(span.model for span in trace.spans if span.model))


def path_text(trace: Trace) -> str:
    """The SDK path as it is called on screen; of traces made elsewhere their name."""
    tags = trace.summary.tags
    path = tags.get(trace_names.SDK_PATH, "")
    return _PATHS.get(path, path) or tags.get(trace_names.TRACE_NAME, "")


def find_first_token_ms(trace: Trace) -> float | None:
    """From the trace's beginning to the first piece of an answer, None when none is recorded."""
    moments = [span.first_token_ns for span in trace.spans if span.first_token_ns is not None]
    if not moments:
        return None
    return max(min(moments) - min(span.start_ns for span in trace.spans), 0) / 1e6


def list_side_rows(left: TraceView, right: TraceView) -> tuple[SideRow, ...]:
    """What each of the two is, and its figures with their difference."""
    return (
        _compare_words("Model", models_text, left, right),
        _compare_words("SDK path", path_text, left, right),
        _compare_words("Status", _describe_status, left, right),
        _compare_figures(
            "Duration", lambda view: view.trace.summary.duration_ms, duration_text, left, right
        ),
        _compare_figures(
            "First token", lambda view: find_first_token_ms(view.trace), duration_text, left, right
        ),
        _compare_figures("Tokens in", lambda view: _count_tokens(view)[0], whole_text, left, right),
        _compare_figures(
            "Tokens out", lambda view: _count_tokens(view)[1], whole_text, left, right
        ),
        _compare_figures("Cost", lambda view: view.totals.cost_usd, usd_text, left, right),
        _compare_figures("Spans", lambda view: len(view.trace.spans), whole_text, left, right),
    )


def _compare_words(
    what: str, read: Callable[[Trace], str], left: TraceView, right: TraceView
) -> SideRow:
    told = [read(view.trace) or MISSING for view in (left, right)]
    return SideRow(what=what, left=told[0], right=told[1], difference="")


def _compare_figures(
    what: str,
    read: Callable[[TraceView], float | None],
    text: Callable[[float], str],
    left: TraceView,
    right: TraceView,
) -> SideRow:
    values = read(left), read(right)
    told = [MISSING if value is None else text(value) for value in values]
    is_counted = None not in values and values[0] != values[1]
    change = Change(left=values[0], right=values[1]) if is_counted else None
    return SideRow(what=what, left=told[0], right=told[1], difference=delta_text(change, text))


def _describe_status(trace: Trace) -> str:
    if any(span.is_stopped for span in trace.spans):
        return "Stopped"
    return _STATUS[trace.summary.status]


def _count_tokens(view: TraceView) -> tuple[int | None, int | None]:
    usage = view.totals.usage
    return (None, None) if usage is None else (usage.input_tokens, usage.output_tokens)
