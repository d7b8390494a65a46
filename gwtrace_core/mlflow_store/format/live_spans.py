"""MLflow's live spans: opened, made current, failed, and seen in the moment before they end.

All use of MLflow's in-memory trace manager and of the OpenTelemetry span below is in this module
and in `recording.masking`: MLflow has no public way to what they do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, cast

import mlflow
from mlflow.entities.model_registry import PromptVersion
from mlflow.entities.span import LiveSpan, NoOpSpan, Span
from mlflow.environment_variables import MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS
from mlflow.tracing import provider
from mlflow.tracing.constant import SpanAttributeKey
from mlflow.tracing.export.async_export_queue import AsyncTraceExportQueue
from mlflow.tracing.trace_manager import InMemoryTraceManager
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, Status, StatusCode

from gwtrace_core.mlflow_store.format.span_json import ROOT_TO_BE
from gwtrace_core.values import trace_names

# Their types are partly unknown, and partly wrong: attributes take any JSON value.
_start_span: Any = mlflow.start_span_no_context
_provider: Any = provider
_tracing: Any = mlflow.tracing  # pyright: ignore[reportPrivateImportUsage]  # MLflow's documented name


class SpanWatcher(Protocol):
    """Sees each span of one trace when it ends, while it can still be changed."""

    def before_end(self, span: LiveSpan) -> None:
        """Called in the thread and task that ends the span."""
        ...


_watchers: dict[str, SpanWatcher] = {}


def open_root(
    name: str,
    *,
    kind: str,
    inputs: Any,
    attributes: Mapping[str, Any],
    tags: Mapping[str, str],
    metadata: Mapping[str, str],
    experiment_id: str,
) -> LiveSpan | None:
    """A root span that is not current; None when MLflow refused, which it has logged."""
    span = _start_span(
        name,
        span_type=kind,
        inputs=inputs,
        attributes=dict(attributes),
        tags=dict(tags),
        metadata=dict(metadata),
        experiment_id=experiment_id,
    )
    return None if isinstance(span, NoOpSpan) else cast(LiveSpan, span)


def open_child(
    name: str, *, kind: str, parent: LiveSpan, inputs: Any, attributes: Mapping[str, Any]
) -> LiveSpan:
    """A span below `parent` that is not current."""
    return cast(
        LiveSpan,
        _start_span(
            name,
            span_type=kind,
            parent_span=parent,
            inputs=inputs,
            attributes=dict(attributes),
        ),
    )


@contextmanager
def make_current(span: LiveSpan) -> Generator[None]:
    """Make `span` current in this task. An exception passing through is not recorded on it."""
    token = _provider.set_span_in_context(span)
    try:
        yield
    finally:
        _provider.detach_span_from_context(token)


def fail(span: LiveSpan, message: str) -> None:
    """Set the status to ERROR, even where somebody has set it to OK.

    OpenTelemetry refuses that, and autolog says OK of streams that were cut or stopped.
    """
    raw: Any = span._span  # pyright: ignore[reportPrivateUsage]  # see above
    raw._status = Status(StatusCode.ERROR, message)


def drop_attribute(span: LiveSpan, key: str) -> None:
    """Take an attribute away, which neither MLflow nor OpenTelemetry offers."""
    raw: Any = span._span  # pyright: ignore[reportPrivateUsage]  # see above
    attributes: Any = raw._attributes
    if key in attributes:
        del attributes[key]


def has_failed(span: LiveSpan) -> bool:
    """Whether the status is ERROR by now."""
    return str(span.status.status_code.value) == "ERROR"


def install_hooks() -> None:
    """To be called again whenever MLflow's tracing has been reset."""
    _tracing.configure(span_processors=[_before_end])


def watch(trace_id: str, watcher: SpanWatcher) -> None:
    """Show the spans of this trace to `watcher`, until `unwatch`."""
    _watchers[trace_id] = watcher


def unwatch(trace_id: str) -> None:
    """Forget the trace."""
    _watchers.pop(trace_id, None)


