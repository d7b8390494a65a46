"""Traces for tests: short to write, and any shape at all for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gwtrace_core.trace.model import Nanoseconds, Span, Trace, TraceSummary
from gwtrace_core.values.events import Usage

MS = 1_000_000


def span(
    span_id: str,
    parent_id: str | None = None,
    *,
    at: tuple[float, float | None] = (0, 1000),
    kind: str = "CHAIN",
    tokens: tuple[int, int] | None = None,
    first_token: float | None = None,
    **fields: Any,
) -> Span:
    """A span whose times are milliseconds since the epoch."""
    start_ms, end_ms = at
    return Span(
        span_id=span_id,
        parent_id=parent_id,
        name=fields.pop("name", span_id),
        kind=kind,
        start_ns=Nanoseconds(int(start_ms * MS)),
        end_ns=None if end_ms is None else Nanoseconds(int(end_ms * MS)),
        first_token_ns=None if first_token is None else Nanoseconds(int(first_token * MS)),
        usage=None if tokens is None else Usage(input_tokens=tokens[0], output_tokens=tokens[1]),
        **fields,
    )


def trace(*spans: Span, status: Any = "ok") -> Trace:
    summary = TraceSummary(
        trace_id="tr-1", experiment_id="0", status=status, start_ms=0, duration_ms=None
    )
    return Trace(summary=summary, spans=spans)


_ids = st.sampled_from([f"s{number}" for number in range(12)])
_moments = st.integers(min_value=0, max_value=40)


@st.composite
def _any_span(draw: st.DrawFn) -> Span:
    start = draw(_moments)
    return span(
        draw(_ids),
        draw(st.none() | _ids | st.just("nowhere")),
        at=(start, draw(st.none() | _moments)),
        kind=draw(st.sampled_from(["AGENT", "LLM", "CHAT_MODEL", "TOOL", "UNKNOWN"])),
        tokens=draw(st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9))),
        first_token=draw(st.none() | _moments),
        status=draw(st.sampled_from(["ok", "error", "unset"])),
        cost_usd=draw(st.none() | st.sampled_from([0.0, 0.5, 2.0])),
    )


any_trace = st.builds(
    lambda spans, status: trace(*spans, status=status),
    st.lists(_any_span(), max_size=14),
    st.sampled_from(["ok", "error", "in_progress"]),
)
"""Orphans, repeated ids, cycles, missing ends and times that run backwards included."""
