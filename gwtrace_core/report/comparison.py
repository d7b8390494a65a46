"""One self-contained HTML file of a comparison: nothing is loaded when it is opened.

Everything that a person, a model, a provider or a trace said goes through the redactor and is
escaped by construction; the page's own script and styles are allowed by their hashes only.
"""

from __future__ import annotations

from gwtrace_core.report.frame import about_section, code_section, header, redactor_of
from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.lanes import lane_card, prompts_shared, question_card, system_prompt
from gwtrace_core.report.page import document
from gwtrace_core.report.preview import leaves_of
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.repetitions import repetition_table
from gwtrace_core.report.tables import answer_differences, figures_table, parity_table
from gwtrace_core.report.trace_diff import trace_differences
from gwtrace_core.report.traces import TraceSheets
from gwtrace_core.report.values import (
    ExportedItem,
    Masked,
    RenderedReport,
    ReportInput,
    ReportParts,
    ReportRound,
    ReportTurn,
    TreeComponent,
)
from gwtrace_core.values.text import plural

__all__ = [
    "ExportedItem",
    "Masked",
    "RenderedReport",
    "ReportInput",
    "ReportParts",
    "ReportRound",
    "ReportTurn",
    "TreeComponent",
    "rendered_report",
    "report_html",
    "what_leaves",
]


def report_html(comparison: ReportInput) -> str:
    """The file's text, UTF-8 encodable. Never raises for what a model, gateway or trace said."""
    return rendered_report(comparison).html


def what_leaves(comparison: ReportInput) -> tuple[ExportedItem, ...]:
    """What the file holds, what is left out, and what was masked where."""
    return rendered_report(comparison).leaves


def rendered_report(comparison: ReportInput) -> RenderedReport:
    """The file and what leaves with it, of one and the same pass."""
    redactor = redactor_of(
        comparison, prompts=[turn.request.lane.system_prompt for turn in comparison.turns]
    )
    sheets = TraceSheets(redactor=redactor, parts=comparison.parts)
    many = len(comparison.rounds) > 1
    rounds = [
        _round(round_, comparison, redactor, sheets, number=number if many else None)
        for number, round_ in enumerate(comparison.rounds, 1)
    ]
    data, cut_count = sheets.data()
    body = fragment(
        header(
            comparison,
            redactor,
            facts=(
                plural(len(comparison.rounds), "question"),
                plural(len({turn.name for turn in comparison.turns}), "lane"),
            ),
            places=(("#rounds", "Answers"), ("#figures", "Figures")),
        ),
        element(
            "main",
            *rounds,
            _figures(comparison, redactor),
            code_section(comparison, redactor),
            about_section(comparison, redactor),
        ),
    )
    return RenderedReport(
        html=document(
            redactor.text(Section.SETTINGS, comparison.title), body, data, comparison.tree
        ),
        leaves=leaves_of(comparison, redactor, sheets, cut_count),
    )


def _round(
    round_: ReportRound,
    comparison: ReportInput,
    redactor: Redactor,
    sheets: TraceSheets,
    *,
    number: int | None,
) -> Html:
    shared = prompts_shared(round_.turns)
    cards = [
        lane_card(turn, comparison, redactor, own_prompt=shared is None) for turn in round_.turns
    ]
    group = comparison.rounds.index(round_)
    axis = "Traces, on one time axis" if len(round_.turns) > 1 else "Trace"
    return element(
        "section",
        element("h2", f"Question {number}") if number is not None else "",
        question_card(round_.question, redactor),
        system_prompt(shared, comparison, redactor) if shared else "",
        element("p", element("strong", "Blind vote: "), round_.vote) if round_.vote else "",
        element("div", *cards, class_="lanes"),
        repetition_table(round_),
        element(
            "section",
            element("h3", axis),
            element(
                "p", "Click a span, or press Enter on it, for what it recorded.", class_="hint"
            ),
            element("noscript", element("p", "The trees need JavaScript.", class_="note")),
            sheets.draw(round_, group=group),
            class_="traces",
        ),
        answer_differences(round_, redactor),
        trace_differences(round_, redactor),
        parity_table(round_, redactor),
        class_="round",
        id="rounds" if group == 0 else None,
    )


def _figures(comparison: ReportInput, redactor: Redactor) -> Html:
    return element(
        "section", element("h2", "Figures"), figures_table(comparison, redactor), id="figures"
    )
