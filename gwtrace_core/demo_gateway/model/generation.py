"""Turns the composed answer into what a model run produces: tokens, limits, finish, usage."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from gwtrace_core.demo_gateway.common.faults import Fault
from gwtrace_core.demo_gateway.model.answers import Draft, compose
from gwtrace_core.demo_gateway.model.conversation import Conversation, ToolCall
from gwtrace_core.demo_gateway.model.models import DemoModel
from gwtrace_core.demo_gateway.model.tokens import tokenize

_TOKENS_PER_IMAGE = 765
_CACHE_MINIMUM_TOKENS = 1024
_CACHE_STEP_TOKENS = 128


class Finish(Enum):
    """Why the model stopped."""

    STOP = auto()
    STOP_SEQUENCE = auto()
    LENGTH = auto()
    TOOL_CALLS = auto()
    CONTENT_FILTER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Tokens of one model request."""

    input_tokens: int
    """All of them, those read from and written to the cache included."""
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    """All of them, reasoning included."""
    reasoning_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Text that one stream event carries."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What the simulated model produced for one request."""

    model: DemoModel
    response_model: str
    created_s: int
    """Unix time."""
    reasoning: str
    text: str
    tool_calls: tuple[ToolCall, ...]
    finish: Finish
    stop_sequence: str | None
    usage: TokenUsage
    seed: int

    def chunks(self, text: str) -> list[Chunk]:
        """`text` cut up as this model streams it; the same for the same model and prompt."""
        rng = random.Random(self.seed)
        tokens = tokenize(text)
        chunks: list[Chunk] = []
        mean = self.model.pace.tokens_per_chunk
        while tokens:
            size = mean if mean < 3 else rng.randint(max(1, mean // 2), mean + mean // 2)
            chunks.append(Chunk(text="".join(tokens[:size]), tokens=len(tokens[:size])))
            del tokens[:size]
        return chunks


@dataclass(slots=True)
class PromptCache:
    """Remembers long prompts, so that a repeated prefix is reported as read from a cache."""

    capacity: int = 256
    _prefixes: OrderedDict[tuple[str, int], None] = field(
        default_factory=OrderedDict[tuple[str, int], None]
    )

    def reused_tokens(self, model: str, tokens: list[str]) -> int:
        """How many leading tokens were seen before, in whole steps; remembers these ones."""
        reused, running = 0, hashlib.sha256(model.encode())
        for end in range(_CACHE_STEP_TOKENS, len(tokens) + 1, _CACHE_STEP_TOKENS):
            running.update(
                "".join(tokens[end - _CACHE_STEP_TOKENS : end]).encode("utf-8", "replace")
            )
            if end < _CACHE_MINIMUM_TOKENS:
                continue
            key = (running.hexdigest(), end)
            if key in self._prefixes:
                reused = end
            self._prefixes[key] = None
            self._prefixes.move_to_end(key)
        while len(self._prefixes) > self.capacity:
            self._prefixes.popitem(last=False)
        return reused


def generate(
    conversation: Conversation,
    model: DemoModel,
    *,
    cache: PromptCache,
    fault: Fault | None = None,
    clock: Callable[[], float] = time.time,
) -> Generation:
    """Run the simulated model. Text and chunks depend on the model and the conversation only."""
    draft = compose(conversation, model, fault=fault)
    digest = hashlib.sha256(f"{model.id}\0{conversation.prompt_text}".encode("utf-8", "replace"))
    draft, finish, stop_sequence = _limited(draft, conversation, fault)
    reasoning_tokens = len(tokenize(draft.reasoning))
    output_tokens = reasoning_tokens + len(tokenize(draft.text)) + _call_tokens(draft.tool_calls)
    return Generation(
        model=model,
        response_model=model.response_model if fault is None else fault.value,
        created_s=int(clock()),
        reasoning=draft.reasoning,
        text=draft.text,
        tool_calls=draft.tool_calls,
        finish=finish,
        stop_sequence=stop_sequence,
        usage=_usage(conversation, model, cache, output_tokens, reasoning_tokens),
        seed=int.from_bytes(digest.digest()[:8]),
    )


def count_input_tokens(conversation: Conversation) -> int:
    """Tokens of the prompt, pictures included."""
    pictures = sum(len(turn.images) for turn in conversation.turns)
    overhead = 3 + 4 * len(conversation.turns)
    return len(tokenize(conversation.prompt_text)) + overhead + pictures * _TOKENS_PER_IMAGE


def _usage(
    conversation: Conversation,
    model: DemoModel,
    cache: PromptCache,
    output_tokens: int,
    reasoning_tokens: int,
) -> TokenUsage:
    prompt = tokenize(conversation.prompt_text)
    read = cache.reused_tokens(model.id, prompt)
    written = 0
    if model.family == "anthropic":
        # Anthropic caches what the caller marks, and bills the writing; the others do it unasked.
        cachable = len(prompt) // _CACHE_STEP_TOKENS * _CACHE_STEP_TOKENS
        marked = conversation.cache_marked and cachable >= _CACHE_MINIMUM_TOKENS
        read = read if marked else 0
        written = cachable - read if marked else 0
    return TokenUsage(
        input_tokens=count_input_tokens(conversation),
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=max(1, output_tokens),
        reasoning_tokens=reasoning_tokens,
    )


def _call_tokens(calls: tuple[ToolCall, ...]) -> int:
    return sum(8 + len(tokenize(call.name + json.dumps(dict(call.arguments)))) for call in calls)


def _limited(
    draft: Draft, conversation: Conversation, fault: Fault | None
) -> tuple[Draft, Finish, str | None]:
    """Apply stop sequences, the length limit, and the faults that end an answer early."""
    text, finish, stop_sequence = draft.text, Finish.STOP, None
    cuts = [(text.find(stop), stop) for stop in conversation.stop if stop and stop in text]
    if cuts:
        at, stop_sequence = min(cuts)
        text, finish = text[:at], Finish.STOP_SEQUENCE
    if draft.tool_calls and finish is Finish.STOP:
        finish = Finish.TOOL_CALLS
    reasoning, calls = (
        draft.reasoning,
        draft.tool_calls if finish is not Finish.STOP_SEQUENCE else (),
    )
    pieces = tokenize(text)
    if fault in (Fault.LENGTH, Fault.CONTENT_FILTER):
        finish = Finish.LENGTH if fault is Fault.LENGTH else Finish.CONTENT_FILTER
        return (
            Draft(reasoning=reasoning, text="".join(pieces[: len(pieces) // 2 + 1])),
            finish,
            None,
        )
    limit = conversation.max_output_tokens
    thought = tokenize(reasoning)
    if limit is not None and len(thought) + len(pieces) + _call_tokens(calls) > limit:
        shown = "".join(pieces[: max(0, limit - len(thought))])
        return Draft(reasoning="".join(thought[:limit]), text=shown), Finish.LENGTH, None
    return Draft(reasoning=reasoning, text=text, tool_calls=calls), finish, stop_sequence
