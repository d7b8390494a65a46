"""No text that is no valid Unicode comes out of what is read from MLflow."""

from __future__ import annotations

import base64
import json
import secrets
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.entities import (
    AssessmentError,
    AssessmentSource,
    EvaluationDataset,
    Expectation,
    Feedback,
)
from mlflow.entities.trace_info import TraceInfo
from mlflow.entities.trace_location import TraceLocation
from mlflow.entities.trace_state import TraceState
from mlflow.exceptions import MlflowException

from gwtrace_core.evaluation.subjects import make_subject
from gwtrace_core.mlflow_store.conversations import setups
from gwtrace_core.mlflow_store.evaluations import datasets, reading
from gwtrace_core.mlflow_store.format.entities import summary_of, translated
from gwtrace_core.mlflow_store.format.span_json import span_from_json
from gwtrace_core.mlflow_store.prompts import queries
from gwtrace_core.mlflow_store.traces import large, listing
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.prompts.use import LINKED_PROMPTS, linked_prompts
from gwtrace_core.trace.feedback import compact_words
from gwtrace_core.trace.messages import conversation_of
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.preview import preview_text
from tests.cases import case
from tests.core.mlflow_store.support import Turns
from tests.core.mlflow_store.traces.test_foreign_traces import opened, otlp, send
from tests.unclean import HALF, any_json, any_text, unclean_in

OUTPUT = case("surrogate-in-foreign-trace", "output.json").read_text()


def json_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """As programs in Python and JavaScript write it: half characters as escapes."""
    return values.map(json.dumps)


any_recorded = any_text | json_of(any_json) | json_of(json_of(any_json))
texts_by_name = st.dictionaries(any_text, any_recorded, max_size=3)
any_source = st.builds(lambda who: AssessmentSource("LLM_JUDGE", who), any_text)
any_error = st.builds(AssessmentError, error_code=any_text, error_message=any_text)
any_feedback = st.builds(
    Feedback,
    name=any_text,
    value=any_json,
    source=any_source,
    rationale=any_text,
    error=st.none() | any_error,
    metadata=texts_by_name,
)
any_expectation = st.builds(
    Expectation, name=any_text, value=any_json.filter(bool), source=any_source
)


@st.composite
def any_info(draw: st.DrawFn) -> TraceInfo:
    names = ["mlflow.trace.session", "mlflow.trace.user", "mlflow.traceInputs"]
    known = {name: draw(any_recorded) for name in names}
    tags = {"mlflow.traceName": draw(any_text), LINKED_PROMPTS: draw(json_of(any_json))}
    model = {"gwtrace.model": draw(any_text), "gwtrace.sdk_path": draw(any_text)}
    return TraceInfo(
        trace_id="tr-1",
        trace_location=TraceLocation.from_experiment_id("0"),
        request_time=0,
        state=TraceState.OK,
        request_preview=draw(any_recorded),
        response_preview=draw(any_recorded),
        trace_metadata={**known, **draw(texts_by_name)},
        tags={**tags, **draw(st.just({}) | st.just(model)), **draw(texts_by_name)},
        assessments=draw(st.lists(any_feedback | any_expectation, max_size=3)),
    )


@st.composite
def any_stored_span(draw: st.DrawFn) -> dict[str, Any]:
    names = ["mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.llm.model", "gen_ai.input.messages"]
    known = {name: draw(any_recorded) for name in names}
    return {
        "trace_id": base64.b64encode(bytes(16)).decode(),
        "span_id": base64.b64encode(b"12345678").decode(),
        "parent_span_id": "",
        "name": draw(any_text),
        "start_time_unix_nano": 0,
        "end_time_unix_nano": 1,
        "status": {"code": "STATUS_CODE_ERROR", "message": draw(any_text)},
        "attributes": {**known, **draw(st.dictionaries(any_text, any_recorded | any_json))},
        "events": [{"name": draw(any_text), "attributes": draw(texts_by_name)}],
        "links": [{"trace_id": draw(any_text), "attributes": draw(texts_by_name)}],
    }


@given(any_info(), st.lists(any_stored_span(), min_size=1, max_size=2))
def test_traces_lists_sessions_and_subjects_of_an_evaluation_are_clean(
    info: TraceInfo, spans: list[dict[str, Any]]
) -> None:
    summary = summary_of(info)
    row = listing.listed(summary)
    trace = Trace(summary=summary, spans=tuple(map(span_from_json, spans)))
    shown = [
        *(row, listing._listed_session("s", [summary]), trace, make_subject(trace)),
        *(preview_text(summary.request_preview), preview_text(summary.response_preview)),
        *(linked_prompts(summary.tags), compact_words(summary.assessments)),
        *(conversation_of(span) for span in trace.spans),
    ]
    assert unclean_in(shown) == []


