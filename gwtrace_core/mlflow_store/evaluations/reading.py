"""Evaluations read back from MLflow's runs and assessments, whoever made them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, cast

from mlflow import MlflowClient
from mlflow.entities import Feedback
from mlflow.entities import Trace as MlflowTrace
from mlflow.tracing.constant import AssessmentMetadataKey, TraceTagKey
from mlflow.utils.mlflow_tags import (
    MLFLOW_RUN_NAME,
    MLFLOW_RUN_TYPE,
    MLFLOW_RUN_TYPE_GENAI_EVALUATE,
    MLFLOW_USER,
)
from mlflow.utils.time import get_current_time_millis

from gwtrace_core.evaluation.setup_json import read_setup
from gwtrace_core.evaluation.sources import MOST_SUBJECTS
from gwtrace_core.evaluation.stored import (
    EvaluationSetup,
    EvaluationState,
    EvaluationSummary,
    ScorerSummary,
    StoredEvaluation,
    read_number,
)
from gwtrace_core.evaluation.subjects import JUDGE, make_subject
from gwtrace_core.evaluation.values import Score, Verdict
from gwtrace_core.mlflow_store.evaluations.runs import (
    ALIVE,
    JUDGE_MODEL,
    NOT_APPLICABLE,
    PASSED,
    RESULTS,
    SETUP,
    SOURCE,
    TRACES,
)
from gwtrace_core.mlflow_store.format.entities import error_words, texts_of, trace_of
from gwtrace_core.mlflow_store.format.span_json import plain
from gwtrace_core.mlflow_store.format.turn_json import as_dict, as_list
from gwtrace_core.trace.recorded_json import read_json_or_none
from gwtrace_core.values.unicode_text import clean_text

READ_S = 40.0
"""Nothing more is asked for after that time; what has come in is shown as a part."""

_PAGE = 100
_MEAN = "/mean"
_STATES: Mapping[str, EvaluationState] = {
    "RUNNING": "running",
    "SCHEDULED": "running",
    "FINISHED": "finished",
    "KILLED": "stopped",
}
_UNJUDGED = "Nothing is stored for it: the evaluation ended before."


def evaluations(uri: str, experiment_id: str, limit: int) -> tuple[EvaluationSummary, ...]:
    """See `Evaluations.evaluations`. Raises MLflow's exceptions."""
    client: Any = MlflowClient(tracking_uri=uri)
    runs = client.search_runs(
        [experiment_id],
        filter_string=f"tags.`{MLFLOW_RUN_TYPE}` = '{MLFLOW_RUN_TYPE_GENAI_EVALUATE}'",
        order_by=["attributes.start_time DESC"],
        max_results=limit,
    )
    return tuple(_summary(run) for run in runs)


def summary(uri: str, evaluation_id: str) -> EvaluationSummary:
    """See `Evaluations.summary`. Raises MLflow's exceptions."""
    client: Any = MlflowClient(tracking_uri=uri)
    return _summary(client.get_run(evaluation_id))


def evaluation(uri: str, evaluation_id: str) -> StoredEvaluation:
    """See `Evaluations.open_evaluation`. Raises MLflow's exceptions."""
    client: Any = MlflowClient(tracking_uri=uri)
    run, read_ms = client.get_run(evaluation_id), get_current_time_millis()
    setup = _setup(run)
    traces, is_whole = _traces(client, run)
    found = {trace.info.trace_id: _scores(trace, evaluation_id) for trace in traces}
    named = [scorer.name for scorer in setup.scorers] if setup is not None else []
    names = dict.fromkeys([*named, *(name for scores in found.values() for name in scores)])
    missing = _Missing(run)
    return StoredEvaluation(
        summary=_summary(run),
        setup=setup,
        subjects=tuple(make_subject(trace_of(trace)) for trace in traces),
        scores=tuple(
            scores.get(name) or missing.score(trace_id, name)
            for trace_id, scores in found.items()
            for name in names
        ),
        is_whole=is_whole,
        read_ms=read_ms,
    )


class _Missing:
    """What a pair of trace and scorer is of which nothing is stored."""

    def __init__(self, run: Any) -> None:
        self._reasons = as_dict(read_json_or_none(texts_of(run.data.tags).get(NOT_APPLICABLE)))
        self._is_finished = run.info.status == "FINISHED"

    def score(self, trace_id: str, name: str) -> Score:
        reason = self._reasons.get(name)
        if isinstance(reason, str) and self._is_finished:
            return Score(
                trace_id=trace_id, scorer_name=name, state="not applicable", problem=reason
            )
        return Score(trace_id=trace_id, scorer_name=name, state="stopped", problem=_UNJUDGED)


