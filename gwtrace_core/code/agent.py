"""Scripts for the Pydantic AI agent."""

from __future__ import annotations

from gwtrace_core.code.literals import Code, quote_string, write_call, write_literal
from gwtrace_core.code.parts import (
    Call,
    Pictures,
    Script,
    Texts,
    add_tool_functions,
    write_key,
)
from gwtrace_core.gateway.routes import uses_responses
from gwtrace_core.values.connection import Provider, Target
from gwtrace_core.values.request import Message

_MODEL_CLASSES = {
    Provider.ANTHROPIC: ("anthropic", "AnthropicModel"),
    Provider.GROQ: ("groq", "GroqModel"),
    Provider.GOOGLE: ("google", "GoogleModel"),
    Provider.BEDROCK: ("bedrock", "BedrockConverseModel"),
}
_GATEWAY_NAMES = {
    Provider.ANTHROPIC: "anthropic",
    Provider.GROQ: "groq",
    Provider.GOOGLE: "google-cloud",
    Provider.BEDROCK: "bedrock",
}
_PROVIDER_CLASSES = {
    Provider.OPENAI: ("openai", "OpenAIProvider"),
    Provider.ANTHROPIC: ("anthropic", "AnthropicProvider"),
    Provider.GROQ: ("groq", "GroqProvider"),
    Provider.GOOGLE: ("google", "GoogleProvider"),
}

_SHOW = '''\
async def show(_: RunContext, events: AsyncIterable[AgentStreamEvent]) -> None:
    """Print the answer while it comes."""
    async for event in events:
        match event:
            case PartStartEvent(part=TextPart(content=text)):
                print(text, end="", flush=True)
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                print(text, end="", flush=True)'''


def write_pydantic_ai_agent(script: Script, made: Call) -> None:
    """Pydantic AI agent, through `gateway_provider` where there is a gateway."""
    script.imports.update({"import mlflow", "from pydantic_ai import Agent"})
    _add_model(script, made)
    texts, pictures = Texts(script), Pictures(script)
    instructions = texts.place(made.system_prompt, "SYSTEM_PROMPT")
    history = [
        _write_past_message(script, message, texts.place_message(message, is_last=False), pictures)
        for message in made.messages[:-1]
    ]
    last = made.messages[-1]
    question = _write_content(script, last, texts.place_message(last, is_last=True), pictures)
    add_tool_functions(script, made.tools, for_agent=True)
    agent: list[tuple[str, object]] = []
    if made.system_prompt:
        agent.append(("instructions", instructions))
    if made.tools:
        agent.append(("tools", [Code(tool.name) for tool in made.tools]))
    _add_agent(script, agent)
    if history:
        script.add(f"history = {write_literal(history, before=len('history = '))}")
    _add_run(script, made, question, has_history=bool(history))


def _add_model(script: Script, made: Call) -> None:
    target = made.target
    key = write_key(script, target)
    if target.connection.is_gateway:
        script.imports.add("from pydantic_ai.providers.gateway import gateway_provider")
        name = _choose_gateway_name(target)
        lines = write_call(
            "provider = gateway_provider",
            [
                ("route", target.route),
                ("base_url", target.base_url),
                ("api_key", key),
            ],
        )
        script.add([lines[0], f"    {quote_string(name)},", *lines[1:]])
    else:
        module, name = _PROVIDER_CLASSES[target.provider]
        script.imports.add(f"from pydantic_ai.providers.{module} import {name}")
        script.add(
            write_call(f"provider = {name}", [("base_url", target.base_url), ("api_key", key)])
        )
    module, name = _choose_model_class(target)
    script.imports.add(f"from pydantic_ai.models.{module} import {name}")
    flat = f"model = {name}({quote_string(made.model)}, provider=provider)"
    if len(flat) > 88 or not flat.isascii():
        script.add(
            [f"model = {name}(", f"    {quote_string(made.model)},", "    provider=provider,", ")"]
        )
    else:
        script.add(flat)


