"""A filter in MLflow's filter language, and what is left for us to check. Pure, without mlflow.

The language has no escapes and no OR, knows neither previews nor token counts, and knows of tags
only what it is asked for one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from gwtrace_core.prompts.use import read_linked_prompts
from gwtrace_core.trace.feedback import VERDICT, kind_of, source_of
from gwtrace_core.trace.filters import TraceFilter, TraceOrder
from gwtrace_core.trace.model import Assessment, TraceSummary
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import RequestRefused

ORDERS: dict[TraceOrder, str] = {
    "newest": "timestamp_ms DESC",
    "oldest": "timestamp_ms ASC",
    "slowest": "execution_time_ms DESC",
    "fastest": "execution_time_ms ASC",
}

Check = Callable[[TraceSummary], bool]

_STATUS = {"ok": "OK", "error": "ERROR", "in_progress": "IN_PROGRESS", "cut": "IN_PROGRESS"}
_STOPPED = "stopped"
_NAME = re.compile(r"[\w][\w .:/-]{0,200}", re.ASCII)
_TAKEN = {"name", "prompt", "run_id", "timestamp", "execution_time", "end_time", "text"}
"""What MLflow reads as the trace's own, in any case, also where feedback is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFilter:
    """`text` is for MLflow, `checks` are for what it gives back."""

    text: str
    """Empty when there is nothing that MLflow can check."""
    checks: tuple[Check, ...] = ()
    is_slow: bool = False
    """Whether MLflow has to read every span for it."""

    def lets_pass(self, summary: TraceSummary) -> bool:
        """Whether a trace that MLflow gave passes what MLflow cannot check."""
        return all(check(summary) for check in self.checks)


def compile_filter(chosen: TraceFilter) -> CompiledFilter:
    """The filter for MLflow. Raises RequestRefused for a value that its language cannot hold."""
    clauses = [*_compile_times(chosen), *_compile_facts(chosen), *_compile_judgements(chosen)]
    if chosen.full_text is not None:
        clauses.append(f"trace.text ILIKE {_quote(f'%{chosen.full_text}%', 'text')}")
    return CompiledFilter(
        text=" AND ".join(clauses),
        checks=tuple(_list_checks(chosen)),
        is_slow=chosen.full_text is not None,
    )


def _compile_times(chosen: TraceFilter) -> list[str]:
    bounds = (
        ("timestamp_ms >=", chosen.after_ms),
        ("timestamp_ms <", chosen.before_ms),
        ("execution_time_ms >=", chosen.min_duration_ms),
        ("execution_time_ms <=", chosen.max_duration_ms),
    )
    return [f"trace.{words} {int(value)}" for words, value in bounds if value is not None]


def _compile_facts(chosen: TraceFilter) -> list[str]:
    texts = (
        ("trace.status", _STATUS.get(chosen.status or "")),
        ("trace.name", chosen.name),
        (f"metadata.`{trace_names.SESSION}`", chosen.session_id),
        (f"metadata.`{trace_names.USER}`", chosen.user),
        (f"tag.`{trace_names.SDK_PATH}`", chosen.sdk_path),
        (f"tag.`{trace_names.MODEL}`", chosen.model),
        (f"tag.`{trace_names.PROVIDER}`", chosen.provider),
        (f"tag.`{trace_names.CONNECTION}`", chosen.connection),
        (f"tag.`{trace_names.OUTCOME}`", chosen.outcome),
        (f"tag.`{trace_names.COMPARISON}`", chosen.comparison_id),
        ("prompt", chosen.prompt),
    )
    clauses = [f"{key} = {_quote(value, key)}" for key, value in texts if value is not None]
    if chosen.status == _STOPPED:
        clauses.append(f"tag.`{trace_names.OUTCOME}` = '{_STOPPED}'")
    if chosen.has_error:
        clauses.append("trace.status = 'ERROR'")
    if chosen.by_gwtrace is not None:
        clauses.append(
            f"tag.`{trace_names.SDK_PATH}` IS {'NOT NULL' if chosen.by_gwtrace else 'NULL'}"
        )
    if chosen.by_judge is not None:
        clauses.append(f"tag.`{trace_names.JUDGE}` IS {'NOT NULL' if chosen.by_judge else 'NULL'}")
    return clauses


