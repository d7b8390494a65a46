"""The names under which things stand on traces, spans and runs: gwtrace's own, and those of MLflow
and OpenTelemetry that more than one module reads.

Stored traces carry them for good: a name that is changed here is no longer found on older ones.
"""

from __future__ import annotations

# --- on a turn's root span -----------------------------------------------------------------------
LANE = "gwtrace.lane"
"""The lane as JSON (`gwtrace_core.values.as_json`)."""
REPLY = "gwtrace.reply"
"""The reply as JSON (`gwtrace_core.values.as_json`)."""
FAILURE = "gwtrace.failure"
ENDING = "gwtrace.ending"
"""What a person is told under an answer that ended early or has no text."""
DISTINCT_LINE = "gwtrace.distinct_line"
"""What was added to the system prompt to make the request unlike any other."""
STOP_REASON = "gwtrace.stop_reason"
FINISH_REASON = "gwtrace.finish_reason"
FIRST_TOKEN_MS = "gwtrace.first_token_ms"  # noqa: S105  # a piece of text, not a credential
LAST_TOKEN_MS = "gwtrace.last_token_ms"  # noqa: S105
DURATION_MS = "gwtrace.duration_ms"
CHUNK_COUNT = "gwtrace.chunk_count"
LONGEST_GAP_MS = "gwtrace.longest_gap_ms"
GATEWAY_COST_USD = "gwtrace.gateway_cost_usd"
ROUNDED_COST_USD = "gwtrace.rounded_cost_usd"
OUTPUT_TOKENS_PER_S = "gwtrace.output_tokens_per_s"
RESPONSE_MODEL = "gwtrace.response_model"
RESPONSE_ID = "gwtrace.response_id"
REQUEST_ID = "gwtrace.request_id"

# --- on any span of a turn -----------------------------------------------------------------------
RECORDED_BY = "gwtrace.recorded_by"
"""`gwtrace`, when the span is ours and not autolog's."""
CORRECTED = "gwtrace.corrected"
"""On a span of autolog's: the names of what gwtrace put right."""
STOPPED = "gwtrace.stopped"
"""True on the root and on every span that Stop cut short."""
STREAMED = "gwtrace.streamed"
"""Whether the answer was asked for as a stream; also metadata of the trace."""
FIRST_TOKEN_NS = "gwtrace.first_token_ns"  # noqa: S105
"""When the first piece of a streamed answer came, nanoseconds since the Unix epoch."""

# --- tags and metadata of a turn's trace ---------------------------------------------------------
SDK_PATH = "gwtrace.sdk_path"
PROVIDER = "gwtrace.provider"
ROUTE = "gwtrace.route"
MODEL = "gwtrace.model"
CONNECTION = "gwtrace.connection"
OUTCOME = "gwtrace.outcome"
"""Tag: `finished`, `failed` or `stopped`; MLflow itself knows no third status. A turn that is under
way, or was cut off, has none."""
FROM_CACHE = "gwtrace.from_gateway_cache"
"""Tag: `true` where the gateway had the answer already and asked no model; on the root True."""
TURN_INDEX = "gwtrace.turn_index"
"""Metadata, and on the root: the turn's position in its conversation, from 0."""

# --- only on traces that were stored before they ended -------------------------------------------
PROCESS = "gwtrace.process"
"""Tag: the process that is at the turn, see `format.processes`."""
ALIVE = "gwtrace.alive"
"""Tag: when that process last gave a sign of life, milliseconds since the Unix epoch."""
QUESTION = "gwtrace.question"
"""Tag: the beginning of the question, which MLflow shows of traces only that have ended."""
OF_A_BEGINNING = frozenset({PROCESS, QUESTION, ALIVE})
"""They stay in the store with the end, and say nothing any more."""

# --- tags of the traces of a comparison ----------------------------------------------------------
COMPARISON = "gwtrace.comparison"
"""The comparison's id, 32 hexadecimal digits."""
COMPARISON_LANE = "gwtrace.comparison.lane"
"""The lane's name, a letter; it stays when the lane is moved."""
COMPARISON_ROUND = "gwtrace.comparison.round"
"""The id of the question that went to all lanes, 8 hexadecimal digits."""
COMPARISON_REPETITION = "gwtrace.comparison.repetition"
"""`1` to `k`, only where a prompt is run more than once."""
COMPARISON_ROW = "gwtrace.comparison.row"
"""The number of a batch file's row, counted from 1, only in a batch."""
COMPARISON_BLIND = "gwtrace.comparison.blind"
"""`true` where who answered what was hidden until a vote."""