def _choose_gateway_name(target: Target) -> str:
    if target.provider is Provider.OPENAI:
        return "openai-responses" if uses_responses(target) else "openai-chat"
    return _GATEWAY_NAMES[target.provider]


def _choose_model_class(target: Target) -> tuple[str, str]:
    if target.provider is Provider.OPENAI:
        name = "OpenAIResponsesModel" if uses_responses(target) else "OpenAIChatModel"
        return "openai", name
    return _MODEL_CLASSES[target.provider]


def _add_agent(script: Script, arguments: list[tuple[str, object]]) -> None:
    if arguments:
        lines = write_call("agent = Agent", arguments)
        script.add([lines[0], "    model,", *lines[1:]])
    else:
        script.add("agent = Agent(model)")


def _add_run(
    script: Script, made: Call, question: str | Code | list[object], *, has_history: bool
) -> None:
    arguments: list[tuple[str, object]] = []
    if has_history:
        arguments.append(("message_history", Code("history")))
    settings = _list_settings(made)
    if settings:
        arguments.append(("model_settings", settings))
    if made.is_streamed:
        script.imports.update(
            {
                "from collections.abc import AsyncIterable",
                "from pydantic_ai import RunContext",
                "from pydantic_ai.messages import AgentStreamEvent",
                "from pydantic_ai.messages import PartDeltaEvent",
                "from pydantic_ai.messages import PartStartEvent",
                "from pydantic_ai.messages import TextPart",
                "from pydantic_ai.messages import TextPartDelta",
            }
        )
        script.add(_SHOW)
        arguments.append(("event_stream_handler", Code("show")))
    lines = write_call("result = agent.run_sync", arguments)
    first = "    " + write_literal(question, indent=1, before=4) + ","
    if not arguments and not isinstance(question, list) and len(first) <= 60:
        run = [f"result = agent.run_sync({first.strip().rstrip(',')})"]
    else:
        run = [lines[0], first, *lines[1:]]
    script.add([*run, "print()" if made.is_streamed else "print(result.output)"])


def _list_settings(made: Call) -> dict[str, object]:
    taken = made.parameters
    settings: dict[str, object] = {}
    responses = uses_responses(made.target)
    if made.target.provider not in (Provider.GOOGLE, Provider.BEDROCK):
        settings["max_retries"] = 0
    if taken.temperature is not None:
        settings["temperature"] = taken.temperature
    if taken.max_output_tokens is not None:
        settings["max_tokens"] = taken.max_output_tokens
    if taken.top_p is not None:
        settings["top_p"] = taken.top_p
    if taken.stop and not responses:
        settings["stop_sequences"] = list(taken.stop)
    if taken.reasoning_effort is not None:
        settings["thinking"] = taken.reasoning_effort
    if responses:
        settings["openai_store"] = False
        if taken.reasoning_effort is not None:
            settings["openai_reasoning_summary"] = "auto"
    return settings


def _write_content(
    script: Script, message: Message, text: str | Code, pictures: Pictures
) -> str | Code | list[object]:
    if not message.images:
        return text
    script.imports.add("from pydantic_ai import BinaryContent")
    parts: list[object] = [
        Code(f'BinaryContent(data={pictures.place(image)}, media_type="{image.media_type}")')
        for image in message.images
    ]
    return [*parts, text] if message.text.strip() else parts


def _write_past_message(
    script: Script, message: Message, text: str | Code, pictures: Pictures
) -> Code:
    content = _write_content(script, message, text, pictures)
    classes = (
        ("ModelRequest", "UserPromptPart")
        if message.role == "user"
        else ("ModelResponse", "TextPart")
    )
    for name in classes:
        script.imports.add(f"from pydantic_ai.messages import {name}")
    flat = f"{classes[0]}(parts=[{classes[1]}(content={write_literal(content)})])"
    if len(flat) <= 80 and flat.isascii() and "\n" not in flat:
        return Code(flat)
    inner = write_call(classes[1], [("content", content)], indent=3)
    lines = [f"{classes[0]}(", "        parts=[", *inner[:-1], "            ),", "        ],"]
    return Code("\n".join([*lines, "    )"]))
