"""Evaluations written as MLflow's own `evaluate` writes them: a run, linked traces, assessments."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import (
    AssessmentError,
    AssessmentSource,
    AssessmentSourceType,
    Dataset,
    DatasetInput,
    Feedback,
    Metric,
    Param,
    RunTag,
)
from mlflow.tracing.client import TracingClient
from mlflow.tracing.constant import AssessmentMetadataKey
from mlflow.utils.mlflow_tags import (
    MLFLOW_RUN_TYPE,
    MLFLOW_RUN_TYPE_GENAI_EVALUATE,
    MLFLOW_SOURCE_NAME,
    MLFLOW_USER,
)
from mlflow.utils.time import get_current_time_millis

from gwtrace_core.evaluation.setup_json import write_setup
from gwtrace_core.evaluation.sources import DatasetTraces, describe_source
from gwtrace_core.evaluation.stored import EvaluationSetup, summarise_scorers
from gwtrace_core.evaluation.subjects import EVALUATION, Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.mlflow_store.format import names as _names
from gwtrace_core.mlflow_store.format.turn_json import as_dict
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.unicode_text import clean_text

SETUP = "gwtrace.evaluation.setup"
"""Tags of a run, `.0`, `.1`, …: pieces of the set-up, as one tag does not hold it all."""
RESULTS = "gwtrace.evaluation.results"
"""Tag of a run: what the scores came to."""
ALIVE = "gwtrace.evaluation.alive_ms"
"""Tag of a run: when the process that is at it last said so."""
NOT_APPLICABLE = "gwtrace.evaluation.not_applicable"
"""Tag of a run: by scorer, why it did not apply to some traces."""
PASSED = "gwtrace.passed"
"""Metadata of an assessment: `true` or `false`, where the value alone does not say."""
TRACES = "traces"
JUDGE_MODEL = "judge_model"
SOURCE = "source"

_PIECE_CHARS = 4_000
_MOST_PIECES = 40
_LINKED_AT_ONCE = 100
_PARAM_CHARS = 500
_REASON_CHARS = 200


def begin(uri: str, experiment_id: str, setup: EvaluationSetup, subjects: Sequence[Subject]) -> str:
    """See `Evaluations.begin`. Raises RequestRefused and MLflow's exceptions."""
    text = clean_text(write_setup(setup))
    pieces = [text[at : at + _PIECE_CHARS] for at in range(0, len(text), _PIECE_CHARS)]
    if len(pieces) > _MOST_PIECES:
        raise RequestRefused(
            f"The scorers and the choice of traces take {len(text):,} characters; at most "
            f"{_PIECE_CHARS * _MOST_PIECES:,} can be stored.",
            hint="Shorten instructions and schemas, or leave scorers out.",
        )
    client: Any = MlflowClient(tracking_uri=uri)
    run = client.create_run(
        experiment_id,
        run_name=clean_text(setup.name)[:_PARAM_CHARS],
        tags={
            MLFLOW_RUN_TYPE: MLFLOW_RUN_TYPE_GENAI_EVALUATE,
            MLFLOW_USER: setup.user,
            MLFLOW_SOURCE_NAME: "gwtrace",
            ALIVE: str(get_current_time_millis()),
            **{f"{SETUP}.{number}": piece for number, piece in enumerate(pieces)},
        },
    )
    run_id = str(run.info.run_id)
    client.log_inputs(run_id, datasets=[DatasetInput(_dataset(client, setup, subjects))])
    client.log_batch(run_id, params=list(_params(setup, subjects)))
    for first in range(0, len(subjects), _LINKED_AT_ONCE):
        some = [subject.trace_id for subject in subjects[first : first + _LINKED_AT_ONCE]]
        client.link_traces_to_run(trace_ids=some, run_id=run_id)
    return run_id


def resume(uri: str, run_id: str) -> None:
    """See `Evaluations.resume`. Raises MLflow's exceptions."""
    client: Any = MlflowClient(tracking_uri=uri)
    # First: running without a sign of life it would look as if it had been cut off.
    tell_alive(uri, run_id)
    client.update_run(run_id, status="RUNNING")


def tell_alive(uri: str, run_id: str) -> None:
    """See `Evaluations.tell_alive`. Raises MLflow's exceptions."""
    client: Any = MlflowClient(tracking_uri=uri)
    client.set_tag(run_id, ALIVE, str(get_current_time_millis()))


def store(uri: str, run_id: str, score: Score, judge_model: str | None) -> None:
    """See `Evaluations.store`. Raises MLflow's exceptions."""
    client: Any = TracingClient(uri)
    feedback = _feedback(run_id, score, judge_model)
    standing: list[Any] = []
    for each in _standing(client, feedback, score.trace_id):
        is_ours = as_dict(each.metadata).get(AssessmentMetadataKey.SOURCE_RUN_ID) == run_id
        if is_ours and each.error is not None:
            # Nothing was judged by it, and it is being tried again.
            client.delete_assessment(score.trace_id, each.assessment_id)
        elif each.error is None:
            standing.append(each)
    if standing and feedback.error is None:
        replaced_id = str(standing[-1].assessment_id)
        feedback.overrides = replaced_id
        feedback.metadata = {**(feedback.metadata or {}), _names.REPLACES: replaced_id}
    client.log_assessment(score.trace_id, feedback)


