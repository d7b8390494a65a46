"""A filled prompt as what a lane and a message box take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from gwtrace_core.prompts.registry import PromptVersion
from gwtrace_core.prompts.template import TextTemplate, fill_template, variables_of
from gwtrace_core.trace.recorded_json import read_json_or_none
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import PromptUse
from gwtrace_core.values.text import one_line

_VALUE_CHARS = 40
Place = Literal["system", "user"]
"""What a text prompt is used as. A chat prompt says itself what its messages are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyPrompt:
    """A prompt that can be sent, and which version it came from."""

    use: PromptUse
    system_prompt: str = ""
    earlier: tuple[tuple[str, str], ...] = ()
    """Questions with their answers, as a chat prompt shows them to the model."""
    message: str = ""
    values: tuple[tuple[str, str], ...] = ()
    """What the variables were filled with, in their order."""


def prepare_prompt(
    version: PromptVersion, values: Mapping[str, str], *, place: Place, alias: str = ""
) -> ReadyPrompt:
    """Fill the version. Raises RequestRefused for values that are missing or unknown, and for
    messages in an order that no provider takes."""
    whole = fill_template(version.template, values)
    use = PromptUse(name=version.name, version=version.version, alias=alias)
    given = tuple((name, values[name]) for name in variables_of(version.template))
    if isinstance(whole, TextTemplate):
        if place == "system":
            return ReadyPrompt(use=use, system_prompt=whole.text, values=given)
        return ReadyPrompt(use=use, message=whole.text, values=given)
    system = [message.text for message in whole.messages if message.role == "system"]
    said = [message for message in whole.messages if message.role != "system"]
    for number, message in enumerate(said):
        wanted = ("user", "assistant")[number % 2]
        if message.role != wanted:
            raise RequestRefused(
                f"The prompt has a message of {message.role[:40]!r} where one of {wanted!r} "
                "can be sent.",
                hint="After system messages, user and assistant take turns, the user first.",
            )
    texts = [message.text for message in said]
    pairs = tuple(zip(texts[::2], texts[1::2], strict=False))
    return ReadyPrompt(
        use=use,
        system_prompt="\n\n".join(system),
        earlier=pairs,
        message=texts[-1] if len(texts) % 2 else "",
        values=given,
    )


def use_words(use: PromptUse) -> str:
    """`support-answer v2 (challenger)`."""
    return f"{use.name} v{use.version}" + (f" ({use.alias})" if use.alias else "")


def filled_words(prompt: ReadyPrompt) -> str:
    """`support-answer v2 with tone = kind`: which version, and what was filled in."""
    filled_in = ", ".join(
        f"{name} = {one_line(value, _VALUE_CHARS)}" for name, value in prompt.values
    )
    return f"{use_words(prompt.use)}{f' with {filled_in}' if filled_in else ''}"


def read_linked_prompts(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Name and version of the prompts that a trace's tags link it to, as MLflow writes them.

    Empty where there is no link, and where another program wrote something else.
    """
    found: Any = read_json_or_none(tags.get(trace_names.LINKED_PROMPTS, "[]"))
    rows = cast(list[Any], found) if isinstance(found, list) else []
    maps = [cast(dict[str, Any], row) for row in rows if isinstance(row, dict)]
    pairs = [(str(row.get("name", "")), str(row.get("version", ""))) for row in maps]
    return tuple(dict.fromkeys(pair for pair in pairs if all(pair)))
