"""Feedback and expectations of people on traces and spans, as MLflow keeps them.

A client here is MLflow's `TracingClient`. Functions raise MLflow's errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import assessment_of, assessments_of
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import RequestRefused

Kind = Literal["feedback", "expectation"]
Value = bool | int | float | str

_NAME_CHARS = 250
_MOST_REPLACED = 500


def read_assessments(client: Any, trace_id: str) -> tuple[Assessment, ...]:
    """All of a trace, replaced ones included, oldest first."""
    info = client.get_trace_info(trace_id)
    found = sorted(info.assessments or (), key=lambda each: each.create_time_ms or 0)
    return assessments_of(found)


def store_assessment(
    client: Any,
    trace_id: str,
    *,
    kind: Kind,
    name: str,
    value: Value,
    user: str,
    rationale: str | None = None,
    span_id: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Assessment:
    """Store what a person says of a trace, or of one span of it.

    What the same user said before under that name, of the same thing, is kept as replaced. Raises
    RequestRefused for a name that cannot be one.
    """
    name = name.strip()
    if not name or len(name) > _NAME_CHARS:
        raise RequestRefused(
            f"An assessment needs a name of at most {_NAME_CHARS} characters.",
            hint="Name what it judges.",
        )
    before = [
        each
        for each in read_assessments(client, trace_id)
        if is_standing(each, kind=kind, name=name, user=user) and (each.span_id or None) == span_id
    ]
    replaced_id = before[-1].assessment_id if before else None
    kept = dict(metadata or {})
    if replaced_id is not None:
        kept[trace_names.REPLACES] = replaced_id
    common: dict[str, Any] = {
        "name": name,
        "value": value,
        "source": mlflow_api.AssessmentSource(
            source_type=mlflow_api.AssessmentSourceType.HUMAN, source_id=user
        ),
        "span_id": span_id,
        "metadata": kept or None,
    }
    made = mlflow_api.Feedback if kind == "feedback" else mlflow_api.Expectation
    new = made(**common)
    # Not an argument of an expectation's, though MLflow keeps it.
    new.rationale = rationale
    new.overrides = replaced_id
    return assessment_of(client.log_assessment(trace_id, new))


def is_standing(assessment: Assessment, *, kind: Kind, name: str, user: str | None) -> bool:
    """Whether a person says so now, that user if one is named: not replaced, and not a judge's."""
    return (
        assessment.is_valid
        and (assessment.kind, assessment.name) == (kind, name)
        and assessment.source_kind == mlflow_api.AssessmentSourceType.HUMAN
        and user in (None, assessment.source_id)
    )


def delete_assessments(client: Any, trace_id: str, is_meant: Callable[[Assessment], bool]) -> None:
    """Delete those that are meant, until none is: deleting one makes the one that it replaced
    valid again."""
    for _ in range(_MOST_REPLACED):
        meant = [each for each in read_assessments(client, trace_id) if is_meant(each)]
        if not meant:
            return
        for each in meant:
            client.delete_assessment(trace_id, each.assessment_id)
