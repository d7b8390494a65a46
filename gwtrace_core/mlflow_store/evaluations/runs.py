"""Evaluations written as MLflow's own `evaluate` writes them: a run, linked traces, assessments."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from gwtrace_core.evaluation.setup_json import write_setup
from gwtrace_core.evaluation.sources import DatasetTraces, describe_source
from gwtrace_core.evaluation.stored import EvaluationSetup, summarise_scorers
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.run_owner import take_run
from gwtrace_core.mlflow_store.format.turn_json import as_dict
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.unicode_text import clean_text

TRACES = "traces"
JUDGE_MODEL = "judge_model"
SOURCE = "source"

_BEGIN_S = 60.0
_WRITE_S = 15.0
_PIECE_CHARS = 4_000
_MOST_PIECES = 40
_LINKED_AT_ONCE = 100
_PARAM_CHARS = 500
_REASON_CHARS = 200


class EvaluationRuns(Questions):
    """What an evaluation under way has stored."""

    @question("begin the evaluation", limit_s=_BEGIN_S)
    def begin(self, store: Store, setup: EvaluationSetup, subjects: Sequence[Subject]) -> str:
        """Open the run and link the traces to it; its id. Raises RequestRefused for a set-up that
        is too long to be stored."""
        text = clean_text(write_setup(setup))
        pieces = [text[at : at + _PIECE_CHARS] for at in range(0, len(text), _PIECE_CHARS)]
        if len(pieces) > _MOST_PIECES:
            raise RequestRefused(
                f"The scorers and the choice of traces take {len(text):,} characters; at most "
                f"{_PIECE_CHARS * _MOST_PIECES:,} can be stored.",
                hint="Shorten instructions and schemas, or leave scorers out.",
            )
        client = store.client
        run = client.create_run(
            store.experiment_id,
            run_name=clean_text(setup.name)[:_PARAM_CHARS],
            tags={
                trace_names.RUN_TYPE: trace_names.EVALUATE_RUN,
                trace_names.RUN_USER: setup.user,
                trace_names.RUN_SOURCE: "gwtrace",
                trace_names.EVALUATION_ALIVE_MS: str(mlflow_api.get_current_time_millis()),
                **{
                    f"{trace_names.EVALUATION_SETUP}.{number}": piece
                    for number, piece in enumerate(pieces)
                },
            },
        )
        run_id = str(run.info.run_id)
        dataset = _make_dataset(client, setup, subjects)
        client.log_inputs(run_id, datasets=[mlflow_api.DatasetInput(dataset)])
        client.log_batch(run_id, params=list(_make_params(setup, subjects)))
        for first in range(0, len(subjects), _LINKED_AT_ONCE):
            some = [subject.trace_id for subject in subjects[first : first + _LINKED_AT_ONCE]]
            client.link_traces_to_run(trace_ids=some, run_id=run_id)
        return run_id

    @question("store the score", limit_s=_WRITE_S)
    def store(
        self, store: Store, evaluation_id: str, score: Score, *, judge_model: str | None
    ) -> None:
        """Store a `scored` or `failed` score on its trace.

        By a judge of `judge_model`, or None: by code. What the same scorer said before is kept as
        replaced; a failure replaces nothing but an earlier failure of this evaluation.
        """
        client = store.tracing
        feedback = _make_feedback(evaluation_id, score, judge_model)
        standing: list[Any] = []
        for each in _read_standing(client, feedback, score.trace_id):
            run_id = as_dict(each.metadata).get(trace_names.SOURCE_RUN_ID)
            if run_id == evaluation_id and each.error is not None:
                # Nothing was judged by it, and it is being tried again.
                client.delete_assessment(score.trace_id, each.assessment_id)
            elif each.error is None:
                standing.append(each)
        if standing and feedback.error is None:
            replaced_id = str(standing[-1].assessment_id)
            feedback.overrides = replaced_id
            feedback.metadata = {**(feedback.metadata or {}), trace_names.REPLACES: replaced_id}
        client.log_assessment(score.trace_id, feedback)

    @question("go on with the evaluation", limit_s=_WRITE_S)
    def resume(self, store: Store, evaluation_id: str, *, owner: str, before: str) -> None:
        """Mark the run as running again, in the hands of `owner` and no longer of `before`, which
        is empty for those who began it.

        Raises TakenElsewhere when somebody else has taken it in between.
        """
        take_run(
            store.client,
            evaluation_id,
            owner_tag=trace_names.EVALUATION_OWNER,
            alive_tag=trace_names.EVALUATION_ALIVE_MS,
            owner=owner,
            before=before,
            what="evaluation",
        )

    @question("note that the evaluation is under way", limit_s=_WRITE_S)
    def tell_alive(self, store: Store, evaluation_id: str) -> None:
        """Note on the run that somebody is at it now."""
        _write_sign_of_life(store, evaluation_id)

    @question("end the evaluation", limit_s=_WRITE_S)
    def end(
        self,
        store: Store,
        evaluation_id: str,
        scorer_names: Sequence[str],
        scores: Sequence[Score],
        *,
        is_complete: bool,
    ) -> None:
        """Store what the scores came to and end the run: `FINISHED`, or `KILLED` with scores
        missing."""
        client = store.client
        now_ms = mlflow_api.get_current_time_millis()
        summaries = summarise_scorers(scorer_names, scores)
        metrics = [
            mlflow_api.Metric(f"{each.name}/mean", each.mean, now_ms, 0)
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
            mlflow_api.RunTag(name, json.dumps(value, ensure_ascii=False))
            for name, value in (
                (trace_names.EVALUATION_RESULTS, results),
                (trace_names.NOT_APPLICABLE, reasons),
            )
        ]
        client.log_batch(evaluation_id, metrics=metrics, tags=tags)
        client.set_terminated(evaluation_id, status="FINISHED" if is_complete else "KILLED")


def _write_sign_of_life(store: Store, run_id: str) -> None:
    now_ms = mlflow_api.get_current_time_millis()
    store.client.set_tag(run_id, trace_names.EVALUATION_ALIVE_MS, str(now_ms))


def _make_params(setup: EvaluationSetup, subjects: Sequence[Subject]) -> Iterator[mlflow_api.Param]:
    yield mlflow_api.Param("scorers", ", ".join(each.name for each in setup.scorers)[:_PARAM_CHARS])
    yield mlflow_api.Param(TRACES, str(len(subjects)))
    yield mlflow_api.Param(SOURCE, clean_text(describe_source(setup.source))[:_PARAM_CHARS])
    if setup.judge_lane is not None:
        yield mlflow_api.Param(JUDGE_MODEL, clean_text(setup.judge_lane.model)[:_PARAM_CHARS])


def _make_dataset(
    client: Any, setup: EvaluationSetup, subjects: Sequence[Subject]
) -> mlflow_api.Dataset:
    if isinstance(setup.source, DatasetTraces):
        return client.get_dataset(setup.source.dataset_id)._to_mlflow_entity()
    ids = "\n".join(sorted(subject.trace_id for subject in subjects))
    return mlflow_api.Dataset(
        name=clean_text(describe_source(setup.source))[:_PARAM_CHARS],
        digest=hashlib.sha256(ids.encode()).hexdigest()[:8],
        source_type="gwtrace",
        source=json.dumps({"traces": len(subjects)}),
        profile=json.dumps({"num_rows": len(subjects)}),
    )


def _make_feedback(run_id: str, score: Score, judge_model: str | None) -> mlflow_api.Feedback:
    verdict = score.verdict
    is_judge = judge_model is not None
    cost_usd = score.lost_cost_usd if verdict is None else verdict.cost_usd
    judge_trace_id = score.lost_trace_id if verdict is None else verdict.judge_trace_id
    metadata = {trace_names.SOURCE_RUN_ID: run_id, trace_names.EVALUATION: run_id}
    if verdict is not None and verdict.passed is not None:
        metadata[trace_names.PASSED] = str(verdict.passed).lower()
    if cost_usd is not None:
        metadata[trace_names.JUDGE_COST] = str(cost_usd)
    if judge_trace_id is not None:
        metadata[trace_names.SCORER_TRACE_ID] = judge_trace_id
    value = None if verdict is None else verdict.value
    return mlflow_api.Feedback(
        name=score.scorer_name,
        value=clean_text(value) if isinstance(value, str) else value,
        error=None
        if verdict is not None
        else mlflow_api.AssessmentError(
            error_code="SCORER_ERROR", error_message=clean_text(score.problem)
        ),
        source=mlflow_api.AssessmentSource(
            source_type=mlflow_api.AssessmentSourceType.LLM_JUDGE
            if is_judge
            else mlflow_api.AssessmentSourceType.CODE,
            source_id=score.scorer_name if judge_model is None else judge_model,
        ),
        rationale=clean_text(verdict.rationale)
        if verdict is not None and verdict.rationale
        else None,
        metadata=metadata,
    )


def _read_standing(client: Any, new: mlflow_api.Feedback, trace_id: str) -> list[Any]:
    """What the same scorer says now of the whole trace, oldest first."""
    found: list[Any] = client.get_trace_info(trace_id).assessments or []
    same = [
        each
        for each in found
        if isinstance(each, mlflow_api.Feedback)
        and each.name == new.name
        and each.valid is not False
        and not each.span_id
        and _source_of(each) == _source_of(new)
    ]
    return sorted(same, key=lambda each: each.create_time_ms or 0)


def _source_of(feedback: mlflow_api.Feedback) -> tuple[str, str]:
    source: Any = feedback.source  # None for an assessment that names no source
    return ("", "") if source is None else (source.source_type, source.source_id)
