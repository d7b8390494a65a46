"""The trace trees of a report: what the component draws, and what a click on a span shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.payloads import (
    BYTES_PER_SPAN,
    SMALLEST_BUDGET_BYTES,
    PayloadRules,
    TextTable,
    message_of,
    payload_of,
)
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.values import ReportParts, ReportRound, ReportTurn
from gwtrace_core.trace.columns import Axis, columns
from gwtrace_core.trace.model import Nanoseconds, Span, Trace
from gwtrace_core.trace.tree import TraceTree, build_tree
from gwtrace_core.values.text import duration_text, plural


@dataclass(slots=True, kw_only=True)
class TraceSheets:
    """Collects the trees of all rounds for the page's script."""

    redactor: Redactor
    parts: ReportParts
    trees: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    texts: TextTable = field(default_factory=TextTable)
    span_count: int = 0
    trace_ids: list[str] = field(default_factory=list[str])

    def data(self) -> tuple[dict[str, Any], int]:
        """JSON values for the page's script, and how many values were cut."""
        budget_bytes = max(SMALLEST_BUDGET_BYTES, BYTES_PER_SPAN * self.span_count)
        texts, cut_count = self.texts.cut_to(budget_bytes)
        return {"trees": self.trees, "texts": texts}, cut_count

    def draw(self, round_: ReportRound, *, group: int) -> Html:
        """The places for the trees of one round, below each other and all on one time axis."""
        trees = {
            turn.name: build_tree(self._masked(turn.trace))
            for turn in round_.turns
            if turn.trace is not None
        }
        longest_ns = max((tree.end_ns - tree.start_ns for tree in trees.values()), default=0)
        drawn = [self._lane(turn, trees.get(turn.name), longest_ns, group) for turn in round_.turns]
        return fragment(*drawn)

    def _lane(self, turn: ReportTurn, tree: TraceTree | None, longest_ns: int, group: int) -> Html:
        head = [
            element("span", turn.name, class_="letter"),
            element("strong", self._text(turn.request.lane.model)),
            element("span", turn.request.lane.sdk_path.label, class_="path"),
        ]
        if tree is None or turn.trace is None:
            note = self._text(turn.trace_note or "No trace was recorded.")
            return element(
                "section",
                element("h4", *head),
                element("p", note, class_="note"),
                class_="trace",
            )
        axis = Axis(start_ns=tree.start_ns, end_ns=Nanoseconds(tree.start_ns + longest_ns))
        return self._tree(
            tree, turn.trace, axis, head=head, label=f"Trace of lane {turn.name}", group=group
        )

    def draw_alone(self, trace: Trace, *, label: str = "Trace") -> Html:
        """The place for the tree of one trace that shares its time axis with no other."""
        tree = build_tree(self._masked(trace))
        axis = Axis(start_ns=tree.start_ns, end_ns=tree.end_ns)
        return self._tree(tree, trace, axis, head=[], label=label, group=len(self.trees))

    def _tree(
        self, tree: TraceTree, trace: Trace, axis: Axis, *, head: list[Html], label: str, group: int
    ) -> Html:
        took = duration_text((tree.end_ns - tree.start_ns) / 1e6)
        self.span_count += len(tree.rows)
        self.trace_ids.append(trace.trace_id)
        facts = f"{plural(len(tree.rows), 'span')} · {took}"
        number = len(self.trees)
        self.trees.append(
            {
                **columns(tree, axis=axis),
                "trace": f"{number}",
                "label": label,
                "group": group,
                "provider": [self._text(row.span.provider or "") for row in tree.rows],
                "status": [_status(tree, row.span) for row in tree.rows],
                "details": self._details(tree, trace),
            }
        )
        return element(
            "section",
            element("h4", *head, element("span", facts, class_="trace-facts")),
            element("div", class_="tree", data_tree=str(number)),
            element("div", class_="span-details", data_details=str(number)),
            element("p", self._text(trace.trace_id), class_="trace-id"),
            class_="trace",
        )

    def _details(self, tree: TraceTree, trace: Trace) -> list[list[int]]:
        rules = PayloadRules(
            mask=lambda text: self.redactor.text(Section.PAYLOADS, text),
            omit=lambda what: self.redactor.omit(Section.PAYLOADS, what),
            with_system_prompts=self.parts.system_prompts,
            with_user=self.parts.user_name,
        )
        payload = payload_of if self.parts.trace_payloads else message_of
        return [
            [self.texts.number(text) for text in payload(self._unpieced(row.span), rules).texts]
            for row in tree.rows
        ]

    def _unpieced(self, span: Span) -> Span:
        """The span without keys that lie in its values in pieces."""
        if not self.parts.trace_payloads:
            return span
        inputs, outputs = self.redactor.values(Section.PAYLOADS, [span.inputs, span.outputs])
        [attributes] = self.redactor.values(Section.PAYLOADS, [dict(span.attributes)])
        told = self.redactor.values(
            Section.PAYLOADS, [dict(each.attributes) for each in span.events]
        )
        events = tuple(
            replace(event, attributes=values)
            for event, values in zip(span.events, told, strict=True)
        )
        return replace(span, inputs=inputs, outputs=outputs, attributes=attributes, events=events)

    def _masked(self, trace: Trace) -> Trace:
        """The trace with everything masked that its tree shows."""
        return replace(trace, spans=tuple(self._masked_span(span) for span in trace.spans))

    def _masked_span(self, span: Span) -> Span:
        return replace(
            span,
            span_id=self._text(span.span_id),
            parent_id=None if span.parent_id is None else self._text(span.parent_id),
            name=self._text(span.name),
            kind=self._text(span.kind),
            model=None if span.model is None else self._text(span.model),
            status_message=(
                None if span.status_message is None else self._text(span.status_message)
            ),
        )

    def _text(self, text: str) -> str:
        return self.redactor.text(Section.TREES, text)


def _status(tree: TraceTree, span: Span) -> str:
    if span.is_stopped:
        return "stopped"
    if span.status == "error":
        return "failed"
    if span.end_ns is None:
        return "running" if tree.is_running else "never closed"
    return "ok" if span.status == "ok" else "no status"
