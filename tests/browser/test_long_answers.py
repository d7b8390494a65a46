"""Long text while it grows: what is sent of it again, and that nobody sees where it is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import WebSocket, expect
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import OpenPage, RunApp
from tests.browser.support import REPOSITORY, wait_idle

pytestmark = pytest.mark.browser

HARNESS = Path(__file__).parent / "harness" / "parts_app.py"
WHOLE_CHARS = 5_000
PART_CHARS = 2_000
BLOCKS = """key => {
    const within = `.st-key-${key} [data-testid=stMarkdownContainer]`;
    const blocks = [...document.querySelectorAll(within + ' *')]
        .filter(each => !each.closest('summary') && each.matches(
            'p, h2, h3, li, td, pre, hr, a, .katex-display'));
    const topOf = each => each.getBoundingClientRect().top;
    return blocks.map(each => [each.tagName, each.innerText, topOf(each) - topOf(blocks[0])]);
}"""


def delta_of(frame: bytes | str) -> Delta:
    """What a message to the browser draws; empty for any other message."""
    assert isinstance(frame, bytes)
    return ForwardMsg.FromString(frame).delta


def test_only_the_end_of_growing_text_is_sent_again_and_it_looks_like_one_text(
    run_app: RunApp, open_page: OpenPage
) -> None:
    sent: list[Delta] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: sent.append(delta_of(frame)))

    page = open_page("")
    page.on("websocket", opened)
    page.goto(run_app(HARNESS, cwd=REPOSITORY).url)
    wait_idle(page)
    parts = page.get_by_test_id("stMarkdown")
    for key in ("answer", "thought", "whole"):
        expect(page.locator(f".st-key-{key} hr")).to_have_count(12)
    page.get_by_text("Reasoning", exact=True).click()
    expect(page.locator(".st-key-thought hr").first).to_be_visible()
    answer, thought, whole = (page.evaluate(BLOCKS, key) for key in ("answer", "thought", "whole"))
    alike = [[tag, words, pytest.approx(top, abs=0.1)] for tag, words, top in whole]
    assert answer == alike
    assert thought == alike
    assert ["A", "source"] in [each[:2] for each in answer]
    assert parts.count() > 6
    long = [body for each in sent if len(body := each.new_element.markdown.body) > PART_CHARS]
    assert len(long) == 1
    assert len(long[0]) > WHOLE_CHARS
    # Once while it grows, once when it is whole.
    assert [each.add_block.expandable.icon for each in sent if each.add_block.expandable.label] == [
        "spinner",
        ":material/check:",
    ]
