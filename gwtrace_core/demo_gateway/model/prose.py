"""The demo's texts. Every answer says that it is simulated."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gwtrace_core.demo_gateway.model.conversation import Conversation, ImageInput, ToolCall
from gwtrace_core.demo_gateway.model.models import DemoModel
from gwtrace_core.demo_gateway.model.tokens import tokenize

_SIMULATED = "_Simulated by the demo gateway: no model was asked._"


def first_sentence(text: str) -> str:
    """The first sentence of prose, without markdown, marked as simulated."""
    lines = [line for line in text.splitlines() if line and line[0] not in "#|`>-"]
    plain = re.sub(r"[*_`]", "", " ".join(lines)) or text
    match = re.match(r".{20,}?[.!?](?=\s|$)", plain)
    sentence = match[0] if match else plain
    return f"{sentence} (Simulated.)"


def system_note(system: str) -> str:
    """A closing line that shows the system prompt was read."""
    return f"\n\n> The system prompt was read: “{_short(system)}”"


def tool_lead(calls: Sequence[ToolCall]) -> str:
    """What a model says before it calls tools."""
    if len(calls) == 1:
        return f"Let me use `{calls[0].name}` for that."
    return f"Let me use {len(calls)} tools for that, at once."


def tool_report(conversation: Conversation, model: DemoModel) -> str:
    """The answer that uses what the tools returned."""
    rows = [
        f"| `{call.name}` | {_arguments(call)} | {_cell(output)} |"
        for call, output in conversation.finished_calls
    ]
    table = "\n".join(["| Tool | Asked | Answered |", "|---|---|---|", *rows])
    if model.style == "terse":
        results = "; ".join(_short(output, 120) for _, output in conversation.finished_calls)
        return f"{results}.\n\n{_SIMULATED}"
    count = len(rows)
    intro = "Here is what the tool found." if count == 1 else f"Here is what {count} tools found."
    return (
        f"{intro}\n\n{table}\n\n"
        "The tools really ran, on your machine; the words around them are made up. The trace shows "
        f"each call with its arguments and its result.\n\n{_SIMULATED}"
    )


def reasoning(conversation: Conversation, calls: Sequence[ToolCall]) -> str:
    """What the model thinks before it answers."""
    question = _short(conversation.question, 80)
    if calls:
        names = ", ".join(call.name for call in calls)
        return f"The question is: {question}\n\nI should not guess. These tools can tell: {names}."
    if conversation.finished_calls:
        return "The tools have answered. I compare what they say with the question and sum it up."
    if re.search(r"\bbat and a ball\b", question, re.IGNORECASE):
        return (
            "The quick answer is 0.10, so let me check it: then the bat would cost 1.10 and both "
            "together 1.20. That is too much.\n\nLet the ball cost x. The bat costs x + 1.00, and "
            "x + x + 1.00 = 1.10. So 2x = 0.10 and x = 0.05.\n\nCheck: 0.05 + 1.05 = 1.10. It fits."
        )
    turns = len(conversation.questions)
    return (
        f"The question is: {question}\n\nThis is question {turns} of the conversation. I look for "
        "what is really asked, weigh a short answer against a complete one, and choose an order: "
        "first the point, then an example, then what to watch out for."
    )


def bat_and_ball(conversation: Conversation, model: DemoModel) -> str:
    """The answer to the example prompt that shows reasoning."""
    return (
        "**The ball costs 0.05.**\n\n"
        "1. Let the ball cost *x*; then the bat costs *x* + 1.00.\n"
        "2. Together: *x* + *x* + 1.00 = 1.10, so 2*x* = 0.10.\n"
        "3. Therefore *x* = 0.05, and the bat costs 1.05.\n\n"
        "The tempting answer, 0.10, would make them 1.20 together.\n\n"
        f"{_SIMULATED}"
    )


def greeting(conversation: Conversation, model: DemoModel) -> str:
    """The answer to a greeting."""
    return (
        f"Hello! This is `{model.id}`, as the demo gateway plays it. Ask for code, a table or a "
        f"calculation, and watch the trace beside the answer.\n\n{_SIMULATED}"
    )


def about_history(conversation: Conversation, model: DemoModel) -> str:
    """The answer to `what did I ask before?`."""
    earlier = conversation.questions[:-1]
    if not earlier:
        return f"This is your first question, there was none before it.\n\n{_SIMULATED}"
    lines = "\n".join(f"{n}. “{_short(text)}”" for n, text in enumerate(earlier[-10:], start=1))
    return f"Before this you asked:\n\n{lines}\n\n{_SIMULATED}"


def about_images(conversation: Conversation, model: DemoModel) -> str:
    """The answer to a message with pictures."""
    images = conversation.images
    count = "one picture" if len(images) == 1 else f"{len(images)} pictures"
    lines = "\n".join(f"- {_image(image)}" for image in images)
    return (
        f"You attached {count}:\n\n{lines}\n\nThey arrived whole. The demo does not look at what "
        f"they show.\n\n{_SIMULATED}"
    )


_STREAMING_CODE = """```python
from openai import OpenAI

client = OpenAI(base_url="http://127.0.0.1:8080/proxy/openai", api_key="demo")

with client.chat.completions.create(
    model="gpt-5.2",
    messages=[{"role": "user", "content": "Hello!"}],
    stream=True,
) as stream:
    for chunk in stream:
        if chunk.choices:  # the last chunk carries only the usage
            print(chunk.choices[0].delta.content or "", end="", flush=True)
```"""

_STREAMING_TABLE = """| | Streamed | Not streamed |
|---|---|---|
| First words | after the first token | after the last token |
| Tokens and the gateway's cost | in the last event | in the body |
| Cost as a header too | no | yes |
| A cut connection | looks like a short answer | is an error |"""


def about_streaming(conversation: Conversation, model: DemoModel) -> str:
    """The answer to the example prompt that shows markdown, code and a table."""
    points = (
        "1. Your request goes to a **route**, such as `/proxy/openai`, with *your* gateway key.\n"
        "2. The gateway checks the key and its limits, and puts in the provider's own key.\n"
        "3. The provider answers with *server-sent events*; the gateway passes each on as it "
        "comes and reads along to count tokens."
    )
    if model.style == "terse":
        return f"{points}\n\n{_STREAMING_TABLE}\n\n{_SIMULATED}"
    closing = {
        "thorough": "Note the second row: the gateway puts what a call cost into the answer's "
        "usage, so of a stream that broke off the cost is not known.",
        "brisk": "In short: stream for people, do not stream for programs.",
        "friendly": "Have a look at the trace beside this answer: the lighter part of the bar is "
        "the wait for the first token.",
    }[model.style]
    return (
        f"## How a gateway streams an answer\n\n{points}\n\n### Example\n\n{_STREAMING_CODE}\n\n"
        f"### Streamed or not\n\n{_STREAMING_TABLE}\n\n{closing}\n\n{_SIMULATED}"
    )


def some_code(conversation: Conversation, model: DemoModel) -> str:
    """The answer to a wish for code."""
    code = (
        "```python\n"
        "from collections import Counter\n\n\n"
        "def most_common_words(text: str, count: int = 3) -> list[tuple[str, int]]:\n"
        '    """The words that occur most often, most frequent first."""\n'
        "    words = text.lower().split()\n"
        "    return Counter(words).most_common(count)\n"
        "```"
    )
    if model.style == "terse":
        return f"{code}\n\n{_SIMULATED}"
    return (
        f"You asked: “{_short(conversation.question)}”\n\nHere is a small function as a stand-in "
        f"for it.\n\n{code}\n\n- It reads the text once.\n- It ignores case.\n- It does not handle "
        f"punctuation; a real answer would.\n\n{_SIMULATED}"
    )


def about_anything(conversation: Conversation, model: DemoModel) -> str:
    """The answer to all else."""
    question = _short(conversation.question) or "nothing in words"
    turns = len(conversation.questions)
    history = "" if turns < 2 else f" This is question {turns} of our conversation."
    if model.style == "terse":
        return f"You asked: “{question}”.{history} The demo has no real answer.\n\n{_SIMULATED}"
    opening = {
        "thorough": "A real model would now give a considered answer.",
        "brisk": "A real model would answer this in a few lines.",
        "friendly": "Good question! A real model would gladly answer it.",
    }[model.style]
    return (
        f"You asked: “{question}”.{history} {opening} This one shows what an answer looks like "
        "instead:\n\n"
        "- **Streaming**: the words appear as they are made, at this model's own pace.\n"
        "- **Tokens and cost**: counted below, with the list price of the real model.\n"
        "- **The trace**: what MLflow recorded of this very call, beside the answer.\n\n"
        "| Try | To see |\n|---|---|\n"
        "| *What is 12% of 480?* | a tool round trip |\n"
        "| *What did I ask before?* | that the conversation is sent along |\n"
        "| a model named `fault-…` | how a failure is explained |\n\n"
        f"{_SIMULATED}"
    )


_FILLER = (
    " The demo writes at length when asked to, so that streaming can be watched and measured.",
    " Each sentence is plain text, cut into tokens in the way that this model would send them.",
    " Nothing here carries any news, and no model was asked for it.",
    " A gateway passes such a stream on piece by piece, without waiting for its end.",
    " The trace that belongs to it holds the same words as one string.",
)


def of_length(tokens: int) -> str:
    """Text of exactly that many tokens, as the demo counts them."""
    pieces: list[str] = []
    sentence = 0
    while len(pieces) < tokens:
        pieces.extend(tokenize(_FILLER[sentence % len(_FILLER)]))
        sentence += 1
    return "".join(pieces[:tokens]).lstrip()


def _image(image: ImageInput) -> str:
    size = "given as a link, not fetched"
    if image.size_bytes is not None:
        size = f"{image.size_bytes:,} bytes"
    return f"`{image.media_type}`, {size}"


def _arguments(call: ToolCall) -> str:
    return _cell(", ".join(f"{name} = {value}" for name, value in call.arguments.items()))


def _cell(text: str) -> str:
    return _short(text, 160).replace("|", "\\|")


def _short(text: str, limit: int = 200) -> str:
    """One line of at most `limit` characters."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
