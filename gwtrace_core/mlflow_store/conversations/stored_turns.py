"""Turns of ours, read back from their traces."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.mlflow_store.format.turn_json import find_last_user_text
from gwtrace_core.trace.ending import CUT_OFF, is_cut
from gwtrace_core.trace.model import Assessment, Span, Trace
from gwtrace_core.values import as_json, trace_names
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """One turn of a conversation, as it was when it ended."""

    trace_id: str
    message: Message
    """The user's message; of pictures only their size was kept."""
    lane: Lane
    reply: Reply
    start_ms: int
    turn_index: int
    """Position in the conversation; a turn that was asked again has the index of the first."""
    distinct_line: str = ""
    """What was added to the system prompt to make the request unlike any other."""
    assessments: tuple[Assessment, ...] = ()
    """Verdicts and expectations on its trace, replaced ones included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedTrace:
    """A trace of the session that is not one of our turns, or not a whole one."""

    trace_id: str
    reason: str


_CUT = Failure(
    source=FailureSource.APP,
    cause=FailureCause.PROCESS_ENDED,
    message=CUT_OFF,
    hint="What the model may have answered was not kept. Ask again.",
)
_UNDER_WAY = Failure(
    source=FailureSource.APP,
    cause=FailureCause.UNDER_WAY,
    message="In progress: another process of gwtrace is at this answer.",
    hint="Open this again when it has ended.",
)


def read_turn(trace: Trace) -> StoredTurn | SkippedTrace:
    """The turn that the trace records, or why it is not one that can be shown again."""
    roots = [span for span in trace.spans if span.parent_id is None]
    root = roots[0] if roots else None
    if root is None or trace_names.LANE not in root.attributes:
        return SkippedTrace(trace_id=trace.trace_id, reason="It was not recorded by gwtrace.")
    text = find_last_user_text(root.inputs)
    try:
        if text is None:
            raise ValueError("no message of the user")
        return StoredTurn(
            trace_id=trace.trace_id,
            message=Message(role="user", text=text),
            lane=as_json.lane_from_json(root.attributes[trace_names.LANE]),
            reply=_read_reply(trace, root),
            start_ms=trace.summary.start_ms,
            turn_index=int(root.attributes.get(trace_names.TURN_INDEX, 0)),
            distinct_line=str(root.attributes.get(trace_names.DISTINCT_LINE, "")),
            assessments=trace.summary.assessments,
        )
    except ValueError as exc:
        first_line = str(exc).splitlines()[0]
        return SkippedTrace(
            trace_id=trace.trace_id, reason=f"It cannot be read back: {first_line}."
        )


def _read_reply(trace: Trace, root: Span) -> Reply:
    if trace_names.REPLY in root.attributes:
        return as_json.reply_from_json(root.attributes[trace_names.REPLY])
    if is_cut(trace.summary):
        return Reply(status="failed", failure=_CUT)
    if trace.summary.status == "in_progress":
        # No page may wait for it as for a run of its own: nobody here would tell it of the end.
        return Reply(status="failed", failure=_UNDER_WAY)
    raise ValueError("no answer")
