"""Evaluations read back from MLflow's runs and assessments, whoever made them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, cast

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
from gwtrace_core.evaluation.subjects import make_subject
from gwtrace_core.evaluation.values import Score, Verdict
from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.evaluations.runs import JUDGE_MODEL, SOURCE, TRACES
from gwtrace_core.mlflow_store.format import mlflow_api
from gwtrace_core.mlflow_store.format.entities import error_words, texts_of, trace_of
from gwtrace_core.mlflow_store.format.errors import is_missing
from gwtrace_core.mlflow_store.format.span_json import make_plain
from gwtrace_core.mlflow_store.format.turn_json import as_dict, as_list
from gwtrace_core.trace.recorded_json import read_json_or_none
from gwtrace_core.values import trace_names
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


class StoredEvaluations(Questions):
    """What the evaluation pages ask of past evaluations."""

    @question("list the evaluations", limit_s=10.0)
    def list_evaluations(self, store: Store, limit: int = 100) -> tuple[EvaluationSummary, ...]:
        """The newest first, those made by `mlflow.genai.evaluate` elsewhere included."""
        runs = store.client.search_runs(
            [store.experiment_id],
            filter_string=f"tags.`{trace_names.RUN_TYPE}` = '{trace_names.EVALUATE_RUN}'",
            order_by=["attributes.start_time DESC"],
            max_results=limit,
        )
        return tuple(summary_of_run(run) for run in runs)

    @question("read the evaluation", limit_s=15.0)
    def read_summary(self, store: Store, evaluation_id: str) -> EvaluationSummary:
        """How one stands now, without its traces."""
        return summary_of_run(store.client.get_run(evaluation_id))

    # More than the reading itself keeps to: a page under way is waited for.
    @question("read the evaluation", limit_s=90.0)
    def open_evaluation(self, store: Store, evaluation_id: str) -> StoredEvaluation | None:
        """One with all scores and the traces; None: there is none of that id."""
        try:
            run = store.client.get_run(evaluation_id)
            read_ms = mlflow_api.get_current_time_millis()
            traces, is_whole = _read_traces(store.client, run)
        except mlflow_api.MlflowException as exc:
            if is_missing(exc):
                return None
            raise
        setup = setup_of_run(run)
        found = {trace.info.trace_id: _scores_of(trace, evaluation_id) for trace in traces}
        named = [scorer.name for scorer in setup.scorers] if setup is not None else []
        names = dict.fromkeys([*named, *(name for scores in found.values() for name in scores)])
        unscored = _Unscored(run)
        return StoredEvaluation(
            summary=summary_of_run(run),
            setup=setup,
            subjects=tuple(make_subject(trace_of(trace)) for trace in traces),
            scores=tuple(
                scores.get(name) or unscored.make_score(trace_id, name)
                for trace_id, scores in found.items()
                for name in names
            ),
            is_whole=is_whole,
            read_ms=read_ms,
            owner=texts_of(run.data.tags).get(trace_names.EVALUATION_OWNER, ""),
        )


class _Unscored:
    """What a pair of trace and scorer is of which nothing is stored."""

    def __init__(self, run: Any) -> None:
        self._reasons = as_dict(
            read_json_or_none(texts_of(run.data.tags).get(trace_names.NOT_APPLICABLE))
        )
        self._is_finished = run.info.status == "FINISHED"

    def make_score(self, trace_id: str, name: str) -> Score:
        reason = self._reasons.get(name)
        if isinstance(reason, str) and self._is_finished:
            return Score(
                trace_id=trace_id, scorer_name=name, state="not applicable", problem=reason
            )
        return Score(trace_id=trace_id, scorer_name=name, state="stopped", problem=_UNJUDGED)


def _read_traces(client: Any, run: Any) -> tuple[list[mlflow_api.Trace], bool]:
    """The evaluation's traces, oldest first, and whether they are all."""
    found: list[mlflow_api.Trace] = []
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
        found += cast("Iterable[mlflow_api.Trace]", page)
        token = page.token or None
        if token is None or len(found) >= MOST_SUBJECTS or time.monotonic() > give_up_s:
            break
    # Evaluated with tracing of the scorers, MLflow keeps their own traces with the run's.
    apart = {trace_names.JUDGE, trace_names.SOURCE_SCORER}
    kept = [trace for trace in found if not apart & trace.info.tags.keys()]
    return kept[::-1], token is None


