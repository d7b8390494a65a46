"""How the steps of a reply are told: what each came to, in words and not by an icon alone."""

from typing import Literal

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.values.reply import ReasoningBlock, Reply, TextBlock, ToolBlock

STARTED_MS = 10.0


def paint(replies: "list[Reply]") -> None:
    import streamlit as st

    from pages.ui.turn.reply import ReplyPainter

    painter = ReplyPainter(st.container())
    for reply in replies:
        painter.paint(reply)
    painter.finish(replies[-1])


def steps(*replies: Reply) -> list[tuple[str, str]]:
    """Label and icon of each step, once these replies have been painted one after the other."""
    app = AppTest.from_function(paint, args=(list(replies),)).run()
    assert not app.exception
    return [(step.label, step.icon) for step in app.expander]


def tool(
    call_id: str,
    content: str | None = None,
    *,
    is_error: bool = False,
    finished_ms: float | None = None,
) -> ToolBlock:
    return ToolBlock(
        call_id=call_id,
        name="calculator",
        arguments_text='{"expression": "1 + 1"}',
        arguments={"expression": "1 + 1"},
        content=content,
        is_error=is_error,
        started_ms=STARTED_MS,
        finished_ms=finished_ms,
    )


CALL = "**calculator** expression = 1 + 1"


def test_tools_that_run_side_by_side_all_say_so_until_each_has_its_answer() -> None:
    replies = (
        Reply(blocks=(tool("a"), tool("b"))),
        Reply(blocks=(tool("a", "2", finished_ms=22.0), tool("b"))),
    )
    assert steps(replies[0]) == [(f"{CALL} · running", "spinner")] * 2
    assert steps(*replies) == [
        (f"{CALL} · 12\N{NO-BREAK SPACE}ms", ":material/check_circle:"),
        (f"{CALL} · running", "spinner"),
    ]


def test_a_tool_that_refused_says_so_beside_its_call() -> None:
    refused = tool("a", "no such name", is_error=True, finished_ms=22.0)
    assert steps(Reply(status="finished", blocks=(refused,))) == [
        (f"{CALL} · 12\N{NO-BREAK SPACE}ms · :red[failed]", ":material/error:")
    ]


@pytest.mark.parametrize("status", ["stopped", "failed"])
def test_a_tool_does_not_seem_to_run_when_its_reply_has_ended(
    status: Literal["stopped", "failed"],
) -> None:
    replies = Reply(blocks=(tool("a"),)), Reply(status=status, blocks=(tool("a"),))
    assert steps(*replies) == [(f"{CALL} · no\N{NO-BREAK SPACE}answer", ":material/block:")]


def test_reasoning_ends_where_the_answer_begins() -> None:
    thought = ReasoningBlock(text="Let me see.")
    replies = Reply(blocks=(thought,)), Reply(blocks=(thought, TextBlock(text="So")))
    assert steps(replies[0]) == [("Reasoning", "spinner")]
    assert steps(*replies) == [("Reasoning", ":material/check:")]
