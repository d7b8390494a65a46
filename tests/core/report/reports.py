"""A comparison to report: three lanes of the demo, with tool rounds and a refused call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gwtrace_core.code.script import CodeTracking
from gwtrace_core.figures.reply_figures import Cost, compare_figures, make_figures
from gwtrace_core.report.comparison import ReportInput, ReportRound, ReportTurn, TreeComponent
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.trace.model import Nanoseconds, Span, SpanEvent, Trace, TraceSummary
from gwtrace_core.values.connection import Connection, Provider, SdkPath
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import ReasoningBlock, Reply, TextBlock, ToolBlock
from gwtrace_core.values.request import Message, Parameters
from pages.ui.components import trace_tree
from tests.core.code.calls import make

TREE = TreeComponent(html=trace_tree.HTML, css=trace_tree.CSS, js=trace_tree.JS)
EPOCH_NS = 1_790_000_000 * 10**9
MADE_AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
SYSTEM_PROMPT = "You are a careful accountant. Answer in one short paragraph."
QUESTION = Message(role="user", text="What is 17 % of 2,340, and what day is it on Mars?")
ANSWER = """\
**17 % of 2,340 is 397.8.** Three things to know:

1. A *percentage* is a hundredth, so `0.17 * 2340`.
2. The day on Mars is not known to me:
   - it has no weekdays,
   - a sol lasts 24 h 39 min.

| part | value |
|------|-------|
| 10 % | 234.0 |
| 7 %  | 163.8 |

