"""MLflow's judges, with the model call made through the hub. Imports mlflow.genai.

What is asked and what counts as an answer is MLflow's; only the adapter that would call a model
with keys out of this process's environment is another one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, assert_never, cast, get_args

from mlflow import MlflowClient
from mlflow.entities import AssessmentSource, Feedback
from mlflow.entities import Trace as MlflowTrace
from mlflow.exceptions import MlflowException
from mlflow.genai import judges
from mlflow.genai.judges.adapters.base_adapter import (
    AdapterInvocationInput,
    AdapterInvocationOutput,
    BaseJudgeAdapter,
)
from mlflow.genai.judges.utils import invocation_utils, parsing_utils
from mlflow.genai.scorers import builtin_scorers

from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import BuiltinJudge, InstructionJudge, Judge, ScoreValue
from gwtrace_core.mlflow_store.format import entities
from gwtrace_core.mlflow_store.format.errors import translate_errors
from gwtrace_core.mlflow_store.judges.answers import FACTS, UnjudgedError, Wanted, read_verdict
from gwtrace_core.mlflow_store.judges.call import JudgeCall
from gwtrace_core.mlflow_store.judges.trace_text import trace_text
from gwtrace_core.values import trace_names
from gwtrace_core.values.uris import masked_message

_MODEL_URI = "gwtrace:/judge"
"""What MLflow's judges are given for their model."""

_call: ContextVar[JudgeCall | None] = ContextVar("gwtrace_judge_call", default=None)
_hook_lock = threading.Lock()

# The judges that send no schema all ask for these.
_YES_OR_NO = ("yes", "no")

_NO_TOOLS = (
    "The tools spoken of above cannot be called here. Instead this is the trace itself, its spans "
    "in order of time, one JSON object a line:"
)


def judge(judge: Judge, subject: Subject, call: JudgeCall, *, uri: str) -> tuple[ScoreValue, str]:
    """The judge's value and rationale. Blocks; raises UnjudgedError when there is no verdict."""
    _offer_adapter()
    try:
        with _ask_through(call):
            found = _ask_judge(judge, subject, uri)
    except MlflowException as exc:
        line = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
        told = masked_message(line, uri)[:300]
        raise UnjudgedError(f"MLflow refused to judge: {told}") from exc
    value: Any = found.value
    # MLflow's built-in judges answer with an enumeration of texts.
    plain = str(value) if isinstance(value, str) else value
    return cast(ScoreValue, plain), str(found.rationale or "")


def _ask_judge(judge: Judge, subject: Subject, uri: str) -> Feedback:
    match judge:
        case BuiltinJudge():
            return _ask_builtin(judge, subject)
        case InstructionJudge():
            return _ask_by_instructions(judge, subject, uri)
        case _:
            assert_never(judge)


def _ask_builtin(judge: BuiltinJudge, subject: Subject) -> Feedback:
    kind: Any = vars(builtin_scorers)[judge.builtin]
    named: dict[str, Any] = {"name": judge.name, "model": _MODEL_URI}
    outputs = {"outputs": _read_outputs(subject)}
    both = {"inputs": _read_inputs(subject), **outputs}
    match judge.builtin:
        case "Guidelines":
            return kind(**named, guidelines=list(judge.guidelines))(**both)
        case "Fluency" | "Safety":
            return kind(**named)(**outputs)
        case "RelevanceToQuery" | "Completeness":
            return kind(**named)(**both)
        case "Correctness":
            expectations = _choose_expectation(subject)
            return kind(**named)(**both, expectations=expectations)
        case "Equivalence":
            return kind(**named)(
                **outputs, expectations={trace_names.EXPECTED_RESPONSE: subject.expected}
            )
        case _:
            assert_never(judge.builtin)


def _ask_by_instructions(judge: InstructionJudge, subject: Subject, uri: str) -> Feedback:
    made: Any = judges.make_judge(
        name=judge.name,
        instructions=judge.instructions,
        model=_MODEL_URI,
        feedback_value_type=_choose_value_type(judge),
    )
    asked: set[str] = made.template_variables
    values: dict[str, Any] = {
        "inputs": _read_inputs(subject),
        "outputs": _read_outputs(subject),
        "expectations": dict(subject.expectations),
    }
    given = {name: value for name, value in values.items() if name in asked}
    if "trace" in asked:
        given["trace"] = _read_trace(uri, subject.trace_id)
    return made(**given)


