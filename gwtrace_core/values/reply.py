"""What a run has produced so far, as a pure fold of its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from gwtrace_core.values.errors import Failure
from gwtrace_core.values.events import (
    Failed,
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    ReasoningDelta,
    Stopped,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallFinished,
    ToolCallStarted,
    Usage,
)
from gwtrace_core.values.speed import NoSpeed, RequestStream, Streamed, measure

ReplyStatus = Literal["running", "finished", "failed", "stopped"]

# And a little more, for what lies just there as a binary fraction.
_HALF_OF_LAST_DECIMAL_USD = 0.00005 * (1 + 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """A stretch of the answer."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningBlock:
    """A stretch of reasoning."""

    text: str
    kind: Literal["reasoning"] = "reasoning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolBlock:
    """One tool call: being written, running, or answered."""

    call_id: str
    name: str
    arguments_text: str
    arguments: Mapping[str, Any] | None = None
    content: str | None = None
    """The tool's answer; None while it has none."""
    is_error: bool = False
    started_ms: float | None = None
    finished_ms: float | None = None
    kind: Literal["tool"] = "tool"


Block = TextBlock | ReasoningBlock | ToolBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The reply so far. Times are milliseconds since the call was begun, by our own stopwatch."""

    status: ReplyStatus = "running"
    blocks: tuple[Block, ...] = ()
    """Text, reasoning and tool calls in the order in which they came."""
    usage: Usage | None = None
    """Summed over the turn's model requests; None until one reported usage."""
    usage_is_partial: bool = False
    """True when a model request of this turn ended without reporting usage."""
    model_request_count: int = 0
    response_model: str | None = None
    response_id: str | None = None
    request_id: str | None = None
    gateway_cost_usd: float | None = None
    """Sum of what the gateway reported; None unless it did for every finished model request."""
    rounded_cost_usd: float | None = None
    """The same of an older gateway's header, which rounds each request to four decimals."""
    cached_request_count: int = 0
    """Model requests that a gateway answered from its response cache."""
    finish_reason: str | None = None
    unseen: tuple[str, ...] = ()
    """What came and is not shown, in a person's words, each once; see `ModelRequestFinished`."""
    failure: Failure | None = None
    stop_reason: str | None = None
    """Why the run was stopped, when it was."""
    first_token_ms: float | None = None
    """First piece of text, reasoning or tool call, whichever came first."""
    last_token_ms: float | None = None
    duration_ms: float | None = None
    """Set by the terminal event."""
    chunk_count: int = 0
    longest_gap_ms: float | None = None
    """Longest time between two pieces of the same model request."""
    streaming_ms: float = 0.0
    """Time between first and last piece, summed over the model requests."""
    last_piece_ms: float | None = None
    """When the newest piece of the model request under way came."""
    stream: RequestStream | None = None
    """What has come of the model request under way."""
    streamed: Streamed | None = None
    """Of the ended model requests whose speed could be measured; None while there is none."""
    no_speed: NoSpeed | None = None
    """Why the newest of the others could not."""

    @property
    def text(self) -> str:
        """The answer without reasoning and tool calls; what these had parted stays parted."""
        texts = (block.text for block in self.blocks if isinstance(block, TextBlock))
        return "\n\n".join(texts)

    @property
    def reasoning(self) -> str:
        """All reasoning."""
        return "".join(block.text for block in self.blocks if isinstance(block, ReasoningBlock))

    @property
    def tool_calls(self) -> tuple[ToolBlock, ...]:
        """The tool calls in order."""
        return tuple(block for block in self.blocks if isinstance(block, ToolBlock))

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.status == "running"

    @property
    def is_from_cache(self) -> bool:
        """Whether any of it came from a gateway's response cache, so that its times and its cost
        say nothing of the model."""
        return self.cached_request_count > 0

    @property
    def rounding_usd(self) -> float:
        """By how much `rounded_cost_usd` may be off."""
        return max(self.model_request_count, 1) * _HALF_OF_LAST_DECIMAL_USD

    @property
    def output_tokens_per_s(self) -> float | None:
        """Streamed output tokens over the time in which they came; None where too little came to
        measure it by, see `no_speed`."""
        return None if self.streamed is None else self.streamed.tokens_per_s


