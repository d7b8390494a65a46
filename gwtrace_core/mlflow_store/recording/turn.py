"""One turn as a trace: the root span, the spans that autolog leaves out, and a proper end.

Nothing in here waits for MLflow: spans are handed to its background writer.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, assert_never

import mlflow
from mlflow.entities import SpanType
from mlflow.entities.span import LiveSpan
from mlflow.tracing.constant import SpanAttributeKey
from mlflow.tracing.distributed import get_tracing_context_headers_for_http_request

from gwtrace_core.mlflow_store.format import live_spans
from gwtrace_core.mlflow_store.format.turn_json import (
    build_chat_inputs,
    build_chat_outputs,
    build_reply_attributes,
    usage_to_json,
)
from gwtrace_core.mlflow_store.recording import autolog, corrections
from gwtrace_core.mlflow_store.recording.autolog_gaps import find_gap
from gwtrace_core.mlflow_store.recording.beginnings import Beginning
from gwtrace_core.mlflow_store.recording.masking import SpanMasker
from gwtrace_core.mlflow_store.recording.partial_answer import PartialAnswer
from gwtrace_core.values import as_json, trace_names
from gwtrace_core.values.connection import SdkPath, Target, without_key
from gwtrace_core.values.endings import Ending, answer_notes, ending_of, ending_sentence
from gwtrace_core.values.events import (
    Failed,
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    ReasoningDelta,
    Stopped,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallFinished,
    ToolCallStarted,
)
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, TurnContext

ROOT_NAME = "chat"

_MODEL_TYPES = (SpanType.CHAT_MODEL, SpanType.LLM)
_CORRECTED_PATHS = (SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES)
_PREVIEW_CHARS = 1_000
_VALUE_CHARS = 250
_STOPPED = "Stopped before it ended."
_ABANDONED = "Ended by gwtrace: the call was over, but its span had been left open."


class Turn:
    """Implements `running.recorder.TurnRecording`. Lives on the hub's loop."""

    def __init__(
        self,
        request: ChatRequest,
        target: Target,
        context: TurnContext,
        *,
        experiment_id: str,
        masker: SpanMasker,
        uri: str,
        doubt: Callable[[], Any],
    ) -> None:
        """`doubt` is called when the store did not take the turn's beginning."""
        self._request = request
        self._target = without_key(target)
        self._masker = masker
        self._gap = find_gap(request.lane)
        self._model_span: LiveSpan | None = None
        self._tool_spans: dict[str, LiveSpan] = {}
        self._partial = PartialAnswer()
        self._awaits_first_piece = False
        self._beginning: Beginning | None = None
        # In an empty context: whatever is current where the run was started is not our parent.
        self._root = contextvars.Context().run(self._open_root, context, experiment_id)
        if self._root is not None:
            live_spans.watch(self._root.trace_id, self)
            self._beginning = Beginning(
                self._root,
                experiment_id=experiment_id,
                uri=uri,
                mask=masker.mask_text,
                doubt=doubt,
            )

    @property
    def trace_id(self) -> str | None:
        """None when MLflow refused to open the trace."""
        return None if self._root is None else self._root.trace_id

    @contextmanager
    def active(self) -> Generator[None]:
        """Make the root current for this task and the tasks that it starts."""
        if self._root is None:
            with autolog.silence():
                yield
            return
        with live_spans.make_current(self._root), autolog.mute(self._gap.muted):
            yield

    def trace_headers(self) -> Mapping[str, str]:
        """`traceparent` of the innermost open span of this turn, ours or autolog's."""
        if self._root is None:
            return {}
        innermost = self._model_span or mlflow.get_current_active_span()
        if innermost is None or innermost.trace_id != self._root.trace_id:
            innermost = self._root
        with live_spans.make_current(innermost):
            return get_tracing_context_headers_for_http_request()

    def observe(self, event: StreamEvent) -> None:
        """Open, mark and close the spans that autolog leaves to us."""
        if self._root is None:
            return
        match event:
            case ModelRequestStarted():
                self._begin_model_request(event, self._root)
            case TextDelta() | ReasoningDelta() | ToolCallDelta():
                self._mark_first_piece(self._root.trace_id)
                self._partial.take(event)
            case ModelRequestFinished():
                self._end_model_request(event, self._root.trace_id)
            case ToolCallStarted():
                if self._gap.fills_tools:
                    self._begin_tool(event, self._root)
            case ToolCallFinished():
                self._end_tool(event)
            case Finished() | Failed() | Stopped():
                pass  # `finish` knows all of it, and comes at once
            case _:
                assert_never(event)

    def before_end(self, span: LiveSpan) -> None:
        """Correct and mask a span of this trace in its last moment."""
        if span.get_attribute(trace_names.RECORDED_BY) is None:
            if isinstance(sys.exc_info()[1], asyncio.CancelledError):
                # A library's own `with start_span` being unwound by Stop: autolog would say OK.
                span.set_attribute(trace_names.STOPPED, True)
                live_spans.fail(span, _STOPPED)
            elif self._request.lane.streamed and span.span_type in _MODEL_TYPES:
                self._correct(span)
        if span.span_type in _MODEL_TYPES and live_spans.has_failed(span):
            self._partial.fill(span, self._request.lane.sdk_path)
        corrections.make_storable(span)
        self._masker.mask_span(span)

    def finish(self, reply: Reply) -> None:
        """End every span that is still open, and the root with what only we know."""
        if self._root is None:
            return
        # MLflow writes no trace with an open span, so that one left open would lose the whole turn.
        # The innermost first: a parent must not end before its children.
        for span in reversed(live_spans.list_open_spans(self._root.trace_id)):
            self._cut_short(span, reply)
        self._model_span = None
        self._tool_spans.clear()
        if self._beginning is not None:
            self._beginning.end()
        self._end_root(self._root, reply)
        live_spans.unwatch(self._root.trace_id)

    def _open_root(self, context: TurnContext, experiment_id: str) -> LiveSpan | None:
        lane = self._request.lane
        tags = {
            **context.tags,
            trace_names.SDK_PATH: lane.sdk_path.value,
            trace_names.PROVIDER: self._target.provider.value,
            trace_names.ROUTE: lane.route,
            trace_names.MODEL: lane.model,
            trace_names.CONNECTION: lane.connection_id,
        }
        metadata = {
            trace_names.SESSION: context.session_id,
            trace_names.USER: context.user,
            trace_names.STREAMED: str(lane.streamed).lower(),
            trace_names.TURN_INDEX: str(context.turn_index),
        }
        root = live_spans.open_root(
            ROOT_NAME,
            kind=SpanType.CHAIN,
            inputs=build_chat_inputs(self._request),
            attributes={
                trace_names.RECORDED_BY: "gwtrace",
                trace_names.LANE: as_json.lane_to_json(lane),
                trace_names.STREAMED: lane.streamed,
                trace_names.TURN_INDEX: context.turn_index,
                **self._list_distinct_line(),
                SpanAttributeKey.MESSAGE_FORMAT: "openai",
            },
            tags=self._shorten_texts(tags),
            metadata=self._shorten_texts(metadata),
            experiment_id=experiment_id,
        )
        if root is not None:
            text = self._masker.mask_text(self._request.messages[-1].text)
            live_spans.set_previews(root.trace_id, request=text[:_PREVIEW_CHARS])
            live_spans.set_request_id(root.trace_id, f"{context.session_id}:{context.turn_index}")
        return root

    def _list_distinct_line(self) -> dict[str, str]:
        line = self._request.distinct_line
        return {trace_names.DISTINCT_LINE: line} if line else {}

    def _shorten_texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Tags or metadata as every store takes them: short, and not empty."""
        return {
            key: value[:_VALUE_CHARS]
            for key, value in self._masker.mask_texts(texts).items()
            if value
        }

    def _begin_model_request(self, event: ModelRequestStarted, root: LiveSpan) -> None:
        self._awaits_first_piece = self._request.lane.streamed
        self._partial = PartialAnswer()
        if self._gap.fills_model_requests is None:
            return
        fill = self._gap.fills_model_requests
        self._model_span = live_spans.open_child(
            fill.span_name,
            kind=SpanType.CHAT_MODEL,
            parent=root,
            inputs=dict(event.inputs),
            attributes={
                trace_names.RECORDED_BY: "gwtrace",
                trace_names.STREAMED: self._request.lane.streamed,
                SpanAttributeKey.MESSAGE_FORMAT: fill.message_format,
                SpanAttributeKey.MODEL: event.model,
                SpanAttributeKey.MODEL_PROVIDER: fill.provider,
            },
        )

    def _mark_first_piece(self, trace_id: str) -> None:
        if not self._awaits_first_piece:
            return
        self._awaits_first_piece = False
        # The newest: of several in a turn, the one that is being answered.
        for span in self._open_model_spans(trace_id)[-1:]:
            span.set_attribute(trace_names.FIRST_TOKEN_NS, time.time_ns())

    def _open_model_spans(self, trace_id: str) -> list[LiveSpan]:
        return [
            span for span in live_spans.list_open_spans(trace_id) if span.span_type in _MODEL_TYPES
        ]

    def _end_model_request(self, event: ModelRequestFinished, trace_id: str) -> None:
        self._awaits_first_piece = False
        span, self._model_span = self._model_span, None
        if span is None:
            if self._request.lane.sdk_path in _CORRECTED_PATHS:
                # A stream whose last event said that it is over need not be read any further, but
                # autolog waits for that; `before_end` takes the answer from the last event.
                for left_open in self._open_model_spans(trace_id):
                    corrections.fill_outputs(left_open, event.outputs)
                    left_open.end()
            return
        if event.usage is not None and (usage := usage_to_json(event.usage)):
            span.set_attribute(SpanAttributeKey.CHAT_USAGE, usage)
        if event.response_model is not None:
            # `mlflow.llm.model` stays the model that was asked for, as autolog has it.
            span.set_attribute(trace_names.GENAI_RESPONSE_MODEL, event.response_model)
        if event.finish_reason is None:
            live_spans.fail(span, corrections.CUT)
        elif ending_of(event.finish_reason) is Ending.ERROR:
            live_spans.fail(span, ending_sentence(event.finish_reason))
        span.end(outputs=dict(event.outputs) or None)

    def _begin_tool(self, event: ToolCallStarted, root: LiveSpan) -> None:
        self._tool_spans[event.call_id] = live_spans.open_child(
            event.name,
            kind=SpanType.TOOL,
            parent=root,
            inputs=dict(event.arguments),
            attributes={
                trace_names.RECORDED_BY: "gwtrace",
                trace_names.GENAI_TOOL_CALL_ID: event.call_id,
                trace_names.GENAI_TOOL_NAME: event.name,
            },
        )

    def _end_tool(self, event: ToolCallFinished) -> None:
        span = self._tool_spans.pop(event.call_id, None)
        if span is None:
            return
        if event.is_error:
            live_spans.fail(span, event.content)
        span.end(outputs=event.content)

    def _correct(self, span: LiveSpan) -> None:
        match self._request.lane.sdk_path:
            case SdkPath.OPENAI_CHAT:
                corrections.correct_chat_stream(span, self._partial.list_chat_tool_calls())
            case SdkPath.OPENAI_RESPONSES:
                corrections.correct_response_stream(span)
            case SdkPath.ANTHROPIC_MESSAGES | SdkPath.PYDANTIC_AI:
                pass

    def _cut_short(self, span: LiveSpan, reply: Reply) -> None:
        if reply.status == "stopped":
            span.set_attribute(trace_names.STOPPED, True)
            message = _STOPPED
        else:
            message = _ABANDONED if reply.failure is None else reply.failure.message
        live_spans.fail(span, message)
        span.end()

    def _end_root(self, root: LiveSpan, reply: Reply) -> None:
        root.set_outputs(build_chat_outputs(reply))
        root.set_attributes(build_reply_attributes(reply))
        if reply.status == "stopped":
            live_spans.fail(root, reply.stop_reason or _STOPPED)
        elif reply.failure is not None:
            live_spans.fail(root, reply.failure.message)
        elif reply.status != "finished":
            live_spans.fail(root, _ABANDONED)
        told = reply.text or (reply.failure and reply.failure.message)
        response = self._masker.mask_text(told or " ".join(answer_notes(reply)))
        live_spans.set_previews(root.trace_id, response=response[:_PREVIEW_CHARS])
        cached = {trace_names.FROM_CACHE: "true"} if reply.is_from_cache else {}
        live_spans.set_tags(root.trace_id, {trace_names.OUTCOME: reply.status, **cached})
        for prompt in (self._request.lane.prompt, self._request.messages[-1].prompt):
            if prompt is not None:
                live_spans.link_prompt(root.trace_id, prompt.name, prompt.version)
        root.end()
