"""What a report tells of all lanes together: figures, differences, parity, code and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gwtrace_core.code.script import script_for
from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.lanes import figure_text, masked_figures
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.text import plain_block
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


def figures_table(comparison: ReportInput, redactor: Redactor) -> Html:
    """All turns × lanes."""
    figures = [
        figure for turn in comparison.turns for figure in masked_figures(turn.figures, redactor)
    ]
    labels = list(dict.fromkeys(map(_column, figures)))
    many = len(comparison.rounds) > 1
    heads = ["Lane", "Model", "SDK path", "Provider", "Ended", *map(_title, labels)]
    rows = [
        _figures_row(number if many else None, turn, labels, redactor)
        for number, round_ in enumerate(comparison.rounds, 1)
        for turn in round_.turns
    ]
    return table(["Question", *heads] if many else heads, rows)


def _column(figure: Figure) -> str:
    # "stopped at" and "failed at" stand where others have their total.
    return "total" if figure.label.endswith(" at") else figure.label


def _title(label: str) -> str:
    return label[:1].upper() + label[1:]


def _figures_row(
    number: int | None, turn: ReportTurn, labels: Sequence[str], redactor: Redactor
) -> Html:
    lane, reply = turn.request.lane, turn.reply
    by_label = {_column(figure): figure for figure in masked_figures(turn.figures, redactor)}
    ended = redactor.text(Section.ANSWERS, ended_words(reply))
    if reply.is_from_cache:
        ended = f"{ended}, from cache"
    cells = [
        *([] if number is None else [element("td", str(number))]),
        element("td", turn.name),
        element("td", redactor.text(Section.SETUP, lane.model)),
        element("td", lane.sdk_path.label),
        element("td", PROVIDER_LABELS[lane.provider]),
        element("td", ended, class_="bad" if reply.failure is not None else None),
    ]
    for label in labels:
        figure = by_label.get(label)
        if figure is None:
            cells.append(element("td"))
            continue
        state = "number best" if figure.is_best else "number"
        note = "" if figure.label == label else f" ({figure.label})"
        cells.append(element("td", *figure_text(figure), note, class_=state))
    return element("tr", *cells)


def table(heads: Sequence[str], rows: Sequence[Html], class_: str = "") -> Html:
    """Rows under their heads, that scrolls by itself where it is too wide."""
    head = element("tr", *[element("th", name, scope="col") for name in heads])
    drawn = element("table", element("thead", head), element("tbody", *rows), class_=class_ or None)
    return element("div", drawn, class_="wide", tabindex="0")


def answer_differences(round_: ReportRound, redactor: Redactor) -> Html:
    """Every other lane's answer against the baseline's, or the first lane's; word by word."""
    answered = [turn for turn in round_.turns if turn.reply.text.strip()]
    if len(answered) < 2:
        return fragment()
    base = next((turn for turn in answered if turn.is_baseline), answered[0])
    drawn = [_difference(base, turn, redactor) for turn in answered if turn is not base]
    return element("section", element("h3", "Answers compared word by word"), *drawn)


def _difference(base: ReportTurn, other: ReportTurn, redactor: Redactor) -> Html:
    found = diff_words(
        redactor.text(Section.ANSWERS, base.reply.text),
        redactor.text(Section.ANSWERS, other.reply.text),
    )
    if found.is_same:
        return element("p", f"{base.name} and {other.name} gave the same answer.", class_="note")
    summary = f"{base.name} against {other.name}: {found.similarity:.0%} in common"
    return element(
        "details",
        element("summary", summary),
        element(
            "p",
            element("del", f"only in {base.name}"),
            " ",
            element("ins", f"only in {other.name}"),
            class_="diff-legend",
        ),
        element("div", *[_piece(piece) for piece in found.pieces], class_="diff", dir="auto"),
    )


def _piece(piece: Piece) -> Html:
    if piece.kind == "same":
        return fragment(piece.text)
    return element("del" if piece.kind == "removed" else "ins", piece.text)


def parity_table(round_: ReportRound, redactor: Redactor) -> Html:
    """What each lane's trace recorded of what its run saw on the wire."""
    columns = [
        (turn.name, parity(turn.reply, turn.trace, turn.request.lane))
        for turn in round_.turns
        # Of a turn without an end nobody knows what the wire had: there is nothing to hold against.
        if turn.trace is not None and has_ended(turn.trace.summary)
    ]
    if not columns:
        return fragment()
    names = [name for name, _ in columns]
    notes: dict[str, int] = {}
    rows = [
        element(
            "tr",
            element("th", str(aspect), scope="row"),
            *[_parity_cell(each.cell(aspect), notes, redactor) for _, each in columns],
        )
        for aspect in Aspect
        if any(_is_worth_a_row(each, aspect) for _, each in columns)
    ]
    reasons = [element("li", reason) for reason in notes]
    heads = ["", *[f"{name}: {each.summary}" for name, each in columns]]
    return element(
        "section",
        element("h3", "Parity: what each trace recorded"),
        element(
            "p",
            "What the call itself saw on the wire, held against what its trace holds. ",
            describe_differences(columns) if len(names) > 1 else "",
            class_="lead",
        ),
        table(heads, rows, class_="parity"),
        element("ol", *reasons, class_="reasons") if reasons else "",
    )


def _is_worth_a_row(held: Parity, aspect: Aspect) -> bool:
    return held.cell(aspect).verdict is not Verdict.NOT_APPLICABLE


def _parity_cell(cell: Cell, notes: dict[str, int], redactor: Redactor) -> Html:
    def masked(text: str) -> str:
        return redactor.text(Section.TREES, text)

    if cell.verdict is Verdict.NOT_APPLICABLE:
        return element("td", "not applicable", class_="none")
    shown = cell.held if cell.verdict is not Verdict.MISSING else cell.seen
    told = masked(" ".join((shown or "").split()))
    mark = fragment()
    if cell.reason:
        number = notes.setdefault(masked(cell.reason), len(notes) + 1)
        mark = element("sup", str(number))
    parts: list[str] = [
        element("span", f"{_SIGNS[cell.verdict]} {cell.verdict}", mark, class_="verdict"),
        element("span", told if len(told) <= 160 else f"{told[:160]}…", class_="held"),
    ]
    if cell.verdict is Verdict.WRONG and cell.seen is not None:
        seen = masked(" ".join(cell.seen.split()))[:160]
        parts.append(element("span", f"seen: {seen}", class_="held"))
    return element("td", *parts, class_=cell.verdict.name.lower())


def code_of_lanes(comparison: ReportInput, redactor: Redactor) -> Html:
    """For every lane the script of its last call, which holds the conversation before it."""
    last = {turn.name: turn for turn in comparison.turns}
    return fragment(*[_code(turn, comparison, redactor) for _, turn in sorted(last.items())])


def _code(turn: ReportTurn, comparison: ReportInput, redactor: Redactor) -> Html:
    request = turn.request
    if not comparison.parts.system_prompts:
        request = replace(request, lane=replace(request.lane, system_prompt=""))
    try:
        script = script_for(request, turn.target, tracking=comparison.tracking)
    except RequestRefused as refused:
        return element("p", f"Lane {turn.name}: {refused.message}", class_="note")
    summary = f"Lane {turn.name}: {request.lane.sdk_path.label}, {request.lane.model}"
    return element(
        "details",
        element("summary", redactor.text(Section.CODE, summary)),
        element("button", "Copy", type="button", class_="copy"),
        plain_block(redactor.text(Section.CODE, script)),
        class_="code",
    )