def _traces(client: Any, run: Any) -> tuple[list[MlflowTrace], bool]:
    """The evaluation's traces, oldest first, and whether they are all."""
    found: list[MlflowTrace] = []
    token: str | None = None
    give_up_s = time.monotonic() + READ_S
    while True:
        page = client.search_traces(
            locations=[run.info.experiment_id],
            run_id=run.info.run_id,
            include_spans=True,
            max_results=_PAGE,
            order_by=["timestamp_ms DESC"],
            page_token=token,
        )
        found += cast("Iterable[MlflowTrace]", page)
        token = page.token or None
        if token is None or len(found) >= MOST_SUBJECTS or time.monotonic() > give_up_s:
            break
    # Evaluated with tracing of the scorers, MLflow keeps their own traces with the run's.
    apart = {JUDGE, TraceTagKey.SOURCE_SCORER_NAME}
    kept = [trace for trace in found if not apart & trace.info.tags.keys()]
    return kept[::-1], token is None


def _scores(trace: MlflowTrace, evaluation_id: str) -> dict[str, Score]:
    """The newest of each name that the evaluation gave, replaced since by another or not."""
    given = [
        each
        for each in trace.info.assessments or ()
        if isinstance(each, Feedback)
        and (each.metadata or {}).get(AssessmentMetadataKey.SOURCE_RUN_ID) == evaluation_id
    ]
    given.sort(key=lambda each: each.create_time_ms or 0)
    scores = [_score(trace.info.trace_id, each) for each in given]
    return {each.scorer_name: each for each in scores}


def _score(trace_id: str, feedback: Feedback) -> Score:
    metadata = texts_of(feedback.metadata or {})
    name = clean_text(feedback.name)
    cost_usd = _number(metadata.get(AssessmentMetadataKey.JUDGE_COST))
    judge_trace_id = metadata.get(AssessmentMetadataKey.SCORER_TRACE_ID)
    error: Any = feedback.error
    value: Any = plain(feedback.value)
    if error is not None or value is None:
        return Score(
            trace_id=trace_id,
            scorer_name=name,
            state="failed",
            problem=error_words(error) or "It gave no value.",
            lost_cost_usd=cost_usd,
            lost_trace_id=judge_trace_id,
        )
    if not isinstance(value, bool | int | float | str):
        value = json.dumps(value, ensure_ascii=False)
    return Score(
        trace_id=trace_id,
        scorer_name=name,
        state="scored",
        verdict=Verdict(
            value=value,
            passed=_passed(value, metadata),
            rationale=clean_text(feedback.rationale) if feedback.rationale else None,
            cost_usd=cost_usd,
            judge_trace_id=judge_trace_id,
        ),
    )


def _passed(value: bool | int | float | str, metadata: Mapping[str, str]) -> bool | None:
    if PASSED in metadata:
        return metadata[PASSED] == "true"
    if isinstance(value, bool | str) and (number := read_number(value)) is not None:
        return number == 1
    return None


def _summary(run: Any) -> EvaluationSummary:
    tags, params = texts_of(run.data.tags), texts_of(run.data.params)
    setup = _setup(run)
    traces = params.get(TRACES, "") if setup is not None else ""
    return EvaluationSummary(
        evaluation_id=run.info.run_id,
        name=tags.get(MLFLOW_RUN_NAME) or run.info.run_id,
        start_ms=int(run.info.start_time or 0),
        end_ms=run.info.end_time or None,
        state=_STATES.get(run.info.status, "failed"),
        is_by_gwtrace=f"{SETUP}.0" in tags,
        user=tags.get(MLFLOW_USER, ""),
        scorers=_scorers(run, setup),
        trace_count=int(traces) if traces.isdecimal() else None,
        judge_model=params.get(JUDGE_MODEL, "") if setup is not None else "",
        source=params.get(SOURCE, "") if setup is not None else "",
        alive_ms=int(alive) if (alive := tags.get(ALIVE, "")).isdecimal() else None,
    )


def _scorers(run: Any, setup: EvaluationSetup | None) -> tuple[ScorerSummary, ...]:
    metrics: Mapping[str, float] = run.data.metrics
    means = {
        clean_text(name.removesuffix(_MEAN)): value
        for name, value in metrics.items()
        if name.endswith(_MEAN)
    }
    results = {
        str(as_dict(each).get("name")): as_dict(each)
        for each in as_list(read_json_or_none(texts_of(run.data.tags).get(RESULTS)))
    }
    known = [scorer.name for scorer in setup.scorers] if setup is not None else sorted(means)
    return tuple(
        ScorerSummary(
            name=name,
            mean=means.get(name),
            passed=_count(results.get(name, {}).get("passed")),
            judged=_count(results.get(name, {}).get("judged")),
            failed=_count(results.get(name, {}).get("failed")),
            not_applicable=_count(results.get(name, {}).get("not_applicable")),
        )
        for name in dict.fromkeys([*known, *results])
    )


def _setup(run: Any) -> EvaluationSetup | None:
    tags = texts_of(run.data.tags)
    pieces: list[str] = []
    while (piece := tags.get(f"{SETUP}.{len(pieces)}")) is not None:
        pieces.append(piece)
    return read_setup("".join(pieces)) if pieces else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