```python
print(2340 * 0.17)
```
"""


def span(
    span_id: str, parent_id: str | None, name: str, kind: str, at: tuple[float, float],
    **fields: Any,
) -> Span:  # fmt: skip
    """`at`: start and end in ms."""
    start_ns, end_ns = (Nanoseconds(EPOCH_NS + round(ms * 1e6)) for ms in at)
    return Span(
        span_id=span_id,
        parent_id=parent_id,
        name=name,
        kind=kind,
        start_ns=start_ns,
        end_ns=end_ns,
        **{"status": "ok", **fields},
    )


def trace_of(trace_id: str, *spans: Span) -> Trace:
    summary = TraceSummary(
        trace_id=trace_id, experiment_id="0", status="ok", start_ms=EPOCH_NS // 10**6,
        duration_ms=None,
    )  # fmt: skip
    return Trace(summary=summary, spans=spans)


def turn_trace(trace_id: str, model: str, slowness: float = 1.0) -> Trace:
    """A turn with a tool round, one tool of which failed."""

    def at(start: float, end: float) -> tuple[float, float]:
        return start * slowness, end * slowness

    inputs = {
        "model": model,
        "messages": [
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": QUESTION.text},
        ],
    }
    failure = SpanEvent(
        name="exception",
        time_ns=Nanoseconds(EPOCH_NS + 1_341_000_000),
        attributes={
            "exception.type": "ToolError",
            "exception.message": "unknown time zone 'Mars/Base'",
            "exception.stacktrace": "Traceback (most recent call last):\n"
            '  File "/home/anna/gwtrace/gwtrace_core/tools.py", line 61, in run_tool\n'
            "ToolError: unknown time zone 'Mars/Base'",
        },
    )
    return trace_of(
        trace_id,
        span("root", None, "chat turn", "CHAIN", at(0, 3120), recorded_by="gwtrace",
             attributes={"gwtrace.lane": "{}", "user.id": "anna@example.org"}),
        span("agent", "root", "assistant", "AGENT", at(12, 3100)),
        span("llm-1", "agent", f"chat {model}", "LLM", at(20, 1310), model=model,
             provider="openai", usage=Usage(input_tokens=512, output_tokens=42), cost_usd=0.00031,
             first_token_ns=Nanoseconds(EPOCH_NS + round(640e6 * slowness)), inputs=inputs,
             outputs={"choices": [{"message": {"role": "assistant", "content": None}}]}),
        span("tool-1", "agent", "calculator", "TOOL", at(1320, 1365),
             inputs={"expression": "2340 * 0.17"}, outputs="397.8"),
        span("tool-2", "agent", "current_time", "TOOL", at(1322, 1341), status="error",
             status_message="ToolError: unknown time zone 'Mars/Base'", events=(failure,)),
        span("llm-2", "agent", f"chat {model}", "LLM", at(1372, 3090), model=model,
             provider="openai", usage=Usage(input_tokens=668, output_tokens=220), cost_usd=0.00057,
             first_token_ns=Nanoseconds(EPOCH_NS + round(1840e6 * slowness)), inputs=inputs,
             outputs={"choices": [{"message": {"role": "assistant", "content": ANSWER}}]}),
    )  # fmt: skip


def reply_of(text: str, slowness: float = 1.0) -> Reply:
    return Reply(
        status="finished",
        blocks=(
            ReasoningBlock(text="17 % is 0.17; the calculator can tell."),
            ToolBlock(
                call_id="call_1", name="calculator", arguments_text="",
                arguments={"expression": "2340 * 0.17"}, content="397.8",
                started_ms=1320, finished_ms=1365,
            ),
            ToolBlock(
                call_id="call_2", name="current_time", arguments_text="",
                arguments={"time_zone": "Mars/Base"}, content="There is no such time zone.",
                is_error=True, started_ms=1322, finished_ms=1341,
            ),
            TextBlock(text=text),
        ),
        usage=Usage(input_tokens=1180, output_tokens=262, reasoning_tokens=12),
        model_request_count=2,
        response_model="gpt-5-mini-2025-08-07",
        response_id="resp-123",
        finish_reason="stop",
        first_token_ms=640 * slowness,
        duration_ms=3120 * slowness,
        chunk_count=230,
        longest_gap_ms=90,
        streaming_ms=2000 * slowness,
    )  # fmt: skip


FAILURE = Failure(
    source=FailureSource.GATEWAY,
    cause=FailureCause.KEY_EXPIRED,
    message="The gateway refused the key of 'Pydantic AI Gateway': it has expired.",
    hint="Create a new key in the gateway's console and set PYDANTIC_AI_GATEWAY_API_KEY.",
    status=401,
    body="Unauthorized - key expired",
)
_COST = Cost(amount_usd=0.00088, source="the price table of genai-prices")


def turn(
    name: str, connection: Connection, sdk_path: SdkPath, reply: Reply, trace: Trace | None,
    *, provider: Provider = Provider.OPENAI, **lane: Any,
) -> ReportTurn:  # fmt: skip
    settings: dict[str, Any] = {
        "model": "gpt-5-mini",
        "system_prompt": SYSTEM_PROMPT,
        "parameters": Parameters(temperature=0.2, max_output_tokens=400),
        "tools": ("calculator", "current_time"),
        "messages": (QUESTION,),
        **lane,
    }
    request, target = make(connection, provider, sdk_path, **settings)
    return ReportTurn(
        name=name,
        request=request,
        target=target,
        reply=reply,
        figures=tuple(
            make_figures(reply, table_cost=_COST if reply.usage else None, trace_cost=None)
        ),
        trace=trace,
        trace_note="" if trace else "MLflow did not answer: connection refused.",
    )


def round_of(question: Message, *turns: ReportTurn) -> ReportRound:
    strips = compare_figures([turn.figures for turn in turns], baseline=0)
    marked = [
        replace(turn, figures=tuple(strip), is_baseline=position == 0)
        for position, (turn, strip) in enumerate(zip(turns, strips, strict=True))
    ]
    return ReportRound(question=question, turns=tuple(marked))


def three_lanes() -> ReportInput:
    demo = make_demo_connection("http://127.0.0.1:8765/proxy")
    failed = Reply(status="failed", failure=FAILURE, duration_ms=84.0, model_request_count=1)
    other = ANSWER.replace("Three things", "Some things").replace("to me", "to anybody")
    return ReportInput(
        title="Three ways to ask gpt-5-mini",
        made_at=MADE_AT,
        tree=TREE,
        rounds=(
            round_of(
                QUESTION,
                turn("A", demo, SdkPath.OPENAI_CHAT, reply_of(ANSWER),
                     turn_trace("tr-" + 32 * "a", "gpt-5-mini")),
                turn("B", demo, SdkPath.PYDANTIC_AI, reply_of(other, 1.4),
                     turn_trace("tr-" + 32 * "b", "gpt-5-mini", 1.4)),
                turn("C", demo, SdkPath.OPENAI_RESPONSES, failed, None, streamed=False),
            ),
        ),
        tracking=CodeTracking(tracking_uri="http://mlflow.example.org:5000"),
        comparison_id="0c1d2e3f",
        user="anna@example.org",
        versions=(("mlflow", "3.17.2"), ("openai", "3.54.0")),
    )  # fmt: skip