def _choose_value_type(judge: InstructionJudge) -> Any:
    match judge.answers:
        case "yes or no":
            return bool
        case "number":
            return float
        case "category":
            return Literal[judge.categories]
        case _:
            assert_never(judge.answers)


def _read_inputs(subject: Subject) -> Any:
    return subject.inputs or subject.question


def _read_outputs(subject: Subject) -> Any:
    """The answer's text: MLflow would show some judges the whole response around it."""
    return subject.answer if subject.answer.strip() else subject.outputs


def _choose_expectation(subject: Subject) -> dict[str, Any]:
    """MLflow's correctness judge takes an expected answer or expected facts, never both."""
    if subject.expected is not None:
        return {trace_names.EXPECTED_RESPONSE: subject.expected}
    return {FACTS: subject.expectations.get(FACTS)}


def _read_trace(uri: str, trace_id: str) -> MlflowTrace:
    with translate_errors("read the trace", uri=uri):
        return MlflowClient(tracking_uri=uri).get_trace(trace_id, display=False)


@contextmanager
def _ask_through(call: JudgeCall) -> Generator[None]:
    token = _call.set(call)
    try:
        yield
    finally:
        _call.reset(token)


def _offer_adapter() -> None:
    """Have MLflow's judges ask through the call of the thread that judges. Idempotent.

    MLflow picks its adapter from a fixed list, by the model's URI; all of them take keys and
    addresses from the environment, which all users share.
    """
    module: Any = invocation_utils
    with _hook_lock:
        original: Callable[..., Any] = module.get_adapter
        if getattr(original, "gwtrace_offers", False):
            return

        def get_adapter(model_uri: str, prompt: Any) -> Any:
            call = _call.get()
            if call is None or model_uri != _MODEL_URI:
                return original(model_uri=model_uri, prompt=prompt)
            return _HubAdapter(call)

        vars(get_adapter)["gwtrace_offers"] = True
        module.get_adapter = get_adapter


class _HubAdapter(BaseJudgeAdapter):
    """Makes exactly one call: a judge that is asked again by itself costs unseen."""

    def __init__(self, call: JudgeCall) -> None:
        self._call = call

    @classmethod
    def is_applicable(cls, model_uri: str, prompt: Any) -> bool:
        del prompt
        return model_uri == _MODEL_URI

    def _invoke(self, input_params: AdapterInvocationInput) -> AdapterInvocationOutput:
        wanted, schema = _read_form(input_params.response_format)
        system, prompt = _split_prompt(input_params.prompt)
        if input_params.trace is not None:
            text = trace_text(entities.trace_of(input_params.trace))
            prompt = f"{_NO_TOOLS}\n\n{text}\n\n{prompt}"
        answer = self._call.ask(f"{system}\n\n{_explain_schema(schema)}".strip(), prompt)
        strip: Callable[[str], str] = vars(parsing_utils)["_strip_markdown_code_blocks"]
        value, rationale = read_verdict(strip(answer), wanted)
        source = AssessmentSource(source_type="LLM_JUDGE", source_id=self._call.model_name)
        feedback = Feedback(
            name=input_params.assessment_name, value=value, rationale=rationale, source=source
        )
        return AdapterInvocationOutput(feedback=feedback)


def _split_prompt(prompt: Any) -> tuple[str, str]:
    """System and user text of a prompt that is one text, or a list of messages."""
    if isinstance(prompt, str):
        return "", prompt
    said = {"system": "", "user": ""}
    for message in prompt:
        said[message.role] = f"{said[message.role]}\n\n{message.content}".strip()
    return said["system"], said["user"]


def _read_form(response_format: Any) -> tuple[Wanted, dict[str, Any]]:
    """What the verdict may be, and its JSON schema without the titles."""
    if response_format is None:
        schema = _build_schema({"type": "string", "enum": list(_YES_OR_NO)})
        return _YES_OR_NO, schema
    wanted: Any = response_format.model_fields["result"].annotation
    if words := get_args(wanted):
        return tuple(words), _build_schema({"type": "string", "enum": list(words)})
    return wanted, _build_schema({"type": "boolean" if wanted is bool else "number"})


def _build_schema(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"result": result, "rationale": {"type": "string"}},
        "required": ["result", "rationale"],
        "additionalProperties": False,
    }


def _explain_schema(schema: dict[str, Any]) -> str:
    return (
        "Answer with one JSON object and nothing before or after it. It has to fit this JSON "
        f"schema:\n{json.dumps(schema, ensure_ascii=False)}"
    )
