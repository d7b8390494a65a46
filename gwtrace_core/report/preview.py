"""The preview of a report: what leaves this machine with it, and what was masked where."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.traces import TraceSheets
from gwtrace_core.report.values import ExportedItem, ReportInput
from gwtrace_core.values.text import bytes_text, count_text, plural


def list_exported(
    comparison: ReportInput, redactor: Redactor, sheets: TraceSheets, cut_count: int
) -> tuple[ExportedItem, ...]:
    """Every sort of thing that the file holds or could hold; what there is none of is not named.

    Called when the file is made, since only then it is known what was masked.
    """
    return tuple(
        ExportedItem(
            name=str(name),
            detail=detail,
            is_included=is_included,
            masked=() if section is None else redactor.list_masked(section),
        )
        for name, detail, is_included, section in _list_items(comparison, sheets, cut_count)
        if detail
    )


_Item = tuple[str, str, bool, Section | None]


def _list_items(comparison: ReportInput, sheets: TraceSheets, cut_count: int) -> Iterator[_Item]:
    parts, turns = comparison.parts, comparison.turns
    lanes = [turn.request.lane for turn in turns]
    chars = sum(len(turn.reply.text) + len(turn.reply.reasoning) for turn in turns)
    tool_count = sum(len(turn.reply.tool_calls) for turn in turns)
    failed_count = sum(turn.reply.failure is not None for turn in turns)
    prompt_count = len({lane.system_prompt for lane in lanes if lane.system_prompt.strip()})
    yield "Questions", _describe_questions(comparison), True, Section.QUESTIONS
    vote_count = sum(bool(round_.vote) for round_ in comparison.rounds)
    yield "Votes", plural(vote_count, "blind vote") if vote_count else "", True, None
    answers = f"{plural(len(turns), 'answer')}, {count_text(chars)} characters"
    yield Section.ANSWERS, answers, True, Section.ANSWERS
    yield "Tool calls", plural(tool_count, "call") if tool_count else "", True, Section.TOOLS
    prompts = plural(prompt_count, "prompt") if prompt_count else ""
    yield Section.SYSTEM_PROMPTS, prompts, parts.system_prompts, Section.SYSTEM_PROMPTS
    setup = f"Models, routes, parameters and figures of {plural(len(turns), 'turn')}"
    yield Section.SETUP, setup, True, Section.SETUP
    yield "Host names", ", ".join(_list_hosts(comparison)), True, None
    errors = plural(failed_count, "failed call") if failed_count else ""
    yield Section.ERRORS, errors, True, Section.ERRORS
    if sheets.span_count:
        spans = f"{plural(sheets.span_count, 'span')}: names, models, times, tokens, costs"
        yield Section.TREES, spans, True, Section.TREES
        yield (
            Section.PAYLOADS,
            _describe_payloads(parts.trace_payloads, cut_count),
            parts.trace_payloads,
            (Section.PAYLOADS),
        )
    yield "Ids", _list_ids(comparison, sheets), True, Section.SETTINGS
    yield "Code", "A script for every lane, without key", parts.code, Section.CODE
    yield "User name", comparison.user, parts.user_name, None


def _describe_questions(comparison: ReportInput) -> str:
    images = [image for round_ in comparison.rounds for image in round_.question.images]
    pictures = ""
    if images:
        size = bytes_text(sum(len(image.data) for image in images))
        pictures = f", {plural(len(images), 'picture')} ({size})"
    return plural(len(comparison.rounds), "question") + pictures


def _describe_payloads(is_included: bool, cut_count: int) -> str:
    detail = "Inputs, outputs, attributes and events of every span"
    if is_included and cut_count:
        detail += f"; {plural(cut_count, 'long value')} cut"
    return detail


def _list_hosts(comparison: ReportInput) -> list[str]:
    addresses = [turn.target.base_url for turn in comparison.turns]
    addresses.append(comparison.tracking.tracking_uri or "")
    hosts: dict[str, None] = {}
    for address in addresses:
        try:
            host = urlsplit(address).hostname
        except ValueError:
            continue
        if host:
            hosts[host] = None
    return list(hosts)


def _list_ids(comparison: ReportInput, sheets: TraceSheets) -> str:
    kinds = [
        (comparison.comparison_id, "comparison"),
        (comparison.session_id, "session"),
        (sheets.trace_ids, "traces and spans"),
        (any(turn.reply.response_id for turn in comparison.turns), "responses"),
        (any(turn.reply.request_id for turn in comparison.turns), "requests"),
    ]
    return ", ".join(words for known, words in kinds if known).capitalize()
