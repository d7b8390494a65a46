"""What a lane is set to, as a report tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.values.connection import ConnectionKind, Target
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane

_KIND_LABELS = {
    ConnectionKind.DEMO: "simulated",
    ConnectionKind.GATEWAY: "Pydantic AI Gateway",
    ConnectionKind.CUSTOM: "custom gateway",
    ConnectionKind.DIRECT: "direct provider",
}


def setup_facts(values: Iterable[tuple[str, str]], redactor: Redactor) -> Html:
    """Names and values below each other, masked."""
    rows = [
        fragment(element("dt", name), element("dd", redactor.text(Section.SETUP, value)))
        for name, value in values
    ]
    return element("dl", *rows, class_="facts")


def setup_values(
    lane: Lane, target: Target, reply: Reply | None = None
) -> Iterator[tuple[str, str]]:
    """What was asked for and where; with a reply also what it tells of itself."""
    label, kind = target.connection.label, _KIND_LABELS[target.connection.kind]
    yield "Connection", label if label == kind else f"{label} ({kind})"
    yield "Base URL", target.base_url
    yield "Provider", PROVIDER_LABELS[lane.provider]
    yield "Route", lane.route or "none: no gateway in between"
    yield "SDK path", lane.sdk_path.label
    yield "Model", lane.model
    if reply is not None and reply.response_model and reply.response_model != lane.model:
        yield "Model that answered", reply.response_model
    yield "Streamed", "yes" if lane.streamed else "no"
    for name, value in (*_parameters(lane), *_reported(reply)):
        if value is not None:
            yield name, str(value)


def _parameters(lane: Lane) -> Iterator[tuple[str, object]]:
    taken = lane.parameters
    yield "Temperature", taken.temperature
    yield "Most output tokens", taken.max_output_tokens
    yield "Top-p", taken.top_p
    yield "Stop sequences", ", ".join(map(repr, taken.stop)) or None
    yield "Reasoning effort", taken.reasoning_effort
    yield "Tools", ", ".join(lane.tools) or None


def _reported(reply: Reply | None) -> Iterator[tuple[str, object]]:
    if reply is not None:
        yield "Finish reason", reply.finish_reason
        yield "Response id", reply.response_id
        yield "Request id", reply.request_id
