"""Prompts as files: what is written is read back, and what cannot be used is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.prompts.files import prompt_to_json, read_prompt_file, version_to_text
from gwtrace_core.prompts.registry import PromptHistory, PromptSummary, PromptVersion
from gwtrace_core.prompts.template import ChatTemplate, TemplateMessage, TextTemplate
from gwtrace_core.values.errors import FileRefused
from tests.unclean import any_text, unclean_in

_said = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from("@ \\\n-\r"),
    ),
    min_size=1,
    max_size=30,
).filter(str.strip)
_lines = st.lists(
    st.sampled_from(["@@ user", "\\@@ x", "---", "name: a", "", "text", "\\\\@@ ", " @@ a", "@@"]),
    max_size=6,
).map("\n".join)
_texts = st.one_of(_said, _lines)
_roles = st.sampled_from(["system", "user", "assistant", "tool caller"])
_templates = st.one_of(
    _said.map(lambda text: TextTemplate(text=text)),
    st.tuples(_said, st.lists(st.tuples(_roles, _texts), max_size=3)).map(
        lambda found: ChatTemplate(
            messages=(
                TemplateMessage(role="system", text=found[0]),
                *(TemplateMessage(role=role, text=text) for role, text in found[1]),
            )
        )
    ),
)
_names = st.from_regex(r"[a-zA-Z0-9_.-]{1,20}", fullmatch=True)
_tags = st.dictionaries(
    st.sampled_from(["team", "a.b", "stage"]), st.sampled_from(["x", "é", "a b"])
)


@st.composite
def _versions(draw: st.DrawFn, name: str, number: int) -> PromptVersion:
    aliases = draw(st.sampled_from([(), (f"alias-{number}",), (f"a{number}", f"b{number}")]))
    return PromptVersion(
        name=name,
        version=number,
        template=draw(_templates),
        commit_message=draw(_said).strip(),
        author=draw(st.sampled_from(["", "ada", "ünal \n"])),
        created_ms=draw(st.one_of(st.none(), st.integers(0, 2**41))),
        aliases=aliases,
        tags=draw(_tags),
    )


@st.composite
def _histories(draw: st.DrawFn) -> PromptHistory:
    name = draw(_names)
    count = draw(st.integers(1, 3))
    versions = tuple(draw(_versions(name, number)) for number in range(count, 0, -1))
    return PromptHistory(summary=PromptSummary(name=name, tags=draw(_tags)), versions=versions)


@given(_histories())
def test_a_whole_prompt_comes_back_from_its_json(history: PromptHistory) -> None:
    found = read_prompt_file("any.JSON", prompt_to_json(history).encode())
    assert (found.name, found.tags) == (history.summary.name, history.summary.tags)
    assert found.versions == history.versions[::-1]


@given(_histories())
def test_a_version_comes_back_from_its_plain_form(history: PromptHistory) -> None:
    version = history.versions[0]
    found = read_prompt_file("any.txt", version_to_text(version).encode())
    (read,) = found.versions
    assert (read.name, read.template) == (version.name, version.template)
    assert (read.commit_message, read.author) == (version.commit_message, version.author)


def test_the_plain_form_can_be_read_and_written_by_hand() -> None:
    version = PromptVersion(
        name="greeting",
        version=3,
        template=ChatTemplate(
            messages=(
                TemplateMessage(role="system", text="Be {{tone}}."),
                TemplateMessage(role="user", text="Hello\n@@ not a role"),
            )
        ),
        commit_message="Kinder",
        author="ada",
    )
    assert version_to_text(version) == (
        "name: greeting\ntype: chat\ncommit message: Kinder\nauthor: ada\n---\n"
        "@@ system\nBe {{tone}}.\n@@ user\nHello\n\\@@ not a role"
    )


@given(any_text, any_text)
def test_no_unclean_text_comes_out_of_a_file(text: str, tag: str) -> None:
    version = {"template": f"a{text}", "commit_message": text, "tags": {"k": f"a{tag}"}}
    data = {"format": "gwtrace.prompt", "format_version": 1, "name": "p", "versions": [version]}
    head = f"name: p\ncommit message: {json.dumps(text)}\n---\nHello"
    for name, content in (("a.json", json.dumps(data)), ("a.txt", head)):
        try:
            found = read_prompt_file(name, content.encode())
        except FileRefused as refused:
            assert "NUL" in refused.message
        else:
            assert unclean_in(found) == []


def test_a_file_without_a_head_is_a_text_prompt_named_after_it() -> None:
    found = read_prompt_file("My greeting (1).md", b"Hello {{name}}\n---\nbye")
    assert found.name == "My-greeting-1"
    assert found.versions[0].template == TextTemplate(text="Hello {{name}}\n---\nbye")


def _json(**changes: Any) -> bytes:
    version = {"template": "Hello"}
    whole = {"format": "gwtrace.prompt", "format_version": 1, "name": "a", "versions": [version]}
    return json.dumps(whole | changes).encode()


@pytest.mark.parametrize(
    ("name", "data", "said", "line"),
    [
        ("a.txt", b"one\n\xff", "Line 2 is not UTF-8 text.", 2),
        ("a.json", b'{\n"a": }', "Line 2 is not JSON: Expecting value.", 2),
        ("a.json", b"[" * 100_000, "The JSON is nested too deeply.", None),
        ("a.json", b"[]", "The JSON is not a prompt.", None),
        ("a.json", b"{}", "The JSON is no 'gwtrace.prompt' of version 1.", None),
        ("a.json", _json(versions=[]), "The file holds no versions.", None),
        ("a.json", _json(name=3), "The prompt: name must be a text.", None),
        ("a.json", _json(name="a b"), "'a b' cannot be the name of a prompt.", None),
        ("a.json", _json(versions=[3]), "Version 1 of the file is not an object.", None),
        ("a.json", _json(versions=[{"template": " "}]), "The prompt is empty.", None),
        (
            "a.json",
            _json(versions=[{"template": [{"role": "user"}]}]),
            "Version 1 of the file: each message needs a role and a content, both texts.",
            None,
        ),
        (
            "a.json",
            _json(versions=[{"template": "a", "aliases": ["x"]}] * 2),
            "The alias 'x' is given to two versions.",
            None,
        ),
        (
            "a.json",
            _json(versions=[{"template": "a\0b"}]),
            "The prompt holds a NUL character, which not every database can keep.",
            None,
        ),
        ("a.json", _json(tags={"a": 1}), "The prompt: tags must be texts by their names.", None),
        (
            "a.txt",
            b"name: a\ntype: chat\n---\nHello",
            "The first message of the chat prompt does not begin with a line @@ role.",
            None,
        ),
    ],
)
def test_what_cannot_be_used_is_named(name: str, data: bytes, said: str, line: int | None) -> None:
    with pytest.raises(FileRefused) as refused:
        read_prompt_file(name, data)
    assert (refused.value.message, refused.value.line) == (said, line)
