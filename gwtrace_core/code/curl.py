"""The call as one request with curl: a shell script that needs nothing else."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, assert_never
from urllib.parse import quote

from gwtrace_core.code.google_body import write_google_body
from gwtrace_core.code.parts import (
    EMBEDDED_BYTES,
    Call,
    make_call,
    name_image_file,
    name_key_variable,
)
from gwtrace_core.gateway.routes import api_base_url, uses_responses
from gwtrace_core.sdk_paths.anthropic_arguments import messages_arguments
from gwtrace_core.sdk_paths.openai_arguments import chat_arguments, responses_arguments
from gwtrace_core.sdk_paths.request import base64_data
from gwtrace_core.values.connection import ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest, Image
from gwtrace_core.values.unicode_text import clean_text

_Api = Literal["chat", "responses", "messages", "generateContent"]

_CURL = "curl --silent --show-error --fail-with-body --no-buffer"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    api: str
    url: str
    body: dict[str, Any]
    headers: tuple[str, ...] = ()


def write_curl(request: ChatRequest, target: Target) -> str:
    """A shell script that sends the call's first request and prints the answer as it comes.

    The key is read from an environment variable and is never in the script; the demo's own, which
    is public, is. Raises RequestRefused for an API that curl does not speak, and when there is no
    message to send.
    """
    made = make_call(request, target)
    if not made.messages:
        raise RequestRefused("There is no message to send.", hint="Type a message first.")
    asked = _write_request(made)
    text = _escape_unseen(clean_text(json.dumps(asked.body, indent=2, ensure_ascii=False)))
    files = _list_files(made)
    headers = ["content-type: application/json", *asked.headers]
    options = [
        shlex.quote(asked.url),
        *_write_key_option(target),
        *(f"--header {shlex.quote(header)}" for header in headers),
        "--data-binary @-",
    ]
    command = " \\\n  ".join([_CURL, *options])
    lines = ["#!/bin/sh", *_write_comments(made, asked.api, files)]
    if files:
        lines.append(f"{{\n{_print_pieces(text, files)}\n}} | {command}")
    else:
        # Every line of it begins with what JSON has there, so none can end the document.
        lines.append(f"{command} <<'JSON'\n{text}\nJSON")
    return "\n".join(lines) + "\n"


def _escape_unseen(text: str) -> str:
    """JSON with escapes for all that one does not see: what is run should be what was read."""
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else json.dumps(character).strip('"')
        for character in text
    )


def _write_request(made: Call) -> _Request:
    target = made.target
    base_url = api_base_url(target)
    api = _choose_api(target)
    match api:
        case "chat":
            return _Request(
                api="OpenAI Chat Completions",
                url=f"{base_url}/chat/completions",
                body=chat_arguments(made.request, target, made.able),
            )
        case "responses":
            return _Request(
                api="OpenAI Responses",
                url=f"{base_url}/responses",
                body=responses_arguments(made.request, made.able),
            )
        case "messages":
            body = messages_arguments(made.request, made.able)
            # The SDK has no arguments for these, and sends them all the same.
            body.update(body.pop("extra_body", {}))
            if made.is_streamed:
                body["stream"] = True
            return _Request(
                api="Anthropic Messages",
                url=f"{base_url}/v1/messages",
                body=body,
                headers=("anthropic-version: 2023-06-01",),
            )
        case "generateContent":
            return _Request(
                api="Google generateContent",
                url=f"{base_url}/{_write_google_path(made)}",
                body=write_google_body(made),
            )
        case _:
            assert_never(api)


def _choose_api(target: Target) -> _Api:
    match target.sdk_path:
        case SdkPath.OPENAI_CHAT:
            return "chat"
        case SdkPath.OPENAI_RESPONSES:
            return "responses"
        case SdkPath.ANTHROPIC_MESSAGES:
            return "messages"
        case SdkPath.PYDANTIC_AI:
            return _choose_agents_api(target)
        case _:
            assert_never(target.sdk_path)


def _choose_agents_api(target: Target) -> _Api:
    match target.provider:
        case Provider.OPENAI:
            return "responses" if uses_responses(target) else "chat"
        case Provider.GROQ:
            return "chat"
        case Provider.ANTHROPIC:
            return "messages"
        case Provider.GOOGLE:
            return "generateContent"
        case Provider.BEDROCK:
            raise RequestRefused(
                "There is no curl command for Amazon Bedrock: its streams are not text.",
                hint="Take the Python script.",
            )
        case _:
            assert_never(target.provider)


def _write_google_path(made: Call) -> str:
    # On the gateway it is Vertex's, which names the maker; project and place are the gateway's.
    folder = "v1beta1/publishers/google" if made.target.connection.is_gateway else "v1beta"
    method = "streamGenerateContent?alt=sse" if made.is_streamed else "generateContent"
    return f"{folder}/models/{quote(made.model, safe='')}:{method}"


def _write_key_option(target: Target) -> list[str]:
    """The header with the key, which the shell puts in; none for a server that wants none."""
    connection = target.connection
    if connection.kind is ConnectionKind.CUSTOM and not connection.api_key:
        return []
    name, start = "authorization", "Bearer "
    if not connection.is_gateway and target.provider is Provider.GOOGLE:
        name, start = "x-goog-api-key", ""
    elif not connection.is_gateway and _choose_api(target) == "messages":
        name, start = "x-api-key", ""
    if connection.kind is ConnectionKind.DEMO:
        return [f'--header "{name}: {start}{connection.id}"']
    # Without the variable nothing is sent, and the shell says which one it misses.
    return [f'--header "{name}: {start}${{{name_key_variable(target)}:?}}"']


def _write_comments(made: Call, api: str, files: Sequence[tuple[str, Image]]) -> list[str]:
    target = made.target
    through = {
        ConnectionKind.DEMO: "through gwtrace's demo gateway, which simulates the answers",
        ConnectionKind.GATEWAY: "through the Pydantic AI Gateway",
        ConnectionKind.CUSTOM: "to a server of your own",
        ConnectionKind.DIRECT: "to the provider itself",
    }[target.connection.kind]
    lines = [f"# One request with curl, {api}, {through}."]
    if target.connection.kind is ConnectionKind.DEMO:
        lines.append("# Key: the demo's own, which is public")
    elif _write_key_option(target):
        lines.append(f"# Key: environment variable {name_key_variable(target)}")
    if made.tools:
        lines.append("# The answer may ask for a tool: nothing here runs it.")
    lines += [
        f"# The picture is not in this script: put it into {name} ({len(image.data):,} bytes)."
        for name, image in files
    ]
    return lines


def _list_files(made: Call) -> list[tuple[str, Image]]:
    """The pictures that are too large for a script, with the names of their files."""
    images = [image for message in made.messages for image in message.images]
    return [
        (name_image_file(number, image), image)
        for number, image in enumerate(images, 1)
        if len(image.data) > EMBEDDED_BYTES
    ]


def _print_pieces(text: str, files: Sequence[tuple[str, Image]]) -> str:
    """Shell commands that print the JSON, with the files in the places of their pictures."""
    commands: list[str] = []
    for name, image in files:
        before, found, after = text.partition(base64_data(image))
        if found:
            commands += [_print(before), f"  base64 < {name} | tr -d '\\n'"]
            text = after
    return "\n".join([*commands, _print(text)])


def _print(text: str) -> str:
    return f"  printf '%s' {shlex.quote(text)}"
