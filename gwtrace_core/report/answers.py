"""What came of a call, as a report draws it. All texts are masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from markupsafe import Markup

from gwtrace_core.figures.reply_figures import describe_cache
from gwtrace_core.markdown.html import render_markdown
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.values.endings import answer_notes
from gwtrace_core.values.errors import Failure, FailureSource
from gwtrace_core.values.reply import Block, ReasoningBlock, Reply, TextBlock, ToolBlock
from gwtrace_core.values.text import duration_text

_WHOSE_FAULT = {
    FailureSource.GATEWAY: "Gateway",
    FailureSource.PROVIDER: "Provider",
    FailureSource.NETWORK: "Network",
    FailureSource.TRACKING: "Tracking server",
    FailureSource.SETTINGS: "Settings",
    FailureSource.APP: "gwtrace",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Text of the model."""

    kind: Literal["text", "reasoning"]
    html: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStep:
    """A tool that was called."""

    kind: Literal["tool"] = "tool"
    name: str
    took: str
    """Empty where it is not known."""
    arguments: str
    content: str
    is_refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureBox:
    """Why there is no answer, or only the beginning of one."""

    title: str
    status: str
    message: str
    hint: str
    notes: tuple[str, ...]
    body: str
    """The answer as it came; empty where none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All that came of a call, in its order, and how it ended."""

    cache_note: str
    steps: tuple[Prose | ToolStep, ...]
    failure: FailureBox | None
    notes: tuple[str, ...]


def describe_answer(reply: Reply, redactor: Redactor) -> Answer:
    """Reasoning, tools and text of the reply, and how it ended."""
    return Answer(
        cache_note=describe_cache(reply),
        steps=tuple(_describe_step(block, redactor) for block in reply.blocks),
        failure=None if reply.failure is None else _describe_failure(reply.failure, redactor),
        notes=tuple(_list_notes(reply, redactor)),
    )


def _list_notes(reply: Reply, redactor: Redactor) -> Iterator[str]:
    if reply.failure is None and reply.status == "stopped":
        yield redactor.mask(Section.ERRORS, reply.stop_reason or "It was stopped.")
    elif reply.failure is None and reply.status == "running":
        yield "The answer was still on its way."
    for note in answer_notes(reply):
        yield redactor.mask(Section.ANSWERS, note)


def _describe_step(block: Block, redactor: Redactor) -> Prose | ToolStep:
    match block:
        case TextBlock(text=text):
            html = render_markdown(redactor.mask(Section.ANSWERS, text))
            return Prose(kind="text", html=html)
        case ReasoningBlock(text=text):
            html = render_markdown(redactor.mask(Section.ANSWERS, text))
            return Prose(kind="reasoning", html=html)
        case ToolBlock():
            return _describe_tool(block, redactor)
        case _:
            assert_never(block)


def _describe_tool(tool: ToolBlock, redactor: Redactor) -> ToolStep:
    took = ""
    if tool.started_ms is not None and tool.finished_ms is not None:
        took = duration_text(tool.finished_ms - tool.started_ms)
    arguments = tool.arguments_text or "{}"
    if tool.arguments is not None:
        arguments = json.dumps(dict(tool.arguments), indent=2, ensure_ascii=False, default=str)
    content = "No answer came." if tool.content is None else tool.content
    return ToolStep(
        name=redactor.mask(Section.TOOLS, tool.name or "tool"),
        took=took,
        arguments=redactor.mask(Section.TOOLS, arguments),
        content=redactor.mask(Section.TOOLS, content),
        is_refused=tool.is_error,
    )


def _describe_failure(failure: Failure, redactor: Redactor) -> FailureBox:
    def mask(text: str) -> str:
        return redactor.mask(Section.ERRORS, text)

    notes: list[str] = []
    if failure.retry_after_s is not None:
        notes.append(f"It asked to wait {failure.retry_after_s:.0f} s.")
    if failure.routes:
        notes.append(mask(f"Routes that exist: {', '.join(failure.routes)}."))
    return FailureBox(
        title=f"{_WHOSE_FAULT[failure.source]}: {failure.cause}",
        status="" if failure.status is None else f" · HTTP {failure.status}",
        message=mask(failure.message),
        hint=mask(failure.hint),
        notes=tuple(notes),
        body=mask(failure.body or ""),
    )
