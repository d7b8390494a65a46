"""How an answer ended: the providers' own words for it, and what a person is told. Pure.

Only an ending that says nothing is left unsaid: the model was done, or asked for tools. Every other
one is said wherever the answer stands, for half an answer looks like a whole one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.text import count_text, one_line, plural

_REASON_CHARS = 60


class Ending(StrEnum):
    """How an answer ended; the value is what a table says of it."""

    UNSAID = "unsaid"
    """The provider gave no reason."""
    WHOLE = "whole"
    TOOLS = "tools asked for"
    LENGTH = "cut off at the limit"
    CONTEXT = "context window full"
    FILTER = "content filter"
    SAFETY = "safety filter"
    PROHIBITED = "prohibited content"
    BLOCKLIST = "blocklist"
    PERSONAL = "personal data"
    RECITATION = "recitation"
    GUARDRAIL = "guardrail"
    REFUSAL = "refused"
    LANGUAGE = "language not supported"
    PAUSED = "paused"
    TOOL_LIMIT = "too many tool calls"
    MALFORMED = "unreadable tool call"
    NO_PICTURE = "no picture made"
    ABORTED = "broken off"
    INCOMPLETE = "incomplete"
    UNNAMED = "reason not named"
    ERROR = "error"
    UNKNOWN = "ended early"
    """In words that are not in the table; they are shown as they came."""


_SENTENCES: Mapping[Ending, str] = {
    Ending.LENGTH: "Cut off at the limit of output tokens.",
    Ending.CONTEXT: "Cut off: the model's context window is full.",
    Ending.FILTER: "Ended by the provider's content filter.",
    Ending.SAFETY: "Ended by the provider's safety filter.",
    Ending.PROHIBITED: "Ended by the provider: it takes the content for prohibited.",
    Ending.BLOCKLIST: "Ended by the provider: the answer held a term of its blocklist.",
    Ending.PERSONAL: "Ended by the provider: the answer held sensitive personal data.",
    Ending.RECITATION: "Ended by the provider: the answer recited a source too closely.",
    Ending.GUARDRAIL: "Ended by a guardrail of the provider.",
    Ending.REFUSAL: "The model refused to answer.",
    Ending.LANGUAGE: "Ended by the provider: it does not support the language.",
    Ending.PAUSED: "Paused by the provider: the model had not finished its turn.",
    Ending.TOOL_LIMIT: "Ended by the provider: the model called too many tools in a row.",
    Ending.MALFORMED: "The model wrote a tool call that the provider could not read.",
    Ending.NO_PICTURE: "The model was to make a picture and made none.",
    Ending.ABORTED: "Broken off by the provider.",
    Ending.INCOMPLETE: "The answer is incomplete; the provider does not say why.",
    Ending.UNNAMED: "Ended by the provider for a reason that it does not name.",
    Ending.ERROR: "The provider ended the answer with an error.",
}

_WORDS: Mapping[Ending, tuple[str, ...]] = {
    # OpenAI (Chat, then Responses), Anthropic, Google, Bedrock, Mistral, Cohere, local servers.
    Ending.WHOLE: (
        *("stop", "completed", "end_turn", "stop_sequence", "complete", "eos", "eos_token"),
        *("stop_token", "finished", "done"),
    ),
    # With a hyphen, as other programs write it, it is the same word: see `_key`.
    Ending.TOOLS: ("tool_calls", "tool_call", "tool_use", "function_call"),
    Ending.LENGTH: ("length", "max_tokens", "max_output_tokens", "continuation", "error_limit"),
    Ending.CONTEXT: (
        *("model_context_window_exceeded", "context_window_exceeded", "context_length_exceeded"),
        *("model_length", "context_length"),
    ),
    Ending.FILTER: ("content_filter", "content_filtered", "error_toxic", "sensitive"),
    Ending.SAFETY: ("safety", "image_safety", "model_armor", "jailbreak"),
    Ending.PROHIBITED: ("prohibited_content", "image_prohibited_content"),
    Ending.BLOCKLIST: ("blocklist",),
    Ending.PERSONAL: ("spii",),
    Ending.RECITATION: ("recitation", "image_recitation"),
    Ending.GUARDRAIL: ("guardrail_intervened", "guardrail"),
    Ending.REFUSAL: ("refusal", "refused"),
    Ending.LANGUAGE: ("language",),
    Ending.PAUSED: ("pause_turn", "pause"),
    Ending.TOOL_LIMIT: ("too_many_tool_calls", "max_tool_calls"),
    Ending.MALFORMED: (
        *("malformed_function_call", "unexpected_tool_call", "malformed_tool_use"),
        "malformed_model_output",
    ),
    Ending.NO_PICTURE: ("no_image",),
    Ending.ABORTED: ("abort", "aborted", "cancelled", "canceled", "user_cancel"),
    Ending.INCOMPLETE: ("incomplete", "in_progress", "queued"),
    Ending.UNNAMED: ("other", "image_other", "finish_reason_unspecified", "unknown"),
    Ending.ERROR: (
        *("error", "failed", "network_error", "timeout", "insufficient_system_resource"),
        "server_error",
    ),
}


def _key(reason: str) -> str:
    """Without case and signs: `content_filter`, `CONTENT-FILTER` and `contentFilter` are one."""
    return "".join(character for character in reason.casefold() if character.isalnum())


_ENDINGS = {_key(word): ending for ending, words in _WORDS.items() for word in words}


def ending_of(finish_reason: str | None) -> Ending:
    """What a provider's word for the end means."""
    if finish_reason is None or not finish_reason.strip():
        return Ending.UNSAID
    # `FinishReason.SAFETY` is how Python prints a member of an enumeration.
    last = finish_reason.rpartition(".")[2]
    known = _ENDINGS.get(_key(finish_reason)) or _ENDINGS.get(_key(last))
    return known or Ending.UNKNOWN


