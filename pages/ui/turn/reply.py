"""A reply as it is read: text, reasoning and tool calls in their order, live or ended."""

from __future__ import annotations

import json
import time
from typing import Literal, assert_never

from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.values.reply import Block, ReasoningBlock, Reply, TextBlock, ToolBlock
from gwtrace_core.values.text import duration_text
from pages.ui.draw.growing_text import split_text
from pages.ui.draw.model_text import model_markdown, plain_label

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
        self._places: list[_Place] = []
        self._waiting: DeltaGenerator | None = None
        self._begun_s = time.monotonic()

    @property
    def is_blank(self) -> bool:
        """Whether nothing of the reply has been painted."""
        return not self._places

    def paint(self, reply: Reply) -> bool:
        """Bring the container up to the reply; True when something was sent."""
        if not reply.blocks:
            return self._paint_waiting(reply)
        sent = False
        for position, block in enumerate(reply.blocks):
            is_open = reply.running and _is_open(block, is_last=block is reply.blocks[-1])
            if position == len(self._places):
                self._places.append(_Place(self._container, self._next_slot()))
            sent = self._places[position].paint(block, is_open=is_open) or sent
        return sent

    def finish(self, reply: Reply) -> None:
        """Paint once more what is drawn differently when the reply has ended."""
        self.paint(reply)
        if self._waiting is not None:
            self._waiting.empty()

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


class _Place:
    """Where one block of a reply is drawn."""

    def __init__(self, container: DeltaGenerator, slot: DeltaGenerator) -> None:
        self._container = container
        self._slot = slot
        self._text: _GrowingText | None = None
        self._painted: tuple[Block, bool] | None = None

    def paint(self, block: Block, *, is_open: bool) -> bool:
        """Bring it up to the block; True when something was sent."""
        if self._painted == (block, is_open):
            return False
        was_open = self._painted is not None and self._painted[1]
        self._painted = block, is_open
        match block:
            case TextBlock(text=text):
                if self._text is None:
                    self._text = _GrowingText(self._container, self._slot)
                return self._text.paint(text)
            case ReasoningBlock(text=text):
                if self._text is None or is_open != was_open:
                    icon = "spinner" if is_open else ":material/check:"
                    # The same label all the time: who has opened it to read on keeps it open.
                    step = _open_step(self._slot, "Reasoning", kind="compact", icon=icon)
                    self._text = _GrowingText(step, step.empty())
                return self._text.paint(text)
            case ToolBlock():
                _paint_tool(self._slot, block, is_open=is_open)
                return True
            case _:
                assert_never(block)


class _GrowingText:
    """A text in its parts, of which those that changed are sent."""

    def __init__(self, container: DeltaGenerator, first: DeltaGenerator) -> None:
        self._container = container
        self._slots = [first]
        self._drawn: tuple[str, ...] = ()

    def paint(self, text: str) -> bool:
        """Only a reply's last block grows, so what it takes more stands behind all others."""
        parts, before = split_text(text), self._drawn
        for number, part in enumerate(parts):
            if number == len(self._slots):
                self._slots.append(self._container.empty())
            if number >= len(before) or before[number] != part:
                self._slots[number].markdown(model_markdown(part))
        self._drawn = parts
        return parts != before


def _is_open(block: Block, *, is_last: bool) -> bool:
    """Whether more comes of a block of a running reply. Tools run side by side."""
    return block.content is None if isinstance(block, ToolBlock) else is_last


def _open_step(
    slot: DeltaGenerator, label: str, *, kind: Literal["compact", "step"], icon: str
) -> DeltaGenerator:
    # Not `st.status`, which looks the same: it sleeps for 50 ms each time that it is drawn, and a
    # page may hold a hundred of them.
    return slot.container().expander(label, type=kind, icon=icon)


def _paint_tool(slot: DeltaGenerator, tool: ToolBlock, *, is_open: bool) -> None:
    called_with = plain_label(_short_arguments_text(tool), limit=_MAX_ARGUMENT_CHARS)
    name = plain_label(tool.name or "tool")
    icon, outcome = _describe_outcome(tool, is_open=is_open)
    step = _open_step(slot, f"**{name}** {called_with}{outcome}", kind="step", icon=icon)
    step.caption("Arguments")
    step.code(_pretty_arguments_text(tool), language="json", wrap_lines=True)
    if tool.content is not None:
        step.caption("Answer" if not tool.is_error else "The tool refused")
        step.code(tool.content, language=None, wrap_lines=True)


def _describe_outcome(tool: ToolBlock, *, is_open: bool) -> tuple[str, str]:
    """The icon, and what is said behind the call. No state is told by its icon alone."""
    took = ""
    if tool.started_ms is not None and tool.finished_ms is not None:
        # In a narrow lane the line is broken before the duration, not within it.
        took = f" · {duration_text(tool.finished_ms - tool.started_ms).replace(' ', _NO_BREAK)}"
    if is_open:
        return "spinner", f"{took} · running"
    if tool.content is None:
        return ":material/block:", f"{took} · no{_NO_BREAK}answer"
    if tool.is_error:
        return ":material/error:", f"{took} · :red[failed]"
    return ":material/check_circle:", took


def _short_arguments_text(tool: ToolBlock) -> str:
    if tool.arguments is None:
        return tool.arguments_text
    return ", ".join(f"{name} = {value}" for name, value in tool.arguments.items())


def _pretty_arguments_text(tool: ToolBlock) -> str:
    if tool.arguments is None:
        return tool.arguments_text or "{}"
    return json.dumps(dict(tool.arguments), indent=2, ensure_ascii=False, default=str)
