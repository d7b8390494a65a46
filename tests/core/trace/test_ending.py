"""Why a trace's answer ended, whoever recorded it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from gwtrace_core.evaluation.subjects import make_subject
from gwtrace_core.trace.ending import ending_label, ending_text
from gwtrace_core.trace.model import Trace
from tests.core.trace.traces import any_trace, span, trace

CUT = "Cut off at the limit of output tokens."
REFUSED = "The model refused to answer."
OURS = {"gwtrace.lane": {"model": "m"}}


def chat(reason: str | None, text: str = "Half") -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {"choices": [{"message": message, "finish_reason": reason}]}


def of_model(outputs: Any = None, **attributes: Any) -> Trace:
    """Another program's: a step of its own around two calls, of which the later one answers."""
    return trace(
        span("root"),
        span("late", "root", kind="CHAT_MODEL", at=(5, 9), outputs=outputs, attributes=attributes),
        span("early", "root", kind="CHAT_MODEL", at=(1, 4), outputs=chat("tool_calls")),
    )


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (of_model(chat("length")), CUT),
        (of_model(chat("stop")), ""),
        (of_model({"role": "assistant", "content": "I ca", "stop_reason": "refusal"}), REFUSED),
        (
            of_model({"object": "response", "incomplete_details": {"reason": "max_output_tokens"}}),
            CUT,
        ),
        (of_model(**{"gen_ai.response.finish_reasons": ["max_tokens"]}), CUT),
        (of_model(**{"gen_ai.response.finish_reasons": "stop"}), ""),
        (
            of_model(chat("weary")),
            "Ended by the provider, in its own words: 'weary'.",
        ),
        (trace(span("root", outputs=chat("length"))), ""),
        (trace(), ""),
    ],
)
def test_of_another_programs_trace_the_last_model_call_says_how_it_ended(
    found: Trace, text: str
) -> None:
    assert ending_text(found) == text


def test_of_a_turn_of_ours_its_root_says_it() -> None:
    told = {"gwtrace.finish_reason": "refusal", "gwtrace.ending": "Told."}
    model = span("model", "root", kind="CHAT_MODEL", outputs=chat("length"))
    assert ending_text(trace(span("root", attributes=OURS | told), model)) == "Told."
    # Recorded before it was told there.
    old = trace(span("root", attributes=OURS | {"gwtrace.finish_reason": "refusal"}), model)
    assert (ending_text(old), ending_label(old, answer="I ca")) == (REFUSED, "refused")


def test_no_text_is_said_of_our_turns_alone() -> None:
    ours = trace(span("root", attributes=OURS | {"gwtrace.finish_reason": "stop"}))
    assert ending_label(ours, answer=" ") == "no text"
    # Another program may have kept its answer where nobody looks for it.
    assert ending_label(of_model(chat("stop", "")), answer="") == ""
    assert make_subject(of_model(chat("length"))).ending == "cut off at the limit"


def test_a_failed_trace_says_by_its_status_what_became_of_it() -> None:
    failed = trace(span("root", attributes=OURS | {"gwtrace.ending": "Told."}), status="error")
    assert (ending_text(failed), ending_label(failed, answer="")) == ("", "")


@given(found=any_trace)
def test_of_any_trace_something_is_said_or_nothing(found: Trace) -> None:
    assert ending_text(found).encode() is not None
    assert ending_label(found, answer="").encode() is not None