def _before_end(span: LiveSpan) -> None:
    watcher = _watchers.get(span.trace_id)
    if watcher is not None:
        watcher.before_end(span)


def list_open_spans(trace_id: str) -> list[LiveSpan]:
    """Spans below the root that have not ended, in the order in which they began.

    MLflow withholds a whole trace while one of its spans is open, and openai's autolog never ends
    the span of a stream that is not read to its end.
    """
    with InMemoryTraceManager.get_instance().get_trace(trace_id) as trace:
        spans = [] if trace is None else list(trace.span_dict.values())
    return [span for span in spans if span.end_time_ns is None and span.parent_id is not None]


def set_previews(trace_id: str, *, request: str | None = None, response: str | None = None) -> None:
    """What lists show of the trace; MLflow would cut it out of the root's JSON."""
    with InMemoryTraceManager.get_instance().get_trace(trace_id) as trace:
        if trace is None:
            return
        if request is not None:
            trace.info.request_preview = request
        if response is not None:
            trace.info.response_preview = response


def set_request_id(trace_id: str, request_id: str) -> None:
    """Our own id of the request; the store has it from the moment that the trace is complete."""
    with InMemoryTraceManager.get_instance().get_trace(trace_id) as trace:
        if trace is not None:
            trace.info.client_request_id = request_id


def make_unfinished(
    root: LiveSpan, *, mask: Callable[[str], str], more_tags: Mapping[str, str]
) -> Span | None:
    """The root as it stands, fit to be stored while the trace has no end; None when it has one.

    One write of this span makes the trace. Its tags travel as what OpenTelemetry calls a resource,
    session and user as attributes: MLflow makes of them what it has of a whole trace. To store the
    trace's own record now would tell MLflow that the trace is complete, and it would then count the
    cost of the spans that come first only.

    All texts are masked here: the span's own last moment, when that is done, is yet to come.
    """
    with InMemoryTraceManager.get_instance().get_trace(root.trace_id) as trace:
        if trace is None:
            return None
        info = trace.info
        tags = {**info.tags, **more_tags, trace_names.QUESTION: info.request_preview or ""}
        metadata = dict(info.trace_metadata)
    raw: Any = root._span  # pyright: ignore[reportPrivateUsage]  # see above
    attributes = {
        key: mask(value) if isinstance(value, str) else value
        for key, value in dict(raw.attributes).items()
    }
    attributes[SpanAttributeKey.SESSION_ID] = json.dumps(metadata.get(trace_names.SESSION))
    attributes["user.id"] = json.dumps(metadata.get(trace_names.USER))
    parent = SpanContext(raw.context.trace_id, int(ROOT_TO_BE, 16), is_remote=False)
    return Span(
        ReadableSpan(
            name=raw.name,
            context=raw.context,
            parent=parent,
            resource=Resource(tags),
            attributes=attributes,
            start_time=raw.start_time,
            # A server takes a missing end for the year 1970, and reckons a duration from it.
            end_time=raw.start_time,
        )
    )


def find_writer_queue() -> AsyncTraceExportQueue | None:
    """Where MLflow's one writer takes its work from; None when it has several, or none."""
    exporter: Any = _provider._get_trace_exporter()
    queue = getattr(exporter, "_async_queue", None)
    if not isinstance(queue, AsyncTraceExportQueue):
        return None
    return queue if MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS.get() == 1 else None


def link_prompt(trace_id: str, name: str, version: int) -> None:
    """Say that a version of a prompt made this trace; MLflow stores the link with the trace.

    Its exporter does that in the background, and logs it when it fails. Only name and version
    are looked at, so the version need not be read for it.
    """
    manager = InMemoryTraceManager.get_instance()
    with manager.get_trace(trace_id) as trace:
        is_open = trace is not None
    if is_open:
        manager.register_prompt(trace_id, PromptVersion(name=name, version=version, template=""))


def set_tags(trace_id: str, tags: dict[str, str]) -> None:
    """Tag a trace that has not been exported yet."""
    with InMemoryTraceManager.get_instance().get_trace(trace_id) as trace:
        if trace is not None:
            trace.info.tags.update(tags)
