"""Feedback and expectations of people on traces and spans: given, edited, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from mlflow.entities import AssessmentSource, AssessmentSourceType, Expectation, Feedback
from mlflow.tracing.client import TracingClient

from gwtrace_core.mlflow_store.format import names
from gwtrace_core.mlflow_store.format.entities import assessment_of, assessments_of
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values.errors import RequestRefused

Kind = Literal["feedback", "expectation"]
Value = bool | int | float | str

_MOST_REPLACED = 200


def assessments(uri: str, trace_id: str) -> tuple[Assessment, ...]:
    """All of a trace, replaced ones included, oldest first. Raises MLflow's exceptions."""
    client: Any = TracingClient(uri)
    info = client.get_trace_info(trace_id)
    found = sorted(info.assessments or (), key=lambda each: each.create_time_ms or 0)
    return assessments_of(found)


def annotate(
    uri: str,
    trace_id: str,
    *,
    kind: Kind,
    name: str,
    value: Value,
    user: str,
    rationale: str | None,
    span_id: str | None,
    metadata: Mapping[str, str] | None,
) -> Assessment:
    """See `Traces.annotate`. Raises RequestRefused and MLflow's exceptions."""
    name = name.strip()
    if not name or len(name) > 250:
        raise RequestRefused(
            "An assessment needs a name of at most 250 characters.", hint="Name what it judges."
        )
    before = _standing(assessments(uri, trace_id), kind, name, user, span_id)
    source = AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id=user)
    replaced_id = before[-1].assessment_id if before else None
    kept = dict(metadata or {})
    if replaced_id is not None:
        kept[names.REPLACES] = replaced_id
    new: Feedback | Expectation
    if kind == "feedback":
        new = Feedback(
            name=name,
            value=value,
            source=source,
            rationale=rationale,
            span_id=span_id,
            metadata=kept or None,
        )
    else:
        new = Expectation(
            name=name, value=value, source=source, span_id=span_id, metadata=kept or None
        )
        new.rationale = rationale
    new.overrides = replaced_id
    client: Any = TracingClient(uri)
    return assessment_of(client.log_assessment(trace_id, new))


def withdraw(uri: str, trace_id: str, assessment_id: str, user: str) -> None:
    """See `Traces.withdraw`. Raises RequestRefused and MLflow's exceptions."""
    found = assessments(uri, trace_id)
    named = [each for each in found if each.assessment_id == assessment_id]
    if not named:
        return
    first = named[0]
    if first.source_id != user:
        raise RequestRefused(
            f"{first.name!r} was given by {first.source_id!r}; only they can withdraw it."
        )
    client: Any = TracingClient(uri)
    # Deleting one makes the one that it replaced valid again.
    for _ in range(_MOST_REPLACED):
        standing = _standing(found, first.kind, first.name, user, first.span_id)
        if not standing:
            return
        for each in standing:
            client.delete_assessment(trace_id, each.assessment_id)
        found = assessments(uri, trace_id)


def _standing(
    found: tuple[Assessment, ...], kind: Kind, name: str, user: str, span_id: str | None
) -> list[Assessment]:
    """What a person says now of the trace or of one span, oldest first."""
    return [
        each
        for each in found
        if each.is_valid
        and (each.kind, each.name, each.source_id) == (kind, name, user)
        and each.source_kind == AssessmentSourceType.HUMAN
        and (each.span_id or None) == span_id
    ]
