"""Scripts for the three plain SDKs: one call, or with tools a loop of calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwtrace_core.code import loops
from gwtrace_core.code.literals import Code, write_call, write_literal
from gwtrace_core.code.parts import (
    Call,
    Pictures,
    Script,
    Texts,
    add_tool_functions,
    write_functions_table,
    write_key,
)
from gwtrace_core.sdk_paths.anthropic_arguments import messages_arguments
from gwtrace_core.values.connection import ConnectionKind, Provider
from gwtrace_core.values.request import Image, Message

_DATA_URL = '''\
def data_url(data: bytes, media_type: str) -> str:
    """A picture as the API takes it."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"'''


def write_openai_chat(script: Script, made: Call) -> None:
    """OpenAI SDK, chat completions."""
    _add_openai_client(script, made)
    messages = _write_openai_messages(script, made, kind="chat")
    script.add(f"messages = {write_literal(messages, before=len('messages = '))}")
    arguments: list[tuple[str, object]] = [("model", made.model), ("messages", Code("messages"))]
    taken = made.parameters
    if taken.temperature is not None:
        arguments.append(("temperature", taken.temperature))
    if taken.max_output_tokens is not None:
        own = made.target.provider is Provider.OPENAI
        own = own and made.target.connection.kind is not ConnectionKind.CUSTOM
        name = "max_completion_tokens" if own else "max_tokens"
        arguments.append((name, taken.max_output_tokens))
    if taken.top_p is not None:
        arguments.append(("top_p", taken.top_p))
    if taken.stop:
        arguments.append(("stop", list(taken.stop)))
    if taken.reasoning_effort is not None:
        arguments.append(("reasoning_effort", taken.reasoning_effort))
    if made.tools:
        arguments.append(("tools", Code("TOOLS")))
    if made.is_streamed:
        arguments += [("stream", True), ("stream_options", {"include_usage": True})]
    if made.tools:
        tools = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.parameters),
                },
            }
            for tool in made.tools
        ]
        _add_tools(script, made, tools)
        _add_loop(script, loops.CHAT_STREAMED if made.is_streamed else loops.CHAT_PLAIN, arguments)
    elif made.is_streamed:
        script.add(
            write_call("stream = client.chat.completions.create", arguments) + loops.CHAT_PRINTED
        )
    else:
        lines = write_call("completion = client.chat.completions.create", arguments)
        script.add([*lines, "print(completion.choices[0].message.content)"])


def write_openai_responses(script: Script, made: Call) -> None:
    """OpenAI SDK, responses."""
    _add_openai_client(script, made)
    instructions = Texts(script).place(made.system_prompt, "SYSTEM_PROMPT")
    items = _write_openai_messages(script, made, kind="responses")
    script.add(f"conversation = {write_literal(items, before=len('conversation = '))}")
    arguments: list[tuple[str, object]] = [
        ("model", made.model),
        ("input", Code("conversation")),
        ("store", False),
    ]
    taken = made.parameters
    if made.system_prompt:
        arguments.append(("instructions", instructions))
    if taken.temperature is not None:
        arguments.append(("temperature", taken.temperature))
    if taken.max_output_tokens is not None:
        arguments.append(("max_output_tokens", taken.max_output_tokens))
    if taken.top_p is not None:
        arguments.append(("top_p", taken.top_p))
    if taken.reasoning_effort is not None:
        arguments.append(("reasoning", {"effort": taken.reasoning_effort, "summary": "auto"}))
    if made.tools:
        arguments.append(("tools", Code("TOOLS")))
        if made.able.reasoning:
            arguments.append(("include", ["reasoning.encrypted_content"]))
    if made.is_streamed:
        arguments.append(("stream", True))
    if made.tools:
        tools = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
                "strict": False,
            }
            for tool in made.tools
        ]
        _add_tools(script, made, tools)
        template = loops.RESPONSES_STREAMED if made.is_streamed else loops.RESPONSES_PLAIN
        _add_loop(script, template, arguments)
    elif made.is_streamed:
        script.add(
            write_call("stream = client.responses.create", arguments) + loops.RESPONSES_PRINTED
        )
    else:
        lines = write_call("response = client.responses.create", arguments)
        script.add([*lines, "print(response.output_text)"])


def write_anthropic_messages(script: Script, made: Call) -> None:
    """Anthropic SDK, messages."""
    # The gateway takes the key as a bearer token on every route; the provider itself does not.
    credential = "auth_token" if made.target.connection.is_gateway else "api_key"
    _add_client(script, made, "Anthropic", "anthropic", credential)
    system = Texts(script).place(made.system_prompt, "SYSTEM_PROMPT")
    texts, pictures = Texts(script), Pictures(script)
    messages = [
        _write_anthropic_message(
            script, message, texts, pictures, is_last=message is made.messages[-1]
        )
        for message in made.messages
    ]
    script.add(f"messages = {write_literal(messages, before=len('messages = '))}")
    ready = messages_arguments(made.request, made.able)
    ready["messages"] = Code("messages")
    if made.system_prompt:
        ready["system"] = system
    tools = ready.pop("tools", [])
    # The SDK has no arguments for these any more; the API still takes them for older models.
    sampling = {name: ready.pop(name) for name in ("temperature", "top_p") if name in ready}
    if sampling:
        ready["extra_body"] = {**ready.get("extra_body", {}), **sampling}
    arguments: list[tuple[str, object]] = list(ready.items())
    if made.tools:
        arguments.append(("tools", Code("TOOLS")))
        _add_tools(
            script, made, [{**tool, "input_schema": dict(tool["input_schema"])} for tool in tools]
        )
        template = loops.ANTHROPIC_STREAMED if made.is_streamed else loops.ANTHROPIC_PLAIN
        # A stream's call stands one level deeper, inside its span.
        _add_loop(script, template, arguments, indent=3 if made.is_streamed else 2)
    elif made.is_streamed:
        script.add(_fill(loops.ANTHROPIC_SPAN, arguments, indent=1))
    else:
        lines = write_call("message = client.messages.create", arguments)
        printed = 'print("".join(block.text for block in message.content if block.type == "text"))'
        script.add([*lines, printed])


def _add_client(script: Script, made: Call, name: str, package: str, credential: str) -> None:
    script.imports.update({"import mlflow", f"from {package} import {name}"})
    arguments = [
        ("base_url", made.target.base_url),
        (credential, write_key(script, made.target)),
        ("max_retries", 0),
    ]
    script.add(write_call(f"client = {name}", arguments))


def _add_openai_client(script: Script, made: Call) -> None:
    _add_client(script, made, "OpenAI", "openai", "api_key")


def _write_openai_messages(script: Script, made: Call, *, kind: str) -> list[Mapping[str, Any]]:
    texts, pictures = Texts(script), Pictures(script)
    messages: list[Mapping[str, Any]] = []
    if made.system_prompt and kind == "chat":
        content = texts.place(made.system_prompt, "SYSTEM_PROMPT")
        messages.append({"role": "system", "content": content})
    if any(message.images for message in made.messages):
        script.imports.add("import base64")
        script.add(_DATA_URL)
    for message in made.messages:
        content = texts.place_message(message, is_last=message is made.messages[-1])
        if not message.images:
            messages.append({"role": message.role, "content": content})
            continue
        parts = [_write_openai_picture(image, pictures, kind) for image in message.images]
        if message.text.strip():
            parts.append({"type": "text" if kind == "chat" else "input_text", "text": content})
        messages.append({"role": message.role, "content": parts})
    return messages


def _write_openai_picture(image: Image, pictures: Pictures, kind: str) -> Mapping[str, Any]:
    url = Code(f'data_url({pictures.place(image)}, "{image.media_type}")')
    if kind == "chat":
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "input_image", "image_url": url, "detail": "auto"}


def _write_anthropic_message(
    script: Script, message: Message, texts: Texts, pictures: Pictures, *, is_last: bool
) -> Mapping[str, Any]:
    content = texts.place_message(message, is_last=is_last)
    if not message.images:
        return {"role": message.role, "content": content}
    script.imports.add("import base64")
    parts: list[Mapping[str, Any]] = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": image.media_type,
                "data": Code(f"base64.b64encode({pictures.place(image)}).decode()"),
            },
        }
        for image in message.images
    ]
    if message.text.strip():
        parts.append({"type": "text", "text": content})
    return {"role": message.role, "content": parts}


def _add_tools(script: Script, made: Call, tools: list[Any]) -> None:
    script.add(f"TOOLS = {write_literal(tools, before=len('TOOLS = '))}")
    add_tool_functions(script, made.tools, for_agent=False)
    script.add(write_functions_table(made.tools))


def _add_loop(
    script: Script, template: str, arguments: list[tuple[str, object]], *, indent: int = 2
) -> None:
    script.imports.update({"import json"} if "json." in template else set())
    script.add(_fill(template, arguments, indent=indent))
    script.add("answer()")


def _fill(template: str, arguments: list[tuple[str, object]], *, indent: int) -> str:
    """`template` with `CALL` replaced by the arguments of a call at that depth."""
    # The first and last line of a call are its opening and closing, which the template has.
    lines = write_call("", arguments, indent=indent)[1:-1]
    return template.replace("CALL", "\n".join(lines))
