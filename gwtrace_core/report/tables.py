"""What a report tells of all lanes together: figures, differences, parity and code."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gwtrace_core.code.script import write_script
from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.report.lanes import mask_figures
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.values import ReportInput, ReportRound, ReportTurn
from gwtrace_core.trace.ending import has_ended
from gwtrace_core.trace.parity.parity import (
    Aspect,
    Cell,
    Parity,
    Verdict,
    describe_differences,
    parity,
)
from gwtrace_core.values.endings import ended_words
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.text_diff import Piece, diff_words

_SIGNS = {
    Verdict.RECORDED: "✓",
    Verdict.FILLED: "✎",
    Verdict.MISSING: "–",
    Verdict.WRONG: "✗",
    Verdict.NOT_APPLICABLE: "",
}
_HELD_CHARS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureCell:
    """A figure in a table; its note says what it is where that is not the column's own."""

    figure: Figure
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresRow:
    """One turn with all its figures."""

    labels: tuple[str, ...]
    """Question where there are several, lane, model, SDK path, provider."""
    ended: str
    has_failed: bool
    cells: tuple[FigureCell | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresTable:
    """All turns × lanes."""

    heads: tuple[str, ...]
    rows: tuple[FiguresRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDifference:
    """Two lanes' answers held against each other, word by word."""

    names: tuple[str, str]
    similarity: str
    pieces: tuple[Piece, ...]
    """Empty where the answers are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityCell:
    """What one lane's trace holds of one aspect."""

    state: str
    """The style of the cell: `recorded`, `filled`, `missing`, `wrong`, or `none`."""
    verdict: str
    reason: int | None = None
    """The number of the reason below the table."""
    held: str = ""
    seen: str = ""
    """What the call saw, where the trace holds something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityTable:
    """What each lane's trace recorded of what its run saw on the wire."""

    differences: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[ParityCell, ...]], ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneScript:
    """A lane's last call as a script, or why there is none."""

    title: str
    source: str = ""
    refusal: str = ""


def describe_figures(report: ReportInput, redactor: Redactor) -> FiguresTable:
    """The figures of every turn, each sort of figure in its column."""
    turns = [
        (number, replace(turn, figures=mask_figures(turn.figures, redactor)))
        for number, round_ in enumerate(report.rounds, 1)
        for turn in round_.turns
    ]
    columns = tuple(
        dict.fromkeys(_choose_column(each) for _, turn in turns for each in turn.figures)
    )
    has_many = len(report.rounds) > 1
    heads = ("Lane", "Model", "SDK path", "Provider", "Ended", *map(_capitalize, columns))
    return FiguresTable(
        heads=("Question", *heads) if has_many else heads,
        rows=tuple(
            _describe_row((str(number),) if has_many else (), turn, columns, redactor)
            for number, turn in turns
        ),
    )


def _choose_column(figure: Figure) -> str:
    # "stopped at" and "failed at" stand where others have their total.
    return "total" if figure.label.endswith(" at") else figure.label


def _capitalize(label: str) -> str:
    return label[:1].upper() + label[1:]


def _describe_row(
    number: tuple[str, ...], turn: ReportTurn, columns: tuple[str, ...], redactor: Redactor
) -> FiguresRow:
    lane, reply = turn.request.lane, turn.reply
    figures = {_choose_column(figure): figure for figure in turn.figures}
    ended = redactor.mask(Section.ANSWERS, ended_words(reply))
    model = redactor.mask(Section.SETUP, lane.model)
    return FiguresRow(
        labels=(*number, turn.name, model, lane.sdk_path.label, PROVIDER_LABELS[lane.provider]),
        ended=f"{ended}, from cache" if reply.is_from_cache else ended,
        has_failed=reply.failure is not None,
        cells=tuple(_describe_figure(figures.get(column), column) for column in columns),
    )


def _describe_figure(figure: Figure | None, column: str) -> FigureCell | None:
    if figure is None:
        return None
    return FigureCell(figure=figure, note="" if figure.label == column else f" ({figure.label})")


def compare_answers(round_: ReportRound, redactor: Redactor) -> tuple[AnswerDifference, ...]:
    """Every other lane's answer against the baseline's, or the first lane's."""
    answered = [turn for turn in round_.turns if turn.reply.text.strip()]
    if len(answered) < 2:
        return ()
    base = next((turn for turn in answered if turn.is_baseline), answered[0])
    return tuple(_compare(base, turn, redactor) for turn in answered if turn is not base)


def _compare(base: ReportTurn, other: ReportTurn, redactor: Redactor) -> AnswerDifference:
    found = diff_words(
        redactor.mask(Section.ANSWERS, base.reply.text),
        redactor.mask(Section.ANSWERS, other.reply.text),
    )
    return AnswerDifference(
        names=(base.name, other.name),
        similarity=f"{found.similarity:.0%}",
        pieces=() if found.is_same else tuple(found.pieces),
    )


def describe_parity(round_: ReportRound, redactor: Redactor) -> ParityTable | None:
    """Each lane's trace against its own call; None without a trace that has ended."""
    columns = [
        (turn.name, parity(turn.reply, turn.trace, turn.request.lane))
        for turn in round_.turns
        # Of a turn without an end nobody knows what the wire had: there is nothing to hold against.
        if turn.trace is not None and has_ended(turn.trace.summary)
    ]
    if not columns:
        return None
    reasons: dict[str, int] = {}
    rows = tuple(
        (
            str(aspect),
            tuple(_describe_cell(each.cell(aspect), reasons, redactor) for _, each in columns),
        )
        for aspect in Aspect
        if any(_is_worth_a_row(each, aspect) for _, each in columns)
    )
    return ParityTable(
        differences=describe_differences(columns) if len(columns) > 1 else "",
        heads=("", *(f"{name}: {each.summary}" for name, each in columns)),
        rows=rows,
        reasons=tuple(reasons),
    )


def _is_worth_a_row(found: Parity, aspect: Aspect) -> bool:
    return found.cell(aspect).verdict is not Verdict.NOT_APPLICABLE


def _describe_cell(cell: Cell, reasons: dict[str, int], redactor: Redactor) -> ParityCell:
    """`reasons` grows by the cell's reason, each numbered once."""

    def mask(text: str | None) -> str:
        return redactor.mask(Section.TREES, " ".join((text or "").split()))

    if cell.verdict is Verdict.NOT_APPLICABLE:
        return ParityCell(state="none", verdict="not applicable")
    held = mask(cell.held if cell.verdict is not Verdict.MISSING else cell.seen)
    seen = mask(cell.seen)[:_HELD_CHARS] if cell.verdict is Verdict.WRONG else ""
    return ParityCell(
        state=cell.verdict.name.lower(),
        verdict=f"{_SIGNS[cell.verdict]} {cell.verdict}",
        reason=reasons.setdefault(redactor.mask(Section.TREES, cell.reason), len(reasons) + 1)
        if cell.reason
        else None,
        held=held if len(held) <= _HELD_CHARS else f"{held[:_HELD_CHARS]}…",
        seen=seen,
    )


def write_scripts(report: ReportInput, redactor: Redactor) -> tuple[LaneScript, ...]:
    """For every lane the script of its last call, which holds the conversation before it.

    None where code is to be left out.
    """
    if not report.parts.code:
        return ()
    last = {turn.name: turn for turn in report.turns}
    return tuple(_write_script(turn, report, redactor) for _, turn in sorted(last.items()))


def _write_script(turn: ReportTurn, report: ReportInput, redactor: Redactor) -> LaneScript:
    request = turn.request
    if not report.parts.system_prompts:
        request = replace(request, lane=replace(request.lane, system_prompt=""))
    try:
        script = write_script(request, turn.target, tracking=report.tracking)
    except RequestRefused as refused:
        return LaneScript(title=f"Lane {turn.name}", refusal=refused.message)
    title = f"Lane {turn.name}: {request.lane.sdk_path.label}, {request.lane.model}"
    return LaneScript(
        title=redactor.mask(Section.CODE, title), source=redactor.mask(Section.CODE, script)
    )
