"""How an answer ended, in words: every provider's own word, and what is said of no text."""

from __future__ import annotations

from typing import get_args

import pytest
from anthropic.types import StopReason
from anthropic.types.beta import BetaStopReason
from google.genai.types import FinishReason as GoogleReason
from openai.types.chat.chat_completion import Choice
from openai.types.responses import ResponseStatus
from openai.types.responses.response import IncompleteDetails
from pydantic_ai.messages import FinishReason as AgentReason

from gwtrace_core.values.endings import (
    Ending,
    answer_label,
    answer_notes,
    ended_words,
    ending_failure,
    ending_of,
    ending_sentence,
    is_early,
)
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import ReasoningBlock, Reply, TextBlock, ToolBlock

TEXT = TextBlock(text="Half an answer")
USAGE = Usage(input_tokens=1_200, output_tokens=7)
BEDROCK = (
    *("end_turn", "tool_use", "max_tokens", "stop_sequence", "guardrail_intervened"),
    *("content_filtered", "malformed_model_output", "malformed_tool_use"),
    "model_context_window_exceeded",
)
MISTRAL = ("stop", "length", "model_length", "error", "tool_calls")
OPENROUTER = ("tool_calls", "stop", "length", "content_filter", "error")


def literals(annotation: object) -> list[str]:
    """The words that a type of an SDK names, optional or not."""
    words = [inner for arg in get_args(annotation) for inner in (get_args(arg) or (arg,))]
    return [word for word in words if isinstance(word, str)]


PROVIDERS_OWN = {
    "OpenAI chat": literals(Choice.model_fields["finish_reason"].annotation),
    "OpenAI responses": [
        *literals(ResponseStatus),
        # Nobody is told why by these two: as they came.
        *(
            {*literals(IncompleteDetails.model_fields["reason"].annotation)}
            - {"max_messages", "steered"}
        ),
    ],
    # A turn that only made room for more is no end of an answer.
    "Anthropic": [*literals(StopReason), *({*literals(BetaStopReason)} - {"compaction"})],
    "Google": [reason.value for reason in GoogleReason],
    "Pydantic AI": literals(AgentReason),
    "Bedrock": list(BEDROCK),
    "Mistral": list(MISTRAL),
    "OpenRouter": list(OPENROUTER),
}


@pytest.mark.parametrize("provider", PROVIDERS_OWN)
def test_every_word_that_a_provider_has_for_an_end_is_known(provider: str) -> None:
    words = PROVIDERS_OWN[provider]
    assert len(words) > 3
    assert [word for word in words if ending_of(word) is Ending.UNKNOWN] == []


@pytest.mark.parametrize("ending", Ending)
def test_every_early_end_has_a_sentence_and_no_other_has(ending: Ending) -> None:
    silent = {Ending.UNSAID, Ending.WHOLE, Ending.TOOLS}
    words = {ending_of(word): word for each in PROVIDERS_OWN.values() for word in each}
    words |= {Ending.ABORTED: "abort", Ending.UNKNOWN: "tired", Ending.UNSAID: ""}
    assert bool(ending_sentence(words[ending])) == (ending not in silent) == is_early(ending)


@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("CONTENT-FILTER", Ending.FILTER),
        ("contentFilter", Ending.FILTER),
        ("FinishReason.SAFETY", Ending.SAFETY),
        ("MAX_TOKENS", Ending.LENGTH),
        ("tool-calls", Ending.TOOLS),
        (None, Ending.UNSAID),
        ("  ", Ending.UNSAID),
        ("tired", Ending.UNKNOWN),
    ],
)
def test_the_same_word_is_known_however_it_is_written(word: str | None, ending: Ending) -> None:
    assert ending_of(word) is ending


@pytest.mark.parametrize(
    ("reply", "notes", "label"),
    [
        (Reply(status="finished", finish_reason="stop", blocks=(TEXT,)), (), ""),
        (Reply(status="finished", blocks=(TEXT,)), (), ""),
        (
            Reply(status="finished", finish_reason="length", blocks=(TEXT,)),
            ("Cut off at the limit of output tokens.",),
            "cut off at the limit",
        ),
        (
            Reply(status="finished", finish_reason="my\nown *word*", blocks=(TEXT,)),
            ("Ended by the provider, in its own words: 'my own *word*'.",),
            "ended early ('my own *word*')",
        ),
        (
            Reply(status="finished", finish_reason="end_turn", usage=USAGE),
            ("The model gave no text. Finish reason: 'end_turn'; tokens: 1,200 in, 7 out.",),
            "no text",
        ),
        (
            Reply(
                status="finished",
                finish_reason="stop",
                unseen=("a picture", "audio"),
                blocks=(
                    ReasoningBlock(text="Hm."),
                    ToolBlock(call_id="1", name="clock", arguments_text="", content="12"),
                    TextBlock(text=" \n"),
                ),
            ),
            (
                "The model gave no text, only reasoning, 1 tool call and a picture and audio "
                "(not shown by gwtrace). Finish reason: 'stop'; tokens: not reported.",
            ),
            "no text",
        ),
        (
            Reply(status="finished", finish_reason="refusal", usage=Usage(output_tokens=0)),
            (
                "The model refused to answer.",
                "The model gave no text. Finish reason: 'refusal'; tokens: 0 out.",
            ),
            "no text, refused",
        ),
        (
            Reply(status="finished", finish_reason="stop", blocks=(TEXT,), unseen=("a picture",)),
            ("Not shown by gwtrace: a picture.",),
            "",
        ),
        (
            Reply(status="finished"),
            ("The model gave no text. Finish reason: not given; tokens: not reported.",),
            "no text",
        ),
        (Reply(status="stopped", finish_reason="length"), (), ""),
        (Reply(), (), ""),
    ],
)
def test_what_is_said_under_an_answer_and_in_a_table(
    reply: Reply, notes: tuple[str, ...], label: str
) -> None:
    assert (answer_notes(reply), answer_label(reply)) == (notes, label)


def test_a_table_says_of_every_call_how_it_ended() -> None:
    failure = Failure(
        source=FailureSource.PROVIDER, cause=FailureCause.TIMEOUT, message="No answer."
    )
    replies = (
        Reply(),
        Reply(status="stopped"),
        Reply(status="failed", failure=failure),
        Reply(status="finished", blocks=(TEXT,), finish_reason="stop"),
        Reply(status="finished", blocks=(TEXT,), finish_reason="SAFETY"),
    )
    assert [ended_words(reply) for reply in replies] == [
        *("running", "stopped", "timeout", "finished", "finished: safety filter")
    ]


def test_an_ending_that_is_an_error_is_the_providers_failure_and_no_other_is_one() -> None:
    failed = ending_failure("error", model="m")
    assert failed == Failure(
        source=FailureSource.PROVIDER,
        cause=FailureCause.STREAM_ERROR,
        message="The provider of 'm' ended the answer with an error, and did not say which "
        "(finish reason 'error').",
        hint="Ask again; if it stays so, choose another model or provider.",
    )
    others = [word for each in PROVIDERS_OWN.values() for word in each if "error" not in word]
    assert {word for word in others if ending_failure(word, model="m")} == {"failed"}
