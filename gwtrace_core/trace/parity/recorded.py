"""A trace sorted by what it says about one turn, and by who says it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gwtrace_core.trace.messages import conversation_of
from gwtrace_core.trace.messages.parts import TextPart, ToolCallPart, as_list, as_mapping
from gwtrace_core.trace.model import Span, Trace, TraceSummary
from gwtrace_core.trace.recorded_json import read_json
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.trace.tree import TraceTree, TreeRow, build_tree
from gwtrace_core.values import trace_names
from gwtrace_core.values.events import Usage
from gwtrace_core.values.text import plural

Call = tuple[str, str]
"""A tool's name and its arguments as JSON with sorted keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a parity check looks at."""

    summary: TraceSummary
    spans: tuple[Span, ...]
    models: tuple[TreeRow, ...]
    """One for each request to a model, as far as the trace keeps them apart: model spans below
    other model spans are the same call once more."""
    tools: tuple[Span, ...]
    turn: Span | None
    """The turn's own span, which gwtrace opens; None in a trace that was made elsewhere."""
    usage: Usage | None
    """Of the whole trace, each call once."""
    cost_usd: float | None

    @classmethod
    def of(cls, trace: Trace) -> Recording:
        """The trace, whatever shape it has."""
        tree = build_tree(trace)
        spans = tuple(row.span for row in tree.rows)
        tops = [tree.rows[index] for index in tree.top_indices()]
        return cls(
            summary=trace.summary,
            spans=spans,
            models=tuple(_list_outermost(tree)),
            tools=tuple(span for span in spans if span.kind == "TOOL"),
            turn=next((span for span in spans if trace_names.LANE in span.attributes), None),
            usage=add_usages(row.usage for row in tops),
            cost_usd=add_costs(row.cost_usd for row in tops),
        )

    @property
    def below(self) -> tuple[Span, ...]:
        """All spans but the turn's own."""
        return tuple(span for span in self.spans if span is not self.turn)

    def filled(self, *corrections: str, has: Callable[[TreeRow], bool] | None = None) -> bool:
        """Whether gwtrace recorded a model span, or corrected one in one of these respects.

        `has`: only the spans that fit are asked.
        """
        rows = [row for row in self.models if has is None or has(row)]
        return any(is_ours(row.span) or list_corrections(row.span) & {*corrections} for row in rows)


def _list_outermost(tree: TraceTree) -> Iterable[TreeRow]:
    index = 0
    while index < len(tree.rows):
        row = tree.rows[index]
        is_model = row.span.kind in MODEL_KINDS
        if is_model:
            yield row
        index += row.descendant_count + 1 if is_model else 1


def is_ours(span: Span) -> bool:
    """Whether gwtrace recorded the span."""
    return span.recorded_by == "gwtrace"


def list_corrections(span: Span) -> set[str]:
    """The names of what gwtrace put right on a span of autolog's."""
    names = span.attributes.get(trace_names.CORRECTED)
    if isinstance(names, str):
        return {names}
    return {str(name) for name in as_list(names)}


def kinds_text(spans: Sequence[Span]) -> str | None:
    """`4 spans: 1 chain, 2 chat models, 1 tool`, None for no spans."""
    if not spans:
        return None
    kinds = Counter(_name_kind(span.kind) for span in spans)
    told = ", ".join(plural(count, kind) for kind, count in sorted(kinds.items()))
    return f"{plural(len(spans), 'span')}: {told}"


def _name_kind(kind: str) -> str:
    return kind if kind == "LLM" else kind.replace("_", " ").lower()


def add_usages(usages: Iterable[Usage | None]) -> Usage | None:
    """Those that are known, added up."""
    total: Usage | None = None
    for usage in usages:
        if usage is not None:
            total = usage if total is None else total + usage
    return total


def add_costs(costs: Iterable[float | None]) -> float | None:
    """Those that are known, added up."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None


def answer_text(spans: Iterable[Span]) -> str:
    """The answer's text in the outputs of these spans."""
    return "".join(
        part.text
        for span in spans
        for message in conversation_of(span).outputs
        if message.role == "assistant"
        for part in message.parts
        if isinstance(part, TextPart)
    )


def list_asked_calls(spans: Iterable[Span]) -> list[Call]:
    """The tool calls in the answers of these spans."""
    return [
        (part.name, arguments_text(part.arguments))
        for span in spans
        for message in conversation_of(span).outputs
        for part in message.parts
        if isinstance(part, ToolCallPart)
    ]


def arguments_text(arguments: Any) -> str:
    """Equal for equal arguments, whether as JSON text or as values."""
    if isinstance(arguments, str):
        try:
            arguments = read_json(arguments)
        except ValueError:
            return str(arguments)
    return json.dumps(arguments or {}, sort_keys=True, default=str, ensure_ascii=False)


def finish_reason(span: Span) -> str | None:
    """Why the answer in a span ended, in the provider's words where the span has them."""
    outputs = as_mapping(span.outputs)
    incomplete = as_mapping(outputs.get("incomplete_details")).get("reason")
    details = as_mapping(outputs.get("provider_details")).get("finish_reason")
    said = [message.finish_reason for message in conversation_of(span).outputs]
    candidates = (
        incomplete,
        details,
        *reversed(said),
        outputs.get("stop_reason"),
        outputs.get("finish_reason"),
        outputs.get("status") if outputs.get("object") == "response" else None,
    )
    return next((str(reason) for reason in candidates if reason), None)


def find_usage_in_outputs(span: Span) -> Usage | None:
    """The usage that an answer brought with it; MLflow's own field has fewer counts."""
    found = as_mapping(as_mapping(span.outputs).get("usage"))
    if not found:
        return None
    in_details = as_mapping(found.get("prompt_tokens_details") or found.get("input_tokens_details"))
    out_details = as_mapping(
        found.get("completion_tokens_details") or found.get("output_tokens_details")
    )
    return Usage(
        cache_read_tokens=_find_count(
            in_details.get("cached_tokens"),
            found.get("cache_read_input_tokens"),
            found.get("cache_read_tokens"),
        ),
        cache_write_tokens=_find_count(
            in_details.get("cache_write_tokens"),
            found.get("cache_creation_input_tokens"),
            found.get("cache_write_tokens"),
        ),
        reasoning_tokens=_find_count(
            out_details.get("reasoning_tokens"), found.get("output_reasoning_tokens")
        ),
    )


def _find_count(*values: Any) -> int | None:
    # Numbers that went through a server come back as floats.
    return next(
        (int(value) for value in values if isinstance(value, int | float) and value >= 0), None
    )
