"""A reply as it is read: text, reasoning and tool calls in their order, live or ended."""

from __future__ import annotations

import json
import time
from typing import assert_never

from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.format import duration_text
from gwtrace_core.running.reply import Block, ReasoningBlock, Reply, TextBlock, ToolBlock
from pages.ui.model_text import model_markdown, plain_label
from pages.ui.text_parts import text_parts

_MAX_ARGUMENT_CHARS = 60
_NO_BREAK = "\N{NO-BREAK SPACE}"
_WAITS_UNSAID_S = 0.15
"""Nobody reads that a reply is awaited in that time, and saying so would delay its first piece."""


class ReplyPainter:
    """Paints a reply into a container, again and again while it grows.

    Only what changed is sent: blocks, and of a long text its last part. An ended reply is painted
    by the same code, so that nothing moves when a stream ends or the page is drawn anew.
    """

    def __init__(self, container: DeltaGenerator) -> None:
        self._container = container
        self._slots: list[DeltaGenerator] = []
        self._texts: dict[int, _GrowingText] = {}
        self._painted: list[Block] = []
        self._waiting: DeltaGenerator | None = None
        self._begun_s = time.monotonic()

    @property
    def is_blank(self) -> bool:
        """Whether nothing of the reply has been painted."""
        return not self._painted

    def paint(self, reply: Reply) -> bool:
        """Bring the container up to the reply; True when something was sent."""
        if not reply.blocks:
            return self._paint_waiting(reply)
        sent = False
        for position, block in enumerate(reply.blocks):
            is_last = position == len(reply.blocks) - 1
            if position < len(self._painted) and self._painted[position] is block:
                continue
            if position == len(self._slots):
                self._slots.append(self._next_slot())
                self._painted.append(block)
            self._painted[position] = block
            if isinstance(block, TextBlock):
                if position not in self._texts:
                    self._texts[position] = _GrowingText(self._container, self._slots[position])
                self._texts[position].paint(block.text)
            else:
                _paint_step(self._slots[position], block, is_growing=reply.running and is_last)
            sent = True
        return sent

    def finish(self, reply: Reply) -> None:
        """Paint once more what is drawn differently when the reply has ended."""
        self.paint(reply)
        if self._waiting is not None:
            self._waiting.empty()
        for slot, block in zip(self._slots, reply.blocks, strict=True):
            if not isinstance(block, TextBlock):
                _paint_step(slot, block, is_growing=False)

    def _next_slot(self) -> DeltaGenerator:
        # The first block takes the place of what was said while nothing had come.
        slot, self._waiting = self._waiting, None
        return self._container.empty() if slot is None else slot

    def _paint_waiting(self, reply: Reply) -> bool:
        if not reply.running or self._waiting is not None:
            return False
        if time.monotonic() - self._begun_s < _WAITS_UNSAID_S:
            return False
        self._waiting = self._container.empty()
        self._waiting.markdown(":shimmer[Waiting for the first token]")
        return True


class _GrowingText:
    """A text in its parts, of which those that changed are sent."""

    def __init__(self, container: DeltaGenerator, first: DeltaGenerator) -> None:
        self._container = container
        self._slots = [first]
        self._drawn: tuple[str, ...] = ()

    def paint(self, text: str) -> None:
        """Only a reply's last block grows, so what it takes more stands behind all others."""
        parts = text_parts(text)
        for number, part in enumerate(parts):
            if number == len(self._slots):
                self._slots.append(self._container.empty())
            if number >= len(self._drawn) or self._drawn[number] != part:
                self._slots[number].markdown(model_markdown(part))
        self._drawn = parts


def _paint_step(
    slot: DeltaGenerator, block: ReasoningBlock | ToolBlock, *, is_growing: bool
) -> None:
    match block:
        case ReasoningBlock(text=text):
            label = ":shimmer[Reasoning]" if is_growing else "Reasoning"
            status = slot.container().status(
                label, type="compact", state="running" if is_growing else "complete"
            )
            status.markdown(model_markdown(text))
        case ToolBlock():
            _paint_tool(slot, block)
        case _:
            assert_never(block)


def _paint_tool(slot: DeltaGenerator, tool: ToolBlock) -> None:
    state = "running" if tool.content is None else "error" if tool.is_error else "complete"
    took = ""
    if tool.started_ms is not None and tool.finished_ms is not None:
        # In a narrow lane the line is broken before the duration, not within it.
        took = f" · {duration_text(tool.finished_ms - tool.started_ms).replace(' ', _NO_BREAK)}"
    called_with = plain_label(_short_arguments(tool), limit=_MAX_ARGUMENT_CHARS)
    name = plain_label(tool.name or "tool")
    status = slot.container().status(f"**{name}** {called_with}{took}", type="step", state=state)
    status.caption("Arguments")
    status.code(_pretty_arguments(tool), language="json", wrap_lines=True)
    if tool.content is not None:
        status.caption("Answer" if not tool.is_error else "The tool refused")
        status.code(tool.content, language=None, wrap_lines=True)


def _short_arguments(tool: ToolBlock) -> str:
    if tool.arguments is None:
        return tool.arguments_text
    return ", ".join(f"{name} = {value}" for name, value in tool.arguments.items())


def _pretty_arguments(tool: ToolBlock) -> str:
    if tool.arguments is None:
        return tool.arguments_text or "{}"
    return json.dumps(dict(tool.arguments), indent=2, ensure_ascii=False, default=str)
