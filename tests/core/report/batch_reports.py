"""Batches as a report takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gwtrace_core.batch.results import BatchCall, ResultCell, ResultRow, make_results
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.report.batch import BatchReportInput, reported_rows
from gwtrace_core.report.comparison import ReportInput, ReportRound, ReportTurn
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import Connection, Provider, SdkPath
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, Lane, Message
from tests.core.code.calls import gateway_connection, make
from tests.core.report.reports import FAILURE, MADE_AT, TREE, reply_of, turn_trace

FAILED = Reply(status="failed", failure=FAILURE, duration_ms=84.0, model_request_count=1)


def lane_of(
    sdk_path: SdkPath = SdkPath.OPENAI_CHAT, connection: Connection | None = None, **lane: Any
) -> Lane:
    request, _ = make(
        connection or gateway_connection(), Provider.OPENAI, sdk_path, model="gpt-5-mini", **lane
    )
    return request.lane


def call(
    row: int, name: str, reply: Reply | None, *, lane: Lane | None = None,
    prompt: str = "", expected: str | None = None,
) -> BatchCall:  # fmt: skip
    return BatchCall(
        row=row,
        lane_name=name,
        lane=lane or lane_of(),
        prompt=prompt or f"Question {row}",
        expected=expected,
        reply=reply,
        trace_id=None if reply is None else f"tr-{row}{name}",
    )


def batch_of(
    calls: Sequence[BatchCall],
    *,
    traces: Mapping[str, Trace] | None = None,
    connection: Connection | None = None,
    **changes: Any,
) -> BatchReportInput:
    """The batch of these calls, with the traces that are given by id."""
    results = make_results(calls)
    at = connection or gateway_connection()

    def turn_of(name: str, row: ResultRow, cell: ResultCell, reply: Reply) -> ReportTurn:
        message = Message(role="user", text=row.prompt)
        return ReportTurn(
            name=name,
            request=ChatRequest(lane=cell.lane, messages=(message,)),
            target=resolve(at, cell.lane),
            reply=reply,
            figures=(),
            trace=(traces or {}).get(cell.trace_id or ""),
        )

    rounds = tuple(
        ReportRound(
            question=Message(role="user", text=row.prompt),
            turns=tuple(
                turn_of(name, row, cell, cell.reply)
                for name, cell in row.cells.items()
                if cell.reply is not None
            ),
        )
        for row in reported_rows(results)
    )
    rows = ReportInput(title="A file of prompts", made_at=MADE_AT, tree=TREE, rounds=rounds)
    return BatchReportInput(
        rows=replace(rows, **changes),
        results=results,
        file_name="prompts.csv",
        has_traces=traces is not None,
    )


def two_lanes() -> BatchReportInput:
    """Three rows by two lanes: answered, failed, and one call that was never made."""
    responses = lane_of(SdkPath.OPENAI_RESPONSES, streamed=False)
    ids = ["tr-1A", "tr-1B", "tr-2A"]
    return batch_of(
        [
            call(1, "A", reply_of("The answer is 434.", 1.0), expected="434"),
            call(1, "B", reply_of("434", 2.0), lane=responses, expected="434"),
            call(2, "A", reply_of("About **26** miles.", 3.0), expected="26.097"),
            call(2, "B", FAILED, lane=responses, expected="26.097"),
            call(3, "A", reply_of("Streams.", 4.0), prompt="How does a gateway stream?"),
            call(3, "B", None, lane=responses, prompt="How does a gateway stream?"),
        ],
        traces={each: turn_trace(each, "gpt-5-mini") for each in ids},
    )
