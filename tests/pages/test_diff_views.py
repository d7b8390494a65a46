"""The compare page's views: what they send to the browser, and what a step shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.parity.parity import Aspect, Cell, Parity, Verdict
from gwtrace_core.values.text_diff import diff_words
from pages.ui.components.answer_diff import payload as answer_payload
from pages.ui.components.parity_view import payload as parity_payload
from tests.core.trace.traces import span, trace

_lines = st.lists(st.sampled_from(["one", "two", "three four", "", "five"]), max_size=30)


def drawn(left: str, right: str) -> dict[str, Any]:
    return answer_payload(diff_words(left, right), left_label="a", right_label="b")


@given(_lines, _lines)
def test_folding_leaves_no_text_out(left: list[str], right: list[str]) -> None:
    left_text, right_text = "\n".join(left), "\n".join(right)
    blocks = drawn(left_text, right_text)["blocks"]
    pieces = [piece for block in blocks for line in block["lines"] for piece in line]
    assert "".join(text for sign, text in pieces if sign != "+") == left_text
    assert "".join(text for sign, text in pieces if sign != "-") == right_text
    assert not any(block["fold"] and block["changed"] for block in blocks)


def test_unchanged_paragraphs_fold_around_a_change() -> None:
    before, after = "\n\n".join("abcdefgh"), "\n\n".join("stuvwxyz")
    found = drawn(f"{before}\n\nleft words\n\n{after}", f"{before}\n\nright words\n\n{after}")
    assert [block["fold"] for block in found["blocks"]] == [
        "7 unchanged paragraphs",
        "",
        "",
        "",
        "7 unchanged paragraphs",
    ]
    assert found["blocks"][2]["lines"] == [
        [["-", "left"], ["+", "right"], ["=", " words\n"]],
    ]


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ("", "", "Both texts are empty."),
        ("a", "a", "The texts are the same."),
        ("a b c", "a b d", "80% the same · 1 word only in a · 1 word only in b"),
        (
            "a" * 10 + " word" * 500,
            " word" * 500,
            "99% the same · 1 word only in a · 0 words only in b",
        ),  # one case, one line
        ("one", "", "0% the same · 1 word only in a · 0 words only in b"),
    ],
)
def test_the_similarity_is_told_in_words(left: str, right: str, told: str) -> None:
    assert drawn(left, right)["similarity"] == told


@pytest.mark.parametrize(
    ("left_label", "right_label", "left", "right"),
    [
        ("Lane A · gpt-5.2", "Lane B · gpt-5.2", "Lane A", "Lane B"),
        ("v1", "v12", "v1", "v12"),
        # What comes first is the same: then all of it, as far as it tells them apart.
        ("gpt-5.2 · Monday", "gpt-5.2 · Friday", "gpt-5.2 · Monday", "gpt-5.2 · Friday"),
        ("a" * 30 + "1", "a" * 30 + "2", "the left", "the right"),
        ("", "", "the left", "the right"),
        ("Lane A", "the  other\nlane, of a long name", "Lane A", "the other lane, of a lo…"),
    ],
)
def test_the_similarity_names_the_texts_in_short(
    left_label: str, right_label: str, left: str, right: str
) -> None:
    found = answer_payload(
        diff_words("a b c", "a b d e"), left_label=left_label, right_label=right_label
    )
    assert found["similarity"] == f"67% the same · 1 word only in {left} · 2 words only in {right}"


def test_lone_surrogates_do_not_reach_the_browser() -> None:
    found = answer_payload(diff_words("a \ud800", "b"), left_label="\ud800", right_label="b")
    assert "\ud800" not in str(found)
    assert found["labels"][0] == "?"


def parity_with(**verdicts: Verdict) -> Parity:
    return Parity(
        cells=tuple(
            Cell(
                aspect=aspect,
                seen="seen",
                held=None if aspect.name == "PROVIDER" else "held\n  it",
                autolog=None,
                verdict=verdicts.get(aspect.name, Verdict.NOT_APPLICABLE),
                reason="Because.",
            )
            for aspect in Aspect
        )
    )


def test_the_parity_table_shows_value_verdict_and_reason() -> None:
    one = parity_with(COST=Verdict.WRONG, PROVIDER=Verdict.MISSING)
    other = parity_with(COST=Verdict.FILLED)
    found = parity_payload([("One", one), ("Other", other)])
    assert found["lanes"] == [
        {"label": "One", "summary": "1 missing · 1 wrong"},
        {"label": "Other", "summary": "1 filled by gwtrace"},
    ]
    assert [row["aspect"] for row in found["rows"]] == ["Provider", "Cost"]
    (missing, nothing), (wrong, filled) = (row["cells"] for row in found["rows"])
    assert missing["value"] == "Not recorded (was seen)"
    assert nothing == {"verdict": "not applicable", "look": "none", "value": "–", "details": []}
    assert wrong["value"] == "held it instead of seen"
    assert filled == {
        "verdict": "filled by gwtrace",
        "look": "filled",
        "value": "held it",
        "details": [
            {"name": "Seen by the app", "value": "seen"},
            {"name": "In the trace", "value": "held it"},
            {"name": "By autolog alone", "value": "nothing"},
            {"name": "Why", "value": "Because."},
        ],
    }


def page_script(left, right, chosen):  # pyright: ignore[reportMissingParameterType]  # a script has no imports yet
    from gwtrace_core.trace.diff.diff import diff_traces
    from pages.ui.trace.diff import _draw_details, draw_trace_diff

    diff = diff_traces(left, right)
    draw_trace_diff(diff, left_label="A", right_label=":red[B]", key="test.diff")
    if chosen is not None:
        _draw_details(diff.rows[chosen], ("A", ":red[B]"), key="test.details")


def view(left: Trace, right: Trace, *, chosen: int | None = None, shown: str = "") -> AppTest:
    kwargs = {"left": left, "right": right, "chosen": chosen}
    page = AppTest.from_function(page_script, kwargs=kwargs)
    if shown:
        page.session_state["test.diff.shown"] = shown
    page.run()
    assert not page.exception
    return page


def two_traces() -> tuple[Trace, Trace]:
    left = trace(
        span("root", name="chat", at=(0, 1000)),
        span("a", "root", name="Messages.create", kind="LLM", at=(0, 500), tokens=(100, 120),
             cost_usd=0.5, outputs="one two", attributes={"gone": 1}),
        span("t", "root", name="calculator", kind="TOOL", at=(600, 700), inputs={"x": 1}),
    )  # fmt: skip
    right = trace(
        span("root2", name="chat", at=(0, 1000)),
        span("b", "root2", name="AsyncResponses", kind="CHAT_MODEL", at=(0, 1700),
             tokens=(100, 20), status="error", outputs="one three"),
    )  # fmt: skip
    return left, right


def test_steps_stand_beside_each_other_with_their_differences() -> None:
    page = view(*two_traces())
    (table,) = page.dataframe
    assert table.value.to_dict("records")[1:] == [
        {
            "only": "",
            "left": "\u2003Messages.create",
            "right": "\u2003AsyncResponses (failed)",
            "time": "+1.20 s",
            "input": "",
            "output": "−100",
            "cost": "$0.5000 → n/a",
            "changed": "unset → error, output, 1 attribute",
        },
        {
            "only": "A",
            "left": "\u2003calculator",
            "right": "",
            "time": "",
            "input": "",
            "output": "",
            "cost": "",
            "changed": "",
        },
    ]
    assert page.caption[0].value.startswith(
        "2 steps in both, 2 of them changed · 1 only in A · 0 only in \\:red\\[B\\]."
    )


@pytest.mark.parametrize(("shown", "count"), [("Changed", 2), ("Only in one", 1)])
def test_the_table_can_be_narrowed(shown: str, count: int) -> None:
    (table,) = view(*two_traces(), shown=shown).dataframe
    assert len(table.value) == count


def test_a_step_of_both_shows_figures_and_what_differs_in_words() -> None:
    page = view(*two_traces(), chosen=1)
    figures = page.dataframe[1].value.to_dict("records")
    assert {"Figure": "Duration", "left": "500 ms", "right": "1.70 s"} in figures
    assert {"Figure": "Tokens in", "left": "100", "right": "100"} not in figures
    options = [list(each.options) for each in page.segmented_control]
    assert options[1] == ["Output", "Attributes"]


def test_a_step_of_one_side_shows_what_it_holds() -> None:
    page = view(*two_traces(), chosen=2)
    assert page.markdown[0].value == "**calculator**, only in A"
    assert [each.value for each in page.json] == ['{"x": 1}'] or len(page.json) == 1


def test_equal_traces_are_said_to_be_equal() -> None:
    left, _ = two_traces()
    page = view(left, left, shown="Changed")
    assert page.caption[0].value == "A and \\:red\\[B\\] do not differ in anything."
    assert page.caption[1].value == "There is no such step."


def test_names_that_no_browser_takes_do_not_break_the_table() -> None:
    odd = trace(span("a", name="\ud800\x00 :red-badge[x]", attributes={"\ud800": "\ud800"}))
    other = trace(span("b", name="", model="\ud800", attributes={"\ud800": 1}))
    for chosen in (None, 0):
        view(odd, other, chosen=chosen)