def advance(reply: Reply, event: StreamEvent, *, elapsed_ms: float) -> Reply:
    """The reply after `event`. Pure: a stored stream replays to the same end."""
    match event:
        case ModelRequestStarted():
            return replace(
                reply,
                model_request_count=reply.model_request_count + 1,
                last_piece_ms=None,
                stream=None,
            )
        case TextDelta(text=text, is_late=is_late):
            blocks = _appended(reply.blocks, TextBlock(text=text))
            return _with_piece(reply, blocks, elapsed_ms, text=text, is_late=is_late)
        case ReasoningDelta(text=text, is_late=is_late):
            blocks = _appended(reply.blocks, ReasoningBlock(text=text))
            return _with_piece(
                reply, blocks, elapsed_ms, text=text, is_late=is_late, is_reasoning=True
            )
        case ToolCallDelta(call_id=call_id, name=name, arguments_text=arguments_text):
            known = _open_tool(reply.blocks, call_id)
            block = (
                ToolBlock(call_id=call_id, name=name or "", arguments_text=arguments_text)
                if known is None
                else replace(
                    known,
                    name=known.name or name or "",
                    arguments_text=known.arguments_text + arguments_text,
                )
            )
            blocks = _with_tool(reply.blocks, block)
            written = f"{name or ''}{arguments_text}"
            return _with_piece(reply, blocks, elapsed_ms, text=written, is_late=event.is_late)
        case ModelRequestFinished():
            return _with_request_finished(reply, event)
        case ToolCallStarted(call_id=call_id, name=name, arguments=arguments):
            known = _open_tool(reply.blocks, call_id)
            block = known or ToolBlock(call_id=call_id, name=name, arguments_text="")
            block = replace(block, name=name, arguments=arguments, started_ms=elapsed_ms)
            return replace(reply, blocks=_with_tool(reply.blocks, block))
        case ToolCallFinished(call_id=call_id, name=name, content=content, is_error=is_error):
            known = _open_tool(reply.blocks, call_id)
            block = known or ToolBlock(call_id=call_id, name=name, arguments_text="")
            block = replace(block, content=content, is_error=is_error, finished_ms=elapsed_ms)
            return replace(reply, blocks=_with_tool(reply.blocks, block))
        case Finished(finish_reason=finish_reason):
            return replace(
                reply, status="finished", finish_reason=finish_reason, duration_ms=elapsed_ms
            )
        case Failed(failure=failure):
            return replace(reply, status="failed", failure=failure, duration_ms=elapsed_ms)
        case Stopped(reason=reason):
            return replace(reply, status="stopped", stop_reason=reason, duration_ms=elapsed_ms)
        case _:
            assert_never(event)


def _appended(blocks: tuple[Block, ...], piece: TextBlock | ReasoningBlock) -> tuple[Block, ...]:
    if not piece.text:
        # Held back whole, for the time being.
        return blocks
    last = blocks[-1] if blocks else None
    if isinstance(last, TextBlock | ReasoningBlock) and type(last) is type(piece):
        return (*blocks[:-1], replace(last, text=last.text + piece.text))
    return (*blocks, piece)


def _open_tool(blocks: tuple[Block, ...], call_id: str) -> ToolBlock | None:
    """The call of that id which has no answer yet: some servers number the calls of every model
    request from zero again."""
    for block in reversed(blocks):
        if isinstance(block, ToolBlock) and block.call_id == call_id and block.content is None:
            return block
    return None


def _with_tool(blocks: tuple[Block, ...], tool: ToolBlock) -> tuple[Block, ...]:
    known = _open_tool(blocks, tool.call_id)
    if known is None:
        return (*blocks, tool)
    return tuple(tool if block is known else block for block in blocks)


def _with_piece(
    reply: Reply,
    blocks: tuple[Block, ...],
    elapsed_ms: float,
    *,
    text: str,
    is_late: bool,
    is_reasoning: bool = False,
) -> Reply:
    if is_late:
        # It was counted and timed when it came.
        return replace(reply, blocks=blocks)
    gap_ms = None if reply.last_piece_ms is None else elapsed_ms - reply.last_piece_ms
    longest_ms = reply.longest_gap_ms
    if gap_ms is not None and (longest_ms is None or gap_ms > longest_ms):
        longest_ms = gap_ms
    stream = reply.stream or RequestStream()
    take = stream.with_reasoning if is_reasoning else stream.with_answer
    return replace(
        reply,
        blocks=blocks,
        first_token_ms=elapsed_ms if reply.first_token_ms is None else reply.first_token_ms,
        last_token_ms=elapsed_ms,
        last_piece_ms=elapsed_ms,
        chunk_count=reply.chunk_count + 1,
        longest_gap_ms=longest_ms,
        streaming_ms=reply.streaming_ms + (gap_ms or 0.0),
        stream=take(text, gap_ms or 0.0),
    )


def _with_request_finished(reply: Reply, event: ModelRequestFinished) -> Reply:
    usage = reply.usage
    if event.usage is not None:
        usage = event.usage if usage is None else usage + event.usage
    is_first = reply.model_request_count <= 1
    stream = reply.stream or RequestStream()
    speed = measure(stream, event.usage, is_from_cache=event.is_from_cache)
    return replace(
        reply,
        usage=usage,
        usage_is_partial=reply.usage_is_partial or event.usage is None,
        gateway_cost_usd=event.gateway_cost_usd
        if is_first
        else _sum_of_known(reply.gateway_cost_usd, event.gateway_cost_usd),
        rounded_cost_usd=event.rounded_cost_usd
        if is_first
        else _sum_of_known(reply.rounded_cost_usd, event.rounded_cost_usd),
        cached_request_count=reply.cached_request_count + event.is_from_cache,
        response_model=event.response_model or reply.response_model,
        response_id=event.response_id or reply.response_id,
        request_id=event.request_id or reply.request_id,
        finish_reason=event.finish_reason,
        unseen=tuple(dict.fromkeys((*reply.unseen, *event.unseen))),
        stream=None,
        streamed=_streamed_by_now(reply, speed),
        no_speed=reply.no_speed if isinstance(speed, Streamed) else speed,
    )


def _streamed_by_now(reply: Reply, speed: Streamed | NoSpeed) -> Streamed | None:
    if not isinstance(speed, Streamed):
        return reply.streamed
    return speed if reply.streamed is None else reply.streamed + speed


def _sum_of_known(before_usd: float | None, cost_usd: float | None) -> float | None:
    """A sum that lacks a part would look like the whole."""
    return None if before_usd is None or cost_usd is None else before_usd + cost_usd
