"""Lists, single traces, judgements and deletion, in both stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Trace as MlflowTrace

from gwtrace_core.mlflow_store.connection.tracking import Ready, TrackingConfig
from gwtrace_core.mlflow_store.traces import large
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.listing import ListedTrace, TracePage
from gwtrace_core.trace.model import Assessment, Trace
from gwtrace_core.trace.view import TraceView, view_of
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import RequestRefused, TrackingError
from tests.bench.trace_rows import RARE_WORD, fill
from tests.core.mlflow_store.conftest import TurnsFactory
from tests.core.mlflow_store.support import Turns

CHAT = SdkPath.OPENAI_CHAT
_MANY = 1_300


@pytest.fixture
def traces(turns: Turns) -> Traces:
    return Traces(turns.tracking)


@pytest.fixture(scope="module")
def many(make_turns: TurnsFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    """1,300 traces in a database of their own."""
    directory: Path = tmp_path_factory.mktemp("many")
    config = TrackingConfig(tracking_uri=None, experiment_name="many", working_dir=directory)
    with make_turns(config) as turns:
        state = turns.tracking.state
        assert isinstance(state, Ready), state
        fill(directory / "mlflow.db", state.experiment_id, _MANY)
        yield Traces(turns.tracking)


def uri(turns: Turns) -> str:
    return turns.tracking.config.uri


def foreign_trace(turns: Turns, name: str, *, children: int = 1, experiment: Any = None) -> str:
    """A trace of a program that knows nothing of gwtrace, with spans made by hand."""
    state = turns.tracking.state
    assert isinstance(state, Ready)
    start: Any = mlflow.start_span_no_context
    root = start(name, inputs={"q": 1}, experiment_id=experiment or state.experiment_id)
    for number in range(children):
        child = start(
            f"step {number}",
            parent_span=root,
            inputs={"number": number},
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "some-model",
                "gen_ai.provider.name": "somebody",
                "gen_ai.usage.input_tokens": 7,
                "gen_ai.usage.output_tokens": 0,
            },
        )
        child.end(outputs={"é": [number, None]})
    root.end(outputs="done")
    mlflow.flush_trace_async_logging()
    return str(root.trace_id)


def pages(traces: Traces, chosen: TraceFilter, *, size: int, **asked: Any) -> list[TracePage]:
    found = [traces.list_traces(chosen=chosen, page_size=size, **asked)]
    while (token := found[-1].next_token) is not None:
        assert len(found) < 200
        found.append(traces.list_traces(chosen=chosen, page_token=token, page_size=size, **asked))
    return found


def rows(found: list[TracePage]) -> list[ListedTrace]:
    return [row for page in found for row in page.rows]


def test_the_list_has_every_trace_once_newest_first(many: Traces) -> None:
    found = pages(many, TraceFilter(), size=400)
    assert [len(page.rows) for page in found] == [400, 400, 400, 100]
    starts = [row.summary.start_ms for row in rows(found)]
    assert starts == sorted(starts, reverse=True)
    assert len({row.trace_id for row in rows(found)}) == _MANY


def test_a_row_says_what_the_list_shows(many: Traces) -> None:
    ours = many.list_traces(chosen=TraceFilter(verdict_value="true"), page_size=1).rows[0]
    assert (ours.name, ours.is_by_gwtrace, ours.outcome) == ("chat turn", False, "")
    assert [verdict.value for verdict in ours.verdicts] == [True]
    other = many.list_traces(chosen=TraceFilter(model="gpt-4o-mini"), page_size=1).rows[0]
    assert (other.sdk_path, other.provider, other.model) == (
        "openai-chat",
        "openai",
        "gpt-4o-mini",
    )
    assert other.summary.usage is not None
    assert other.summary.cost_usd is not None


@pytest.mark.parametrize("size", [1, 7, 50])
def test_what_mlflow_cannot_filter_is_found_wherever_it_lies(many: Traces, size: int) -> None:
    chosen = TraceFilter(preview="TIDES", min_tokens=4_000)
    found = rows(pages(many, chosen, size=size))
    everything = rows(pages(many, TraceFilter(), size=500))
    assert [row.trace_id for row in found] == [
        row.trace_id
        for row in everything
        if "tides" in row.summary.request_preview
        and row.summary.usage is not None
        and (row.summary.usage.total_tokens or 0) >= 4_000
    ]
    assert len(found) > 1


def test_a_rare_word_is_searched_for_in_bounded_steps(many: Traces) -> None:
    page = many.list_traces(chosen=TraceFilter(preview=RARE_WORD), page_size=10)
    assert len(page.rows) == 1
    assert page.looked_at == _MANY
    assert page.next_token is None


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (TraceFilter(by_gwtrace=False), _MANY // 5),
        (TraceFilter(has_error=True), _MANY // 20),
        (TraceFilter(has_error=False), _MANY - _MANY // 20),
        (TraceFilter(status="error", outcome="failed"), _MANY // 20),
        (TraceFilter(user="user-7"), _MANY // 50),
        (TraceFilter(session_id=f"{3:032x}"), 6),
        (TraceFilter(verdict_name="verdict"), _MANY // 10),
        (TraceFilter(verdict_value="false"), _MANY // 20),
        (TraceFilter(verdict_name="nobody said so"), 0),
        (TraceFilter(full_text="text text"), _MANY),
        (TraceFilter(full_text="not there"), 0),
    ],
)
def test_a_filter_lets_the_right_traces_pass(
    many: Traces, chosen: TraceFilter, expected: int
) -> None:
    assert len(many.count_matching(None, chosen).trace_ids) == expected


def test_traces_that_come_in_meanwhile_do_not_shift_the_pages(turns: Turns, traces: Traces) -> None:
    before = [foreign_trace(turns, f"shift {number}") for number in range(4)]
    first = traces.list_traces(page_size=2)
    assert [row.trace_id for row in first.rows] == before[:1:-1]
    foreign_trace(turns, "later")
    second = traces.list_traces(page_token=first.next_token, page_size=2)
    assert [row.trace_id for row in second.rows] == before[1::-1]


def test_the_slowest_come_first_when_asked_for(many: Traces) -> None:
    page = many.list_traces(order="slowest", page_size=500)
    times = [row.summary.duration_ms or 0 for row in page.rows]
    assert times == sorted(times, reverse=True)


def test_a_token_that_is_none_is_refused(many: Traces) -> None:
    for token in ("x", "!!", "eJw=", ""):
        with pytest.raises(TrackingError, match="cannot be carried on"):
            many.list_traces(page_token=token)


def test_what_the_filter_cannot_hold_is_refused_before_mlflow_is_asked(many: Traces) -> None:
    with pytest.raises(RequestRefused, match="cannot search for"):
        many.list_traces(chosen=TraceFilter(user="a\\b"))


def test_sessions_come_by_their_newest_turn_and_each_once(many: Traces) -> None:
    token: str | None = None
    found: list[tuple[str, int]] = []
    for _ in range(20):
        page = many.list_session_page(page_token=token, page_size=40)
        found += [(session.session_id, session.turn_count) for session in page.sessions]
        token = page.next_token
        if token is None:
            assert page.is_whole
            break
    counts = [6] * (_MANY // 6) + [_MANY % 6]
    assert found == [(f"{number:032x}", count) for number, count in enumerate(counts)]


def test_a_listed_session_sums_up_its_turns(turns: Turns, traces: Traces) -> None:
    for number, text in enumerate(("First question", "Second")):
        turns.ask(CHAT, text=text, session_id="summed", turn_index=number, user="grace")
    turns.ask(CHAT, model="fault-upstream-429", session_id="summed", turn_index=2)
    session = traces.list_session_page(page_size=1).sessions[0]
    assert (session.session_id, session.turn_count, session.failed_count) == ("summed", 3, 1)
    assert session.title == "First question"
    assert session.models == ("fault-upstream-429", "gpt-4o-mini")
    assert session.users == ("ada", "grace")
    assert session.sdk_paths == ("openai-chat",)
    assert (session.lane, session.comparison_id) == ("", "")
    assert session.usage is not None
    turn_rows = traces.list_traces(chosen=TraceFilter(session_id="summed"), order="oldest").rows
    assert [row.summary.request_preview for row in turn_rows][:2] == ["First question", "Second"]


def test_the_picker_knows_every_experiment_and_another_ones_traces_are_read(
    turns: Turns, traces: Traces
) -> None:
    client: Any = MlflowClient(tracking_uri=uri(turns))
    other = client.create_experiment("somebody else's")
    trace_id = foreign_trace(turns, "elsewhere", experiment=other)
    listed = {each.experiment_id: each.name for each in traces.list_experiments()}
    assert listed[other] == "somebody else's"
    assert listed[traces.find_current_experiment_id()] == "Pydantic AI Gateway"
    (row,) = traces.list_traces(other).rows
    assert (row.trace_id, row.name, row.is_by_gwtrace) == (trace_id, "elsewhere", False)
    view = opened(traces, trace_id)
    assert view.trace.summary.experiment_id == other


def opened(traces: Traces, trace_id: str) -> TraceView:
    view = traces.open_trace(trace_id).view()
    assert view is not None
    return view


def by_client(turns: Turns, trace_id: str) -> Trace:
    info = large.find_info(uri(turns), trace_id)
    assert info is not None
    spans = large.read_spans_by_client(uri(turns), trace_id)
    return large.build_trace(info, spans, lambda _: None)


def test_a_trace_is_the_same_by_the_quick_way_and_by_mlflows_client(
    turns: Turns, traces: Traces
) -> None:
    made = [
        turns.ask(CHAT).trace.trace_id,
        turns.ask(SdkPath.PYDANTIC_AI, text="17 * 23?", tools=("calculator",)).trace.trace_id,
        turns.ask(SdkPath.ANTHROPIC_MESSAGES, model="fault-upstream-429").trace.trace_id,
        foreign_trace(turns, "by hand", children=3),
    ]
    for trace_id in made:
        slow = by_client(turns, trace_id)
        assert opened(traces, trace_id) == view_of(slow)
        assert len(slow.spans) > 1


def test_what_others_write_about_a_model_call_is_understood(turns: Turns, traces: Traces) -> None:
    view = opened(traces, foreign_trace(turns, "genai"))
    (span,) = (span for span in view.trace.spans if span.parent_id is not None)
    assert (span.kind, span.model, span.provider) == ("CHAT_MODEL", "some-model", "somebody")
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens) == (7, 0)
    assert (span.inputs, span.outputs) == ({"number": 0}, {"é": [0, None]})


def test_a_finished_trace_is_read_once_and_shared(turns: Turns, traces: Traces) -> None:
    trace_id = foreign_trace(turns, "kept")
    first = opened(traces, trace_id)
    assert opened(traces, trace_id) is first
    again = traces.open_trace(trace_id, is_fresh=True).view()
    assert again == first
    assert again is not first


def test_a_trace_that_is_not_there_is_none(traces: Traces) -> None:
    assert traces.open_trace("tr-" + "0" * 32).view() is None
    assert traces.read_trace_json("tr-" + "0" * 32) is None


def test_a_trace_as_json_is_what_mlflow_reads_back(turns: Turns, traces: Traces) -> None:
    trace_id = turns.ask(CHAT).trace.trace_id
    text = traces.read_trace_json(trace_id)
    assert text is not None
    again: Any = MlflowTrace.from_json(text)
    stored: Any = MlflowClient(tracking_uri=uri(turns)).get_trace(trace_id)
    assert again.info.to_dict() == stored.info.to_dict()
    assert [span.to_dict() for span in again.data.spans] == [
        span.to_dict() for span in stored.data.spans
    ]


def said(found: tuple[Assessment, ...]) -> list[tuple[Any, ...]]:
    return [(each.name, each.kind, each.value, each.source_id, each.is_valid) for each in found]


def test_several_people_judge_under_several_names_and_edits_keep_what_was_said(
    turns: Turns, traces: Traces
) -> None:
    trace_id = foreign_trace(turns, "judged")
    view = opened(traces, trace_id)
    span_id = view.trace.spans[1].span_id
    judge = traces.annotate
    judge(trace_id, kind="feedback", name="tone", value="dry", user="ada", rationale="No joke.")
    judge(trace_id, kind="feedback", name="tone", value="witty", user="grace")
    judge(trace_id, kind="feedback", name="score", value=4.5, user="ada")
    on_span = judge(
        trace_id, kind="feedback", name="tone", value="flat", user="ada", span_id=span_id
    )
    judge(trace_id, kind="expectation", name="answer", value="42", user="ada")
    judge(trace_id, kind="expectation", name="answer", value="43", user="ada")
    edited = judge(trace_id, kind="feedback", name="tone", value=False, user="ada")
    assert on_span.span_id == span_id
    found = traces.read_assessments(trace_id)
    assert sorted(said(found), key=str) == sorted(
        [
            ("tone", "feedback", "dry", "ada", False),
            ("tone", "feedback", "witty", "grace", True),
            ("score", "feedback", 4.5, "ada", True),
            ("tone", "feedback", "flat", "ada", True),
            ("answer", "expectation", "42", "ada", False),
            ("answer", "expectation", "43", "ada", True),
            ("tone", "feedback", False, "ada", True),
        ],
        key=str,
    )
    # What is open shows it at once, without the spans being read again.
    after = opened(traces, trace_id)
    assert after.trace.summary.assessments == found
    assert after.tree is view.tree
    with pytest.raises(RequestRefused, match="only they can"):
        traces.withdraw(trace_id, edited.assessment_id, user="grace")
    traces.withdraw(trace_id, edited.assessment_id, user="ada")
    left = [row for row in said(traces.read_assessments(trace_id)) if row[0] == "tone"]
    assert sorted(left, key=str) == [
        ("tone", "feedback", "flat", "ada", True),
        ("tone", "feedback", "witty", "grace", True),
    ]


def test_what_was_counted_is_deleted_and_nothing_else(turns: Turns, traces: Traces) -> None:
    doomed = {foreign_trace(turns, "doomed") for _ in range(3)}
    kept = foreign_trace(turns, "kept alive")
    opened(traces, kept)
    matching = traces.count_matching(None, TraceFilter(name="doomed"))
    assert (set(matching.trace_ids), matching.is_complete) == (doomed, True)
    late = foreign_trace(turns, "doomed")
    seen: list[int] = []
    assert traces.delete_matching(matching, report=seen.append) == 3
    assert seen == [3]
    assert traces.delete_matching(matching) == 0
    assert traces.count_matching(None, TraceFilter(name="doomed")).trace_ids == (late,)
    assert [traces.open_trace(trace_id).view() for trace_id in doomed] == [None] * 3
    assert opened(traces, kept).trace.trace_id == kept


def test_a_call_made_elsewhere_is_listed_with_its_model(turns: Turns, traces: Traces) -> None:
    state = turns.tracking.state
    assert isinstance(state, Ready)
    start: Any = mlflow.start_span_no_context
    name = f"call elsewhere {turns.tracking.config.uri[:4]}"
    inputs = {"model": "some-model", "messages": [{"role": "user", "content": "long " * 100}]}
    start(name, inputs=inputs, experiment_id=state.experiment_id).end(outputs="short")
    mlflow.flush_trace_async_logging()
    (row,) = traces.list_traces(chosen=TraceFilter(name=name)).rows
    assert (row.model, row.is_by_gwtrace) == ("some-model", False)