def is_early(ending: Ending) -> bool:
    """Whether the answer may lack something: it was ended before the model was done."""
    return ending not in (Ending.UNSAID, Ending.WHOLE, Ending.TOOLS)


def is_comparable(reply: Reply) -> bool:
    """Whether an answer's time and cost can be held against others': a refusal is not quicker.

    A limit of tokens cuts what all lanes do, so one that reached it did no less than the others.
    """
    ending = ending_of(reply.finish_reason)
    is_whole = ending is Ending.LENGTH or not is_early(ending)
    return reply.status == "finished" and is_whole and bool(reply.text.strip())


def ending_sentence(finish_reason: str | None) -> str:
    """What stands under an answer that ended so; empty where there is nothing to say."""
    ending = ending_of(finish_reason)
    if not is_early(ending):
        return ""
    if ending is Ending.UNKNOWN:
        return f"Ended by the provider, in its own words: {_quoted(finish_reason)}."
    return _SENTENCES[ending]


def ending_failure(finish_reason: str | None, *, model: str) -> Failure | None:
    """The failure that an ending is; None for one that leaves an answer."""
    if ending_of(finish_reason) is not Ending.ERROR:
        return None
    return Failure(
        source=FailureSource.PROVIDER,
        cause=FailureCause.STREAM_ERROR,
        message=f"The provider of {model!r} ended the answer with an error, and did not say which "
        f"(finish reason {_quoted(finish_reason)}).",
        hint="Ask again; if it stays so, choose another model or provider.",
    )


def answer_notes(reply: Reply) -> tuple[str, ...]:
    """What stands under an answer: how it ended, that it has no text, what of it is not shown.

    Of one that failed or was stopped its end is told by the failure or by who stopped it.
    """
    unseen = _joined(reply.unseen)
    if reply.status != "finished" or reply.text.strip():
        notes = [ending_sentence(reply.finish_reason)] if reply.status == "finished" else []
        notes += [f"Not shown by gwtrace: {unseen}."] if unseen else []
    else:
        notes = [ending_sentence(reply.finish_reason), f"{_no_text(reply)} {_facts(reply)}"]
    return tuple(note for note in notes if note)


def answer_label(reply: Reply) -> str:
    """The same for a table's cell: `content filter`, `no text, refused`; empty for a whole one."""
    if reply.status != "finished":
        return ""
    return early_label(reply.finish_reason, has_text=bool(reply.text.strip()))


def ended_words(reply: Reply) -> str:
    """How a call ended, for a cell: `stopped`, `finished: no text`, a failure's cause."""
    if reply.failure is not None:
        return str(reply.failure.cause)
    return ": ".join(filter(None, (reply.status, answer_label(reply))))


def early_label(finish_reason: str | None, *, has_text: bool) -> str:
    """For a table's cell, of an answer of which no more is known."""
    ending = ending_of(finish_reason)
    words = [] if has_text else ["no text"]
    if is_early(ending):
        is_known = ending is not Ending.UNKNOWN
        words.append(ending.value if is_known else f"{ending.value} ({_quoted(finish_reason)})")
    return ", ".join(words)


def _no_text(reply: Reply) -> str:
    calls = len(reply.tool_calls)
    came = [
        *(["reasoning"] if reply.reasoning.strip() else []),
        *([plural(calls, "tool call")] if calls else []),
        *([f"{_joined(reply.unseen)} (not shown by gwtrace)"] if reply.unseen else []),
    ]
    return f"The model gave no text, only {_joined(came)}." if came else "The model gave no text."


def _facts(reply: Reply) -> str:
    """How it ended, and what it counted: an empty answer is paid for too."""
    reason = "not given" if reply.finish_reason is None else _quoted(reply.finish_reason)
    usage = reply.usage
    read = None if usage is None else usage.input_tokens
    written = None if usage is None else usage.output_tokens
    counts = [
        f"{count_text(count)} {way}"
        for count, way in ((read, "in"), (written, "out"))
        if count is not None
    ]
    return f"Finish reason: {reason}; tokens: {', '.join(counts) or 'not reported'}."


def _quoted(reason: str | None) -> str:
    return repr(one_line(reason or "", _REASON_CHARS))


def _joined(words: tuple[str, ...] | list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
