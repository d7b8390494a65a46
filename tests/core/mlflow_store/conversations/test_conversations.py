"""Sessions, turns and verdicts come back from MLflow as they went in."""

from __future__ import annotations

import threading
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource

from gwtrace_core.background.time_limit import TimeLimitError, run_within
from gwtrace_core.mlflow_store.connection.tracking import Ready
from gwtrace_core.mlflow_store.conversations.conversations import (
    PREFERENCE,
    SessionSummary,
    SkippedTrace,
    TraceStore,
)
from gwtrace_core.trace.model import Assessment
from gwtrace_core.values import as_json
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.preferences import Preference
from gwtrace_core.values.request import Message
from tests.core.mlflow_store.support import Turn, Turns, named

CHAT = SdkPath.OPENAI_CHAT


@pytest.fixture
def store(turns: Turns) -> TraceStore:
    return TraceStore(turns.tracking)


@pytest.fixture
def client(turns: Turns) -> Any:
    return MlflowClient(tracking_uri=turns.tracking.config.uri)


def experiment_id(turns: Turns) -> str:
    assert isinstance(turns.tracking.state, Ready)
    return turns.tracking.state.experiment_id


def summary(session: SessionSummary) -> tuple[Any, ...]:
    return session.session_id, session.title, session.turn_count, session.models


def test_a_trace_read_later_is_the_one_that_was_read_at_once(
    turns: Turns, store: TraceStore
) -> None:
    turn = turns.ask(CHAT)
    assert store.trace(turn.trace.trace_id) == turn.trace


def test_a_trace_that_does_not_exist_is_none(store: TraceStore) -> None:
    assert store.trace("tr-" + "0" * 32) is None


def test_an_answer_from_the_gateways_cache_and_a_distinct_request_are_told_when_read_back(
    turns: Turns, store: TraceStore
) -> None:
    session, line = "cached", "Request a1-2. Never mind."
    asked, kept, other = [
        turns.ask(
            CHAT,
            text=f"Kept by {experiment_id(turns)} of {turns.tracking.config.uri}?",
            session_id=session,
            turn_index=index,
            key="demo-cached",
            system_prompt="Be short.",
            distinct_line=said,
        )
        for index, said in enumerate(("", "", line))
    ]
    assert [turn.reply.is_from_cache for turn in (asked, kept, other)] == [False, True, False]
    assert [turn.trace.summary.is_from_cache for turn in (asked, kept, other)] == [
        False,
        True,
        False,
    ]
    roots = [named(turn.trace, "chat") for turn in (asked, kept, other)]
    assert [root.attributes.get("gwtrace.from_gateway_cache") for root in roots] == [
        None,
        True,
        None,
    ]
    assert [root.attributes.get("gwtrace.distinct_line") for root in roots] == [None, None, line]
    system = roots[2].inputs["messages"][0]
    assert system == {"role": "system", "content": f"Be short.\n\n{line}"}
    stored = store.session(session).turns
    assert [turn.reply for turn in stored] == [asked.reply, kept.reply, other.reply]
    assert [turn.distinct_line for turn in stored] == ["", "", line]
    assert {turn.lane.system_prompt for turn in stored} == {"Be short."}


def test_a_conversation_is_restored_exactly(turns: Turns, store: TraceStore) -> None:
    session = "restored"
    asked: list[Turn] = [
        turns.ask(CHAT, text="First é 😀", session_id=session),
        turns.ask(
            SdkPath.ANTHROPIC_MESSAGES,
            text="What is 17 * 23? Use the calculator.",
            tools=("calculator",),
            session_id=session,
            turn_index=1,
        ),
        turns.stop_after_first_piece(
            SdkPath.PYDANTIC_AI, model="fault-stall-midway", session_id=session, turn_index=2
        ),
        turns.ask(
            SdkPath.OPENAI_RESPONSES, model="fault-upstream-429", session_id=session, turn_index=3
        ),
    ]
    stored = store.session(session)
    assert stored.skipped == ()
    assert [turn.reply for turn in stored.turns] == [turn.reply for turn in asked]
    assert [turn.lane for turn in stored.turns] == [turn.run.request.lane for turn in asked]
    assert [turn.trace_id for turn in stored.turns] == [turn.trace.trace_id for turn in asked]
    assert [turn.turn_index for turn in stored.turns] == [0, 1, 2, 3]
    assert [turn.message for turn in stored.turns] == [
        turn.run.request.messages[-1] for turn in asked
    ]
    assert store.session_turns(session) == stored.turns


