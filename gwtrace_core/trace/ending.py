"""How the answer that a trace records ended, whoever made the trace. Pure."""

from __future__ import annotations

from gwtrace_core.trace.messages.parts import as_list
from gwtrace_core.trace.model import Span, Trace, TraceSummary
from gwtrace_core.trace.parity.recorded import finish_reason
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.values import trace_names
from gwtrace_core.values.endings import early_label, ending_sentence

CUT_OFF = "Cut off: the process that ran this ended before the answer."


def is_cut(summary: TraceSummary) -> bool:
    """Whether the turn has a question and no answer, and none will come: its process was ended."""
    return summary.status == "cut"


def has_ended(summary: TraceSummary) -> bool:
    """Whether all that will be recorded is there: neither under way nor cut off."""
    return summary.status not in ("in_progress", "cut")


def ending_text(trace: Trace) -> str:
    """What a person is to know: `Cut off at the limit of output tokens.`

    Empty for a whole answer, and where the trace's status says what became of it.
    """
    if is_cut(trace.summary):
        return CUT_OFF
    if trace.summary.status in ("error", "in_progress"):
        return ""
    root = _find_root_of_ours(trace)
    told = None if root is None else root.attributes.get(trace_names.ENDING)
    return told if isinstance(told, str) else ending_sentence(_finish_reason(trace))


def ending_label(trace: Trace, *, answer: str) -> str:
    """The same in a few words, for a cell; `answer` is the text that the trace has for it."""
    if is_cut(trace.summary):
        return "cut off"
    if trace.summary.status in ("error", "in_progress"):
        return ""
    # Another program may have kept its answer where nobody looks for it.
    has_text = bool(answer.strip()) or _find_root_of_ours(trace) is None
    return early_label(_finish_reason(trace), has_text=has_text)


def _finish_reason(trace: Trace) -> str | None:
    """What the root of a turn of ours says, else the last model call."""
    if (root := _find_root_of_ours(trace)) is not None:
        said = root.attributes.get(trace_names.FINISH_REASON)
        return said if isinstance(said, str) else None
    models = [span for span in trace.spans if span.kind in MODEL_KINDS]
    if not models:
        return None
    last = max(models, key=lambda span: span.start_ns)
    listed = as_list(last.attributes.get("gen_ai.response.finish_reasons"))
    return finish_reason(last) or next((each for each in listed if isinstance(each, str)), None)


def _find_root_of_ours(trace: Trace) -> Span | None:
    roots = (span for span in trace.spans if span.parent_id is None)
    return next((root for root in roots if trace_names.LANE in root.attributes), None)
