"""Evaluations in words: states, groups, what a scorer said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gwtrace_core.background.heartbeat import SILENT_MS
from gwtrace_core.evaluation.results import UNGROUPED, GroupBy, PassRate
from gwtrace_core.evaluation.stored import EvaluationSummary, ScorerSummary
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score, ScoreState, ScoreValue
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.text import MISSING, count_text
from pages.ui.draw.clock_text import clock_text
from pages.ui.session.local_time import to_local_moment

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
_WITHOUT: dict[GroupBy, str] = {
    "all": "All traces",
    "lane": "(no lane)",
    "model": "(does not say)",
    "SDK path": "(does not say)",
    "prompt version": "(no prompt)",
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


def state_word(summary: EvaluationSummary, *, is_live: bool, now_ms: int) -> str:
    """MLflow says `running` of one whose process has died as well."""
    if summary.state != "running" or is_live or not summary.is_by_gwtrace:
        return STATES[summary.state]
    return STATES["running" if summary.is_alive(now_ms) else "cut off"]


def elsewhere_text(summary: EvaluationSummary, read_ms: int) -> str:
    """What is known of one that MLflow has as running and this process is not at."""
    if summary.alive_ms is None:
        return "MLflow has it as running. Whether any process is still at it is not known."
    if summary.is_alive(read_ms):
        ago = clock_text(max(0, read_ms - summary.alive_ms) / 1000)
        return (
            f"Another process is at it, or was until it ended: its last sign of life came {ago} "
            f"before this was read. After {SILENT_MS // 1000} s without one, it can be "
            "resumed here. *Read again* shows how far it is."
        )
    return (
        "MLflow has it as running, but no process has given a sign of life since "
        f"{moment_text(summary.alive_ms)}. It can be resumed here."
    )


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
    """`relevance 80% (8 of 10), 2 failed`, of one without pass or fail its mean."""
    words: list[str] = []
    if scorer.judged:
        words.append(rate_text(PassRate(passed=scorer.passed or 0, judged=scorer.judged)))
    elif scorer.mean is not None:
        words.append(f"mean {scorer.mean:.2f}")
    if scorer.failed:
        words.append(f"{count_text(scorer.failed)} failed")
    return f"{scorer.name} {', '.join(words)}".rstrip()


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
        return _WITHOUT[by]
    match by:
        case "lane":
            return f"Lane {group}"
        case "SDK path":
            return _PATHS.get(group, group)
        case "prompt version":
            return ", ".join(" v".join(each.rsplit("/", 1)) for each in group.split(", "))
        case _:
            return group


def answer_text(subject: Subject) -> str:
    """For a cell: the answer, behind what it lacks."""
    return f"({subject.ending}) {subject.answer}".strip() if subject.ending else subject.answer


def lane_text(lane: str, subjects: Sequence[Subject]) -> str:
    """`Lane A: gpt-5.2 · OpenAI SDK · Chat`: what these traces say of their lane."""
    own = [subject for subject in subjects if subject.lane == lane]
    kinds = (
        [each.prompt and group_text("prompt version", each.prompt) for each in own],
        [each.model for each in own],
        [each.sdk_path and group_text("SDK path", each.sdk_path) for each in own],
    )
    said = [", ".join(dict.fromkeys(filter(None, names))) for names in kinds]
    return f"Lane {lane}: {' · '.join(filter(None, said)) or 'nothing is known of it'}"


def default_name(scorer_names: Iterable[str], epoch_ms: int) -> str:
    """`length, fluency · 23 Nov 2026 16:40:05`: to the second, as two may begin in one minute."""
    names = ", ".join(scorer_names)[:80]
    return f"{names} · {to_local_moment(epoch_ms):%d %b %Y %H:%M:%S}"


def moment_text(epoch_ms: int) -> str:
    """`23 Nov 2026 16:40`, in the time zone of whoever looks."""
    return f"{to_local_moment(epoch_ms):%d %b %Y %H:%M}"
