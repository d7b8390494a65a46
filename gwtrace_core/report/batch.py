"""One self-contained HTML file of a batch: the lanes, what they came to, and every row's answers.

By the same means as a comparison's: redacted, escaped, loads nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gwtrace_core.batch.results import BatchResults, ResultRow
from gwtrace_core.report.batch_rows import describe_rows
from gwtrace_core.report.batch_summary import (
    describe_batch_lanes,
    describe_summary,
    find_lane_prompts,
)
from gwtrace_core.report.page import describe_header, list_origin, render_page
from gwtrace_core.report.preview import list_exported
from gwtrace_core.report.redaction import Section, make_redactor
from gwtrace_core.report.tables import write_scripts
from gwtrace_core.report.traces import TraceSheets
from gwtrace_core.report.values import RenderedReport, ReportInput, ReportTurn
from gwtrace_core.values.text import count_text, plural

MOST_ROWS = 500
MOST_ROW_CHARS = 4_000_000
"""Of the questions, expected answers and answers together: the file stays one that can be sent."""
MOST_SPANS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReportInput:
    """A batch to hand on."""

    rows: ReportInput
    """One round for each row of `select_rows`, in that order; its turns are the calls that were
    made, with their traces where these are at hand."""
    results: BatchResults
    """All of the batch: what the summary counts."""
    file_name: str = ""
    has_traces: bool = True
    """False where traces are to be left out; a call without one is then nothing to speak of."""


def select_rows(results: BatchResults) -> tuple[ResultRow, ...]:
    """The first rows, as many as one file takes: at least one, at most 500."""
    left_chars = MOST_ROW_CHARS
    for count, row in enumerate(results.rows[:MOST_ROWS]):
        left_chars -= _count_chars(row)
        if left_chars < 0:
            return results.rows[: max(1, count)]
    return results.rows[:MOST_ROWS]


def _count_chars(row: ResultRow) -> int:
    replies = [cell.reply for cell in row.cells.values() if cell.reply is not None]
    said = sum(
        len(reply.text)
        + len(reply.reasoning)
        + sum(len(tool.arguments_text) + len(tool.content or "") for tool in reply.tool_calls)
        for reply in replies
    )
    return len(row.prompt) + len(row.expected or "") + said


def render_batch_report(batch: BatchReportInput) -> RenderedReport:
    """The file, UTF-8 encodable, and what leaves with it.

    Never raises for what a model, gateway or trace said.
    """
    rows, dropped = _limit_spans(batch.rows)
    notes = _explain_left_out(batch, dropped)
    redactor = make_redactor(rows, prompts=find_lane_prompts(rows).values())
    sheets = TraceSheets(redactor=redactor, parts=rows.parts)
    calls = sum(len(row.cells) for row in batch.results.rows)
    file_name = redactor.mask(Section.SETTINGS, batch.file_name)
    # Drawn before what it collects for the page's script is asked for.
    drawn = describe_rows(rows, batch.results, redactor, sheets, has_traces=batch.has_traces)
    data, cut_count = sheets.collect()
    html = render_page(
        "batch.html.jinja",
        header=describe_header(
            rows,
            redactor,
            facts=(
                *([] if batch.file_name in ("", rows.title) else [file_name]),
                plural(len(batch.results.rows), "row"),
                plural(len(batch.results.lane_names), "lane"),
                plural(calls, "call"),
            ),
            places=(("#lanes", "Lanes"), ("#summary", "Summary"), ("#rows", "Rows")),
        ),
        about=list_origin(rows, redactor),
        data=data,
        tree=rows.tree,
        lanes=describe_batch_lanes(rows, redactor),
        summary=describe_summary(batch.results, redactor),
        rows=drawn,
        notes=notes,
        has_traces=batch.has_traces,
        scripts=write_scripts(rows, redactor),
    )
    return RenderedReport(
        html=html, leaves=list_exported(rows, redactor, sheets, cut_count), left_out=notes
    )


def _explain_left_out(batch: BatchReportInput, dropped: int) -> tuple[str, ...]:
    told: list[str] = []
    shown, every = len(batch.rows.rounds), len(batch.results.rows)
    if shown < every:
        told.append(
            f"The first {plural(shown, 'row')} of {count_text(every)} "
            f"{'is' if shown == 1 else 'are'} here; the summary counts all of them, and the "
            "batch's CSV has them."
        )
    if dropped:
        told.append(
            f"{plural(dropped, 'trace')} left out: one file takes {count_text(MOST_SPANS)} spans. "
            "They stay in MLflow."
        )
    return tuple(told)


def _limit_spans(rows: ReportInput) -> tuple[ReportInput, int]:
    """The traces of the first calls, as many as one file takes, and how many are left out."""
    left, dropped = MOST_SPANS, 0

    def limit(turns: Sequence[ReportTurn]) -> tuple[ReportTurn, ...]:
        nonlocal left, dropped
        kept: list[ReportTurn] = []
        for turn in turns:
            if turn.trace is None or len(turn.trace.spans) <= left:
                left -= 0 if turn.trace is None else len(turn.trace.spans)
                kept.append(turn)
                continue
            dropped += 1
            kept.append(replace(turn, trace=None, trace_note="Left out for the file's size."))
        return tuple(kept)

    rounds = tuple(replace(round_, turns=limit(round_.turns)) for round_ in rows.rounds)
    return replace(rows, rounds=rounds), dropped
