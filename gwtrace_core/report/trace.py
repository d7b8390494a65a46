"""One self-contained HTML file of one trace, whoever made it, for people without MLflow.

By the same means as a comparison's: redacted, escaped by construction, loads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gwtrace_core.figures.reply_figures import CACHED_TRACE, write_tokens
from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.page import about, document
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.traces import TraceSheets
from gwtrace_core.report.values import ExportedItem, RenderedReport, ReportParts, TreeComponent
from gwtrace_core.trace.ending import ending_text
from gwtrace_core.trace.feedback import value_words
from gwtrace_core.trace.model import Assessment
from gwtrace_core.trace.timing_words import account_words, totals_difference
from gwtrace_core.trace.view import TraceView
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.text import MISSING, duration_text, plural, usd_text
from gwtrace_core.values.uris import masked_uri

_LISTED_DEFECTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceReportInput:
    """A trace to hand on."""

    title: str
    made_at: datetime
    """Knows its time zone."""
    view: TraceView
    tree: TreeComponent
    tracking_uri: str = ""
    parts: ReportParts = field(default_factory=ReportParts)
    """`code` means nothing here."""
    secrets: tuple[Secret, ...] = ()
    private_paths: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()


def rendered_trace_report(report: TraceReportInput) -> RenderedReport:
    """The file and what leaves with it. Never raises for what a trace holds."""
    user = report.view.trace.summary.user or ""
    omitted = [(user, "user name")] if not report.parts.user_name and "@" in user else []
    redactor = Redactor(
        secrets=list(report.secrets), private_paths=report.private_paths, omitted=omitted
    )
    sheets = TraceSheets(redactor=redactor, parts=report.parts)
    body = fragment(
        _header(report, redactor),
        element(
            "main",
            _time(report),
            _trace(report, sheets),
            _said(report, redactor),
            _about(report, redactor),
        ),
    )
    data, cut_count = sheets.data()
    return RenderedReport(
        html=document(redactor.text(Section.SETTINGS, report.title), body, data, report.tree),
        leaves=tuple(_leaves(report, redactor, sheets, cut_count)),
    )


def _header(report: TraceReportInput, redactor: Redactor) -> Html:
    summary, totals = report.view.trace.summary, report.view.totals
    began = datetime.fromtimestamp(summary.start_ms / 1000, UTC)
    tokens = MISSING if totals.usage is None else write_tokens(totals.usage)
    took = MISSING if summary.duration_ms is None else duration_text(summary.duration_ms)
    facts = [
        f"{began.day} {began:%B %Y, %H:%M:%S UTC}",
        took,
        f"{tokens} tokens",
        MISSING if totals.cost_usd is None else usd_text(totals.cost_usd),
        plural(len(report.view.trace.spans), "span"),
    ]
    if report.parts.user_name and summary.user:
        facts.append(f"by {redactor.text(Section.SETTINGS, summary.user)}")
    told = ending_text(report.view.trace)
    return element(
        "header",
        element("h1", redactor.text(Section.SETTINGS, report.title)),
        element("p", " · ".join(facts), class_="lead"),
        element("p", redactor.text(Section.TREES, told), class_="note stopped") if told else "",
        element("p", CACHED_TRACE, class_="note") if summary.is_from_cache else "",
        class_="page",
    )


def _time(report: TraceReportInput) -> Html:
    difference = totals_difference(report.view.trace.summary, report.view.totals)
    return element(
        "section",
        element("h2", "Where the time went"),
        element("p", account_words(report.view.account)),
        element("p", difference, class_="note") if difference else "",
    )


def _trace(report: TraceReportInput, sheets: TraceSheets) -> Html:
    defects = [defect.message for defect in report.view.tree.defects]
    more = len(defects) - _LISTED_DEFECTS
    listed = [
        element("li", sheets.redactor.text(Section.TREES, text))
        for text in defects[:_LISTED_DEFECTS]
    ]
    if more > 0:
        listed.append(element("li", f"and {more:,} more, each marked in the tree"))
    return element(
        "section",
        element("h2", "Trace"),
        element("p", "Click a span, or press Enter on it, for what it recorded.", class_="hint"),
        element("noscript", element("p", "The tree needs JavaScript.", class_="note")),
        element("ul", *listed, class_="note") if listed else "",
        sheets.draw_alone(report.view.trace),
        class_="traces",
    )


def _said(report: TraceReportInput, redactor: Redactor) -> Html:
    standing = [each for each in report.view.trace.summary.assessments if each.is_valid]
    if not standing:
        return fragment()
    rows = [
        fragment(
            element("dt", redactor.text(Section.SETTINGS, each.name)),
            element("dd", redactor.text(Section.PAYLOADS, _words(each, report.parts.user_name))),
        )
        for each in standing
    ]
    return element(
        "section",
        element("h2", "Feedback and expectations"),
        element("dl", *rows, class_="facts"),
    )


def _words(assessment: Assessment, with_user: bool) -> str:
    words = value_words(assessment)
    if assessment.rationale:
        words += f" ({assessment.rationale})"
    source = assessment.source_kind.lower().replace("_", " ")
    is_named = with_user or assessment.source_kind != "HUMAN"
    return f"{words}, by {assessment.source_id if is_named else source}"


def _about(report: TraceReportInput, redactor: Redactor) -> Html:
    summary = report.view.trace.summary
    return about(
        [
            ("Made", report.made_at.isoformat(timespec="seconds")),
            ("Trace", summary.trace_id),
            ("Session", summary.session_id or ""),
            ("Kept in", masked_uri(report.tracking_uri) or "MLflow's default store"),
            *((f"Version of {name}", version) for name, version in report.versions),
        ],
        redactor,
    )


def _leaves(
    report: TraceReportInput, redactor: Redactor, sheets: TraceSheets, cut_count: int
) -> Iterator[ExportedItem]:
    spans = f"{plural(sheets.span_count, 'span')}: names, models, times, tokens, costs"
    yield ExportedItem(
        name=Section.TREES.value, detail=spans, masked=redactor.masked(Section.TREES)
    )
    payloads = "Inputs, outputs, attributes and events of every span"
    if report.parts.trace_payloads and cut_count:
        payloads += f"; {plural(cut_count, 'long value')} cut"
    yield ExportedItem(
        name=Section.PAYLOADS.value,
        detail=payloads,
        is_included=report.parts.trace_payloads,
        masked=redactor.masked(Section.PAYLOADS),
    )
    standing = [each for each in report.view.trace.summary.assessments if each.is_valid]
    if standing:
        yield ExportedItem(
            name="Feedback and expectations", detail=plural(len(standing), "assessment")
        )
    yield ExportedItem(
        name="Ids",
        detail="Trace, session and spans",
        masked=redactor.masked(Section.SETTINGS),
    )
    if report.view.trace.summary.user:
        yield ExportedItem(
            name="User name",
            detail=report.view.trace.summary.user,
            is_included=report.parts.user_name,
        )
