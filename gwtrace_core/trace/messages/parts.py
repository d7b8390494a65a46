"""What a message consists of, read from the forms in which the SDKs and OpenTelemetry record it.

A part that is not recognised is kept as it was recorded (`OtherPart`), so that nothing is hidden.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from gwtrace_core.trace.recorded_json import read_json

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """Text of the message."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningPart:
    """Reasoning, or its summary; empty when the provider encrypted it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallPart:
    """The model asks for a tool."""

    call_id: str
    name: str
    arguments: Any
    """JSON values; the text as it was recorded when it is no JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultPart:
    """A tool's answer."""

    call_id: str
    name: str
    content: Any
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePart:
    """A picture; `data` only when the trace itself holds it, never fetched from anywhere."""

    media_type: str
    data: bytes | None = field(repr=False)
    source: str = ""
    """Where it is, when it is not in the trace."""
    left_out_bytes: int | None = None
    """Its size, when gwtrace recorded that in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPart:
    """Something spoken or heard; what was said in it, where that is known, is a text beside it."""

    media_type: str
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPart:
    """Something we do not know, as recorded."""

    value: Any


Part = TextPart | ReasoningPart | ToolCallPart | ToolResultPart | ImagePart | AudioPart | OtherPart

_TEXT = {"text", "input_text", "output_text", "user-prompt", "system-prompt", "refusal"}
_REASONING = {"reasoning", "thinking", "redacted_thinking", "summary_text", "reasoning_text"}
_CALLS = {"tool_use", "server_tool_use", "tool-call", "tool_call", "function", "function_call"}
_RESULTS = {
    "tool_result",
    "tool-return",
    "tool_call_response",
    "function_call_output",
    "retry-prompt",
    "tool-result",
    "function_result",
}
_CALL_IDS = ("tool_use_id", "call_id", "tool_call_id", "toolCallId", "toolUseId", "tool_id", "id")
_LEFT_OUT = re.compile(r"(?:(?P<kind>image/[\w.+-]+), )?(?P<size>\d{1,12}) bytes")
"""What gwtrace records in the place of a picture's data, or of a data URL."""
_IMAGES = {"image", "image_url", "input_image", "image-url", "binary", "blob", "uri"}
_AUDIO = {"audio", "input_audio", "audio_url"}


def as_mapping(value: Any) -> Json:
    """`value` if it is a JSON object, else an empty one."""
    return cast(Json, value) if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is a JSON array, else an empty one."""
    return cast(list[Any], value) if isinstance(value, list) else []


def parts_of(content: Any) -> tuple[Part, ...]:
    """The parts of a message's content: text, one part or a list of them."""
    if content is None or content == "":
        return ()
    return tuple(part_of(item) for item in (as_list(content) or [content]))


def part_of(item: Any) -> Part:
    """One part in any known form."""
    if isinstance(item, str):
        return TextPart(text=item)
    if isinstance(item, int | float):
        # Attributes are read as JSON, and so is a text that happens to be a number.
        return TextPart(text=json.dumps(item))
    part = as_mapping(item)
    if isinstance(part.get("message_content"), Mapping):
        part = as_mapping(part["message_content"])
    kind = str(_find_first(part, "type", "part_kind", "kind", "block_type"))
    if kind in _TEXT:
        return _read_text(part)
    if kind in _REASONING:
        return ReasoningPart(text=_join_texts(part, "thinking", "content", "summary", "text"))
    if kind in _CALLS:
        return _read_tool_call(part)
    if kind in _RESULTS:
        return _read_tool_result(part, is_error=kind == "retry-prompt")
    if kind in _IMAGES:
        return _read_image(part) or OtherPart(value=item)
    if kind in _AUDIO or "audio" in part:
        return _read_audio(part) or OtherPart(value=item)
    return _read_google_part(part) or _read_bedrock_part(part) or OtherPart(value=item)


def _read_text(part: Json) -> Part:
    for name in ("text", "content", "refusal"):
        if isinstance(part.get(name), str):
            return TextPart(text=part[name])
    return OtherPart(value=part)


def _join_texts(part: Json, *names: str) -> str:
    for name in names:
        value = part.get(name)
        if isinstance(value, str) and value:
            return value
        texts = [as_mapping(each).get("text") for each in as_list(value)]
        if texts:
            return "\n\n".join(text for text in texts if isinstance(text, str))
    return ""


def _find_first(part: Json, *names: str) -> Any:
    return next((part[name] for name in names if part.get(name) is not None), None)


def _read_tool_call(part: Json) -> ToolCallPart:
    # OpenAI's chat form wraps the call: {"id": …, "function": {"name": …, "arguments": …}}.
    call = as_mapping(part.get("function")) or part
    return ToolCallPart(
        call_id=str(_find_first(part, *_CALL_IDS) or ""),
        name=str(_find_first(call, "name", "tool_name", "toolName") or ""),
        arguments=_parse_arguments(
            _find_first(call, "arguments", "args", "input", "tool_kwargs", "kwargs")
        ),
    )