# --- tags of the traces of judges' own calls -----------------------------------------------------
JUDGE = "gwtrace.judge"
"""The judge's name."""
EVALUATION = "gwtrace.evaluation"
"""The evaluation's id; also metadata of an assessment."""
JUDGED = "gwtrace.judged"
"""The id of the trace that was judged."""

# --- metadata of an assessment -------------------------------------------------------------------
REPLACES = "gwtrace.replaces"
"""The id of the assessment that it stands in place of."""
SCALE = "gwtrace.scale"
"""`1-5` for stars: to MLflow they are a number like any other."""
PASSED = "gwtrace.passed"
"""`true` or `false`, where the value alone does not say."""

# --- tags of the run of a batch ------------------------------------------------------------------
BATCH = "gwtrace.batch"
"""The id of the comparison that the batch is."""
BATCH_ALIVE_MS = "gwtrace.batch.alive_ms"
"""When the process that is at it last said so."""
BATCH_OWNER = "gwtrace.batch.owner"
"""In whose hands the batch is, an id of no meaning."""

# --- tags of the run of an evaluation ------------------------------------------------------------
EVALUATION_SETUP = "gwtrace.evaluation.setup"
"""With `.0`, `.1`, …: pieces of the set-up, as one tag does not hold it all."""
EVALUATION_RESULTS = "gwtrace.evaluation.results"
"""What the scores came to."""
EVALUATION_ALIVE_MS = "gwtrace.evaluation.alive_ms"
"""When the process that is at it last said so."""
EVALUATION_OWNER = "gwtrace.evaluation.owner"
"""In whose hands the evaluation is since it was gone on with, an id of no meaning."""
NOT_APPLICABLE = "gwtrace.evaluation.not_applicable"
"""By scorer, why it did not apply to some traces."""

# --- elsewhere -----------------------------------------------------------------------------------
SETUP_PREFIX = "gwtrace.setup."
"""Tags of an experiment: a saved set-up of lanes each."""
PROMPT_FILE_FORMAT = "gwtrace.prompt"
"""In a file of prompts: that it is one of ours."""

# --- MLflow's ------------------------------------------------------------------------------------
SESSION = "mlflow.trace.session"
USER = "mlflow.trace.user"
SIZE_STATS = "mlflow.trace.sizeStats"
TRACE_NAME = "mlflow.traceName"
TRACE_INPUTS = "mlflow.traceInputs"
TRACE_OUTPUTS = "mlflow.traceOutputs"
SPAN_INPUTS = "mlflow.spanInputs"
SPAN_OUTPUTS = "mlflow.spanOutputs"
SPAN_TYPE = "mlflow.spanType"
LLM_MODEL = "mlflow.llm.model"
LLM_PROVIDER = "mlflow.llm.provider"
LLM_COST = "mlflow.llm.cost"
CHAT_USAGE = "mlflow.chat.tokenUsage"
CHAT_TOOLS = "mlflow.chat.tools"
MESSAGE_FORMAT = "mlflow.message.format"
LINKED_PROMPTS = "mlflow.linkedPrompts"
CHUNK_EVENT = "mlflow.chunk.item."
"""Begins the name of the event that autolog makes of each piece of a stream."""
RUN_NAME = "mlflow.runName"
RUN_TYPE = "mlflow.runType"
EVALUATE_RUN = "genai_evaluate"
"""The type of an evaluation's run."""
RUN_USER = "mlflow.user"
RUN_SOURCE = "mlflow.source.name"
SOURCE_RUN_ID = "mlflow.assessment.sourceRunId"
JUDGE_COST = "mlflow.assessment.judgeCost"
SCORER_TRACE_ID = "mlflow.assessment.scorerTraceId"
SOURCE_SCORER = "mlflow.trace.sourceScorer"
"""Tag of the trace of a scorer's own call, where MLflow's `evaluate` traces them."""
EXPECTED_RESPONSE = "expected_response"
"""The name of the answer that is expected; MLflow's scorers look for it."""

# --- OpenTelemetry's -----------------------------------------------------------------------------
GENAI_TOOL_NAME = "gen_ai.tool.name"
GENAI_TOOL_CALL_ID = "gen_ai.tool.call.id"
GENAI_REQUEST_MODEL = "gen_ai.request.model"
GENAI_RESPONSE_MODEL = "gen_ai.response.model"
GENAI_SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
