"""Traces and assessments as MLflow's client returns them, turned into the view model."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.processes import is_cut_off
from gwtrace_core.mlflow_store.format.span_json import make_plain, read_total_cost, span_from_json
from gwtrace_core.mlflow_store.format.turn_json import usage_from_json
from gwtrace_core.trace.ending import has_ended
from gwtrace_core.trace.feedback import STARS
from gwtrace_core.trace.model import Assessment, Trace, TraceStatus, TraceSummary
from gwtrace_core.values import trace_names
from gwtrace_core.values.unicode_text import clean_json, clean_text

_STATE: Mapping[str, TraceStatus] = {
    "OK": "ok",
    "ERROR": "error",
    "IN_PROGRESS": "in_progress",
}


def trace_of(trace: mlflow_api.Trace) -> Trace:
    """The view model of a whole trace."""
    return Trace(
        summary=summary_of(trace.info),
        spans=tuple(span_from_json(span.to_dict()) for span in trace.data.spans),
    )


def summary_of(info: mlflow_api.TraceInfo) -> TraceSummary:
    """What lists show of a trace."""
    metadata = texts_of(info.trace_metadata)
    tags = texts_of(info.tags)
    status = _read_status(info, tags)
    summary = TraceSummary(
        trace_id=info.trace_id,
        experiment_id=info.experiment_id,
        status=status,
        start_ms=int(info.request_time),
        duration_ms=None if info.execution_duration is None else float(info.execution_duration),
        request_preview=clean_text(info.request_preview or tags.get(trace_names.QUESTION, "")),
        response_preview=clean_text(info.response_preview or ""),
        session_id=metadata.get(trace_names.SESSION),
        user=metadata.get(trace_names.USER),
        usage=usage_from_json(info.token_usage),
        cost_usd=read_total_cost(info.cost),
        tags=tags,
        metadata=metadata,
        assessments=assessments_of(info.assessments or ()),
    )
    if not has_ended(summary):
        # MLflow has the time up to the newest span that has ended, which is no duration.
        return replace(summary, duration_ms=None)
    kept = {key: value for key, value in tags.items() if key not in trace_names.OF_A_BEGINNING}
    return replace(summary, tags=kept)


def _read_status(info: mlflow_api.TraceInfo, tags: Mapping[str, str]) -> TraceStatus:
    status = _STATE.get(str(info.state.value), "unset")
    process = tags.get(trace_names.PROCESS)
    if status != "in_progress" or process is None:
        return status
    sign = tags.get(trace_names.ALIVE, "")
    heard_ms = int(sign) if sign.isdecimal() else int(info.request_time)
    silent_ms = time.time_ns() / 1e6 - heard_ms
    return "cut" if is_cut_off(process, info.trace_id, silent_ms=silent_ms) else status


def texts_of(found: Mapping[str, Any]) -> dict[str, str]:
    """Tags, metadata or parameters, whatever MLflow has as their values."""
    return clean_json({key: str(value) for key, value in found.items()})


def assessments_of(found: Iterable[mlflow_api.Assessment]) -> tuple[Assessment, ...]:
    """The assessments of one trace; those that another one replaces are not valid."""
    every = list(found)
    # Servers lose which expectation replaces which, so we write it into the metadata as well.
    replaced = {each.overrides for each in every}
    replaced |= {(each.metadata or {}).get(trace_names.REPLACES) for each in every}
    assessments = map(assessment_of, every)
    return tuple(
        replace(each, is_valid=False) if each.assessment_id in replaced else each
        for each in assessments
    )


def assessment_of(assessment: mlflow_api.Assessment) -> Assessment:
    """The view model of a feedback or an expectation; an issue counts as feedback."""
    value: Any = None
    if isinstance(assessment, mlflow_api.Feedback | mlflow_api.Expectation):
        value = make_plain(assessment.value)
    source: Any = assessment.source  # None for an assessment that names no source
    return Assessment(
        assessment_id=assessment.assessment_id or "",
        name=clean_text(assessment.name),
        kind="expectation" if isinstance(assessment, mlflow_api.Expectation) else "feedback",
        value=value,
        rationale=clean_text(assessment.rationale) if assessment.rationale else None,
        source_kind="" if source is None else clean_text(str(source.source_type)),
        source_id="" if source is None else clean_text(str(source.source_id)),
        span_id=assessment.span_id,
        # Through a server an expectation's validity is None: it was never replaced.
        is_valid=assessment.valid is not False,
        given_ms=assessment.create_time_ms,
        is_stars=(assessment.metadata or {}).get(trace_names.SCALE) == STARS[trace_names.SCALE],
        error=error_words(assessment.error)
        if isinstance(assessment, mlflow_api.Feedback)
        else None,
    )


def error_words(error: mlflow_api.AssessmentError | None) -> str | None:
    """`The judge failed: 429 (JUDGE_ERROR)`; None for no error."""
    if error is None:
        return None
    code = clean_text(str(error.error_code or ""))
    message = clean_text(str(error.error_message or "")).strip()
    if not message:
        return code or "without a reason"
    # MLflow's word for any failure of a scorer, and ours: it says nothing more.
    return message if code in ("", "SCORER_ERROR") else f"{message} ({code})"
