"""What a scorer is given of a trace: the question, the answer and what was measured. Pure.

Made of any trace, ours or another program's: what the root says, else what its model calls say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gwtrace_core.lanes.comparison import COMPARISON, LANE, REPETITION, ROW
from gwtrace_core.prompts.use import linked_prompts
from gwtrace_core.trace.ending import ending_label
from gwtrace_core.trace.messages import conversation_of
from gwtrace_core.trace.messages.parts import ToolCallPart
from gwtrace_core.trace.messages.question import bare_question, bare_text, last_text
from gwtrace_core.trace.model import Assessment, Span, Trace
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.trace.totals import MODEL_KINDS

EXPECTED = "expected_response"
"""MLflow's name for the answer that is expected."""

JUDGE = "gwtrace.judge"
"""Tag of the trace of a judge's own call: the judge's name."""
EVALUATION = "gwtrace.evaluation"
"""Tag of such a trace, and metadata of an assessment: the evaluation's id."""
JUDGED = "gwtrace.judged"
"""Tag of such a trace: the id of the trace that was judged."""

_JUDGES_SESSION = re.compile(r"[0-9a-f]{32}-judges")
_MODEL = "gwtrace.model"
_SDK_PATH = "gwtrace.sdk_path"
_OUTCOME = "gwtrace.outcome"

_ANSWERS = ("answer", "response", "output", "result", "content", "message", "text")


def make_judges_session_id(evaluation_id: str) -> str:
    """The session of all calls of an evaluation's judges: lists of sessions show it once."""
    return f"{evaluation_id}-judges"


def is_judges_session(session_id: str) -> bool:
    """Whether a session is of judges' own calls, and nobody's conversation."""
    return _JUDGES_SESSION.fullmatch(session_id) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One trace as scorers see it. None and empty texts: the trace does not say."""

    trace_id: str
    question: str = ""
    """The user's last text."""
    answer: str = ""
    """The text of the answer; of an answer in another form its JSON."""
    inputs: Any = None
    """The root's, JSON values as recorded."""
    outputs: Any = None
    expected: str | None = None
    """The answer that was expected; a structured one as JSON."""
    expectations: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """All that is expected of the whole trace, by MLflow's names, `expected_response` among it."""
    start_ms: int = 0
    """Milliseconds since the Unix epoch."""
    duration_ms: float | None = None
    cost_usd: float | None = None
    """As MLflow sums it."""
    tool_names: tuple[str, ...] = ()
    """Tools that were run or asked for, each once, in order of time."""
    model: str | None = None
    sdk_path: str | None = None
    """A value of `gwtrace_core.values.connection.SdkPath`."""
    lane: str | None = None
    """The letter of the comparison's lane."""
    prompt: str | None = None
    """The linked version of a prompt, `name/3`; several are joined by a comma."""
    session_id: str | None = None
    comparison_id: str | None = None
    row: int | None = None
    """The number of a batch file's row."""
    repetition: int | None = None
    ending: str = ""
    """What an answer lacks that was ended early or has no text, for a cell; empty for a whole
    one."""
    outcome: str = ""
    """`finished`, `failed` or `stopped` of ours, else MLflow's state: `ok`, `error`, …"""
    judge: str | None = None
    """Of the trace of a judge's own call: that judge's name."""
    assessments: tuple[Assessment, ...] = ()
    """What people, judges and code have said of the trace, replaced ones included."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


def make_subject(trace: Trace) -> Subject:
    """The subject, however little the trace says."""
    summary, tags = trace.summary, trace.summary.tags
    spans = sorted(trace.spans, key=lambda span: span.start_ns)
    root = _find_root(spans)
    models = [span for span in spans if span.kind in MODEL_KINDS]
    expectations = _read_expectations(summary.assessments)
    prompts = [f"{name}/{version}" for name, version in linked_prompts(tags)]
    duration_ns = None if root is None else root.duration_ns
    answer = _answer(root, models, summary.response_preview)
    return Subject(
        trace_id=trace.trace_id,
        question=_read_question(root, models) or preview_text(summary.request_preview),
        answer=answer,
        inputs=None if root is None else root.inputs,
        outputs=None if root is None else root.outputs,
        expected=_read_text(expectations.get(EXPECTED)),
        expectations=expectations,
        start_ms=summary.start_ms,
        duration_ms=duration_ns / 1e6
        if summary.duration_ms is None and duration_ns is not None
        else summary.duration_ms,
        cost_usd=summary.cost_usd,
        tool_names=_list_tool_names(spans),
        model=tags.get(_MODEL) or next((span.model for span in models if span.model), None),
        sdk_path=tags.get(_SDK_PATH),
        lane=tags.get(LANE),
        prompt=", ".join(prompts) or None,
        session_id=summary.session_id,
        comparison_id=tags.get(COMPARISON),
        row=_number(tags.get(ROW)),
        repetition=_number(tags.get(REPETITION)),
        ending=ending_label(trace, answer=answer),
        outcome=tags.get(_OUTCOME) or summary.status,
        judge=tags.get(JUDGE),
        assessments=summary.assessments,
        tags=tags,
    )


def set_expected(subject: Subject, expected: str) -> Subject:
    """The subject with an expected answer that a dataset gives; it stands over the trace's own."""
    return replace(
        subject, expected=expected, expectations={**subject.expectations, EXPECTED: expected}
    )


def _find_root(spans: Sequence[Span]) -> Span | None:
    """The first span without a parent in the trace; of a circle simply the first."""
    known = {span.span_id for span in spans}
    tops = (span for span in spans if span.parent_id is None or span.parent_id not in known)
    return next(tops, spans[0] if spans else None)


def _read_question(root: Span | None, models: Sequence[Span]) -> str:
    if root is not None:
        if found := last_text(conversation_of(root).inputs, "user"):
            return found
        if found := bare_question(root.inputs):
            return found
    texts = (last_text(conversation_of(span).inputs, "user") for span in models)
    return next(filter(None, texts), "")


def _answer(root: Span | None, models: Sequence[Span], preview: str) -> str:
    if root is not None:
        if (conversation := conversation_of(root)).outputs:
            return last_text(conversation.outputs, "assistant")
        if root.outputs not in (None, "", [], {}):
            return bare_text(root.outputs, _ANSWERS) or _read_json(root.outputs)
    for span in reversed(models):
        if (conversation := conversation_of(span)).outputs:
            return last_text(conversation.outputs, "assistant")
    return preview_text(preview)


def _read_expectations(assessments: Iterable[Assessment]) -> dict[str, Any]:
    return {
        each.name: each.value
        for each in assessments
        if each.kind == "expectation" and each.is_valid and each.span_id is None
    }


def _list_tool_names(spans: Sequence[Span]) -> tuple[str, ...]:
    names: list[str] = []
    for span in spans:
        if span.kind == "TOOL":
            tool = span.attributes.get("gen_ai.tool.name")
            names.append(tool if isinstance(tool, str) and tool else span.name)
        elif span.kind in MODEL_KINDS or span.parent_id is None:
            parts = (part for said in conversation_of(span).outputs for part in said.parts)
            names += [part.name for part in parts if isinstance(part, ToolCallPart) and part.name]
    return tuple(dict.fromkeys(names))


def _read_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else _read_json(value)


def _read_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
