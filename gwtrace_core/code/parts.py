"""A script in the making, and the parts that all SDK paths share: texts, pictures, tools."""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gwtrace_core.code.literals import SHORT, WIDTH, Code, literal, quoted, text_block
from gwtrace_core.code.tool_source import tool_source
from gwtrace_core.gateway.catalog import Capabilities, capabilities
from gwtrace_core.sdk_paths.request import sendable_messages, taken_parameters
from gwtrace_core.tools.tools import Tool, find_tool
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, Target
from gwtrace_core.values.request import ChatRequest, Image, Message, Parameters
from gwtrace_core.values.unicode_text import clean_text

MAX_ROUNDS = 6
EMBEDDED_BYTES = 1_500
_EXTENSIONS = {"image/jpeg": "jpg"}
_DIRECT_KEYS = {
    Provider.OPENAI: "OPENAI_API_KEY",
    Provider.ANTHROPIC: "ANTHROPIC_API_KEY",
    Provider.GROQ: "GROQ_API_KEY",
    Provider.GOOGLE: "GOOGLE_API_KEY",
}


@dataclass(slots=True, kw_only=True)
class Script:
    """Imports and blocks; `source()` puts them together."""

    imports: set[str] = field(default_factory=set[str])
    blocks: list[str] = field(default_factory=list[str])

    def add(self, block: str | Sequence[str]) -> None:
        """Append a block, which blank lines set apart."""
        self.blocks.append(block if isinstance(block, str) else "\n".join(block))

    def source(self, docstring: str) -> str:
        """The whole script."""
        groups = [
            _import_lines(line for line in self.imports if _is_third_party(line) is is_third_party)
            for is_third_party in (False, True)
        ]
        text = docstring + "\n\n" + "\n\n".join("\n".join(lines) for lines in groups if lines)
        after_function = False
        for block in self.blocks:
            is_function = block.startswith(("def ", "async def ", "@"))
            text += ("\n\n\n" if is_function or after_function else "\n\n") + block
            after_function = is_function
        return text + "\n"


def _is_third_party(line: str) -> bool:
    return re.match(r"(import|from) (mlflow|openai|anthropic|pydantic_ai)\b", line) is not None


def _import_lines(lines: Iterable[str]) -> list[str]:
    """The lines in order, those from one module joined."""
    names: dict[str, list[str]] = {}
    for line in sorted(lines, key=lambda line: (line.startswith("from"), line.lower())):
        start, _, name = line.partition(" import ")
        names.setdefault(start, []).append(name)
    joined: list[str] = []
    for start, imported in names.items():
        line = f"{start} import {', '.join(sorted(imported))}" if imported[0] else start
        if len(line) > WIDTH:
            joined += [f"{start} import (", *(f"    {name}," for name in sorted(imported)), ")"]
        else:
            joined.append(line)
    return joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a request comes to once the model's limits and the sendable form are applied."""

    request: ChatRequest
    target: Target
    able: Capabilities
    parameters: Parameters
    messages: tuple[Message, ...]
    system_prompt: str
    tools: tuple[Tool, ...]

    @property
    def model(self) -> str:
        """The model's id."""
        return self.request.lane.model

    @property
    def is_streamed(self) -> bool:
        """Whether the answer is asked for piece by piece."""
        return self.request.lane.streamed


def call_of(request: ChatRequest, target: Target) -> Call:
    """The call as the SDK path would make it."""
    lane = request.lane
    able = capabilities(target.provider, lane.model)
    tools = (find_tool(name) for name in lane.tools) if able.tools else ()
    return Call(
        request=request,
        target=target,
        able=able,
        parameters=taken_parameters(request, able),
        messages=tuple(sendable_messages(request.messages)),
        system_prompt=clean_text(request.system_prompt) if request.system_prompt.strip() else "",
        tools=tuple(tool for tool in tools if tool is not None),
    )