def test_only_the_new_message_of_a_longer_conversation_is_the_turns_own(
    turns: Turns, store: TraceStore
) -> None:
    said = (
        Message(role="user", text="one"),
        Message(role="assistant", text="1"),
        Message(role="user", text="two"),
    )
    turns.ask(CHAT, messages=said, session_id="history")
    (turn,) = store.session_turns("history")
    assert turn.message == Message(role="user", text="two")


def test_traces_of_others_and_damaged_ones_are_named_not_dropped(
    turns: Turns, store: TraceStore
) -> None:
    turns.ask(CHAT, session_id="mixed")
    foreign = _trace_of_somebody_else(turns, "mixed", attributes={})
    damaged = _trace_of_somebody_else(turns, "mixed", attributes={"gwtrace.lane": {"route": 1}})
    stored = store.session("mixed")
    assert len(stored.turns) == 1
    assert [skipped.trace_id for skipped in stored.skipped] == [foreign, damaged]
    assert stored.skipped[0] == SkippedTrace(
        trace_id=foreign, reason="It was not recorded by gwtrace."
    )
    assert stored.skipped[1].reason.startswith("It cannot be read back: ")


def _trace_of_somebody_else(turns: Turns, session_id: str, attributes: dict[str, Any]) -> str:
    start_span: Any = mlflow.start_span_no_context
    root = start_span(
        "theirs",
        inputs={"messages": [{"role": "user", "content": "hi"}]},
        attributes=attributes,
        metadata={"mlflow.trace.session": session_id},
        experiment_id=experiment_id(turns),
    )
    root.end()
    mlflow.flush_trace_async_logging()
    return str(root.trace_id)


def test_sessions_are_listed_newest_first_with_their_first_question(
    turns: Turns, store: TraceStore
) -> None:
    turns.ask(CHAT, text="About cats", session_id="list-a")
    turns.ask(CHAT, text="About dogs", session_id="list-b", model="gpt-5.2")
    turns.ask(CHAT, text="More about cats", session_id="list-a", model="gpt-5.2", turn_index=1)
    newest = store.sessions(limit=2)
    assert [summary(session) for session in newest] == [
        ("list-a", "About cats", 2, ("gpt-5.2", "gpt-4o-mini")),
        ("list-b", "About dogs", 1, ("gpt-5.2",)),
    ]
    assert newest[0].last_ms >= newest[1].last_ms


def test_a_session_that_mlflow_does_not_know_has_no_turns(store: TraceStore) -> None:
    assert store.session_turns("never-heard-of") == ()


def test_a_session_id_cannot_break_out_of_the_query(store: TraceStore) -> None:
    with pytest.raises(TrackingError, match="is not a session's id"):
        store.session_turns("x' OR name = 'y")


def verdict_of(store: TraceStore, trace_id: str, **settings: Any) -> Any:
    found = store.verdict(trace_id, **settings)
    return None if found is None else (found.value, found.rationale, found.source_id)


def test_a_verdict_is_stored_edited_and_withdrawn(
    turns: Turns, store: TraceStore, client: Any
) -> None:
    trace_id = turns.ask(CHAT).trace.trace_id
    assert store.verdict(trace_id) is None

    given = store.set_verdict(trace_id, value=True, comment="Right", user="ada")
    assert given == Assessment(
        assessment_id=given.assessment_id,
        name="verdict",
        kind="feedback",
        value=True,
        rationale="Right",
        source_kind="HUMAN",
        source_id="ada",
        given_ms=given.given_ms,
    )
    assert verdict_of(store, trace_id) == (True, "Right", "ada")

    store.set_verdict(trace_id, value=False, comment=None, user="ada")
    assert verdict_of(store, trace_id) == (False, None, "ada")
    # The first one is kept, as replaced.
    kept = client.get_trace(trace_id, display=False).info.assessments
    assert sorted((each.value, each.valid) for each in kept) == [(False, True), (True, False)]
    # Other tests may have judged traces of the same server.
    found = {
        value: {
            trace.info.trace_id
            for trace in client.search_traces(
                locations=[experiment_id(turns)], filter_string=f"feedback.verdict = '{value}'"
            )
        }
        for value in ("true", "false")
    }
    assert (trace_id in found["true"], trace_id in found["false"]) == (False, True)

    store.withdraw_verdict(trace_id)
    assert store.verdict(trace_id) is None
    assert client.get_trace(trace_id, display=False).info.assessments == []


