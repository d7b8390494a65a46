"""One self-contained HTML file of a comparison: nothing is loaded when it is opened.

Everything that a person, a model, a provider or a trace said goes through the redactor and is
escaped by construction; the page's own script and styles are allowed by their hashes only.
"""

from __future__ import annotations

from gwtrace_core.export._html import Html, element, fragment
from gwtrace_core.export._redaction import Redactor, Section
from gwtrace_core.export._report_lanes import (
    lane_card,
    omitted_prompts,
    prompts_shared,
    question_card,
    system_prompt,
)
from gwtrace_core.export._report_leaves import leaves_of
from gwtrace_core.export._report_page import about, document
from gwtrace_core.export._report_repetitions import repetition_table
from gwtrace_core.export._report_tables import (
    answer_differences,
    code_of_lanes,
    figures_table,
    parity_table,
)
from gwtrace_core.export._report_trace_diff import trace_differences
from gwtrace_core.export._report_traces import TraceSheets
from gwtrace_core.export._report_values import (
    ExportedItem,
    Masked,
    RenderedReport,
    ReportInput,
    ReportParts,
    ReportRound,
    ReportTurn,
    TreeComponent,
)
from gwtrace_core.format import plural
from gwtrace_core.secret import Secret

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
    redactor = _redactor(comparison)
    sheets = TraceSheets(redactor=redactor, parts=comparison.parts)
    many = len(comparison.rounds) > 1
    rounds = [
        _round(round_, comparison, redactor, sheets, number=number if many else None)
        for number, round_ in enumerate(comparison.rounds, 1)
    ]
    data, cut_count = sheets.data()
    body = fragment(
        _header(comparison, redactor),
        element("main", *rounds, _together(comparison, redactor), _about(comparison, redactor)),
    )
    return RenderedReport(
        html=document(
            redactor.text(Section.SETTINGS, comparison.title), body, data, comparison.tree
        ),
        leaves=leaves_of(comparison, redactor, sheets, cut_count),
    )


def _redactor(comparison: ReportInput) -> Redactor:
    secrets: list[Secret] = list(comparison.secrets)
    secrets += [turn.target.connection.api_key for turn in comparison.turns]
    omitted = omitted_prompts(comparison)
    if not comparison.parts.user_name and "@" in comparison.user:
        omitted.append((comparison.user, "user name"))
    return Redactor(secrets=secrets, private_paths=comparison.private_paths, omitted=omitted)


def _header(comparison: ReportInput, redactor: Redactor) -> Html:
    turns = comparison.turns
    names = sorted({turn.name for turn in turns if turn.target.connection.is_simulated})
    lanes = len({turn.name for turn in turns})
    facts = [
        f"{comparison.made_at.day} {comparison.made_at:%B %Y, %H:%M %Z}".strip(),
        plural(len(comparison.rounds), "question"),
        plural(lanes, "lane"),
    ]
    if comparison.parts.user_name and comparison.user:
        facts.append(f"by {redactor.text(Section.SETTINGS, comparison.user)}")
    who = "All answers" if len(names) == lanes else f"The answers of lane {', '.join(names)}"
    banner = element(
        "p",
        element("strong", "Simulated. "),
        f"{who} come from gwtrace's demo gateway, not from a model: the words and figures show "
        "how things look, not how good anything is.",
        class_="simulated-banner",
        role="note",
    )
    places = [("#rounds", "Answers"), ("#figures", "Figures")]
    if comparison.parts.code:
        places.append(("#code", "Code"))
    places.append(("#about", "About this file"))
    return element(
        "header",
        element("h1", redactor.text(Section.SETTINGS, comparison.title)),
        element("p", " · ".join(facts), class_="lead"),
        element("nav", *[element("a", words, href=place) for place, words in places]),
        banner if names else "",
        class_="page",
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


def _together(comparison: ReportInput, redactor: Redactor) -> Html:
    code = element(
        "section",
        element("h2", "Code"),
        element(
            "p",
            "Each lane's call as a script by the same SDK path. "
            "A real key comes from the environment.",
            class_="lead",
        ),
        code_of_lanes(comparison, redactor) if comparison.parts.code else "",
        id="code",
    )
    return fragment(
        element(
            "section",
            element("h2", "Figures"),
            figures_table(comparison, redactor),
            id="figures",
        ),
        code if comparison.parts.code else "",
    )


def _about(comparison: ReportInput, redactor: Redactor) -> Html:
    return about(
        [
            ("Made", comparison.made_at.isoformat(timespec="seconds")),
            ("Comparison", comparison.comparison_id),
            ("Session", comparison.session_id),
            ("Traces kept in", comparison.tracking.tracking_uri or "MLflow's default store"),
            ("Experiment", comparison.tracking.experiment_name),
            *((f"Version of {name}", version) for name, version in comparison.versions),
        ],
        redactor,
    )