@given(any_recorded)
def test_a_preview_is_clean_by_whichever_way_it_comes(preview: str) -> None:
    assert unclean_in(preview_text(preview)) == []


@given(texts_by_name, texts_by_name, any_feedback)
def test_evaluations_are_clean(
    tags: dict[str, str], params: dict[str, str], feedback: Feedback
) -> None:
    results = json.dumps([{"name": HALF, "passed": 1}])
    setup = json.dumps({"name": HALF, "user": HALF, "scorers": [], "source": {"kind": "chosen"}})
    tags |= {"gwtrace.evaluation.results": results, "gwtrace.evaluation.setup.0": setup}
    info = SimpleNamespace(run_id="r", start_time=1, end_time=2, status="FINISHED")
    data = SimpleNamespace(tags=tags, params=params, metrics={f"{HALF}/mean": 1.0})
    run = SimpleNamespace(info=info, data=data)
    score = reading._score("tr-1", feedback)
    assert unclean_in([reading._summary(run), reading._setup(run)]) == []
    assert unclean_in(score) == []


@given(any_json, any_json, texts_by_name, any_text)
def test_datasets_are_clean(inputs: Any, expected: Any, tags: dict[str, str], name: str) -> None:
    record = SimpleNamespace(
        dataset_record_id="r", inputs={"question": inputs}, expectations={name: expected}
    )
    record.source = None
    dataset = EvaluationDataset("d-1", name, "digest", 1, 2, tags=tags)
    assert unclean_in(datasets._row(record)) == []
    assert unclean_in(datasets._summary(dataset)) == []


@given(any_text, texts_by_name, any_text)
def test_prompts_are_clean(name: str, tags: dict[str, str], text: str) -> None:
    model = SimpleNamespace(name=name, description=text, creation_timestamp=1, tags=tags)
    model.last_updated_timestamp, model.latest_versions, model.aliases = 2, [], {text: "1"}
    version = SimpleNamespace(name=name, version="1", commit_message=text, user_id=text, tags=tags)
    version.creation_timestamp = 1
    for template in (text, [{"role": text, "content": text}, {"role": "user", "content": [text]}]):
        version.template = template
        assert unclean_in(queries._version(version, aliases=())) == []
    assert unclean_in(queries._summary(model)) == []


def test_set_ups_experiments_and_errors_are_clean() -> None:
    setup = setups._setup(json.dumps({"name": HALF, "saved_by": HALF, "lanes": ""}))
    error = translated(MlflowException(f"No {HALF}"), "read it")
    assert setup is not None
    assert unclean_in([setup, error.message]) == []


@pytest.fixture
def traces(served: Turns) -> Traces:
    return Traces(served.tracking)


def tool_span(digits: str, outputs: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "mlflow.spanType": "TOOL",
        "mlflow.spanInputs": '{"q": "x"}',
        "mlflow.spanOutputs": outputs,
    }
    return otlp(digits, "1", **attributes)


def test_a_foreign_trace_with_half_a_character_is_listed_and_opened(
    served: Turns, traces: Traces
) -> None:
    sound, broken = secrets.token_hex(16), secrets.token_hex(16)
    send(served, [tool_span(sound, '"a sound answer"'), tool_span(broken, OUTPUT)])
    page = traces.trace_page(page_size=500)
    answers = {row.trace_id: preview_text(row.summary.response_preview) for row in page.rows}
    assert answers[f"tr-{sound}"] == "a sound answer"
    assert answers[f"tr-{broken}"] == "cut here \ufffd"
    view = opened(traces, broken)
    assert view.trace.spans[0].outputs == "cut here \ufffd"
    assert unclean_in([page, view.trace]) == []


def test_the_trace_as_a_file_is_clean(served: Turns) -> None:
    digits = secrets.token_hex(16)
    send(served, [otlp(digits, "1")])
    info = large.stored_info(served.tracking.config.uri, f"tr-{digits}")
    assert info is not None
    text = large.trace_json(info, [{"name": f"cut {HALF}", "attributes": {HALF: OUTPUT}}])
    span = {"name": "cut \ufffd", "attributes": {"\ufffd": OUTPUT}}
    assert json.loads(text)["data"] == {"spans": [span]}
