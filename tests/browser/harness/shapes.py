"""Made-up traces of every kind that the tree has to draw."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from gwtrace_core.trace.model import Nanoseconds, Span, SpanEvent, Trace, TraceSummary
from gwtrace_core.values.events import Usage

_EPOCH_NS = 1_790_000_000 * 10**9


def _span(
    span_id: str, parent_id: str | None, name: str, kind: str, at: tuple[float, float | None],
    *, tokens: tuple[int, int] | None = None, first: float | None = None, **fields: Any,
) -> Span:  # fmt: skip
    def moment(ms: float) -> Nanoseconds:
        return Nanoseconds(_EPOCH_NS + round(ms * 1e6))

    return Span(
        span_id=span_id,
        parent_id=parent_id,
        name=name,
        kind=kind,
        start_ns=moment(at[0]),
        end_ns=None if at[1] is None else moment(at[1]),
        first_token_ns=None if first is None else moment(first),
        usage=None if tokens is None else Usage(input_tokens=tokens[0], output_tokens=tokens[1]),
        **{"status": "ok", **fields},
    )


def _trace(
    trace_id: str, spans: list[Span], status: Literal["ok", "error", "in_progress"] = "ok"
) -> Trace:
    summary = TraceSummary(
        trace_id=trace_id, experiment_id="0", status=status, start_ms=_EPOCH_NS // 10**6,
        duration_ms=None,
    )  # fmt: skip
    return Trace(summary=summary, spans=tuple(spans))


_QUESTION = {"role": "user", "content": "What is 17 % of 2,340, and what day is it?"}
_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "calculator", "arguments": '{"expression": "2340 * 0.17"}'},
}


def chat(count: int, trace_id: str) -> Trace:
    """A turn with a tool round, as the chat page records it; further rounds up to `count` spans."""
    model = {"model": "gpt-5-mini", "provider": "openai"}
    first_answer = {"role": "assistant", "content": None, "tool_calls": [_CALL]}
    spans = [
        _span("root", None, "chat turn", "CHAIN", (0, 3120), recorded_by="gwtrace"),
        _span("agent", "root", "assistant", "AGENT", (12, 3100), tokens=(1180, 262)),
        _span(
            "llm-1", "agent", "chat gpt-5-mini", "LLM", (20, 1310), tokens=(512, 42), first=640,
            cost_usd=0.00031, inputs={"messages": [_QUESTION]},
            outputs={"choices": [{"message": first_answer, "finish_reason": "tool_calls"}]},
            **model,
        ),
        _span("tool-1", "agent", "calculator", "TOOL", (1320, 1365),
              inputs={"expression": "2340 * 0.17"}, outputs="397.8"),
        _span("tool-2", "agent", "current_time", "TOOL", (1322, 1341), status="error",
              status_message="ValueError: unknown time zone 'Mars/Base'",
              events=(SpanEvent(name="exception", time_ns=Nanoseconds(_EPOCH_NS), attributes={
                  "exception.type": "ValueError",
                  "exception.message": "unknown time zone 'Mars/Base'",
                  "exception.stacktrace": "Traceback (most recent call last):\n  …\nValueError",
              }),)),
        _span(
            "llm-2", "agent", "chat gpt-5-mini", "LLM", (1372, 3090), tokens=(668, 220), first=1840,
            cost_usd=0.00057,
            inputs={"messages": [_QUESTION, first_answer,
                                 {"role": "tool", "tool_call_id": "call_1", "content": "397.8"}]},
            outputs={"choices": [{"message": {"role": "assistant", "content": "It is **397.8**."},
                                  "finish_reason": "stop"}]},
            **model,
        ),
    ]  # fmt: skip
    for number in range(len(spans), count):
        start = 1400 + 40 * number
        spans.append(_span(f"extra-{number:05}", "llm-2", f"lookup {number}", "RETRIEVER",
                           (start, start + 25)))  # fmt: skip
    return _trace(trace_id, spans[:count])


def kinds(count: int, trace_id: str) -> Trace:
    """Every kind and every state that a row can show."""
    names = ["AGENT", "LLM", "CHAT_MODEL", "TOOL", "RETRIEVER", "EMBEDDING", "RERANKER", "MEMORY",
             "CHAIN", "PARSER", "GUARDRAIL", "EVALUATOR", "UNKNOWN"]  # fmt: skip
    spans = [_span("root", None, "every kind", "WORKFLOW", (0, 1500))]
    for number, kind in enumerate(names[: max(count - 1, 0)]):
        start = 60.0 + 90 * number
        spans.append(_span(kind, "root", kind.lower(), kind, (start, start + 240)))
    states: dict[str, dict[str, Any]] = {
        "stopped": {
            "is_stopped": True,
            "first_token_ns": Nanoseconds(_EPOCH_NS + 10**9),
            "attributes": {"gwtrace.corrected": ["outputs"]},
        },
        "failed": {"status": "error", "status_message": "529 overloaded"},
        "never closed": {"end_ns": None},
        "filled": {"recorded_by": "gwtrace"},
    }
    for name, fields in states.items():
        model_span = _span(name, "root", name, "LLM", (800, 1400), model="claude-sonnet-4-5")
        spans.append(replace(model_span, **fields))
    return _trace(trace_id, spans)


def broken(count: int, trace_id: str) -> Trace:
    """An orphan, a repeated id, a cycle and a span that ends before it starts."""
    spans = [
        _span("root", None, "root", "CHAIN", (0, 1000)),
        _span("lost", "nowhere", "orphan", "TOOL", (100, 200)),
        _span("twin", "root", "first twin", "TOOL", (200, 300)),
        _span("twin", "root", "second twin", "TOOL", (250, 350)),
        _span("ring-a", "ring-b", "ring a", "CHAIN", (400, 500)),
        _span("ring-b", "ring-a", "ring b", "CHAIN", (410, 490)),
        _span("back", "root", "backwards", "TOOL", (700, 600)),
    ]
    extra = [_span(f"x{n}", "root", f"step {n}", "TASK", (n, n + 5)) for n in range(count)]
    return _trace(trace_id, spans + extra)


def hostile(count: int, trace_id: str) -> Trace:
    """Names that try to be HTML, to run away with the layout or to break JSON."""
    names = [
        "<img src=x onerror=\"document.title='owned'\">",
        "<script>document.title='owned'</script>",
        "[link](javascript:alert(1)) :material/lock: :red-badge[Verified]",
        "x" * 3000,
        "line one\nline two\u202e backwards \ud800 surrogate",
        "",
    ]
    spans = [_span("root", None, names[0], "AGENT", (0, 900))]
    for number in range(1, max(count, len(names))):
        name = names[number % len(names)]
        spans.append(
            _span(f'"><b id=s{number}>', "root", name, "<b>KIND</b>", (number, 900),
                  model="<i>model</i>", status="error", status_message="<u>message</u>")
        )  # fmt: skip
    return _trace(trace_id, spans)


def big(count: int, trace_id: str) -> Trace:
    """`count` spans of a long agent run, many levels, always the same."""
    rng = random.Random(7)
    spans = [_span("0", None, "long run", "AGENT", (0, count * 4.0))]
    kinds_of = ["LLM", "TOOL", "RETRIEVER", "CHAIN"]
    for number in range(1, count):
        parent = rng.randrange(max(0, number - 30), number)
        kind = kinds_of[rng.randrange(4)]
        start = number * 3.9
        failed = number % 997 == 0
        spans.append(
            _span(f"{number:08x}", spans[parent].span_id, f"{kind.lower()} step {number % 60}",
                  kind, (start, start + rng.randrange(1, 400)),
                  tokens=(rng.randrange(2000), rng.randrange(500)) if kind == "LLM" else None,
                  first=start + 1 if kind == "LLM" else None,
                  status="error" if failed else "ok",
                  status_message="timed out" if failed else None)
        )  # fmt: skip
    return _trace(trace_id, spans)


def backwards(count: int, trace_id: str) -> Trace:
    """More spans come in before those that were there."""
    spans = [_span("root", None, "root", "CHAIN", (0, 1000))]
    spans += [
        _span(f"s{number}", "root", f"step {number}", "TASK", (999 - number, 1000))
        for number in range(count)
    ]
    return _trace(trace_id, spans)


def running(count: int, trace_id: str) -> Trace:
    """A trace that is still being recorded."""
    spans = list(chat(count, trace_id).spans)
    spans[:2] = [replace(span, end_ns=None, status="unset") for span in spans[:2]]
    return _trace(trace_id, spans, "in_progress")


SHAPES: dict[str, Callable[[int, str], Trace]] = {
    "chat": chat,
    "kinds": kinds,
    "broken": broken,
    "hostile": hostile,
    "big": big,
    "backwards": backwards,
    "running": running,
}