def _parse_arguments(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError:
        return value


def _read_tool_result(part: Json, *, is_error: bool) -> ToolResultPart:
    content = _find_first(part, "content", "output", "result", "response", "blocks", "text")
    if set(as_mapping(content)) == {"type", "value"}:
        # The Vercel AI SDK says of what kind a result is.
        content = as_mapping(content)["value"]
    recorded = [as_mapping(each).get("text") for each in as_list(content)]
    texts = [text for text in recorded if isinstance(text, str)]
    if texts and len(texts) == len(recorded):
        content = "\n".join(texts)
    return ToolResultPart(
        call_id=str(_find_first(part, *_CALL_IDS) or ""),
        name=str(_find_first(part, "name", "tool_name", "toolName") or ""),
        content=content,
        is_error=is_error
        or part.get("is_error") is True
        or part.get("outcome") == "failed"
        or part.get("status") == "error",
    )


def _read_image(part: Json) -> ImagePart | None:
    source = as_mapping(part.get("source"))
    media_type = str(_find_first(part, "media_type", "mime_type") or source.get("media_type") or "")
    encoded = _find_first(part, "data") or source.get("data")
    if encoded is None and part.get("type") == "blob":
        encoded = part.get("content")
    if isinstance(encoded, str):
        return _read_left_out(encoded, media_type) or ImagePart(
            media_type=media_type, data=_decode_base64(encoded)
        )
    address = _find_first(part, "image_url", "url", "uri", "file_id") or source.get("url")
    # OpenInference has a box around it.
    boxed = as_mapping(as_mapping(part.get("image")).get("image")) or as_mapping(part.get("image"))
    address = as_mapping(address).get("url") or address or boxed.get("url")
    if not isinstance(address, str):
        return None
    if not address.startswith("data:"):
        return _read_left_out(address, media_type) or ImagePart(
            media_type=media_type, data=None, source=address
        )
    head, _, encoded = address.partition(",")
    return ImagePart(
        media_type=head.removeprefix("data:").split(";")[0] or media_type,
        data=_decode_base64(encoded),
    )


def _read_audio(part: Json) -> AudioPart | None:
    holder = part
    for name in ("audio", "input_audio", "audio_url"):
        holder = as_mapping(part.get(name)) or holder
    data = _find_first(holder, "data", "bytes")
    kind = _find_first(holder, "media_type", "mime_type", "mimeType", "format") or ""
    if not isinstance(data, str) and not kind and "url" not in holder:
        return None
    decoded = _decode_base64(data) if isinstance(data, str) else None
    return AudioPart(media_type=str(kind), size_bytes=None if decoded is None else len(decoded))


def _read_left_out(text: str, media_type: str) -> ImagePart | None:
    found = _LEFT_OUT.fullmatch(text)
    if found is None:
        return None
    kind = found["kind"] or media_type
    return ImagePart(media_type=kind, data=None, left_out_bytes=int(found["size"]))


def _decode_base64(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None


def _read_google_part(part: Json) -> Part | None:
    if isinstance(part.get("text"), str):
        is_thought = part.get("thought") is True
        return (ReasoningPart if is_thought else TextPart)(text=part["text"])
    if call := as_mapping(_find_first(part, "functionCall", "function_call")):
        return _read_tool_call(call)
    if response := as_mapping(_find_first(part, "functionResponse", "function_response")):
        return _read_tool_result(response, is_error=False)
    if blob := as_mapping(_find_first(part, "inlineData", "inline_data")):
        return ImagePart(
            media_type=str(_find_first(blob, "mimeType", "mime_type") or ""),
            data=_decode_base64(str(blob.get("data") or "")),
        )
    if file := as_mapping(_find_first(part, "fileData", "file_data")):
        return ImagePart(
            media_type=str(_find_first(file, "mimeType", "mime_type") or ""),
            data=None,
            source=str(_find_first(file, "fileUri", "file_uri") or ""),
        )
    return None


def _read_bedrock_part(part: Json) -> Part | None:
    """Amazon Bedrock's Converse has a name for each kind, and everything below it."""
    if call := as_mapping(part.get("toolUse")):
        return _read_tool_call(call)
    if result := as_mapping(part.get("toolResult")):
        values = [as_mapping(each) for each in as_list(result.get("content"))]
        # Each is a text, JSON values or a document.
        content = [each if "text" in each else each.get("json", each) for each in values]
        return _read_tool_result({**result, "content": content}, is_error=False)
    if "reasoningContent" in part:
        thought = as_mapping(as_mapping(part["reasoningContent"]).get("reasoningText"))
        return ReasoningPart(text=str(thought.get("text") or ""))
    if image := as_mapping(part.get("image")):
        encoded = as_mapping(image.get("source")).get("bytes")
        media_type = f"image/{image['format']}" if isinstance(image.get("format"), str) else ""
        data = _decode_base64(encoded) if isinstance(encoded, str) else None
        return ImagePart(media_type=media_type, data=data)
    return None
