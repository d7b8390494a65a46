"""Prompts as files: JSON with every version, or plain text with one. Written and read back.

The JSON form (`gwtrace.prompt`, version 1) has `name`, `tags` and `versions`, the oldest first;
a version has `version`, `template` (a text, or a list of `role` and `content` as in MLflow),
`commit_message`, `author`, `created_ms`, `aliases` and `tags`.

The plain form begins with `name:` and what is known besides, one a line, then a line `---`, then
the text; the messages of a chat prompt each begin with a line `@@ role`. A file without such a
head is a text prompt as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, cast

from gwtrace_core.prompts import registry
from gwtrace_core.prompts.registry import PromptHistory, PromptVersion
from gwtrace_core.prompts.template import ChatTemplate, Template, TemplateMessage, TextTemplate
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import FileRefused, RequestRefused
from gwtrace_core.values.text import bytes_text
from gwtrace_core.values.unicode_text import clean_json

FORMAT_VERSION = 1
MAX_FILE_BYTES = 20_000_000

_HEAD_END = "---"
_ROLE = re.compile(r"^@@ ([^\n]*)\n", re.MULTILINE)
_ESCAPED = re.compile(r"^(\\*)(?=@@ )", re.MULTILINE)
_UNESCAPED = re.compile(r"^\\(\\*)(?=@@ )", re.MULTILINE)
_HEAD_NAMES = ("name", "type", "commit message", "author")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile:
    """A prompt as a file holds it: versions the oldest first, at least one."""

    name: str
    versions: tuple[PromptVersion, ...]
    tags: dict[str, str] = field(default_factory=dict[str, str])


def prompt_to_json(history: PromptHistory) -> str:
    """The prompt with all its versions."""
    data = {
        "format": trace_names.PROMPT_FILE_FORMAT,
        "format_version": FORMAT_VERSION,
        "name": history.summary.name,
        "tags": dict(history.summary.tags),
        "versions": [_version_to_json(each) for each in reversed(history.versions)],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def version_to_text(version: PromptVersion) -> str:
    """One version in the plain form."""
    head = {
        "name": version.name,
        "type": "chat" if version.is_chat else "text",
        "commit message": version.commit_message,
        "author": version.author,
    }
    lines = [f"{name}: {_write_on_one_line(value)}" for name, value in head.items() if value]
    return "\n".join([*lines, _HEAD_END, _write_body(version.template)])


def read_prompt_file(file_name: str, data: bytes) -> PromptFile:
    """The prompt of a file of either form. Raises FileRefused that says where it is wrong."""
    if len(data) > MAX_FILE_BYTES:
        raise FileRefused(
            f"The file has {bytes_text(len(data))}; at most {bytes_text(MAX_FILE_BYTES)} are read."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        raise FileRefused(
            f"Line {line} is not UTF-8 text.", line=line, hint="Save the file as UTF-8."
        ) from exc
    looks_like_json = file_name.lower().endswith(".json")
    found = _read_json(text) if looks_like_json else _from_text(file_name, text)
    return _check(found)


def _version_to_json(version: PromptVersion) -> dict[str, Any]:
    template = version.template
    return {
        "version": version.version,
        "template": template.text
        if isinstance(template, TextTemplate)
        else [{"role": each.role, "content": each.text} for each in template.messages],
        "commit_message": version.commit_message,
        "author": version.author,
        "created_ms": version.created_ms,
        "aliases": list(version.aliases),
        "tags": dict(version.tags),
    }


def _read_json(text: str) -> PromptFile:
    try:
        data: Any = clean_json(json.loads(text))
    except json.JSONDecodeError as exc:
        raise FileRefused(
            f"Line {exc.lineno} is not JSON: {exc.msg}.",
            line=exc.lineno,
            hint="Export a prompt to see the form.",
        ) from exc
    except RecursionError as exc:
        raise FileRefused("The JSON is nested too deeply.") from exc
    if not isinstance(data, dict):
        raise FileRefused("The JSON is not a prompt.", hint="Export a prompt to see the form.")
    found = cast(dict[str, Any], data)
    if (
        found.get("format") != trace_names.PROMPT_FILE_FORMAT
        or found.get("format_version") != FORMAT_VERSION
    ):
        raise FileRefused(
            f"The JSON is no {trace_names.PROMPT_FILE_FORMAT!r} of version {FORMAT_VERSION}.",
            hint="Export a prompt to see the form.",
        )
    name = _read_text(found, "name", "The prompt")
    versions = found.get("versions")
    if not isinstance(versions, list) or not versions:
        raise FileRefused("The file holds no versions.")
    return PromptFile(
        name=name,
        tags=_read_texts(found.get("tags"), "The prompt"),
        versions=tuple(
            _version_from_json(name, place, each)
            for place, each in enumerate(cast(list[Any], versions), start=1)
        ),
    )


def _version_from_json(name: str, place: int, data: Any) -> PromptVersion:
    where = f"Version {place} of the file"
    if not isinstance(data, dict):
        raise FileRefused(f"{where} is not an object.")
    found = cast(dict[str, Any], data)
    aliases: Any = found.get("aliases") or []
    created: Any = found.get("created_ms")
    if not isinstance(aliases, list) or not all(
        isinstance(alias, str) for alias in cast(list[Any], aliases)
    ):
        raise FileRefused(f"{where}: aliases must be a list of texts.")
    number = found.get("version", place)
    if not isinstance(number, int) or number < 1:
        raise FileRefused(f"{where}: version must be a number from 1.")
    return PromptVersion(
        name=name,
        version=number,
        template=_template_from_json(found.get("template"), where),
        commit_message=_read_text(found, "commit_message", where),
        author=_read_text(found, "author", where),
        created_ms=created if isinstance(created, int) else None,
        aliases=tuple(cast(list[str], aliases)),
        tags=_read_texts(found.get("tags"), where),
    )


def _template_from_json(data: Any, where: str) -> Template:
    if isinstance(data, str):
        return TextTemplate(text=data)
    if not isinstance(data, list):
        raise FileRefused(f"{where}: template must be a text or a list of messages.")
    messages: list[TemplateMessage] = []
    for each in cast(list[Any], data):
        row = cast(dict[str, Any], each) if isinstance(each, dict) else {}
        role, content = row.get("role"), row.get("content")
        if not isinstance(role, str) or not isinstance(content, str):
            raise FileRefused(f"{where}: each message needs a role and a content, both texts.")
        messages.append(TemplateMessage(role=role, text=content))
    return ChatTemplate(messages=tuple(messages))


def _read_text(data: dict[str, Any], name: str, where: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise FileRefused(f"{where}: {name} must be a text.")
    return value


def _read_texts(data: Any, where: str) -> dict[str, str]:
    found = cast(dict[Any, Any], data) if isinstance(data, dict) else {}
    if (data is not None and not isinstance(data, dict)) or not all(
        isinstance(part, str) for pair in found.items() for part in pair
    ):
        raise FileRefused(f"{where}: tags must be texts by their names.")
    return cast(dict[str, str], found)


def _from_text(file_name: str, text: str) -> PromptFile:
    head, body = _split_head_and_body(text)
    name = head.get("name") or _find_name(file_name)
    is_chat = head.get("type") == "chat"
    version = PromptVersion(
        name=name,
        version=1,
        template=ChatTemplate(messages=tuple(_read_messages(body)))
        if is_chat
        else TextTemplate(text=body),
        commit_message=head.get("commit message", ""),
        author=head.get("author", ""),
    )
    return PromptFile(name=name, versions=(version,))


def _split_head_and_body(text: str) -> tuple[dict[str, str], str]:
    """The head's values, none when the text does not begin with one."""
    head: dict[str, str] = {}
    place = 0
    while place < len(text):
        end = text.find("\n", place)
        line = text[place : end if end >= 0 else len(text)].rstrip("\r")
        place = end + 1 if end >= 0 else len(text)
        if line == _HEAD_END:
            return (head, text[place:]) if "name" in head else ({}, text)
        name, colon, value = line.partition(":")
        if not colon or name not in _HEAD_NAMES:
            break
        head[name] = _read_from_one_line(value.strip())
    return {}, text


