"""Variables of a template: found by MLflow's rules, checked, and filled once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.entities.model_registry import PromptVersion as MlflowVersion

from gwtrace_core.prompts.template import (
    ChatTemplate,
    Template,
    TemplateMessage,
    TextTemplate,
    as_one_text,
    fill_template,
    find_odd_braces,
    list_missing_values,
    list_unknown_values,
    pieces_of,
    variables_of,
)
from gwtrace_core.values.errors import RequestRefused

_parts = st.lists(
    st.sampled_from(["{{", "}}", "{", "}", " ", "a", "b.c", "1", "é", "\n", ".", "{{ x }}", "$"])
)
_texts = _parts.map("".join)

CHAT = ChatTemplate(
    messages=(
        TemplateMessage(role="system", text="You are {{ tone }}."),
        TemplateMessage(role="user", text="{{question}} in a {{tone}} way"),
    )
)


@given(_texts)
def test_variables_are_those_that_mlflow_finds(text: str) -> None:
    theirs = MlflowVersion(name="p", version=1, template=text).variables
    assert set(variables_of(TextTemplate(text=text))) == theirs


@given(_texts)
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces_of(text)) == text


@given(_texts, st.text(alphabet="ab{} $\\", min_size=1))
def test_filling_replaces_every_variable_once_and_nothing_else(text: str, value: str) -> None:
    template = TextTemplate(text=text)
    values = dict.fromkeys(variables_of(template), value)
    wanted = "".join(value if piece.kind == "variable" else piece.text for piece in pieces_of(text))
    assert fill_template(template, values) == TextTemplate(text=wanted)


def test_a_chat_prompt_is_filled_in_every_message() -> None:
    assert variables_of(CHAT) == ("tone", "question")
    assert fill_template(CHAT, {"tone": "kind", "question": "{{tone}}?"}) == ChatTemplate(
        messages=(
            TemplateMessage(role="system", text="You are kind."),
            TemplateMessage(role="user", text="{{tone}}? in a kind way"),
        )
    )
    assert as_one_text(CHAT) == (
        "[system]\nYou are {{ tone }}.\n\n[user]\n{{question}} in a {{tone}} way"
    )


def test_missing_and_unknown_variables_are_named_together() -> None:
    values = {"tone": "", "questoin": "Why?"}
    assert list_missing_values(CHAT, values) == ("tone", "question")
    assert list_unknown_values(CHAT, values) == ("questoin",)
    with pytest.raises(RequestRefused) as refused:
        fill_template(CHAT, values)
    assert refused.value.message == (
        "The prompt cannot be filled: no value for tone, question; no such variable as questoin."
    )


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("{{ok}} {{ not ok }} {{1}}", ("{{ not ok }}", "{{1}}")),
        ("a {{open\nnext }}", ("{{open",)),
        ("{single} {{fine.name}}", ()),
    ],
)
def test_braces_that_are_no_variable_are_named(text: str, odd: tuple[str, ...]) -> None:
    assert find_odd_braces(TextTemplate(text=text)) == odd


@pytest.mark.parametrize("template", [TextTemplate(text="{% if x %}{{x}}{% endif %}")])
def test_statements_are_refused_and_not_sent_as_text(template: Template) -> None:
    with pytest.raises(RequestRefused, match="Jinja2"):
        fill_template(template, {"x": "1"})
