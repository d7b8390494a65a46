"""The demo's models as judges: well-formed, plausible, and always the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import jsonschema
import pytest

from gwtrace_core.demo_gateway.common.faults import Fault
from gwtrace_core.demo_gateway.model.conversation import Conversation, Turn
from gwtrace_core.demo_gateway.model.verdicts import verdict
from tests.conftest import Demo
from tests.core.demo_gateway.calls import APIS, Api, answer_text, ask

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."
LONG = "A gateway checks the key, chooses the provider and passes every piece of the answer on."

each_api = pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)


def _schema(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"result": result, "rationale": {"type": "string"}},
        "required": ["result", "rationale"],
        "additionalProperties": False,
    }


def _told(result: dict[str, Any]) -> str:
    return f"Judge kindly.\n\nAnswer with JSON of this schema:\n{json.dumps(_schema(result))}"


BOOLEAN = {"type": "boolean"}


def _fields(**values: Any) -> str:
    """The user's message of a judge by one's own instruction, as MLflow writes it."""
    return "\n".join(f"{name}: {json.dumps(value, indent=2)}" for name, value in values.items())


def _judged(prompt: str, result: dict[str, Any] = BOOLEAN, *, system: str = "") -> dict[str, Any]:
    conversation = Conversation(
        model="gpt-5.2",
        turns=(Turn(role="user", text=prompt),),
        system=f"{system}\n{_told(result)}",
    )
    found = verdict(conversation)
    assert found is not None
    answer = json.loads(found)
    jsonschema.validate(answer, _schema(result))
    assert "Simulated by the demo gateway" in answer["rationale"]
    return answer


def _results(texts: Iterable[str], result: dict[str, Any] = BOOLEAN) -> list[Any]:
    return [_judged(_fields(inputs="Why?", outputs=text), result)["result"] for text in texts]


@each_api
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_judges_question_gets_a_verdict_on_every_api(demo: Demo, api: Api, stream: bool) -> None:
    prompt = f"{_fields(inputs=QUESTION, outputs=ANSWER)}\n\n{_told(BOOLEAN)}"
    answers = [
        answer_text(api, ask(demo.base_url, api, prompt, stream=stream), stream=stream)
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    jsonschema.validate(json.loads(answers[0]), _schema(BOOLEAN))


def test_a_schema_beside_the_messages_is_kept_as_well(demo: Demo) -> None:
    schema = _schema({"type": "string", "enum": ["good", "bad"]})
    form = {"type": "json_schema", "json_schema": {"name": "ResponseFormat", "schema": schema}}
    response = ask(demo.base_url, APIS[0], _fields(outputs=ANSWER), response_format=form)
    answer = json.loads(response.json()["choices"][0]["message"]["content"])
    jsonschema.validate(answer, schema)
    assert "Simulated by the demo gateway" in answer["rationale"]


def test_mlflows_own_form_without_a_schema_is_recognised(demo: Demo) -> None:
    prompt = (
        f"<question>{QUESTION}</question>\n<claim>Paris</claim>\n"
        f"<document>{QUESTION} - {ANSWER}</document>\nAnswer only as\n"
        '{\n  "rationale": "Reason for the assessment.",\n  "result": "yes|no"\n}'
    )
    response = ask(demo.base_url, APIS[0], prompt)
    answer = json.loads(response.json()["choices"][0]["message"]["content"])
    assert answer["result"] == "yes"


@pytest.mark.parametrize(
    "prompt",
    [
        "What is a rationale?",
        'Write JSON with a "rationale" and a "result".',
        "{",
        '{"rationale": 1}',
    ],
)
def test_other_questions_get_no_verdict(prompt: str) -> None:
    turns = (Turn(role="user", text=prompt),)
    assert verdict(Conversation(model="gpt-5.2", turns=turns)) is None


@pytest.mark.parametrize(
    ("prompt", "is_good", "reason"),
    [
        (_fields(inputs=QUESTION, outputs=""), False, "there is no answer"),
        (_fields(inputs=QUESTION, outputs="Paris."), False, "very short"),
        (
            _fields(inputs=QUESTION, outputs="Paris.", expectations={"expected_response": "paris"}),
            True,
            "contains what was expected",
        ),
        (
            _fields(inputs="Paris?", outputs=LONG, expectations={"expected_response": "Paris"}),
            False,
            "does not contain",
        ),
        (
            f"<question>Is it Paris?</question><claim>Paris</claim>"
            f"<document>Is it Paris? - {LONG}</document>",
            False,
            "does not contain",
        ),
        (
            f"<actual_output>{ANSWER}</actual_output><expected_output>PARIS</expected_output>",
            True,
            "contains what was expected",
        ),
        (f"<question>{QUESTION}</question><answer></answer>", False, "there is no answer"),
    ],
)
def test_verdicts_look_plausible(prompt: str, is_good: bool, reason: str) -> None:
    answer = _judged(prompt)
    assert answer["result"] is is_good
    assert reason in answer["rationale"]


def test_most_answers_are_good_and_some_are_not() -> None:
    results = _results(f"{LONG} {number}" for number in range(100))
    assert 60 <= results.count(True) <= 90


def test_two_judges_do_not_always_agree() -> None:
    prompts = [_fields(inputs="Why?", outputs=f"{LONG} {number}") for number in range(40)]
    kind = [_judged(prompt, system="Be kind.")["result"] for prompt in prompts]
    strict = [_judged(prompt, system="Be strict.")["result"] for prompt in prompts]
    assert kind != strict


@pytest.mark.parametrize(
    ("system", "low", "high"),
    [("Rate from 0 to 10.", 0, 10), ("A share between 0 and 1", 0, 1), ("Rate it.", 1, 5)],
)
def test_numbers_keep_to_the_range_that_the_instruction_names(
    system: str, low: float, high: float
) -> None:
    found = [
        _judged(_fields(outputs=f"{LONG} {number}"), {"type": "number"}, system=system)["result"]
        for number in range(40)
    ]
    assert all(low <= number <= high for number in found)
    assert len(set(found)) > 2
    assert max(found) > (low + high) / 2 > min(found)


def test_every_category_is_chosen_now_and_then() -> None:
    options = ["great", "fine", "poor", "awful"]
    found = _results((f"{LONG} {n}" for n in range(80)), {"type": "string", "enum": options})
    assert set(found) == set(options)
    assert found.count("great") + found.count("fine") > 40


@each_api
@pytest.mark.parametrize(
    ("fault", "start"),
    [
        (Fault.REFUSAL, "I'm sorry, but I can't help"),
        (Fault.JUDGE_PROSE, "What a nice answer!"),
        (Fault.JUDGE_VALUE, '{"rationale": '),
    ],
)
def test_a_judge_can_be_made_to_fail(demo: Demo, api: Api, fault: Fault, start: str) -> None:
    prompt = f"{_fields(outputs=ANSWER)}\n\n{_told(BOOLEAN)}"
    text = answer_text(api, ask(demo.base_url, api, prompt, model=fault), stream=False)
    assert text.startswith(start)
    assert "imulated" in text
