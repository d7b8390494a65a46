"""Evaluations in words: states, groups, what a scorer said."""

from __future__ import annotations

from gwtrace_core.connection import SdkPath
from gwtrace_core.evaluation.results import UNGROUPED, GroupBy, PassRate
from gwtrace_core.evaluation.stored import EvaluationSummary, ScorerSummary
from gwtrace_core.evaluation.values import Score, ScoreState, ScoreValue
from gwtrace_core.format import MISSING, count_text
from pages.ui.local_time import local_moment

STATES = {
    "running": "Under way",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Failed",
    "cut off": "Cut off",
}
STATE_COLOURS = {
    "Under way": "blue",
    "Finished": "green",
    "Stopped": "orange",
    "Failed": "red",
    "Cut off": "orange",
}
GROUP_LABELS: dict[GroupBy, str] = {
    "all": "All traces",
    "lane": "Lane",
    "model": "Model",
    "SDK path": "SDK path",
    "prompt version": "Prompt version",
}
_UNSCORED: dict[ScoreState, str] = {
    "waiting": "",
    "running": "…",
    "scored": "",
    "not applicable": MISSING,
    "failed": "failed",
    "stopped": "not judged",
}
_MARKS = {True: "✓ ", False: "✗ ", None: ""}
_PATHS = {path.value: path.label for path in SdkPath}


def state_word(summary: EvaluationSummary, *, is_live: bool) -> str:
    """MLflow says `running` of one whose process has died as well."""
    if summary.state == "running" and not is_live:
        return STATES["cut off"] if summary.is_by_gwtrace else STATES["running"]
    return STATES[summary.state]


def rate_text(rate: PassRate) -> str:
    """`80% (8 of 10)`."""
    if rate.rate is None:
        return MISSING
    return f"{rate.rate:.0%} ({count_text(rate.passed)} of {count_text(rate.judged)})"


def interval_text(rate: PassRate) -> str:
    """`49% to 94%`."""
    found = rate.interval
    return MISSING if found is None else f"{found[0]:.0%} to {found[1]:.0%}"


def scorer_text(scorer: ScorerSummary) -> str:
    """`relevance 80% (8 of 10)`, of one without pass or fail its mean."""
    if scorer.judged:
        rate = PassRate(passed=scorer.passed or 0, judged=scorer.judged)
        return f"{scorer.name} {rate_text(rate)}"
    if scorer.mean is not None:
        return f"{scorer.name} mean {scorer.mean:.2f}"
    return scorer.name


def value_text(value: ScoreValue) -> str:
    """`yes`, `3.5`, or the category."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:g}"


def score_text(score: Score | None) -> str:
    """For a cell: mark and value, or why there is none."""
    if score is None:
        return ""
    if score.verdict is None:
        return _UNSCORED[score.state]
    return f"{_MARKS[score.verdict.passed]}{value_text(score.verdict.value)}"


def group_text(by: GroupBy, group: str) -> str:
    """The group in words."""
    if group == UNGROUPED:
        return "All traces" if by == "all" else "(does not say)"
    match by:
        case "lane":
            return f"Lane {group}"
        case "SDK path":
            return _PATHS.get(group, group)
        case "prompt version":
            return ", ".join(" v".join(each.rsplit("/", 1)) for each in group.split(", "))
        case _:
            return group


def moment_text(epoch_ms: int) -> str:
    """`23 Nov 2026 16:40`, in the time zone of whoever looks."""
    return f"{local_moment(epoch_ms):%d %b %Y %H:%M}"