def _scores_of(trace: mlflow_api.Trace, evaluation_id: str) -> dict[str, Score]:
    """The newest of each name that the evaluation gave, replaced since by another or not."""
    given = [
        each
        for each in trace.info.assessments or ()
        if isinstance(each, mlflow_api.Feedback)
        and (each.metadata or {}).get(trace_names.SOURCE_RUN_ID) == evaluation_id
    ]
    given.sort(key=lambda each: each.create_time_ms or 0)
    scores = [_score_of(trace.info.trace_id, each) for each in given]
    return {each.scorer_name: each for each in scores}


def _score_of(trace_id: str, feedback: mlflow_api.Feedback) -> Score:
    metadata = texts_of(feedback.metadata or {})
    name = clean_text(feedback.name)
    cost_usd = _number_of(metadata.get(trace_names.JUDGE_COST))
    judge_trace_id = metadata.get(trace_names.SCORER_TRACE_ID)
    error: Any = feedback.error
    value: Any = make_plain(feedback.value)
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
            passed=_has_passed(value, metadata),
            rationale=clean_text(feedback.rationale) if feedback.rationale else None,
            cost_usd=cost_usd,
            judge_trace_id=judge_trace_id,
        ),
    )


def _has_passed(value: bool | int | float | str, metadata: Mapping[str, str]) -> bool | None:
    if trace_names.PASSED in metadata:
        return metadata[trace_names.PASSED] == "true"
    if isinstance(value, bool | str) and (number := read_number(value)) is not None:
        return number == 1
    return None


def summary_of_run(run: Any) -> EvaluationSummary:
    """An evaluation as a list shows it, out of its run."""
    tags, params = texts_of(run.data.tags), texts_of(run.data.params)
    setup = setup_of_run(run)
    traces = params.get(TRACES, "") if setup is not None else ""
    return EvaluationSummary(
        evaluation_id=run.info.run_id,
        name=tags.get(trace_names.RUN_NAME) or run.info.run_id,
        start_ms=int(run.info.start_time or 0),
        end_ms=run.info.end_time or None,
        state=_STATES.get(run.info.status, "failed"),
        is_by_gwtrace=f"{trace_names.EVALUATION_SETUP}.0" in tags,
        user=tags.get(trace_names.RUN_USER, ""),
        scorers=_scorers_of(run, setup),
        trace_count=int(traces) if traces.isdecimal() else None,
        judge_model=params.get(JUDGE_MODEL, "") if setup is not None else "",
        source=params.get(SOURCE, "") if setup is not None else "",
        alive_ms=int(alive)
        if (alive := tags.get(trace_names.EVALUATION_ALIVE_MS, "")).isdecimal()
        else None,
    )


def _scorers_of(run: Any, setup: EvaluationSetup | None) -> tuple[ScorerSummary, ...]:
    metrics: Mapping[str, float] = run.data.metrics
    means = {
        clean_text(name.removesuffix(_MEAN)): value
        for name, value in metrics.items()
        if name.endswith(_MEAN)
    }
    results = {
        str(as_dict(each).get("name")): as_dict(each)
        for each in as_list(
            read_json_or_none(texts_of(run.data.tags).get(trace_names.EVALUATION_RESULTS))
        )
    }
    known = [scorer.name for scorer in setup.scorers] if setup is not None else sorted(means)
    return tuple(
        ScorerSummary(
            name=name,
            mean=means.get(name),
            passed=_count_of(results.get(name, {}).get("passed")),
            judged=_count_of(results.get(name, {}).get("judged")),
            failed=_count_of(results.get(name, {}).get("failed")),
            not_applicable=_count_of(results.get(name, {}).get("not_applicable")),
        )
        for name in dict.fromkeys([*known, *results])
    )


def setup_of_run(run: Any) -> EvaluationSetup | None:
    """What the evaluation was to do; None for one that was made elsewhere."""
    tags = texts_of(run.data.tags)
    pieces: list[str] = []
    while (piece := tags.get(f"{trace_names.EVALUATION_SETUP}.{len(pieces)}")) is not None:
        pieces.append(piece)
    return read_setup("".join(pieces)) if pieces else None


def _count_of(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number_of(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
