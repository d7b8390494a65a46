"""A filled prompt as what a lane and a message box take, and what its traces came to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwtrace_core.prompts.outcomes import Score, VersionOutcome, outcome_of
from gwtrace_core.prompts.registry import PromptVersion
from gwtrace_core.prompts.template import ChatTemplate, Template, TemplateMessage, TextTemplate
from gwtrace_core.prompts.use import (
    Place,
    ReadyPrompt,
    prepare_prompt,
    read_linked_prompts,
    use_words,
)
from gwtrace_core.trace.listing import ListedTrace
from gwtrace_core.trace.model import Assessment, TraceSummary
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import PromptUse

USE = PromptUse(name="greeting", version=3)


def version(template: Template) -> PromptVersion:
    return PromptVersion(name="greeting", version=3, template=template)


def chat(*messages: tuple[str, str]) -> PromptVersion:
    made = tuple(TemplateMessage(role=role, text=text) for role, text in messages)
    return version(ChatTemplate(messages=made))


@pytest.mark.parametrize(
    ("place", "ready"),
    [
        ("system", ReadyPrompt(use=USE, system_prompt="Hi Bo", values=(("name", "Bo"),))),
        ("user", ReadyPrompt(use=USE, message="Hi Bo", values=(("name", "Bo"),))),
    ],
)
def test_a_text_prompt_goes_where_it_is_wanted(place: Place, ready: ReadyPrompt) -> None:
    found = prepare_prompt(version(TextTemplate(text="Hi {{name}}")), {"name": "Bo"}, place=place)
    assert found == ready


def test_a_chat_prompt_says_itself_what_its_messages_are() -> None:
    whole = chat(
        ("system", "Be kind."),
        ("user", "One?"),
        ("assistant", "Two."),
        ("system", "Be short."),
        ("user", "{{question}}"),
    )
    assert prepare_prompt(whole, {"question": "Three?"}, place="system", alias="p") == ReadyPrompt(
        use=PromptUse(name="greeting", version=3, alias="p"),
        system_prompt="Be kind.\n\nBe short.",
        earlier=(("One?", "Two."),),
        message="Three?",
        values=(("question", "Three?"),),
    )
    ended = prepare_prompt(chat(("user", "One?"), ("assistant", "Two.")), {}, place="user")
    assert (ended.earlier, ended.message) == ((("One?", "Two."),), "")


@pytest.mark.parametrize("roles", [("assistant",), ("user", "user"), ("tool",)])
def test_an_order_that_no_provider_takes_is_refused(roles: tuple[str, ...]) -> None:
    with pytest.raises(RequestRefused, match=f"a message of {roles[-1]!r} where one of"):
        prepare_prompt(chat(*((role, "x") for role in roles)), {}, place="system")


def test_a_use_is_told_with_the_alias_it_was_picked_by() -> None:
    assert use_words(USE) == "greeting v3"
    assert use_words(PromptUse(name="a", version=1, alias="production")) == "a v1 (production)"


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ('[{"name": "a", "version": "1"}, {"name": "b", "version": 2}]', (("a", "1"), ("b", "2"))),
        ('[{"name": "a"}, 3, {"name": "a", "version": "1"}]', (("a", "1"),)),
        ("{}", ()),
        ("not JSON", ()),
        ("[" * 100_000, ()),
    ],
)
def test_the_link_is_read_as_mlflow_writes_it(tag: str, found: tuple[tuple[str, str], ...]) -> None:
    assert read_linked_prompts({"mlflow.linkedPrompts": tag}) == found
    assert read_linked_prompts({}) == ()


def listed(
    number: int,
    *given: tuple[str, object],
    status: str = "ok",
    outcome: str = "",
    cost: bool = True,
) -> ListedTrace:
    assessments = tuple(
        Assessment(
            assessment_id=f"{number}-{name}",
            name=name,
            kind="feedback",
            value=value,
            rationale=None,
            source_kind="HUMAN",
            source_id="ada",
            is_valid=name != "old",
        )
        for name, value in given
    )
    summary = TraceSummary(
        trace_id=f"tr-{number}",
        experiment_id="1",
        status="error" if status == "error" else "ok",
        start_ms=number,
        duration_ms=number * 100.0,
        cost_usd=number / 10 if cost else None,
        assessments=assessments,
    )
    return ListedTrace(summary=summary, outcome=outcome)


def test_a_versions_traces_are_summed_up() -> None:
    rows = [
        listed(1, ("verdict", True), ("short", True), ("grade", 4)),
        listed(2, ("verdict", False), ("short", False), ("tone", "warm")),
        listed(3, ("verdict", True), ("old", 1), status="error", cost=False),
        listed(4, status="error", outcome="stopped"),
    ]
    assert outcome_of(rows, verdict="verdict", is_complete=False) == VersionOutcome(
        count=4,
        failed=1,
        good=2,
        bad=1,
        median_duration_ms=250.0,
        median_cost_usd=0.2,
        scores=(
            Score(name="grade", count=1, mean=4.0),
            Score(name="short", count=2, mean=0.5),
        ),
        is_complete=False,
    )
    kept = replace(rows[0].summary, tags={"gwtrace.from_gateway_cache": "true"}, duration_ms=1.0)
    more = outcome_of([*rows, ListedTrace(summary=kept)], verdict="verdict")
    assert (more.count, more.median_duration_ms, more.median_cost_usd) == (5, 250.0, 0.2)
    nothing = outcome_of([], verdict="verdict")
    assert (nothing.count, nothing.median_duration_ms, nothing.median_cost_usd) == (0, None, None)
