"""Parity: what a trace holds of a turn, held against what the run itself saw on the wire.

Pure, from a `Reply` and a `Trace`: it works while a comparison is on screen and on a trace that is
opened years later. Whose doing a fact in the trace is, is told by gwtrace's marks on the spans; a
trace made elsewhere has none, and all of it counts as recorded by autolog.
"""

from __future__ import annotations

from collections.abc import Sequence

from gwtrace_core.chat import Lane
from gwtrace_core.running.reply import Reply
from gwtrace_core.trace._known_gaps import known_reason
from gwtrace_core.trace._parity_checks import CHECKS
from gwtrace_core.trace._parity_recording import Recording
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.parity_values import Aspect, Cell, Parity, Verdict

__all__ = ["Aspect", "Cell", "Parity", "Verdict", "differences", "parity"]

_CHOSEN = (Aspect.MODEL_ASKED, Aspect.PROVIDER, Aspect.STREAMING)
"""What differs because somebody asked for it."""
_SAME_END = {"end_turn": "stop", "completed": "stop", "STOP": "stop", "tool_use": "tool_calls"}
"""Providers have several words for one and the same finish reason."""


def parity(reply: Reply, trace: Trace, lane: Lane) -> Parity:
    """Every aspect of the turn, each with its verdict. Never raises for what a trace holds."""
    recording = Recording.of(trace)
    cells: list[Cell] = []
    for aspect in Aspect:
        finding = CHECKS[aspect](reply, recording, lane)
        reason = finding.note or known_reason(
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


def differences(columns: Sequence[tuple[str, Parity]]) -> str:
    """One sentence: which differences between the lanes are whose. Empty for fewer than two."""
    if len(columns) < 2:
        return ""
    chosen: list[str] = []
    models: list[str] = []
    recordings: list[str] = []
    for aspect in Aspect:
        cells = [parity.cell(aspect) for _, parity in columns]
        name = aspect.value[0].lower() + aspect.value[1:]
        is_same = len({_fact(cell) for cell in cells}) == 1
        if not is_same:
            (chosen if aspect in _CHOSEN else models).append(name)
        verdicts = {cell.verdict for cell in cells} - {Verdict.NOT_APPLICABLE}
        is_other_shape = aspect is Aspect.SPANS and len({cell.held for cell in cells}) > 1
        if len(verdicts) > 1 or (is_same and is_other_shape):
            recordings.append(name)
    told = [
        f"{words}: {', '.join(names)}"
        for words, names in (
            ("by choice", chosen),
            ("in what the models did", models),
            ("in how it was recorded", recordings),
        )
        if names
    ]
    if not told:
        return "The lanes differ in nothing, neither on the wire nor in what was recorded."
    return f"What differs {'; '.join(told)}."


def _fact(cell: Cell) -> str | None:
    """What the model did; where the wire is silent (a streamed call's cost), what was recorded."""
    fact = cell.held if cell.seen is None else cell.seen
    # Some providers leave out what is zero.
    return None if fact == "0" else _SAME_END.get(fact or "", fact)
