"""A long answer while it grows: what is sent of it again, and that nobody sees where it is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import OpenPage, RunApp
from tests.browser.support import REPOSITORY, wait_idle

pytestmark = pytest.mark.browser

HARNESS = Path(__file__).parent / "harness" / "parts_app.py"
WHOLE_CHARS = 5_000
PART_CHARS = 2_000
BLOCKS = """key => {
    const box = document.querySelector('.st-key-' + key);
    const top = box.getBoundingClientRect().top;
    return [...box.querySelectorAll('p, h2, h3, li, td, pre, hr, a, .katex-display')]
        .map(each => [each.tagName, each.innerText, each.getBoundingClientRect().top - top]);
}"""


def bodies(frame: bytes | str) -> list[str]:
    """The Markdown texts of a message to the browser."""
    assert isinstance(frame, bytes)
    message = ForwardMsg.FromString(frame)
    if not message.HasField("delta"):
        return []
    return [message.delta.new_element.markdown.body]


def test_only_the_end_of_a_growing_answer_is_sent_again_and_it_looks_like_one_text(
    run_app: RunApp, open_page: OpenPage
) -> None:
    sent: list[str] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: sent.extend(bodies(frame)))

    page = open_page("")
    page.on("websocket", opened)
    page.goto(run_app(HARNESS, cwd=REPOSITORY).url)
    wait_idle(page)
    parts = page.locator(".st-key-grown").get_by_test_id("stMarkdown")
    expect(page.locator(".st-key-whole hr")).to_have_count(12)
    expect(page.locator(".st-key-grown hr")).to_have_count(12)
    grown, whole = page.evaluate(BLOCKS, "grown"), page.evaluate(BLOCKS, "whole")
    assert grown == [[tag, words, pytest.approx(top, abs=0.1)] for tag, words, top in whole]
    assert ["A", "source"] in [each[:2] for each in grown]
    assert parts.count() > 3
    long = [body for body in sent if len(body) > PART_CHARS]
    assert len(long) == 1
    assert len(long[0]) > WHOLE_CHARS