def test_verdicts_of_two_people_stand_side_by_side(turns: Turns, store: TraceStore) -> None:
    trace_id = turns.ask(CHAT).trace.trace_id
    store.set_verdict(trace_id, value=True, comment=None, user="ada")
    store.set_verdict(trace_id, value=False, comment="No", user="grace")
    assert verdict_of(store, trace_id, user="ada") == (True, None, "ada")
    assert verdict_of(store, trace_id, user="grace") == (False, "No", "grace")
    store.withdraw_verdict(trace_id, user="grace")
    assert verdict_of(store, trace_id) == (True, None, "ada")


def test_what_a_judge_says_is_not_taken_for_a_persons_verdict(
    turns: Turns, store: TraceStore
) -> None:
    trace_id = turns.ask(CHAT).trace.trace_id
    judge = AssessmentSource(source_type="LLM_JUDGE", source_id="gpt")
    mlflow.log_feedback(trace_id=trace_id, name="verdict", value=False, source=judge)
    assert store.verdict(trace_id) is None


def test_a_blind_vote_is_kept_with_its_comparison_and_counted(
    turns: Turns, store: TraceStore, client: Any
) -> None:
    before = store.preferences()
    turn = turns.ask(CHAT)
    trace_id = turn.trace.trace_id
    comparison = {"gwtrace.comparison": "c-1"}
    client.set_trace_tag(trace_id, "gwtrace.comparison", "c-1")
    client.set_trace_tag(trace_id, "gwtrace.comparison.round", "r-1")
    for outcome in ("loss", "win"):
        store.set_verdict(
            trace_id,
            name=PREFERENCE,
            value=outcome,
            comment=None,
            user="ada",
            metadata=comparison,
        )
    # The second vote of the same person replaces the first.
    model = turn.trace.summary.tags["gwtrace.model"]
    won = Preference(vote="c-1 r-1 ada", model=model, sdk_path=CHAT.value, outcome="win")
    assert store.preferences() == (won, *before)
    kept = client.get_trace(trace_id, display=False).info.assessments
    assert [(each.value, each.metadata["gwtrace.comparison"]) for each in kept if each.valid] == [
        ("win", "c-1")
    ]


def test_a_verdict_on_a_trace_that_is_gone_says_so(store: TraceStore) -> None:
    with pytest.raises(TrackingError, match="not found"):
        store.set_verdict("tr-" + "0" * 32, value=True, comment=None, user="ada")


def test_a_plain_mlflow_client_sees_the_same_trace(turns: Turns, client: Any) -> None:
    turn = turns.ask(CHAT)
    theirs = client.get_trace(turn.trace.trace_id, display=False)
    assert {span.span_id: (span.name, span.span_type) for span in theirs.data.spans} == {
        span.span_id: (span.name, span.kind) for span in turn.trace.spans
    }
    assert turn.reply.usage is not None
    assert theirs.info.token_usage["total_tokens"] == turn.reply.usage.total_tokens
    stored_reply = theirs.data.spans[0].get_attribute("gwtrace.reply")
    assert as_json.reply_from_json(stored_reply) == turn.reply


def test_a_question_has_a_time_limit() -> None:
    never = threading.Event()
    with pytest.raises(TimeLimitError, match=r"MLflow took longer than 0\.05 s to answer"):
        run_within(0.05, lambda: never.wait(5), what="answer")
    never.set()
