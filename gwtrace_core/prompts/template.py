"""Templates with `{{variables}}`: found, checked and filled, by the rules of MLflow's registry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from gwtrace_core.values.errors import RequestRefused

_VARIABLE = re.compile(
    r"\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*)\s*\}\}", re.ASCII
)
_BRACES = re.compile(r"\{\{.*?(?:\}\}|$)", re.MULTILINE)
_ODD_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTemplate:
    """A prompt of one text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateMessage:
    """One message of a chat prompt."""

    role: str
    """`system`, `user` or `assistant`; MLflow takes any word."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTemplate:
    """A prompt of several messages; at least one."""

    messages: tuple[TemplateMessage, ...]


Template = TextTemplate | ChatTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePiece:
    """A stretch of a template. Of a variable, `name` says which, and `text` is as written."""

    kind: Literal["text", "variable"]
    text: str
    name: str = ""


def texts_of(template: Template) -> tuple[str, ...]:
    """The texts that may hold variables, in order."""
    match template:
        case TextTemplate(text=text):
            return (text,)
        case ChatTemplate(messages=messages):
            return tuple(message.text for message in messages)
        case _:
            assert_never(template)


def pieces_of(text: str) -> tuple[TemplatePiece, ...]:
    """The text cut at its variables; joined again it is the same text."""
    pieces: list[TemplatePiece] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > end:
            pieces.append(TemplatePiece(kind="text", text=text[end : found.start()]))
        pieces.append(TemplatePiece(kind="variable", text=found[0], name=found[1]))
        end = found.end()
    if end < len(text):
        pieces.append(TemplatePiece(kind="text", text=text[end:]))
    return tuple(pieces)


def variables_of(template: Template) -> tuple[str, ...]:
    """Names of the variables, each once, in the order in which they first appear."""
    names = (
        piece.name
        for text in texts_of(template)
        for piece in pieces_of(text)
        if piece.kind == "variable"
    )
    return tuple(dict.fromkeys(names))


def find_odd_braces(template: Template) -> tuple[str, ...]:
    """Double braces that are no variable, as written, shortened: they are sent as they are."""
    odd: list[str] = []
    for text in texts_of(template):
        plain = (piece.text for piece in pieces_of(text) if piece.kind == "text")
        odd += [found[0] for part in plain for found in _BRACES.finditer(part)]
    return tuple(dict.fromkeys(each[:_ODD_SHOWN] for each in odd))


def has_control_flow(template: Template) -> bool:
    """Whether it is a Jinja2 template with `{% … %}`, which MLflow renders and gwtrace does not."""
    return any("{%" in text and "%}" in text for text in texts_of(template))


def list_missing_values(template: Template, values: Mapping[str, str]) -> tuple[str, ...]:
    """Variables without a value; an empty text is none."""
    return tuple(name for name in variables_of(template) if not values.get(name))


def list_unknown_values(template: Template, values: Mapping[str, str]) -> tuple[str, ...]:
    """Names that have a value, but are no variable of the template."""
    known = variables_of(template)
    return tuple(name for name, value in values.items() if value and name not in known)


def fill_template(template: Template, values: Mapping[str, str]) -> Template:
    """The template with every variable replaced once: a value is never looked at for variables.

    Raises RequestRefused that names every variable without a value and every value without one.
    """
    if has_control_flow(template):
        raise RequestRefused(
            "This prompt holds Jinja2 statements ({% … %}), which gwtrace does not run.",
            hint="Use plain {{variables}}, or render it in MLflow and paste the result.",
        )
    problems = [
        _name_variables("no value for", list_missing_values(template, values)),
        _name_variables("no such variable as", list_unknown_values(template, values)),
    ]
    if any(problems):
        said = "; ".join(problem for problem in problems if problem)
        raise RequestRefused(
            f"The prompt cannot be filled: {said}.", hint="Nothing was sent: fill in the form."
        )
    match template:
        case TextTemplate(text=text):
            return TextTemplate(text=_filled_text(text, values))
        case ChatTemplate(messages=messages):
            return ChatTemplate(
                messages=tuple(
                    TemplateMessage(role=each.role, text=_filled_text(each.text, values))
                    for each in messages
                )
            )
        case _:
            assert_never(template)


def as_one_text(template: Template) -> str:
    """The template in one text: to be searched, held against another, and read."""
    match template:
        case TextTemplate(text=text):
            return text
        case ChatTemplate(messages=messages):
            return "\n\n".join(f"[{message.role}]\n{message.text}" for message in messages)
        case _:
            assert_never(template)


def _filled_text(text: str, values: Mapping[str, str]) -> str:
    return "".join(
        values[piece.name] if piece.kind == "variable" else piece.text for piece in pieces_of(text)
    )


def _name_variables(what: str, names: tuple[str, ...]) -> str:
    return f"{what} {', '.join(names)}" if names else ""