def key_expression(script: Script, target: Target) -> Code:
    """How the script gets its key: from the environment, never from the source.

    Adds the import that it takes to `script`.
    """
    connection = target.connection
    if connection.kind is ConnectionKind.DEMO:
        # The demo's keys are public, and the connection's id is the key. From the environment would
        # come the key of the real gateway, which is not for this host.
        return Code(quoted(connection.id))
    if connection.kind is ConnectionKind.CUSTOM and not connection.api_key:
        return Code('"none"')
    script.imports.add("import os")
    return Code(f'os.environ["{key_variable(target)}"]')


def key_variable(target: Target) -> str:
    """The environment variable that holds the key."""
    return connection_key_variable(target.connection, target.provider)


def connection_key_variable(connection: Connection, provider: Provider) -> str:
    """The environment variable that holds the connection's key."""
    if connection.kind is ConnectionKind.DIRECT:
        return _DIRECT_KEYS[provider]
    if connection.kind is ConnectionKind.CUSTOM or connection.id == "custom":
        return "GWTRACE_CUSTOM_API_KEY"
    return "PYDANTIC_AI_GATEWAY_API_KEY"


class Texts:
    """Gives every text its place: short ones inline, others as constants above."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._count = 0

    def place(self, text: str, name: str) -> str | Code:
        """The text itself, or the constant `name` that now holds it."""
        if "\n" not in text and len(quoted(text)) <= SHORT:
            return text
        self._script.add(f"{name} = {text_block(text)}")
        return Code(name)

    def message(self, message: Message, *, is_last: bool) -> str | Code:
        """The text of a message of the conversation."""
        self._count += 1
        name = "QUESTION" if is_last else f"{message.role.upper()}_{self._count}"
        return self.place(clean_text(message.text), name)


class Pictures:
    """Pictures as constants: small ones in the source, others read from a file."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._count = 0

    def place(self, image: Image) -> str:
        """The name of the constant that holds the picture's bytes."""
        self._count += 1
        name = f"IMAGE_{self._count}"
        if len(image.data) <= EMBEDDED_BYTES:
            self._script.imports.add("import base64")
            encoded = base64.b64encode(image.data).decode("ascii")
            lines = [f"    {quoted(piece)}" for piece in textwrap.wrap(encoded, 80)] or ['    ""']
            self._script.add([f"{name} = base64.b64decode(", *lines, ")"])
            return name
        self._script.imports.add("from pathlib import Path")
        file = image_file(self._count, image)
        size = f"{len(image.data):,} bytes"
        self._script.add(
            [
                f"# The picture is not in this script: put it into this file ({size}).",
                f'{name} = Path("{file}").read_bytes()',
            ]
        )
        return name


def image_file(number: int, image: Image) -> str:
    """The name of the file that holds a picture which is too large for a script."""
    extension = _EXTENSIONS.get(image.media_type, image.media_type.partition("/")[2])
    return f"image-{number}.{extension}"


def add_tool_functions(script: Script, tools: Iterable[Tool], *, for_agent: bool) -> None:
    """Add the tools as plain functions, with what they need above them."""
    for tool in tools:
        source = tool_source(tool.name)
        script.imports.update(source.imports)
        for helper in source.helpers:
            script.add(helper)
        function = _documented(source.function, tool) if for_agent else source.function
        # Autolog records the agent's tools, not those of a loop of one's own.
        script.add(function if for_agent else f'@mlflow.trace(span_type="TOOL")\n{function}')


def functions_table(tools: Sequence[Tool]) -> str:
    """`FUNCTIONS = {...}`: the functions by the names that the model uses."""
    table = {tool.name: Code(tool.name) for tool in tools}
    return f"FUNCTIONS = {literal(table, before=len('FUNCTIONS = '))}"


def _documented(function: str, tool: Tool) -> str:
    """The function with the docstring from which the agent tells the model what it does."""
    head, _, rest = function.partition("\n")
    body = rest.partition("\n")[2]
    lines = textwrap.wrap(tool.description, 80)
    arguments = [
        f"        {name}: {schema['description']}"
        for name, schema in tool.parameters["properties"].items()
    ]
    text = "\n    ".join(lines) + "\n\n    Args:\n" + "\n".join(arguments)
    return f'{head}\n    """{text}\n    """\n{body}'