def _compile_judgements(chosen: TraceFilter) -> list[str]:
    asked = (
        chosen.verdict_name,
        chosen.verdict_value,
        chosen.verdict_source,
        chosen.verdict_person,
        chosen.verdict_kind,
    )
    if all(each is None for each in asked):
        return []
    name = chosen.verdict_name or VERDICT
    if name.lower() in _TAKEN:
        raise RequestRefused(
            f"MLflow cannot search for feedback named {name!r}.",
            hint="It takes the name for the trace's own; give the feedback another one.",
        )
    if _NAME.fullmatch(name) is None:
        raise RequestRefused(
            f"MLflow cannot search for feedback named {name[:60]!r}.",
            hint="It can where a name has letters, digits, spaces and . : / - _ only.",
        )
    if chosen.verdict_value is None:
        return [f"feedback.`{name}` IS NOT NULL"]
    return [f"feedback.`{name}` = {_quote(chosen.verdict_value, 'verdict')}"]


def _quote(value: str, what: str) -> str:
    """In quotes. The language takes either kind, but knows no way to write both in one value."""
    if "\\" in value or "\0" in value or ("'" in value and '"' in value) or not value:
        raise RequestRefused(
            f"MLflow cannot search for {what} {value[:60]!r}.",
            hint="Its filter cannot hold a backslash, both kinds of quotes, or nothing at all.",
        )
    quote = '"' if "'" in value else "'"
    return f"{quote}{value}{quote}"


def _list_checks(chosen: TraceFilter) -> list[Check]:
    checks: list[Check] = []
    if chosen.has_error is not None:
        checks.append(lambda summary: _has_error(summary) is chosen.has_error)
    if chosen.status == "error":
        checks.append(_has_error)
    if chosen.status in ("in_progress", "cut"):
        # MLflow has one word for both.
        checks.append(lambda summary: summary.status == chosen.status)
    if chosen.has_prompt is not None:
        # MLflow can look for one version only.
        checks.append(lambda summary: bool(read_linked_prompts(summary.tags)) is chosen.has_prompt)
    if chosen.preview is not None:
        wanted = chosen.preview.casefold()
        checks.append(
            lambda summary: (
                wanted in summary.request_preview.casefold()
                or wanted in summary.response_preview.casefold()
            )
        )
    unknown = (chosen.verdict_source, chosen.verdict_person, chosen.verdict_kind)
    if any(each is not None for each in unknown):
        # MLflow knows name and value only; all of it has to hold of the same verdict.
        checks.append(lambda summary: any(_is_meant(each, chosen) for each in summary.assessments))
    if chosen.min_tokens is not None or chosen.max_tokens is not None:
        checks.append(
            lambda summary: _is_within(
                None if summary.usage is None else summary.usage.total_tokens,
                chosen.min_tokens,
                chosen.max_tokens,
            )
        )
    if chosen.min_cost_usd is not None or chosen.max_cost_usd is not None:
        checks.append(
            lambda summary: _is_within(summary.cost_usd, chosen.min_cost_usd, chosen.max_cost_usd)
        )
    return checks


def _has_error(summary: TraceSummary) -> bool:
    # Stopped is not failed; MLflow has one word for both.
    return summary.status == "error" and summary.tags.get(trace_names.OUTCOME) != _STOPPED


def _is_meant(verdict: Assessment, chosen: TraceFilter) -> bool:
    return (
        verdict.is_valid
        and verdict.kind == "feedback"
        and verdict.name == (chosen.verdict_name or VERDICT)
        and chosen.verdict_source in (None, source_of(verdict))
        and (chosen.verdict_person is None or _is_by(verdict, chosen.verdict_person))
        and chosen.verdict_kind in (None, kind_of(verdict.value))
        # As MLflow compares: with the value's JSON, and of a text without its quotes.
        and chosen.verdict_value in (None, verdict.value, json.dumps(verdict.value))
    )


def _is_by(verdict: Assessment, person: str) -> bool:
    return source_of(verdict) == "person" and verdict.source_id == person


def _is_within(value: float | None, low: float | None, high: float | None) -> bool:
    if value is None:
        return False
    return (low is None or value >= low) and (high is None or value <= high)
