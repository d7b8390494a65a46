from __future__ import annotations

from dataclasses import replace

import pytest

from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.request import Lane
from pages.ui.compare.names import list_short_names
from tests.pages.compare_page import Page

LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="gpt-5.2",
)
CLAUDE = replace(
    LANE,
    provider=Provider.ANTHROPIC,
    route="anthropic",
    sdk_path=SdkPath.ANTHROPIC_MESSAGES,
    model="claude-sonnet-4-6",
)
RESPONSES = replace(LANE, sdk_path=SdkPath.OPENAI_RESPONSES)


@pytest.mark.parametrize(
    ("lanes", "names"),
    [
        ([], []),
        ([LANE], ["gpt-5.2"]),
        ([LANE, LANE], ["gpt-5.2", "gpt-5.2"]),
        ([LANE, CLAUDE], ["gpt-5.2", "claude-sonnet-4-6"]),
        ([LANE, RESPONSES], ["OpenAI SDK · Chat", "OpenAI SDK · Responses"]),
        ([LANE, replace(LANE, streamed=False)], ["streamed", "not streamed"]),
        (
            [LANE, replace(LANE, route="resilient")],
            ["route openai", "route resilient"],
        ),
    ],
)
def test_an_answer_is_named_by_what_tells_the_lanes_apart(
    lanes: list[Lane], names: list[str]
) -> None:
    assert list_short_names(lanes) == names


def test_where_one_thing_is_not_enough_all_that_differs_is_named() -> None:
    # Two lanes of each model, so that neither model nor path says which.
    told = list_short_names(
        [LANE, RESPONSES, CLAUDE, replace(CLAUDE, sdk_path=SdkPath.OPENAI_CHAT)]
    )
    assert len(set(told)) == 4
    assert told[0].startswith("gpt-5.2 · OpenAI SDK · Chat")
    assert told[3].startswith("claude-sonnet-4-6 · OpenAI SDK · Chat")


@pytest.mark.usefixtures("calls")
def test_a_model_s_name_is_no_markup() -> None:
    page = Page(LANE, replace(LANE, model=":red[**free**]"))
    page.ask("Hello")
    captions = [caption.value for caption in page.test.caption]
    assert r":violet-badge[B] \:red\[\*\*free\*\*\]" in captions
