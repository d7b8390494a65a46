"""The lines of a script that take the answer apart. `CALL` stands for the call's arguments."""

from __future__ import annotations

CHAT_PRINTED = [
    "for chunk in stream:",
    "    # The last chunk carries the usage and no choice.",
    "    if chunk.choices:",
    '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
    "print()",
]

RESPONSES_PRINTED = [
    "for event in stream:",
    '    if event.type == "response.output_text.delta":',
    '        print(event.delta, end="", flush=True)',
    "print()",
]

_BEGIN = '''\
@mlflow.trace
def answer() -> None:
    """Ask, run the tools that the model asks for, and ask again with what they said."""
    for _ in range(6):
'''
_END = """\
    raise RuntimeError("The model still asks for tools after six requests.")"""

CHAT_PLAIN = (
    _BEGIN
    + """\
        completion = client.chat.completions.create(
CALL
        )
        message = completion.choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            print(message.content)
            return
        for tool_call in message.tool_calls:
            function = FUNCTIONS[tool_call.function.name]
            result = function(**json.loads(tool_call.function.arguments))
            messages.append(
                {"role": "tool", "tool_call_id": tool_call.id, "content": result}
            )
"""
    + _END
)

CHAT_STREAMED = (
    _BEGIN
    + """\
        stream = client.chat.completions.create(
CALL
        )
        text = ""
        tool_calls = {}
        for chunk in stream:
            # The last chunk carries the usage and no choice.
            if not chunk.choices:
                continue
            delta = chunk.choices[0].delta
            if delta.content:
                text += delta.content
                print(delta.content, end="", flush=True)
            # A tool call comes in pieces, the first with its id and name.
            for piece in delta.tool_calls or []:
                if piece.index not in tool_calls:
                    function = {"name": piece.function.name, "arguments": ""}
                    tool_calls[piece.index] = {
                        "id": piece.id,
                        "type": "function",
                        "function": function,
                    }
                function = tool_calls[piece.index]["function"]
                function["arguments"] += piece.function.arguments or ""
        print()
        if not tool_calls:
            return
        messages.append(
            {
                "role": "assistant",
                "content": text,
                "tool_calls": list(tool_calls.values()),
            }
        )
        for tool_call in tool_calls.values():
            function = FUNCTIONS[tool_call["function"]["name"]]
            result = function(**json.loads(tool_call["function"]["arguments"]))
            messages.append(
                {"role": "tool", "tool_call_id": tool_call["id"], "content": result}
            )
"""
    + _END
)

_RESPONSES_TOOLS = """\
        conversation.extend(
            item.model_dump(mode="json", exclude_none=True) for item in response.output
        )
        tool_calls = [item for item in response.output if item.type == "function_call"]
        if not tool_calls:
            return
        for tool_call in tool_calls:
            function = FUNCTIONS[tool_call.name]
            conversation.append(
                {
                    "type": "function_call_output",
                    "call_id": tool_call.call_id,
                    "output": function(**json.loads(tool_call.arguments)),
                }
            )
"""

RESPONSES_PLAIN = (
    _BEGIN
    + """\
        response = client.responses.create(
CALL
        )
        print(response.output_text)
"""
    + _RESPONSES_TOOLS
    + _END
)

RESPONSES_STREAMED = (
    _BEGIN
    + """\
        stream = client.responses.create(
CALL
        )
        for event in stream:
            if event.type == "response.output_text.delta":
                print(event.delta, end="", flush=True)
            elif event.type == "response.completed":
                response = event.response
        print()
"""
    + _RESPONSES_TOOLS
    + _END
)

_ANTHROPIC_TOOLS = """\
        content = [block.model_dump(exclude_none=True) for block in message.content]
        messages.append({"role": "assistant", "content": content})
        tool_uses = [block for block in message.content if block.type == "tool_use"]
        if not tool_uses:
            return
        results = [
            {
                "type": "tool_result",
                "tool_use_id": tool_use.id,
                "content": FUNCTIONS[tool_use.name](**tool_use.input),
            }
            for tool_use in tool_uses
        ]
        messages.append({"role": "user", "content": results})
"""

ANTHROPIC_PLAIN = (
    _BEGIN
    + """\
        message = client.messages.create(
CALL
        )
        print("".join(block.text for block in message.content if block.type == "text"))
"""
    + _ANTHROPIC_TOOLS
    + _END
)

# MLflow's autolog does not record the SDK's streams, see the comment in the script.
_SPAN = """\
# MLflow does not record streamed messages by itself, so this span does.
with mlflow.start_span(name="messages.stream", span_type="CHAT_MODEL") as span:
    span.set_inputs({"messages": list(messages)})
    with client.messages.stream(
CALL
    ) as stream:
        for text in stream.text_stream:
            print(text, end="", flush=True)
        message = stream.get_final_message()
    print()
    span.set_outputs(message.model_dump(mode="json", exclude_none=True))
    usage = message.usage
    span.set_attribute(
        "mlflow.chat.tokenUsage",
        {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
        },
    )
"""
ANTHROPIC_SPAN = _SPAN.rstrip()

ANTHROPIC_STREAMED = (
    _BEGIN
    + "".join(f"        {line}\n" if line != "CALL" else "CALL\n" for line in _SPAN.splitlines())
    + _ANTHROPIC_TOOLS
    + _END
)
