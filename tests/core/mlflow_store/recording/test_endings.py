"""Answers that end oddly, from the wire through the real SDKs into MLflow and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gwtrace_core.evaluation.subjects import make_subject
from gwtrace_core.mlflow_store.conversations.conversations import StoredTurn
from gwtrace_core.mlflow_store.conversations.stored_turns import stored_turn
from gwtrace_core.trace.ending import ending_text
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.endings import answer_notes, ended_words
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext
from gwtrace_core.values.secret import Secret
from tests.cases import case
from tests.core.gateway.scripted import Asked, Reply, Scripted, scripted
from tests.core.mlflow_store.support import Turn, Turns, in_order

CHAT, RESPONSES = SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES
MESSAGES, AGENT = SdkPath.ANTHROPIC_MESSAGES, SdkPath.PYDANTIC_AI
OPENAI, ANTHROPIC = Provider.OPENAI, Provider.ANTHROPIC

FILTER = "finish-reasons-unsaid/content-filter.sse"
REFUSAL = "finish-reasons-unsaid/anthropic-refusal.sse"
EMPTY = "empty-answer/anthropic-empty.sse"
PICTURE = "empty-answer/image-only.sse"
_INCOMPLETE = {
    "id": "r1",
    "object": "response",
    "created_at": 1,
    "model": "m",
    "status": "incomplete",
    "incomplete_details": None,
    "output": [
        {
            "id": "m1",
            "type": "message",
            "role": "assistant",
            "status": "incomplete",
            "content": [{"type": "output_text", "text": "Half", "annotations": []}],
        }
    ],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12},
}
NO_TEXT = "The model gave no text{}. Finish reason: {!r}; tokens: 5 in, 7 out."
ENDINGS = {
    "chat: content filter": (
        *(CHAT, OPENAI, FILTER, "I can"),
        *("Ended by the provider's content filter.", "content filter"),
    ),
    "agent: content filter": (
        *(AGENT, OPENAI, FILTER, "I can"),
        *("Ended by the provider's content filter.", "content filter"),
    ),
    "anthropic: refusal": (
        *(MESSAGES, ANTHROPIC, REFUSAL, "I ca"),
        *("The model refused to answer.", "refused"),
    ),
    "agent: refusal": (
        *(AGENT, ANTHROPIC, REFUSAL, "I ca"),
        *("The model refused to answer.", "refused"),
    ),
    "responses: incomplete": (
        *(RESPONSES, OPENAI, "", "Half"),
        *("The answer is incomplete; the provider does not say why.", "incomplete"),
    ),
    "anthropic: empty": (
        *(MESSAGES, ANTHROPIC, EMPTY, ""),
        *(NO_TEXT.format("", "end_turn"), "no text"),
    ),
    "agent: empty": (
        *(AGENT, ANTHROPIC, EMPTY, ""),
        *(NO_TEXT.format("", "end_turn"), "no text"),
    ),
    "chat: a picture": (
        *(CHAT, OPENAI, PICTURE, ""),
        *(NO_TEXT.format(", only a picture (not shown by gwtrace)", "stop"), "no text"),
    ),
    # Pydantic AI does not hand pictures of this form on, so nothing is known of it.
    "agent: a picture": (
        *(AGENT, OPENAI, PICTURE, ""),
        *(NO_TEXT.format("", "stop"), "no text"),
    ),
}


@contextmanager
def answering(body: str) -> Iterator[Scripted]:
    def answer(asked: Asked) -> Reply:
        is_stream = body.startswith(("data:", "event:"))
        kind = "text/event-stream" if is_stream else "application/json"
        return Reply(body=body, content_type=kind)

    with scripted(answer) as server:
        yield server


def ask(turns: Turns, path: SdkPath, provider: Provider, body: str, text: str = "Hello") -> Turn:
    """One question to a server of one's own that gives that answer."""
    with answering(body) as server:
        base_url = f"{server.url}/v1"
        connection = Connection(
            id="custom",
            kind=ConnectionKind.CUSTOM,
            label="My server",
            base_url=base_url,
            api_key=Secret("own-key"),
            provider=provider,
        )
        target = Target(
            connection=connection,
            provider=provider,
            route="",
            sdk_path=path,
            base_url=base_url,
        )
        lane = Lane(
            connection_id="custom",
            provider=provider,
            route="",
            sdk_path=path,
            model="m",
            streamed=not body.startswith("{"),
        )
        request = ChatRequest(lane=lane, messages=(Message(role="user", text=text),))
        run = turns.hub.start(request, target, TurnContext(session_id="odd", user="ada"))
        return turns.settled(run)


def read_back(turn: Turn) -> StoredTurn:
    stored = stored_turn(turn.trace)
    assert isinstance(stored, StoredTurn), stored
    return stored


@pytest.mark.parametrize("name", ENDINGS)
def test_how_an_answer_ended_is_said_and_recorded_and_read_back(embedded: Turns, name: str) -> None:
    path, provider, file, text, told, label = ENDINGS[name]
    body = case(file).read_text() if file else json.dumps(_INCOMPLETE)
    turn = ask(embedded, path, provider, body)
    assert (turn.reply.status, turn.reply.text) == ("finished", text)
    assert answer_notes(turn.reply) == (told,)
    assert ended_words(turn.reply) == f"finished: {label}"
    root = in_order(turn.trace)[0]
    assert root.attributes["gwtrace.ending"] == told == ending_text(turn.trace)
    assert turn.trace.summary.status == "ok"
    assert turn.trace.summary.response_preview == (text or told)
    subject = make_subject(turn.trace)
    assert (subject.answer, subject.ending) == (text, label)
    assert read_back(turn).reply == turn.reply


@pytest.mark.parametrize("path", [CHAT, AGENT])
def test_an_end_that_is_an_error_is_the_providers_failure(embedded: Turns, path: SdkPath) -> None:
    body = case("finish-reasons-unsaid", "error.sse").read_text()
    turn = ask(embedded, path, OPENAI, body)
    assert (turn.reply.status, turn.reply.text) == ("failed", "Hel")
    assert turn.reply.failure is not None
    assert turn.reply.failure.source == "provider"
    assert turn.trace.summary.status == "error"
    assert turn.trace.summary.tags["gwtrace.outcome"] == "failed"
    assert make_subject(turn.trace).ending == ""


@pytest.mark.parametrize("path", [CHAT, AGENT])
def test_half_a_character_in_question_and_answer_is_painted_recorded_and_read_back(
    embedded: Turns, path: SdkPath
) -> None:
    body = case("surrogate-in-answer", "stream.sse").read_text()
    turn = ask(embedded, path, OPENAI, body, text="half a \ud83d question")
    assert turn.reply.text == "Half \ufffd emoji and \x00 nul"
    stored = read_back(turn)
    assert (stored.reply, stored.message.text) == (turn.reply, "half a \ufffd question")
    spans = [(span.name, span.inputs, span.outputs) for span in turn.trace.spans]
    json.dumps(spans, ensure_ascii=False).encode()
