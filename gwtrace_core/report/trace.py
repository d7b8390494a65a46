"""One self-contained HTML file of one trace, whoever made it, for people without MLflow.

By the same means as a comparison's: redacted, escaped, loads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gwtrace_core.figures.reply_figures import CACHED_TRACE, write_tokens
from gwtrace_core.report.page import Header, mask_facts, render_page
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.traces import TraceSheets
from gwtrace_core.report.values import ExportedItem, RenderedReport, ReportParts, TreeComponent
from gwtrace_core.trace.ending import ending_text
from gwtrace_core.trace.feedback import value_words
from gwtrace_core.trace.model import Assessment
from gwtrace_core.trace.timing_words import account_words, describe_totals_difference
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


def render_trace_report(report: TraceReportInput) -> RenderedReport:
    """The file, UTF-8 encodable, and what leaves with it. Never raises for what a trace holds."""
    user = report.view.trace.summary.user or ""
    omitted = [(user, "user name")] if not report.parts.user_name and "@" in user else []
    redactor = Redactor(
        secrets=list(report.secrets), private_paths=report.private_paths, omitted=omitted
    )
    sheets = TraceSheets(redactor=redactor, parts=report.parts)
    place = sheets.place_trace(report.view.trace)
    data, cut_count = sheets.collect()
    html = render_page(
        "trace.html.jinja",
        header=_describe_header(report, redactor),
        about=_list_origin(report, redactor),
        data=data,
        tree=report.tree,
        time_words=account_words(report.view.account),
        time_note=describe_totals_difference(report.view.trace.summary, report.view.totals),
        defects=_list_defects(report, redactor),
        place=place,
        feedback=_list_feedback(report, redactor),
    )
    return RenderedReport(
        html=html, leaves=tuple(_list_exported(report, redactor, sheets, cut_count))
    )


def _describe_header(report: TraceReportInput, redactor: Redactor) -> Header:
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
        facts.append(f"by {redactor.mask(Section.SETTINGS, summary.user)}")
    ending = redactor.mask(Section.TREES, ending_text(report.view.trace))
    notes = [ending, CACHED_TRACE if summary.is_from_cache else ""]
    return Header(
        title=redactor.mask(Section.SETTINGS, report.title),
        facts=tuple(facts),
        notes=tuple(note for note in notes if note),
    )


def _list_defects(report: TraceReportInput, redactor: Redactor) -> tuple[str, ...]:
    defects = [defect.message for defect in report.view.tree.defects]
    listed = [redactor.mask(Section.TREES, text) for text in defects[:_LISTED_DEFECTS]]
    if (more := len(defects) - _LISTED_DEFECTS) > 0:
        listed.append(f"and {more:,} more, each marked in the tree")
    return tuple(listed)


def _list_feedback(report: TraceReportInput, redactor: Redactor) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            redactor.mask(Section.SETTINGS, each.name),
            redactor.mask(Section.PAYLOADS, _describe(each, report.parts.user_name)),
        )
        for each in report.view.trace.summary.assessments
        if each.is_valid
    )


def _describe(assessment: Assessment, with_user: bool) -> str:
    words = value_words(assessment)
    if assessment.rationale:
        words += f" ({assessment.rationale})"
    source = assessment.source_kind.lower().replace("_", " ")
    is_named = with_user or assessment.source_kind != "HUMAN"
    return f"{words}, by {assessment.source_id if is_named else source}"


def _list_origin(report: TraceReportInput, redactor: Redactor) -> tuple[tuple[str, str], ...]:
    summary = report.view.trace.summary
    facts = [
        ("Made", report.made_at.isoformat(timespec="seconds")),
        ("Trace", summary.trace_id),
        ("Session", summary.session_id or ""),
        ("Kept in", masked_uri(report.tracking_uri) or "MLflow's default store"),
        *((f"Version of {name}", version) for name, version in report.versions),
    ]
    return mask_facts(facts, redactor)


def _list_exported(
    report: TraceReportInput, redactor: Redactor, sheets: TraceSheets, cut_count: int
) -> Iterator[ExportedItem]:
    spans = f"{plural(sheets.span_count, 'span')}: names, models, times, tokens, costs"
    yield ExportedItem(
        name=Section.TREES.value, detail=spans, masked=redactor.list_masked(Section.TREES)
    )
    payloads = "Inputs, outputs, attributes and events of every span"
    if report.parts.trace_payloads and cut_count:
        payloads += f"; {plural(cut_count, 'long value')} cut"
    yield ExportedItem(
        name=Section.PAYLOADS.value,
        detail=payloads,
        is_included=report.parts.trace_payloads,
        masked=redactor.list_masked(Section.PAYLOADS),
    )
    standing = [each for each in report.view.trace.summary.assessments if each.is_valid]
    if standing:
        yield ExportedItem(
            name="Feedback and expectations", detail=plural(len(standing), "assessment")
        )
    yield ExportedItem(
        name="Ids",
        detail="Trace, session and spans",
        masked=redactor.list_masked(Section.SETTINGS),
    )
    if report.view.trace.summary.user:
        yield ExportedItem(
            name="User name",
            detail=report.view.trace.summary.user,
            is_included=report.parts.user_name,
        )
