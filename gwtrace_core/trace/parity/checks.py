"""One check for each aspect of a turn. Pure; what a trace holds may be anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from gwtrace_core.trace.messages.parts import as_mapping
from gwtrace_core.trace.model import Span
from gwtrace_core.trace.parity import recorded
from gwtrace_core.trace.parity.counts import check_cost, check_tokens
from gwtrace_core.trace.parity.finding import Finding, make_finding
from gwtrace_core.trace.parity.recorded import Call, Recording, is_ours
from gwtrace_core.trace.parity.values import Aspect, Verdict
from gwtrace_core.trace.tree import TreeRow
from gwtrace_core.values import trace_names
from gwtrace_core.values.connection import Provider
from gwtrace_core.values.reply import Reply, ToolBlock
from gwtrace_core.values.request import Lane
from gwtrace_core.values.text import count_text, duration_text, plural

Check = Callable[[Reply, Recording, Lane], Finding]

_PROVIDER_NAMES: Mapping[Provider, frozenset[str]] = {
    Provider.OPENAI: frozenset({"openai"}),
    Provider.ANTHROPIC: frozenset({"anthropic"}),
    Provider.GROQ: frozenset({"groq"}),
    Provider.GOOGLE: frozenset(
        {"google-vertex", "google-cloud", "google-gla", "google", "gemini", "vertex_ai"}
        | {"gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai"}
    ),
    Provider.BEDROCK: frozenset({"bedrock", "aws.bedrock", "aws_bedrock", "amazon_bedrock"}),
}
_CLOCK_TOLERANCE_MS = 500
"""Two stopwatches on a busy machine."""


def _check_spans(reply: Reply, recording: Recording, _: Lane) -> Finding:
    tool_count = len(_list_runs(reply))
    if not recording.spans and not reply.model_request_count:
        return Finding(seen=None, held=None, autolog=None, verdict=Verdict.NOT_APPLICABLE)
    requests = plural(reply.model_request_count, "model request")
    counted = [*recording.models, *recording.tools]
    expected = reply.model_request_count + tool_count
    verdict = Verdict.RECORDED
    note = ""
    if (len(recording.models), len(recording.tools)) != (reply.model_request_count, tool_count):
        verdict = Verdict.MISSING if len(counted) < expected else Verdict.WRONG
        if len(recording.models) > reply.model_request_count:
            note = "There are more model spans than requests: calls were recorded more than once."
    elif any(is_ours(row.span) for row in recording.models) or any(map(is_ours, recording.tools)):
        verdict = Verdict.FILLED
    return Finding(
        seen=f"{requests}, {plural(tool_count, 'tool run')}" if tool_count else requests,
        held=recorded.kinds_text(recording.spans),
        autolog=recorded.kinds_text([span for span in recording.spans if not is_ours(span)]),
        verdict=verdict,
        note=note,
    )


def _list_runs(reply: Reply) -> list[ToolBlock]:
    return [block for block in reply.tool_calls if block.started_ms is not None]


def _check_model_asked(reply: Reply, recording: Recording, lane: Lane) -> Finding:
    found = [name for row in recording.models for name in _list_asked_names(row.span)]
    agrees = lane.model in found
    held = lane.model if agrees else next(iter(found), None)
    seen = lane.model if reply.model_request_count else None
    return make_finding(seen, held, agrees=agrees, filled=recording.filled())


def _list_asked_names(span: Span) -> list[str]:
    values = (
        as_mapping(span.inputs).get("model"),
        *(
            span.attributes.get(name)
            for name in ("model", "model_name", trace_names.GENAI_REQUEST_MODEL)
        ),
        span.model,
    )
    return [value for value in values if isinstance(value, str) and value]


def _check_model_answered(reply: Reply, recording: Recording, _: Lane) -> Finding:
    found: list[str] = []
    for row in recording.models:
        outputs = as_mapping(row.span.outputs)
        values = (
            outputs.get("model"),
            outputs.get("model_name"),
            row.span.attributes.get(trace_names.GENAI_RESPONSE_MODEL),
        )
        found += [value for value in values if isinstance(value, str) and value]
    agrees = reply.response_model in found
    held = reply.response_model if agrees else next(iter(found), None)
    return make_finding(
        reply.response_model, held, agrees=agrees, filled=recording.filled("outputs")
    )


def _check_provider(reply: Reply, recording: Recording, lane: Lane) -> Finding:
    found = [row.span.provider for row in recording.models if row.span.provider]
    return make_finding(
        lane.provider.value if reply.model_request_count else None,
        next(iter(found), None),
        agrees={name.lower() for name in found} <= _PROVIDER_NAMES[lane.provider],
        filled=recording.filled(has=lambda row: row.span.provider is not None),
    )


def _check_answer(reply: Reply, recording: Recording, _: Lane) -> Finding:
    said = "".join(reply.text.split())
    spans = [row.span for row in recording.models]
    text = "".join(recorded.answer_text(spans).split())
    on_turn = [] if recording.turn is None else [recording.turn]
    whole = "".join(recorded.answer_text(on_turn).split())
    if len(text) < len(said) and whole == said:
        # What the model spans lack, the turn's own has.
        return make_finding(
            _describe_length(said),
            _describe_length(whole),
            agrees=True,
            filled=True,
            autolog=_describe_length(text),
        )
    other = ", not the same" if text and text != said and len(text) == len(said) else ""
    held = _describe_length(text)
    return make_finding(
        _describe_length(said),
        None if held is None else held + other,
        agrees=text == said,
        filled=recording.filled("outputs"),
    )


def _describe_length(text: str) -> str | None:
    """How long it is; blanks were taken out, which recordings add and drop."""
    return plural(len(text), "character") if text else None


def _check_tool_calls(reply: Reply, recording: Recording, _: Lane) -> Finding:
    seen = [_call_of_block(block) for block in reply.tool_calls]
    held = recorded.list_asked_calls(row.span for row in recording.models)
    by_autolog = recorded.list_asked_calls(
        row.span
        for row in recording.models
        if not is_ours(row.span)
        and not recorded.list_corrections(row.span) & {"tool_calls", "outputs"}
    )
    return make_finding(
        _calls_text(seen),
        _calls_text(held),
        agrees=Counter(seen) == Counter(held),
        filled=recording.filled(
            "tool_calls", "outputs", has=lambda row: bool(recorded.list_asked_calls([row.span]))
        ),
        autolog=_calls_text(by_autolog),
    )


def _call_of_block(block: ToolBlock) -> Call:
    arguments = block.arguments_text if block.arguments is None else dict(block.arguments)
    return block.name, recorded.arguments_text(arguments)


def _check_tool_runs(reply: Reply, recording: Recording, _: Lane) -> Finding:
    seen = [_call_of_block(block) for block in _list_runs(reply)]
    held = [_call_of_span(span) for span in recording.tools]
    return make_finding(
        _calls_text(seen),
        _calls_text(held),
        agrees=Counter(seen) == Counter(held),
        filled=any(map(is_ours, recording.tools)),
        autolog=_calls_text([_call_of_span(span) for span in recording.tools if not is_ours(span)]),
    )


def _call_of_span(span: Span) -> Call:
    name = span.attributes.get(trace_names.GENAI_TOOL_NAME)
    return name if isinstance(name, str) else span.name, recorded.arguments_text(span.inputs)


def _calls_text(calls: Sequence[Call]) -> str | None:
    if not calls:
        return None
    return f"{count_text(len(calls))}: " + ", ".join(
        f"{name}({arguments})" for name, arguments in calls
    )


def _check_finish_reason(reply: Reply, recording: Recording, _: Lane) -> Finding:
    last = recording.models[-1:]
    held = recorded.finish_reason(last[0].span) if last else None
    if reply.finish_reason is None:
        held = None if reply.status != "finished" else held
    return make_finding(
        reply.finish_reason,
        held,
        agrees=held == reply.finish_reason,
        filled=recording.filled("finish_reason", "outputs"),
        autolog=None,
    )


def _check_error(reply: Reply, recording: Recording, _: Lane) -> Finding:
    ended_badly = [
        span
        for span in recording.below
        if span.kind != "TOOL" and (span.has_failed or span.is_stopped)
    ]
    by_autolog = [
        span
        for span in ended_badly
        if not is_ours(span)
        and not span.is_stopped
        and "status" not in recorded.list_corrections(span)
    ]
    on_turn = [span for span in (recording.turn,) if span and span.status == "error"]
    seen: str | None = None
    if reply.status == "stopped":
        seen = reply.stop_reason or "Stopped."
    elif reply.failure is not None:
        seen = reply.failure.message
    held, autolog = _find_message(ended_badly) or _find_message(on_turn), _find_message(by_autolog)
    if seen is None:
        verdict = Verdict.NOT_APPLICABLE if held is None else Verdict.WRONG
    elif held is None:
        verdict = Verdict.MISSING
    else:
        verdict = Verdict.RECORDED if autolog else Verdict.FILLED
    return Finding(seen=seen, held=held, autolog=autolog, verdict=verdict)


def _find_message(spans: Sequence[Span]) -> str | None:
    """What the innermost of them says."""
    return next((span.status_message or "No message." for span in reversed(spans)), None)


def _check_streaming(reply: Reply, recording: Recording, lane: Lane) -> Finding:
    flags = [flag for row in recording.models if (flag := _says_streamed(row)) is not None]
    by_autolog = [row for row in recording.models if not is_ours(row.span) and _says_streamed(row)]
    turn: Mapping[str, Any] = {} if recording.turn is None else recording.turn.attributes
    if not flags and lane.streamed and turn.get(trace_names.STREAMED) is True:
        flags = [True]
    if not lane.streamed:
        flags = [flag for flag in flags if flag]
    return make_finding(
        f"streamed, {plural(reply.chunk_count, 'piece')}"
        if lane.streamed and reply.model_request_count
        else None,
        "streamed" if flags else None,
        agrees=True,
        filled=not by_autolog,
        autolog="streamed" if by_autolog else None,
    )


def _says_streamed(row: TreeRow) -> bool | None:
    span = row.span
    says = as_mapping(span.inputs).get("stream") or span.attributes.get(trace_names.STREAMED)
    if says is None:
        says = any(event.name.startswith(trace_names.CHUNK_EVENT) for event in span.events) or None
    return None if says is None else says is True


def _check_first_token(reply: Reply, recording: Recording, lane: Lane) -> Finding:
    marked = [row.span for row in recording.models if row.span.first_token_ns is not None]
    seen_ms = reply.first_token_ms if lane.streamed else None
    held_ms: float | None = None
    if marked and marked[0].first_token_ns is not None:
        start_ns = min(span.start_ns for span in recording.spans)
        held_ms = (marked[0].first_token_ns - start_ns) / 1e6
    is_near = seen_ms is None or held_ms is None or abs(seen_ms - held_ms) <= _CLOCK_TOLERANCE_MS
    return make_finding(
        None if seen_ms is None else duration_text(seen_ms),
        None if held_ms is None else duration_text(max(held_ms, 0)),
        agrees=is_near,
        # The attribute is gwtrace's, on whoever's span.
        filled=True,
    )


CHECKS: Mapping[Aspect, Check] = {
    Aspect.SPANS: _check_spans,
    Aspect.MODEL_ASKED: _check_model_asked,
    Aspect.MODEL_ANSWERED: _check_model_answered,
    Aspect.PROVIDER: _check_provider,
    Aspect.ANSWER: _check_answer,
    Aspect.INPUT_TOKENS: partial(check_tokens, lambda usage: usage.input_tokens),
    Aspect.OUTPUT_TOKENS: partial(check_tokens, lambda usage: usage.output_tokens),
    Aspect.CACHE_READ_TOKENS: partial(check_tokens, lambda usage: usage.cache_read_tokens),
    Aspect.CACHE_WRITE_TOKENS: partial(check_tokens, lambda usage: usage.cache_write_tokens),
    Aspect.REASONING_TOKENS: partial(check_tokens, lambda usage: usage.reasoning_tokens),
    Aspect.COST: check_cost,
    Aspect.TOOL_CALLS: _check_tool_calls,
    Aspect.TOOL_RUNS: _check_tool_runs,
    Aspect.FINISH_REASON: _check_finish_reason,
    Aspect.ERROR: _check_error,
    Aspect.STREAMING: _check_streaming,
    Aspect.FIRST_TOKEN: _check_first_token,
}
