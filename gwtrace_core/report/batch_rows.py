"""The rows of a batch: one line each across the lanes, which unfolds to all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from gwtrace_core.batch.results import BatchResults, ResultCell, ResultRow
from gwtrace_core.figures.reply_figures import write_tokens
from gwtrace_core.markdown.html import render_markdown
from gwtrace_core.report.answers import Answer, describe_answer
from gwtrace_core.report.batch_summary import find_lane_prompts
from gwtrace_core.report.lanes import SystemPrompt, describe_prompt
from gwtrace_core.report.redaction import Redactor, Section, list_omitted_prompts
from gwtrace_core.report.traces import TracePlace, TraceSheets
from gwtrace_core.report.values import ReportInput, ReportRound, ReportTurn
from gwtrace_core.values.text import count_text, duration_text, one_line, plural, usd_text

_EXCERPT_CHARS = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How an answer stands to the expected one."""

    style: str
    sign: str
    words: str


_EXACT = Match(style="exact", sign="✓", words="exactly the expected answer")
_CONTAINS = Match(style="contains", sign="✓", words="contains the expected answer")
_LACKS = Match(style="lacks", sign="✗", words="does not contain the expected answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallExcerpt:
    """What of a call shows while its row is folded."""

    name: str
    match: Match | None
    words: str
    has_failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One lane's call of a row."""

    name: str
    facts: str
    note: str = ""
    """Why there is nothing of it."""
    prompt: SystemPrompt | None = None
    answer: Answer | None = None
    trace: TracePlace | None = None
    trace_facts: str = ""
    trace_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One row of the file. All texts are masked."""

    id: str
    number: str
    excerpt: str
    excerpts: tuple[CallExcerpt, ...]
    question: Markup
    expected: Markup | None
    calls: tuple[Call, ...]


def describe_rows(
    rows: ReportInput,
    results: BatchResults,
    redactor: Redactor,
    sheets: TraceSheets,
    *,
    has_traces: bool,
) -> tuple[BatchRow, ...]:
    """The rows that have a round in `rows`; their trees go into `sheets`."""
    prompts = find_lane_prompts(rows)
    described: list[BatchRow] = []
    for row, round_ in zip(results.rows, rows.rounds, strict=False):
        # Hundreds of prompts: each is looked for in its own row only, or it takes a minute.
        own = redactor.omit_also(_list_own_prompts(rows, round_, prompts))
        sheets.redactor = own
        made = _RowMaker(row, round_, rows, own, sheets, has_traces)
        described.append(made.describe(prompts))
    return tuple(described)


def _list_own_prompts(
    rows: ReportInput, round_: ReportRound, lane_prompts: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What a row's calls were told by its file, where that is to be left out."""
    own = [
        turn.request.lane.system_prompt for turn in round_.turns if turn.name not in lane_prompts
    ]
    return list_omitted_prompts(rows, own)


class _RowMaker:
    """Describes one row of the file."""

    def __init__(
        self,
        row: ResultRow,
        round_: ReportRound,
        rows: ReportInput,
        redactor: Redactor,
        sheets: TraceSheets,
        has_traces: bool,
    ) -> None:
        self._row, self._rows, self._redactor = row, rows, redactor
        self._sheets, self._has_traces = sheets, has_traces
        self._turns = {turn.name: turn for turn in round_.turns}

    def describe(self, lane_prompts: Mapping[str, str]) -> BatchRow:
        row = self._row
        asked = self._redactor.mask(Section.QUESTIONS, row.prompt)
        expected = None
        if row.expected is not None:
            expected = render_markdown(self._redactor.mask(Section.QUESTIONS, row.expected))
        return BatchRow(
            id=f"row-{row.number}",
            number=count_text(row.number),
            excerpt=one_line(asked, _EXCERPT_CHARS),
            excerpts=tuple(self._describe_excerpt(name, cell) for name, cell in row.cells.items()),
            question=render_markdown(asked),
            expected=expected,
            calls=tuple(
                self._describe_call(name, cell, lane_prompts.get(name))
                for name, cell in row.cells.items()
            ),
        )

    def _describe_excerpt(self, name: str, cell: ResultCell) -> CallExcerpt:
        words = one_line(self._redactor.mask(Section.ANSWERS, cell.answer), _EXCERPT_CHARS)
        if cell.state != "finished":
            words = self._redactor.mask(Section.ERRORS, cell.outcome)
        elif cell.ending:
            words = f"({self._redactor.mask(Section.ERRORS, cell.ending)}) {words}".strip()
        return CallExcerpt(
            name=name, match=_judge(cell), words=words, has_failed=cell.state == "failed"
        )

    def _describe_call(self, name: str, cell: ResultCell, lane_prompt: str | None) -> Call:
        turn, facts = self._turns.get(name), " · ".join(_list_facts(cell))
        if turn is None:
            note = f"This call was {cell.outcome}."
            if cell.state == "missing":
                note = "This call is missing: it was not made, or not recorded."
            return Call(name=name, facts=facts, note=note)
        own = turn.request.lane.system_prompt.strip() if lane_prompt is None else ""
        return Call(
            name=name,
            facts=facts,
            prompt=describe_prompt(own, self._rows, self._redactor) if own else None,
            answer=describe_answer(turn.reply, self._redactor),
            trace=self._place_trace(turn),
            trace_facts="" if turn.trace is None else plural(len(turn.trace.spans), "span"),
            trace_note=self._explain_missing_trace(turn),
        )

    def _place_trace(self, turn: ReportTurn) -> TracePlace | None:
        if turn.trace is None:
            return None
        label = f"Trace of row {self._row.number}, lane {turn.name}"
        return self._sheets.place_trace(turn.trace, label=label)

    def _explain_missing_trace(self, turn: ReportTurn) -> str:
        if turn.trace is not None or not self._has_traces:
            return ""
        return self._redactor.mask(Section.TREES, turn.trace_note or "No trace was at hand.")


def _judge(cell: ResultCell) -> Match | None:
    if cell.contains_expected is None:
        return None
    if cell.is_exact:
        return _EXACT
    return _CONTAINS if cell.contains_expected else _LACKS


def _list_facts(cell: ResultCell) -> Iterator[str]:
    """Outcome, match, times, tokens and cost of a call."""
    yield cell.outcome
    if (match := _judge(cell)) is not None:
        yield match.words
    reply = cell.reply
    if reply is None:
        return
    if reply.duration_ms is not None:
        yield duration_text(reply.duration_ms)
    if reply.first_token_ms is not None:
        yield f"first token {duration_text(reply.first_token_ms)}"
    if reply.usage is not None:
        yield f"{write_tokens(reply.usage)} tokens"
    if cell.cost is not None:
        yield usd_text(cell.cost.amount_usd)
