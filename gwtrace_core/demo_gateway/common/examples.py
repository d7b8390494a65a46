"""Three prompts that show what the demo can do, for the empty chat page. Light on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplePrompt:
    """A prompt to start with."""

    title: str
    text: str
    shows: Literal["streaming", "tools", "reasoning"]
    """What it shows off: `tools` needs the built-in tools, `reasoning` a reasoning effort."""


EXAMPLE_PROMPTS: tuple[ExamplePrompt, ...] = (
    ExamplePrompt(
        title="Stream an explanation",
        text="How does a gateway stream a model's answer? Show a short Python example and compare "
        "streamed with not streamed in a table.",
        shows="streaming",
    ),
    ExamplePrompt(
        title="Use some tools",
        text="What is 17.5% of 2,480, what time is it in Tokyo, and how many miles are "
        "42 kilometres?",
        shows="tools",
    ),
    ExamplePrompt(
        title="Think it through",
        text="A bat and a ball cost 1.10 together. The bat costs 1.00 more than the ball. "
        "What does the ball cost? Think it through before you answer.",
        shows="reasoning",
    ),
)
