"""The rows of a batch: one line each across the lanes, which unfolds to all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gwtrace_core.batch.results import BatchResults, ResultCell, ResultRow
from gwtrace_core.figures.reply_figures import write_tokens
from gwtrace_core.report.batch_summary import prompts_of_lanes
from gwtrace_core.report.html import Html, element
from gwtrace_core.report.lanes import answer, omitted_prompts, system_prompt
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.text import model_text
from gwtrace_core.report.traces import TraceSheets
from gwtrace_core.report.values import ReportInput, ReportRound, ReportTurn
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.text import count_text, duration_text, one_line, plural, usd_text

_EXCERPT_CHARS = 140
_MATCHES = {
    "exact": ("✓", "exactly the expected answer"),
    "contains": ("✓", "contains the expected answer"),
    "lacks": ("✗", "does not contain the expected answer"),
}


def batch_rows(
    rows: ReportInput,
    results: BatchResults,
    redactor: Redactor,
    sheets: TraceSheets,
    *,
    notes: Sequence[str],
    has_traces: bool,
) -> Html:
    """The rows that have a round in `rows`, folded."""
    prompts = prompts_of_lanes(rows)
    drawn: list[Html] = []
    for row, round_ in zip(results.rows, rows.rounds, strict=False):
        # Hundreds of prompts: each is looked for in its own row only, or it takes a minute.
        own = redactor.also_omitting(_own_prompts(rows, round_, prompts))
        sheets.redactor = own
        drawn.append(_Row(row, round_, rows, own, sheets, has_traces).drawn(prompts))
    return element(
        "section",
        element("h2", "Rows"),
        element(
            "p",
            "Click a row for its answers in full"
            + (
                ", and a trace for its tree; a click on a span shows what it recorded."
                if has_traces
                else "."
            ),
            class_="hint",
        ),
        *[element("p", note, class_="note left-out") for note in notes],
        element("noscript", element("p", "The trees need JavaScript.", class_="note"))
        if has_traces
        else "",
        element("div", *drawn, class_="batch-rows"),
        id="rows",
    )


def _own_prompts(
    rows: ReportInput, round_: ReportRound, prompts_of_lanes: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What a row's calls were told by its file, where that is to be left out."""
    own = [
        turn.request.lane.system_prompt
        for turn in round_.turns
        if turn.name not in prompts_of_lanes
    ]
    return omitted_prompts(rows, own)


class _Row:
    """One row of the file, folded."""

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

    def drawn(self, prompts_of_lanes: Mapping[str, str]) -> Html:
        row = self._row
        asked = self._redactor.text(Section.QUESTIONS, row.prompt)
        head = element(
            "summary",
            element("span", count_text(row.number), class_="row-number"),
            element("span", one_line(asked, _EXCERPT_CHARS), class_="row-prompt", dir="auto"),
            element(
                "span",
                *[self._cell(name, cell) for name, cell in row.cells.items()],
                class_="row-cells",
            ),
        )
        body: list[Html] = [element("div", model_text(asked), class_="question")]
        if row.expected is not None:
            expected = self._redactor.text(Section.QUESTIONS, row.expected)
            body.append(element("h3", "Expected answer", class_="label"))
            body.append(element("div", model_text(expected), class_="expected"))
        body += [
            self._call(name, cell, prompts_of_lanes.get(name)) for name, cell in row.cells.items()
        ]
        return element("details", head, *body, class_="batch-row", id=f"row-{row.number}")

    def _cell(self, name: str, cell: ResultCell) -> Html:
        """What of a call shows while its row is folded."""
        mark = _mark(cell)
        told = one_line(self._redactor.text(Section.ANSWERS, cell.answer), _EXCERPT_CHARS)
        if cell.state != "finished":
            told = self._redactor.text(Section.ERRORS, cell.outcome)
        elif cell.ending:
            told = f"({self._redactor.text(Section.ERRORS, cell.ending)}) {told}".strip()
        return element(
            "span",
            element("span", name, class_="letter"),
            element("span", mark[0], class_=f"match {_match(cell)}", title=mark[1]) if mark else "",
            element("span", told, class_="bad" if cell.state == "failed" else "said", dir="auto"),
            class_="row-cell",
        )

    def _call(self, name: str, cell: ResultCell, shared_prompt: str | None) -> Html:
        turn = self._turns.get(name)
        parts: list[Html] = [
            element(
                "header",
                element("span", name, class_="letter"),
                element("p", " · ".join(_facts(cell)), class_="path"),
            )
        ]
        if turn is None:
            told = f"This call was {cell.outcome}."
            if cell.state == "missing":
                told = "This call is missing: it was not made, or not recorded."
            parts.append(element("p", told, class_="note"))
            return element("article", *parts, class_="lane")
        own = turn.request.lane.system_prompt.strip()
        if shared_prompt is None and own:
            parts.append(system_prompt(own, self._rows, self._redactor))
        parts.append(answer(turn.reply, self._redactor))
        parts += self._trace(turn)
        return element("article", *parts, class_="lane")

    def _trace(self, turn: ReportTurn) -> Iterator[Html]:
        if turn.trace is not None:
            yield element(
                "details",
                element("summary", f"Trace, {_trace_facts(turn.trace)}"),
                self._sheets.draw_alone(
                    turn.trace, label=f"Trace of row {self._row.number}, lane {turn.name}"
                ),
                class_="call-trace",
            )
        elif self._has_traces:
            note = self._redactor.text(Section.TREES, turn.trace_note or "No trace was at hand.")
            yield element("p", note, class_="note")


def _trace_facts(trace: Trace) -> str:
    return plural(len(trace.spans), "span")


def _match(cell: ResultCell) -> str:
    if cell.contains_expected is None:
        return ""
    if cell.is_exact:
        return "exact"
    return "contains" if cell.contains_expected else "lacks"


def _mark(cell: ResultCell) -> tuple[str, str] | None:
    return _MATCHES.get(_match(cell))


def _facts(cell: ResultCell) -> Iterator[str]:
    """Outcome, match, times, tokens and cost of a call."""
    yield cell.outcome
    if (mark := _mark(cell)) is not None:
        yield mark[1]
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
