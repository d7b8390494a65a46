"""A report as a browser would read it, and reports of one turn."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from hypothesis import strategies as st

from gwtrace_core.code.script import CodeTracking
from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.report.values import Masked, ReportInput, ReportParts, ReportTurn
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.reply import ReasoningBlock, Reply, TextBlock, ToolBlock
from gwtrace_core.values.request import Message
from tests.core.code.calls import gateway_connection
from tests.core.report.reports import (
    FAILURE,
    MADE_AT,
    QUESTION,
    TREE,
    exported_of,
    reply_of,
    round_of,
    span,
    trace_of,
    turn,
)

TAGS = {
    "html", "head", "meta", "title", "link", "style", "body", "header", "h1", "h2", "h3", "h4",
    "p", "strong", "em", "nav", "a", "main", "section", "div", "article", "span", "details",
    "summary", "dl", "dt", "dd", "pre", "code", "noscript", "del", "ins", "table", "thead",
    "tbody", "tr", "th", "td", "ol", "li", "sup", "button", "footer", "template", "input", "i",
    "script", "img", "br", "hr", "blockquote", "ul", "h5", "h6", "s",
}  # fmt: skip
LINKED = ("http://", "https://", "mailto:")
"""Where a link in what was written may lead."""
BINDING = {"href", "src", "action", "style", "srcdoc", "formaction"}


class Parsed(HTMLParser):
    """What a browser would make of the file, as far as elements go."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.bodies: dict[str, list[str]] = {"script": [], "style": []}
        self.texts: list[str] = []
        self._raw = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag if tag in self.bodies else ""
        if self._raw:
            self.bodies[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._raw = ""

    def handle_data(self, data: str) -> None:
        if self._raw:
            self.bodies[self._raw][-1] += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.bodies["script"][0])

    @property
    def policy(self) -> str:
        return next(
            attrs["content"] or ""
            for tag, attrs in self.elements
            if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
        )


def one_turn(reply: Reply, trace: Trace | None = None, **changes: Any) -> ReportInput:
    """A report of one turn through the gateway."""
    made = turn("A", gateway_connection(), SdkPath.OPENAI_CHAT, reply, trace, **changes)
    return ReportInput(
        title="One turn", made_at=MADE_AT, tree=TREE, rounds=(round_of(QUESTION, made),)
    )


def with_turn(comparison: ReportInput, **changes: Any) -> ReportInput:
    """The report with its only turn changed."""
    round_ = comparison.rounds[0]
    changed: ReportTurn = replace(round_.turns[0], **changes)
    return replace(comparison, rounds=(replace(round_, turns=(changed,)),))


def texts_of(html: str) -> list[str]:
    return Parsed(html).data["texts"]


def masked_of(comparison: ReportInput) -> dict[str, tuple[Masked, ...]]:
    return {item.name: item.masked for item in exported_of(comparison) if item.masked}


NASTY = [
    "</script>", "<script>alert(1)</script>", "<!--", "-->", "<!-- <script>", "]]>", "\u2028",
    "\u2029", "</style>", "</template>", "</pre>", "</title>", '"', "'", "`", "**", "*", "# ", "- ",
    "| a | b |", "|-|-|", "\n", "```", "~~~", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "&#60;",
    "\ud800", "\x00", "\\", "\\u003c", "javascript:alert(1)", "[x](javascript:alert(1))",
    "![x](https://evil.example/p.png)", "\r\n", "\u202e", "{{7*7}}", "${x}",
]  # fmt: skip
untrusted = st.lists(st.sampled_from(NASTY) | st.text(max_size=8), max_size=12).map("".join)


def everywhere(text: str) -> ReportInput:
    """A report with `text` in every place that a stranger may write to."""
    reply = replace(
        reply_of(text),
        blocks=(
            ReasoningBlock(text=text),
            ToolBlock(call_id=text, name=text, arguments_text=text, content=text, is_error=True),
            TextBlock(text=text),
        ),
        status="failed",
        failure=replace(FAILURE, message=text, hint=text, body=text, routes=(text,)),
        response_model=text,
        response_id=text,
        finish_reason=text,
    )
    spans = [
        span("root", None, text, text, (0, 10), model=text, provider=text, status="error",
             status_message=text, inputs={text: [text]}, outputs=text, attributes={text: text}),
        span(text, "root", text, "LLM", (1, 9)),
    ]  # fmt: skip
    comparison = one_turn(
        reply, trace_of(text, *spans), model=text if text.strip() else "m", system_prompt=text
    )
    [made] = comparison.rounds[0].turns
    made = replace(
        made,
        request=replace(made.request, lane=replace(made.request.lane, route=text)),
        target=replace(made.target, base_url=text),
    )
    figure = Figure(label=text, value=text, unit=text, explanation=text, delta=text)
    round_ = round_of(Message(role="user", text=text), made)
    round_ = replace(round_, turns=(replace(round_.turns[0], figures=(figure,)),))
    return replace(
        comparison,
        title=text,
        rounds=(round_,),
        comparison_id=text,
        user=text,
        parts=ReportParts(user_name=True),
        versions=((text, text),),
        tracking=CodeTracking(tracking_uri=text, experiment_name=text),
    )