def _write_body(template: Template) -> str:
    if isinstance(template, TextTemplate):
        return template.text
    return "\n".join(
        f"@@ {message.role}\n{_ESCAPED.sub(_escape, message.text)}" for message in template.messages
    )


def _escape(found: re.Match[str]) -> str:
    return "\\" + found[1]


def _read_messages(body: str) -> Iterator[TemplateMessage]:
    starts = list(_ROLE.finditer(body))
    if not starts or body[: starts[0].start()].strip():
        raise FileRefused(
            "The first message of the chat prompt does not begin with a line @@ role.",
            hint="Write a line such as @@ system before it.",
        )
    ends = [*(found.start() - 1 for found in starts[1:]), len(body)]
    for found, end in zip(starts, ends, strict=True):
        text = _UNESCAPED.sub(lambda each: each[1], body[found.end() : max(end, found.end())])
        yield TemplateMessage(role=found[1].strip(), text=text)


def _write_on_one_line(value: str) -> str:
    """As it is where that is one plain line, else as a JSON text."""
    is_plain = value.isprintable() and value == value.strip() and not value.startswith('"')
    return value if is_plain else json.dumps(value)


def _read_from_one_line(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        found: Any = clean_json(json.loads(value))
    except json.JSONDecodeError:
        return value
    return found if isinstance(found, str) else value


def _find_name(file_name: str) -> str:
    stem = PurePath(file_name.replace("\\", "/")).stem
    return re.sub(r"[^a-zA-Z0-9_.-]+", "-", stem).strip("-") or "prompt"


def _check(found: PromptFile) -> PromptFile:
    """Whether MLflow would take all of it, before any of it is stored."""
    try:
        registry.check_name(found.name)
        for key, value in found.tags.items():
            registry.check_tag(key, value)
        for version in found.versions:
            _check_version(version)
    except RequestRefused as refused:
        raise FileRefused(refused.message, hint=refused.hint) from refused
    _check_aliases(found.versions)
    return found


def _check_version(version: PromptVersion) -> None:
    registry.check_template(version.template)
    registry.check_commit_message(version.commit_message)
    for alias in version.aliases:
        registry.check_alias(alias)
    for key, value in version.tags.items():
        registry.check_tag(key, value)


def _check_aliases(versions: Sequence[PromptVersion]) -> None:
    seen: set[str] = set()
    for alias in (alias for version in versions for alias in version.aliases):
        if alias in seen:
            raise FileRefused(f"The alias {alias!r} is given to two versions.")
        seen.add(alias)
