"""Parity: what a trace holds of a turn, held against what the run itself saw on the wire.

Pure, from a `Reply` and a `Trace`: it works while a comparison is on screen and on a trace that is
opened years later. Whose doing a fact in the trace is, is told by gwtrace's marks on the spans; a
trace made elsewhere has none, and all of it counts as recorded by autolog.
"""

from __future__ import annotations

from collections.abc import Sequence

from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.parity.checks import CHECKS
from gwtrace_core.trace.parity.known_gaps import find_known_reason
from gwtrace_core.trace.parity.recorded import Recording
from gwtrace_core.trace.parity.values import Aspect, Cell, Parity, Verdict
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane

__all__ = ["Aspect", "Cell", "Parity", "Verdict", "describe_differences", "parity"]

_CHOSEN = (Aspect.MODEL_ASKED, Aspect.PROVIDER, Aspect.STREAMING)
"""What differs because somebody asked for it."""
_SAME_END = {
    "end_turn": "stop",
    "completed": "stop",
    "STOP": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "MAX_TOKENS": "length",
}
"""Providers have several words for one and the same finish reason."""


def parity(reply: Reply, trace: Trace, lane: Lane) -> Parity:
    """Every aspect of the turn, each with its verdict. Never raises for what a trace holds."""
    recording = Recording.of(trace)
    cells: list[Cell] = []
    for aspect in Aspect:
        finding = CHECKS[aspect](reply, recording, lane)
        reason = finding.note or find_known_reason(
            aspect,
            finding.verdict,
            path=lane.sdk_path,
            streamed=lane.streamed,
            status=reply.status,
        )
        cells.append(
            Cell(
                aspect=aspect,
                seen=finding.seen,
                held=finding.held,
                autolog=finding.autolog,
                verdict=finding.verdict,
                reason=reason,
            )
        )
    return Parity(cells=tuple(cells))


def describe_differences(columns: Sequence[tuple[str, Parity]]) -> str:
    """Which differences between the lanes are whose, and what was not taken for one.

    One sentence or two; empty for fewer than two lanes.
    """
    if len(columns) < 2:
        return ""
    found = [(aspect, [parity.cell(aspect) for _, parity in columns]) for aspect in Aspect]
    told = [
        f"{words}: {', '.join(aspects)}"
        for words, aspects in (
            ("by choice", [_name_aspect(each) for each, cells in found if _is_chosen(each, cells)]),
            (
                "in what the models did",
                [_name_deed(each) for each, cells in found if _is_deed(each, cells)],
            ),
            (
                "in how it was recorded",
                [_name_aspect(each) for each, cells in found if _is_record(each, cells)],
            ),
        )
        if aspects
    ]
    aside = _describe_set_aside(found)
    if told:
        sentence = f"What differs {'; '.join(told)}."
    elif aside:
        sentence = (
            "The lanes differ in nothing that matters, neither on the wire nor in what was "
            "recorded."
        )
    else:
        return "The lanes differ in nothing, neither on the wire nor in what was recorded."
    return f"{sentence} Set aside: {aside}." if aside else sentence


def _name_aspect(aspect: Aspect) -> str:
    return aspect.value[0].lower() + aspect.value[1:]


def _name_deed(aspect: Aspect) -> str:
    return "pieces streamed" if aspect is Aspect.STREAMING else _name_aspect(aspect)


def _is_chosen(aspect: Aspect, cells: Sequence[Cell]) -> bool:
    if aspect is Aspect.STREAMING:
        # In how many pieces an answer comes, nobody chooses.
        return len({_find_fact(cell) is None for cell in cells}) > 1
    return aspect in _CHOSEN and _do_differ(aspect, cells)


def _is_deed(aspect: Aspect, cells: Sequence[Cell]) -> bool:
    return _do_differ(aspect, cells) and not _is_chosen(aspect, cells)


def _is_record(aspect: Aspect, cells: Sequence[Cell]) -> bool:
    verdicts = {cell.verdict for cell in cells} - {Verdict.NOT_APPLICABLE}
    # Of one and the same fact, what is recorded may still be of another shape, or wrong otherwise.
    is_compared = aspect is Aspect.SPANS or verdicts == {Verdict.WRONG}
    is_other = is_compared and len({cell.held for cell in cells}) > 1
    return len(verdicts) > 1 or (is_other and not _do_differ(aspect, cells))


def _do_differ(aspect: Aspect, cells: Sequence[Cell]) -> bool:
    return len({_find_meaning(aspect, cell) for cell in cells}) > 1


def _describe_set_aside(found: Sequence[tuple[Aspect, Sequence[Cell]]]) -> str:
    """Which differences there are in the words alone; empty for none."""
    unnamed: list[str] = []
    told: list[str] = []
    for aspect, cells in found:
        facts = list(dict.fromkeys(_find_fact(cell) for cell in cells))
        if len(facts) < 2 or _do_differ(aspect, cells):
            continue
        if aspect is Aspect.FINISH_REASON:
            number = {2: "two", 3: "three"}.get(len(facts), "several")
            told.append(f"{number} words for the same end ({', '.join(map(str, facts))})")
        else:
            unnamed.append(_name_aspect(aspect))
    if unnamed:
        told.insert(0, f"0 in one lane and no figure in another ({', '.join(unnamed)})")
    return "; ".join(told)


def _find_fact(cell: Cell) -> str | None:
    """What the model did; where the wire is silent (a streamed call's cost), what was recorded."""
    return cell.held if cell.seen is None else cell.seen


def _find_meaning(aspect: Aspect, cell: Cell) -> str | None:
    fact = _find_fact(cell)
    if aspect is Aspect.FINISH_REASON:
        return _SAME_END.get(fact or "", fact)
    # Some providers leave out what is zero.
    return None if fact == "0" else fact
