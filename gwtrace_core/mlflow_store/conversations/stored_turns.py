"""Turns of ours, read back from their traces."""

from __future__ import annotations

from pydantic import ValidationError

from gwtrace_core.mlflow_store.conversations.conversations import SkippedTrace, StoredTurn
from gwtrace_core.mlflow_store.format import names
from gwtrace_core.mlflow_store.format.turn_json import last_user_text
from gwtrace_core.trace.ending import CUT_OFF, is_cut
from gwtrace_core.trace.model import Span, Trace
from gwtrace_core.values import as_json
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Message

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


def stored_turn(trace: Trace) -> StoredTurn | SkippedTrace:
    """The turn that the trace records, or why it is not one that can be shown again."""
    roots = [span for span in trace.spans if span.parent_id is None]
    root = roots[0] if roots else None
    if root is None or names.LANE not in root.attributes:
        return SkippedTrace(trace_id=trace.trace_id, reason="It was not recorded by gwtrace.")
    text = last_user_text(root.inputs)
    try:
        if text is None:
            raise ValueError("no message of the user")
        return StoredTurn(
            trace_id=trace.trace_id,
            message=Message(role="user", text=text),
            lane=as_json.lane_from_json(root.attributes[names.LANE]),
            reply=_reply(trace, root),
            start_ms=trace.summary.start_ms,
            turn_index=int(root.attributes.get(names.TURN_INDEX, 0)),
            distinct_line=str(root.attributes.get(names.DISTINCT_LINE, "")),
            assessments=trace.summary.assessments,
        )
    except (ValidationError, ValueError) as exc:
        first_line = str(exc).splitlines()[0]
        return SkippedTrace(
            trace_id=trace.trace_id, reason=f"It cannot be read back: {first_line}."
        )


def _reply(trace: Trace, root: Span) -> Reply:
    if names.REPLY in root.attributes:
        return as_json.reply_from_json(root.attributes[names.REPLY])
    if is_cut(trace.summary):
        return Reply(status="failed", failure=_CUT)
    if trace.summary.status == "in_progress":
        # No page may wait for it as for a run of its own: nobody here would tell it of the end.
        return Reply(status="failed", failure=_UNDER_WAY)
    raise ValueError("no answer")
