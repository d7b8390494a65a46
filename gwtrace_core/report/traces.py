"""The trace trees of a report: what the component draws, and what a click on a span shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gwtrace_core.report.payloads import (
    BYTES_PER_SPAN,
    SMALLEST_BUDGET_BYTES,
    PayloadRules,
    TextTable,
    read_message,
    read_payload,
)
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.values import ReportParts, ReportRound, ReportTurn
from gwtrace_core.trace.columns import Axis, columns
from gwtrace_core.trace.model import Nanoseconds, Span, Trace
from gwtrace_core.trace.tree import TraceTree, build_tree
from gwtrace_core.values.text import duration_text, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedLane:
    """Whose trace it is."""

    name: str
    model: str
    sdk_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePlace:
    """Where the page's script draws a tree, or why there is none. All texts are masked."""

    lane: TracedLane | None = None
    """None where the place itself says whose trace it is."""
    number: int | None = None
    """Of the tree in the script's data; None without a trace."""
    facts: str = ""
    trace_id: str = ""
    note: str = ""
    """Why there is no trace."""


@dataclass(slots=True, kw_only=True)
class TraceSheets:
    """Collects the trees of all rounds for the page's script."""

    redactor: Redactor
    parts: ReportParts
    trees: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    texts: TextTable = field(default_factory=TextTable)
    span_count: int = 0
    trace_ids: list[str] = field(default_factory=list[str])

    def collect(self) -> tuple[dict[str, Any], int]:
        """JSON values for the page's script, and how many values were cut."""
        budget_bytes = max(SMALLEST_BUDGET_BYTES, BYTES_PER_SPAN * self.span_count)
        texts, cut_count = self.texts.cut_to(budget_bytes)
        return {"trees": self.trees, "texts": texts}, cut_count

    def place_round(self, round_: ReportRound, *, group: int) -> tuple[TracePlace, ...]:
        """The places for the trees of one round, below each other and all on one time axis."""
        trees = {
            turn.name: build_tree(self._mask_trace(turn.trace))
            for turn in round_.turns
            if turn.trace is not None
        }
        longest_ns = max((tree.end_ns - tree.start_ns for tree in trees.values()), default=0)
        return tuple(
            self._place_lane(turn, trees.get(turn.name), longest_ns, group) for turn in round_.turns
        )

    def place_trace(self, trace: Trace, *, label: str = "Trace") -> TracePlace:
        """The place for the tree of one trace that shares its time axis with no other."""
        tree = build_tree(self._mask_trace(trace))
        axis = Axis(start_ns=tree.start_ns, end_ns=tree.end_ns)
        return self._place_tree(tree, trace, axis, label=label, group=len(self.trees))

    def _place_lane(
        self, turn: ReportTurn, tree: TraceTree | None, longest_ns: int, group: int
    ) -> TracePlace:
        model, path = self._mask(turn.request.lane.model), turn.request.lane.sdk_path.label
        lane = TracedLane(name=turn.name, model=model, sdk_path=path)
        if tree is None or turn.trace is None:
            return TracePlace(
                lane=lane, note=self._mask(turn.trace_note or "No trace was recorded.")
            )
        axis = Axis(start_ns=tree.start_ns, end_ns=Nanoseconds(tree.start_ns + longest_ns))
        label = f"Trace of lane {turn.name}"
        return self._place_tree(tree, turn.trace, axis, label=label, group=group, lane=lane)

    def _place_tree(
        self,
        tree: TraceTree,
        trace: Trace,
        axis: Axis,
        *,
        label: str,
        group: int,
        lane: TracedLane | None = None,
    ) -> TracePlace:
        number = len(self.trees)
        self.span_count += len(tree.rows)
        self.trace_ids.append(trace.trace_id)
        self.trees.append(
            {
                **columns(tree, axis=axis),
                "trace": f"{number}",
                "label": label,
                "group": group,
                "provider": [self._mask(row.span.provider or "") for row in tree.rows],
                "status": [_describe_status(tree, row.span) for row in tree.rows],
                "details": self._number_details(tree),
            }
        )
        took = duration_text((tree.end_ns - tree.start_ns) / 1e6)
        return TracePlace(
            lane=lane,
            number=number,
            facts=f"{plural(len(tree.rows), 'span')} · {took}",
            trace_id=self._mask(trace.trace_id),
        )

    def _number_details(self, tree: TraceTree) -> list[list[int]]:
        """For each row the numbers of its texts, as the page's script reads them."""
        rules = PayloadRules(
            mask=lambda text: self.redactor.mask(Section.PAYLOADS, text),
            omit=lambda what: self.redactor.omit(Section.PAYLOADS, what),
            with_system_prompts=self.parts.system_prompts,
            with_user=self.parts.user_name,
        )
        read = read_payload if self.parts.trace_payloads else read_message
        payloads = (read(self._drop_split_keys(row.span), rules) for row in tree.rows)
        return [[self.texts.number(text) for text in payload.texts] for payload in payloads]

    def _drop_split_keys(self, span: Span) -> Span:
        """The span without keys that lie in its values in pieces."""
        if not self.parts.trace_payloads:
            return span
        inputs, outputs = self.redactor.mask_values(Section.PAYLOADS, [span.inputs, span.outputs])
        [attributes] = self.redactor.mask_values(Section.PAYLOADS, [dict(span.attributes)])
        told = self.redactor.mask_values(
            Section.PAYLOADS, [dict(each.attributes) for each in span.events]
        )
        events = tuple(
            replace(event, attributes=values)
            for event, values in zip(span.events, told, strict=True)
        )
        return replace(span, inputs=inputs, outputs=outputs, attributes=attributes, events=events)

    def _mask_trace(self, trace: Trace) -> Trace:
        """The trace with everything masked that its tree shows."""
        return replace(trace, spans=tuple(self._mask_span(span) for span in trace.spans))

    def _mask_span(self, span: Span) -> Span:
        return replace(
            span,
            span_id=self._mask(span.span_id),
            parent_id=None if span.parent_id is None else self._mask(span.parent_id),
            name=self._mask(span.name),
            kind=self._mask(span.kind),
            model=None if span.model is None else self._mask(span.model),
            status_message=(
                None if span.status_message is None else self._mask(span.status_message)
            ),
        )

    def _mask(self, text: str) -> str:
        return self.redactor.mask(Section.TREES, text)


def _describe_status(tree: TraceTree, span: Span) -> str:
    if span.is_stopped:
        return "stopped"
    if span.status == "error":
        return "failed"
    if span.end_ns is None:
        return "running" if tree.is_running else "never closed"
    return "ok" if span.status == "ok" else "no status"
