"""What the lanes of a batch are set to, and what each came to over all rows."""

from __future__ import annotations

from collections.abc import Sequence

from gwtrace_core.batch.results import BatchResults, LaneSummary, list_finished_times_ms
from gwtrace_core.figures.reply_figures import write_tokens
from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.lanes import lane_head, system_prompt
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.setup import setup_facts, setup_values
from gwtrace_core.report.tables import table
from gwtrace_core.report.values import ReportInput, ReportTurn
from gwtrace_core.values.text import MISSING, count_text, duration_text, plural, usd_text


def prompts_of_lanes(rows: ReportInput) -> dict[str, str]:
    """By lane name the system prompt of all its calls; lanes whose rows have their own lack."""
    found: dict[str, set[str]] = {}
    for turn in rows.turns:
        found.setdefault(turn.name, set()).add(turn.request.lane.system_prompt.strip())
    return {name: prompts.pop() for name, prompts in found.items() if len(prompts) == 1}


def lanes_section(rows: ReportInput, redactor: Redactor) -> Html:
    """Every lane that made a call, with its settings."""
    first: dict[str, ReportTurn] = {}
    for turn in rows.turns:
        first.setdefault(turn.name, turn)
    prompts = prompts_of_lanes(rows)
    cards = [
        _card(turn, prompts.get(name, ""), rows, redactor) for name, turn in sorted(first.items())
    ]
    return element(
        "section",
        element("h2", "Lanes"),
        element("div", *cards, class_="lanes") if cards else _none("No call was made."),
        id="lanes",
    )


def _card(turn: ReportTurn, prompt: str, rows: ReportInput, redactor: Redactor) -> Html:
    values = setup_values(turn.request.lane, turn.target)
    return element(
        "article",
        lane_head(turn, redactor),
        system_prompt(prompt, rows, redactor) if prompt else "",
        element(
            "details",
            element("summary", "Set-up"),
            setup_facts(values, redactor),
            class_="setup",
        ),
        class_="lane",
        id=f"lane-{turn.name}",
    )


def _none(words: str) -> Html:
    return element("p", words, class_="note")


def summary_section(results: BatchResults, redactor: Redactor) -> Html:
    """Every lane over all rows."""
    has_cached = any(summary.cached for summary in results.summaries)
    has_stopped = any(summary.stopped for summary in results.summaries)
    heads = ["Lane", "Model", "Calls", "Answered", "Failed"]
    heads += ["From cache"] if has_cached else []
    heads += ["Stopped"] if has_stopped else []
    heads += ["Time, median", "95th percentile", "Tokens in → out", "Cost"]
    heads += ["Exact match", "Contains expected"] if results.has_expected else []
    rows = [
        _summary_row(
            summary,
            _times_ms(results, summary.lane_name),
            redactor,
            has_cached=has_cached,
            has_stopped=has_stopped,
            has_expected=results.has_expected,
        )
        for summary in results.summaries
    ]
    judged = (
        " An answer matches exactly when it is the expected one, case and white space aside."
        if results.has_expected
        else ""
    )
    cached = (
        " Answers from the gateway's cache are in no time, token count or cost."
        if has_cached
        else ""
    )
    return element(
        "section",
        element("h2", "Summary"),
        table(heads, rows),
        element(
            "p",
            "Times are those of answered calls, from the call to its end; below the median the "
            "least and the most. Costs are what the gateway reported, else "
            f"list prices.{cached}{judged}",
            class_="hint",
        ),
        id="summary",
    )


def _times_ms(results: BatchResults, name: str) -> list[float]:
    cells = (row.cells.get(name) for row in results.rows)
    return list_finished_times_ms(cell for cell in cells if cell is not None)


def _summary_row(
    summary: LaneSummary,
    times_ms: Sequence[float],
    redactor: Redactor,
    *,
    has_cached: bool,
    has_stopped: bool,
    has_expected: bool,
) -> Html:
    failed = element(
        "td", count_text(summary.failed), class_="number bad" if summary.failed else "number"
    )
    median = MISSING if summary.median_ms is None else duration_text(summary.median_ms)
    p95 = MISSING if summary.p95_ms is None else duration_text(summary.p95_ms)
    spread = fragment()
    if len(times_ms) > 1:
        words = f"{duration_text(min(times_ms))} to {duration_text(max(times_ms))}"
        spread = element("span", words, class_="held")
    cells = [
        element("td", element("span", summary.lane_name, class_="letter")),
        element(
            "td",
            redactor.text(Section.SETUP, summary.lane.model),
            element("span", summary.lane.sdk_path.label, class_="held"),
        ),
        element("td", count_text(summary.calls), class_="number"),
        element("td", count_text(summary.finished), class_="number"),
        failed,
        *([element("td", count_text(summary.cached), class_="number")] if has_cached else []),
        *([element("td", count_text(summary.stopped), class_="number")] if has_stopped else []),
        element("td", median, spread, class_="number"),
        element("td", p95, class_="number"),
        element("td", _tokens(summary), class_="number"),
        element("td", *_cost(summary), class_="number"),
    ]
    if has_expected:
        cells += [
            element("td", *_rate(matches, summary.judged), class_="number")
            for matches in (summary.exact, summary.contains)
        ]
    return element("tr", *cells)


def _tokens(summary: LaneSummary) -> str:
    usage = summary.usage
    return MISSING if usage is None else write_tokens(usage)


def _cost(summary: LaneSummary) -> list[str]:
    if summary.cost_usd is None:
        return [MISSING]
    told: list[str] = [usd_text(summary.cost_usd)]
    if summary.priced < summary.finished - summary.cached:
        told.append(element("span", f"of {plural(summary.priced, 'call')}", class_="held"))
    return told


def _rate(matches: int, judged: int) -> list[str]:
    if not judged:
        return [MISSING]
    counts = f"{count_text(matches)} of {count_text(judged)}"
    return [f"{matches / judged:.0%}", element("span", counts, class_="held")]
