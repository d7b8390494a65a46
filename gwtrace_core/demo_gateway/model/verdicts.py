"""What the simulated models say when they are asked to judge an answer.

A request is a judge's when it wants JSON with a `result` and a `rationale`, as MLflow's judges do.
The verdict follows from what was asked alone: an answer that is empty, very short or without what
was expected is bad, one that contains it is good, and of the others most are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gwtrace_core.demo_gateway.model.conversation import (
    Conversation,
    Json,
    as_list,
    as_mapping,
    as_text,
)
from gwtrace_core.demo_gateway.model.schema_values import example_value

_WORDS_OF_AN_ANSWER = 3
_GOOD_SHARE = 0.75
_DEFAULT_RANGE = (1.0, 5.0)

_YES_OR_NO: Json = {
    "type": "object",
    "properties": {"rationale": {"type": "string"}, "result": {"enum": ["yes", "no"]}},
}
# How MLflow's built-in judges tell their form, for they send no schema.
_TOLD_RATIONALE = re.compile(r'"rationale"\s*:\s*"')
_TOLD_RESULT = re.compile(r'"result"\s*:\s*"')
_RANGE = re.compile(r"\b(\d+(?:\.\d+)?)\s*(?:-|–|to|and)\s*(\d+(?:\.\d+)?)\b")

_ANSWER_TAGS = ("answer", "actual_output", "response", "document", "text")
_EXPECTED_TAGS = ("claim", "expected_output")

Ground = Literal["no answer", "expected missing", "expected found", "very short", "fixed rule"]

_REASONS: Mapping[Ground, str] = {
    "no answer": "there is no answer to judge",
    "expected missing": "the answer does not contain what was expected",
    "expected found": "the answer contains what was expected",
    "very short": "the answer is very short",
    "fixed rule": "a fixed rule made this verdict of the question, the answer and the instruction",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    ground: Ground
    is_good: bool
    share: float
    """From 0 up to 1, the same for the same request: makes verdicts differ."""


def verdict(conversation: Conversation) -> str | None:
    """The verdict as JSON in the form that was asked for; None when no judge asks."""
    schema = _verdict_schema(conversation)
    if schema is None:
        return None
    finding = _found(conversation)
    answer = as_mapping(example_value(schema))
    asked = as_mapping(as_mapping(schema.get("properties")).get("result"))
    answer["result"] = _value(asked, finding, instructions=conversation.system)
    answer["rationale"] = (
        f"Simulated by the demo gateway, no model was asked: {_REASONS[finding.ground]}."
    )
    return json.dumps(answer, ensure_ascii=False)


def _verdict_schema(conversation: Conversation) -> Mapping[str, Any] | None:
    """The schema of the verdict, sent beside the messages or told in them."""
    if conversation.json_schema is not None and _is_verdict(conversation.json_schema):
        return conversation.json_schema
    for text in (conversation.system, conversation.question):
        told = _told_schema(text)
        if told is not None:
            return told
    question = conversation.question
    if _TOLD_RATIONALE.search(question) and _TOLD_RESULT.search(question):
        return _YES_OR_NO
    return None


def _is_verdict(schema: Mapping[str, Any]) -> bool:
    return {"result", "rationale"} <= as_mapping(schema.get("properties")).keys()


def _told_schema(text: str) -> Json | None:
    if '"rationale"' not in text or '"properties"' not in text:
        return None
    decoder = json.JSONDecoder()
    for start in re.finditer(r"^\{", text, re.MULTILINE):
        try:
            found, _ = decoder.raw_decode(text, start.start())
        except ValueError:
            continue
        schema = as_mapping(found)
        if _is_verdict(schema):
            return schema
    return None


def _found(conversation: Conversation) -> _Finding:
    asked = f"{conversation.system}\0{conversation.question}".encode("utf-8", "replace")
    share = int.from_bytes(hashlib.sha256(asked).digest()[:4]) / 2**32
    answer, expected = _answer(conversation.question), _expected(conversation.question)
    if answer is None:
        return _Finding(ground="fixed rule", is_good=share < _GOOD_SHARE, share=share)
    if not answer:
        return _Finding(ground="no answer", is_good=False, share=share)
    if expected:
        is_found = expected in answer
        ground: Ground = "expected found" if is_found else "expected missing"
        return _Finding(ground=ground, is_good=is_found, share=share)
    if len(answer.split()) < _WORDS_OF_AN_ANSWER:
        return _Finding(ground="very short", is_good=False, share=share)
    return _Finding(ground="fixed rule", is_good=share < _GOOD_SHARE, share=share)


def _answer(prompt: str) -> str | None:
    """The answer that is judged, for comparing; None when the prompt shows none."""
    found = _tagged(prompt, _ANSWER_TAGS)
    question = _tagged(prompt, ("question",))
    if found is not None and question is not None:
        # MLflow's correctness judge shows question and answer as one document.
        found = found.removeprefix(f"{question} - ")
    if found is None:
        value = _field(prompt, "outputs")
        found = value if isinstance(value, str) or value is None else json.dumps(value)
    return None if found is None else _normalised(found)


def _expected(prompt: str) -> str:
    found = _tagged(prompt, _EXPECTED_TAGS)
    if found is None:
        found = as_text(as_mapping(_field(prompt, "expectations")).get("expected_response"))
    return _normalised(found)


def _tagged(prompt: str, tags: tuple[str, ...]) -> str | None:
    for tag in tags:
        match = re.search(rf"<{tag}>(.*)</{tag}>", prompt, re.DOTALL)
        if match is not None:
            return match[1]
    return None


def _field(prompt: str, name: str) -> Any:
    """The value of a line `name: …`, as MLflow's own-instruction judges give their fields."""
    match = re.search(rf"^{name}: ", prompt, re.MULTILINE)
    if match is None:
        return None
    try:
        return json.JSONDecoder().raw_decode(prompt, match.end())[0]
    except ValueError:
        return prompt[match.end() :]


def _normalised(text: str) -> str:
    return " ".join(text.casefold().split())


def _value(schema: Json, finding: _Finding, *, instructions: str) -> Any:
    options = as_list(schema.get("enum"))
    if {"yes", "no"} == {str(option).lower() for option in options}:
        wanted = "yes" if finding.is_good else "no"
        return next(option for option in options if str(option).lower() == wanted)
    if options:
        # The first ones are taken for the better ones.
        good = options[: max(1, len(options) // 2)]
        bad = options[len(good) :] or good
        chosen = good if finding.is_good else bad
        return chosen[int(finding.share * 1000) % len(chosen)]
    match schema.get("type"):
        case "boolean":
            return finding.is_good
        case "number" | "integer" as kind:
            low, high = _range(schema, instructions)
            part = 0.7 + 0.3 * finding.share if finding.is_good else 0.3 * finding.share
            value = low + (high - low) * part
            return round(value) if kind == "integer" or high - low > 2 else round(value, 2)
        case "string":
            return "yes" if finding.is_good else "no"
        case _:
            return example_value(schema)


def _range(schema: Json, instructions: str) -> tuple[float, float]:
    """What the numbers run from and to: by the schema, by the instruction's words, or 1 to 5."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return float(low), float(high)
    match = _RANGE.search(instructions)
    if match is not None and float(match[1]) < float(match[2]):
        return float(match[1]), float(match[2])
    return _DEFAULT_RANGE
