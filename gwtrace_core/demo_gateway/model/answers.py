"""What the simulated models say: written to show things off, and plain about being simulated.

`compose` decides between a tool round, a judge's verdict, JSON by a schema, and prose. Nothing
here is random: the same model and conversation give the same answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gwtrace_core.demo_gateway.common.faults import Fault
from gwtrace_core.demo_gateway.model import prose
from gwtrace_core.demo_gateway.model.conversation import Conversation, ToolCall
from gwtrace_core.demo_gateway.model.models import DemoModel
from gwtrace_core.demo_gateway.model.schema_values import example_value
from gwtrace_core.demo_gateway.model.tool_requests import plan_calls
from gwtrace_core.demo_gateway.model.verdicts import verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer before limits: reasoning, text, and the tool calls to ask for."""

    text: str
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()


_SPOILED: Mapping[Fault, str] = {
    Fault.REFUSAL: "I'm sorry, but I can't help with that. (Simulated.)",
    Fault.JUDGE_PROSE: "What a nice answer! I would happily give it full marks. (Simulated.)",
    Fault.JUDGE_VALUE: json.dumps(
        {"rationale": "Simulated by the demo gateway: not a verdict.", "result": "purple"}
    ),
}


def compose(conversation: Conversation, model: DemoModel, *, fault: Fault | None = None) -> Draft:
    """The answer of `model`. A request for JSON by a schema gets JSON that fits it."""
    if fault is not None and fault in _SPOILED:
        return Draft(text=_SPOILED[fault])
    draft = _draft(conversation, model)
    if not _reasons(conversation, model):
        return draft
    return replace(draft, reasoning=prose.reasoning(conversation, draft.tool_calls))


def _reasons(conversation: Conversation, model: DemoModel) -> bool:
    match model.reasons:
        case "never":
            return False
        case "if asked":
            return conversation.reasoning is True
        case "always":
            return conversation.reasoning is not False


def _draft(conversation: Conversation, model: DemoModel) -> Draft:
    if calls := plan_calls(conversation):
        lead = prose.tool_lead(calls) if model.style in ("friendly", "thorough") else ""
        return Draft(text=lead, tool_calls=calls)
    if (judged := verdict(conversation)) is not None:
        return Draft(text=judged)
    if conversation.json_schema is not None:
        value = example_value(conversation.json_schema, text=conversation.question)
        return Draft(text=json.dumps(value, ensure_ascii=False))
    text = _prose(conversation, model)
    return Draft(text=_by_system_prompt(text, conversation.system))


def _prose(conversation: Conversation, model: DemoModel) -> str:
    if conversation.finished_calls:
        return prose.tool_report(conversation, model)
    if conversation.images:
        return prose.about_images(conversation, model)
    if (length := _asked_length(conversation.question)) is not None:
        return prose.of_length(length)
    for pattern, answer in _TOPICS:
        if pattern.search(conversation.question):
            return answer(conversation, model)
    return prose.about_anything(conversation, model)


_Topic = Callable[[Conversation, DemoModel], str]

_TOPICS: tuple[tuple[re.Pattern[str], _Topic], ...] = (
    (
        re.compile(
            r"\b(?:what|which)\b.*\b(?:did|have) I ask(?:ed)?\b|\bprevious question\b", re.I
        ),
        prose.about_history,
    ),
    (re.compile(r"\bbat and a ball\b", re.I), prose.bat_and_ball),
    (re.compile(r"\bgateway\b|\bstream", re.I), prose.about_streaming),
    (re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|evening|day))\b", re.I), prose.greeting),
    (re.compile(r"\b(?:python|code|function|program|script|sql|regex)\b", re.I), prose.some_code),
)

_LENGTH = re.compile(r"\b(\d[\d,]{0,6})[\s-]*(words?|tokens?)\b", re.IGNORECASE)
_MAX_TOKENS = 20_000


def _asked_length(question: str) -> int | None:
    """Tokens that the prompt asks for (`write 1,000 tokens`, `in 300 words`), if it does."""
    match = _LENGTH.search(question)
    if match is None:
        return None
    count = int(match[1].replace(",", ""))
    tokens = count if match[2].lower().startswith("token") else count * 4 // 3
    return max(1, min(tokens, _MAX_TOKENS))


_SHORT = re.compile(r"\b(?:one|a single|1) sentence\b|\bvery brief(?:ly)?\b", re.IGNORECASE)
_PIRATE = re.compile(r"\bpirate\b", re.IGNORECASE)


def _by_system_prompt(text: str, system: str) -> str:
    """Do what the system prompt says where the demo can, and say that it was read otherwise."""
    if not system.strip():
        return text
    if _PIRATE.search(system):
        text = f"Arr, matey! {text}\n\nFair winds!"
    if _SHORT.search(system):
        return prose.first_sentence(text)
    return text if _PIRATE.search(system) else text + prose.system_note(system)