def end(
    uri: str, run_id: str, names: Sequence[str], scores: Sequence[Score], *, is_complete: bool
) -> None:
    """See `Evaluations.end`. Raises MLflow's exceptions."""
    client: Any = MlflowClient(tracking_uri=uri)
    now_ms = get_current_time_millis()
    summaries = summarise_scorers(names, scores)
    metrics = [
        Metric(f"{each.name}/mean", each.mean, now_ms, 0)
        for each in summaries
        if each.mean is not None
    ]
    reasons = {
        score.scorer_name: clean_text(score.problem)[:_REASON_CHARS]
        for score in scores
        if score.state == "not applicable"
    }
    results = [
        {name: value for name, value in asdict(each).items() if name != "mean"}
        for each in summaries
    ]
    tags = [
        RunTag(RESULTS, json.dumps(results, ensure_ascii=False)),
        RunTag(NOT_APPLICABLE, json.dumps(reasons, ensure_ascii=False)),
    ]
    client.log_batch(run_id, metrics=metrics, tags=tags)
    client.set_terminated(run_id, status="FINISHED" if is_complete else "KILLED")


def _params(setup: EvaluationSetup, subjects: Sequence[Subject]) -> Iterator[Param]:
    yield Param("scorers", ", ".join(each.name for each in setup.scorers)[:_PARAM_CHARS])
    yield Param(TRACES, str(len(subjects)))
    yield Param(SOURCE, clean_text(describe_source(setup.source))[:_PARAM_CHARS])
    if setup.judge_lane is not None:
        yield Param(JUDGE_MODEL, clean_text(setup.judge_lane.model)[:_PARAM_CHARS])


def _dataset(client: Any, setup: EvaluationSetup, subjects: Sequence[Subject]) -> Dataset:
    if isinstance(setup.source, DatasetTraces):
        return client.get_dataset(setup.source.dataset_id)._to_mlflow_entity()
    ids = "\n".join(sorted(subject.trace_id for subject in subjects))
    return Dataset(
        name=clean_text(describe_source(setup.source))[:_PARAM_CHARS],
        digest=hashlib.sha256(ids.encode()).hexdigest()[:8],
        source_type="gwtrace",
        source=json.dumps({"traces": len(subjects)}),
        profile=json.dumps({"num_rows": len(subjects)}),
    )


def _feedback(run_id: str, score: Score, judge_model: str | None) -> Feedback:
    verdict = score.verdict
    is_judge = judge_model is not None
    cost_usd = score.lost_cost_usd if verdict is None else verdict.cost_usd
    judge_trace_id = score.lost_trace_id if verdict is None else verdict.judge_trace_id
    metadata = {AssessmentMetadataKey.SOURCE_RUN_ID: run_id, EVALUATION: run_id}
    if verdict is not None and verdict.passed is not None:
        metadata[PASSED] = str(verdict.passed).lower()
    if cost_usd is not None:
        metadata[AssessmentMetadataKey.JUDGE_COST] = str(cost_usd)
    if judge_trace_id is not None:
        metadata[AssessmentMetadataKey.SCORER_TRACE_ID] = judge_trace_id
    value = None if verdict is None else verdict.value
    return Feedback(
        name=score.scorer_name,
        value=clean_text(value) if isinstance(value, str) else value,
        error=None
        if verdict is not None
        else AssessmentError(error_code="SCORER_ERROR", error_message=clean_text(score.problem)),
        source=AssessmentSource(
            source_type=AssessmentSourceType.LLM_JUDGE if is_judge else AssessmentSourceType.CODE,
            source_id=score.scorer_name if judge_model is None else judge_model,
        ),
        rationale=clean_text(verdict.rationale)
        if verdict is not None and verdict.rationale
        else None,
        metadata=metadata,
    )


def _standing(client: Any, new: Feedback, trace_id: str) -> list[Any]:
    """What the same scorer says now of the whole trace, oldest first."""
    found: list[Any] = client.get_trace_info(trace_id).assessments or []
    same = [
        each
        for each in found
        if isinstance(each, Feedback)
        and each.name == new.name
        and each.valid is not False
        and not each.span_id
        and _source(each) == _source(new)
    ]
    return sorted(same, key=lambda each: each.create_time_ms or 0)


def _source(feedback: Feedback) -> tuple[str, str]:
    source: Any = feedback.source  # None for an assessment that names no source
    return ("", "") if source is None else (source.source_type, source.source_id)
