"""One self-contained HTML file of a comparison: nothing is loaded when it is opened.

Everything that a person, a model, a provider or a trace said goes through the redactor here and
is escaped by the template; the page's own script and styles are allowed by their hashes only.
"""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.report.lanes import (
    LaneCard,
    Question,
    RepetitionTable,
    SystemPrompt,
    describe_lane,
    describe_prompt,
    describe_question,
    describe_repetitions,
    find_shared_prompt,
)
from gwtrace_core.report.page import describe_header, list_origin, render_page
from gwtrace_core.report.preview import list_exported
from gwtrace_core.report.redaction import Redactor, make_redactor
from gwtrace_core.report.tables import (
    AnswerDifference,
    ParityTable,
    compare_answers,
    describe_figures,
    describe_parity,
    write_scripts,
)
from gwtrace_core.report.trace_diff import TraceDifference, compare_traces
from gwtrace_core.report.traces import TracePlace, TraceSheets
from gwtrace_core.report.values import RenderedReport, ReportInput, ReportRound
from gwtrace_core.values.text import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """A question and all that belongs to it, as the template draws it."""

    question: Question
    prompt: SystemPrompt | None
    """The one that all lanes have."""
    vote: str
    lanes: tuple[LaneCard, ...]
    repetitions: RepetitionTable | None
    traces: tuple[TracePlace, ...]
    answer_differences: tuple[AnswerDifference, ...]
    trace_differences: tuple[TraceDifference, ...]
    parity: ParityTable | None


def render_report(comparison: ReportInput) -> RenderedReport:
    """The file, UTF-8 encodable, and what leaves with it, of one and the same pass.

    Never raises for what a model, gateway or trace said.
    """
    prompts = [turn.request.lane.system_prompt for turn in comparison.turns]
    redactor = make_redactor(comparison, prompts=prompts)
    sheets = TraceSheets(redactor=redactor, parts=comparison.parts)
    rounds = [
        _describe_round(round_, comparison, redactor, sheets, group=group)
        for group, round_ in enumerate(comparison.rounds)
    ]
    data, cut_count = sheets.collect()
    html = render_page(
        "comparison.html.jinja",
        header=describe_header(
            comparison,
            redactor,
            facts=(
                plural(len(comparison.rounds), "question"),
                plural(len({turn.name for turn in comparison.turns}), "lane"),
            ),
            places=(("#rounds", "Answers"), ("#figures", "Figures")),
        ),
        about=list_origin(comparison, redactor),
        data=data,
        tree=comparison.tree,
        rounds=rounds,
        figures=describe_figures(comparison, redactor),
        scripts=write_scripts(comparison, redactor),
    )
    return RenderedReport(html=html, leaves=list_exported(comparison, redactor, sheets, cut_count))


def _describe_round(
    round_: ReportRound,
    comparison: ReportInput,
    redactor: Redactor,
    sheets: TraceSheets,
    *,
    group: int,
) -> _Round:
    shared = find_shared_prompt(round_.turns)
    return _Round(
        question=describe_question(round_.question, redactor),
        prompt=describe_prompt(shared, comparison, redactor) if shared else None,
        vote=round_.vote,
        lanes=tuple(
            describe_lane(turn, comparison, redactor, has_own_prompt=shared is None)
            for turn in round_.turns
        ),
        repetitions=describe_repetitions(round_),
        traces=sheets.place_round(round_, group=group),
        answer_differences=compare_answers(round_, redactor),
        trace_differences=compare_traces(round_, redactor),
        parity=describe_parity(round_, redactor),
    )
