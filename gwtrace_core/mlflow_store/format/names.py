"""The attribute, tag and metadata names under which gwtrace records. No mlflow in here."""

RECORDED_BY = "gwtrace.recorded_by"
"""On a span: `gwtrace`, when it is ours and not autolog's."""
CORRECTED = "gwtrace.corrected"
"""On a span of autolog's: the names of what gwtrace put right."""
STOPPED = "gwtrace.stopped"
"""True on the root and on every span that Stop cut short."""
STOP_REASON = "gwtrace.stop_reason"
FIRST_TOKEN_NS = "gwtrace.first_token_ns"  # noqa: S105  # a piece of text, not a credential
"""On a span: when the first piece of a streamed answer came, nanoseconds since the Unix epoch."""

LANE = "gwtrace.lane"
"""On the root: the lane as JSON (`gwtrace_core.values.as_json`)."""
REPLY = "gwtrace.reply"
"""On the root: the reply as JSON (`gwtrace_core.values.as_json`)."""
FAILURE = "gwtrace.failure"
ENDING = "gwtrace.ending"
"""On the root: what a person is told under an answer that ended early or has no text."""

SDK_PATH = "gwtrace.sdk_path"
PROVIDER = "gwtrace.provider"
ROUTE = "gwtrace.route"
MODEL = "gwtrace.model"
CONNECTION = "gwtrace.connection"
OUTCOME = "gwtrace.outcome"
"""Tag: `finished`, `failed` or `stopped`; MLflow itself knows no third status. A turn that is under
way, or was cut off, has none."""

PROCESS = "gwtrace.process"
"""Tag: the process that is at the turn, see `recording.processes`. This one and the next two are
only on traces that were stored before they ended."""
QUESTION = "gwtrace.question"
"""Tag: the beginning of the question, which MLflow shows of traces only that have ended."""
ROOT_TO_BE = "ffffffffffffffff"
"""In place of the parent of a root span that was stored before it ended. MLflow takes a trace whose
root it has for one that has ended; to us the span is the root."""
ALIVE = "gwtrace.alive"
"""Tag: when that process last gave a sign of life, milliseconds since the Unix epoch."""
OF_A_BEGINNING = frozenset({PROCESS, QUESTION, ALIVE})
"""They stay in the store with the end, and say nothing any more."""

DISTINCT_LINE = "gwtrace.distinct_line"
"""On the root: what was added to the system prompt to make the request unlike any other."""

STREAMED = "gwtrace.streamed"
TURN_INDEX = "gwtrace.turn_index"

SESSION = "mlflow.trace.session"
USER = "mlflow.trace.user"

REPLACES = "gwtrace.replaces"
"""Metadata of an assessment: the id of the one that it stands in place of."""
