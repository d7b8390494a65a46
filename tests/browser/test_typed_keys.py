"""A key typed in one browser session, and a second visitor who opens what was made with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.batch_page import BatchPage
from tests.browser.compare_page import Compare
from tests.browser.evaluate_page import Evaluate
from tests.browser.support import SLOW_MS, App, Chat, drawn_anew, eventually, go, wait_idle
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted

pytestmark = pytest.mark.browser

OWNERS = "canary-typed-by-the-owner-7d1c"
VISITORS = "canary-typed-by-the-visitor-30fa"
MOST_CLICKS = 80
PRESS_NEXT = """(pressed) => {
  const parts = ["stMain", "stBottom", "stDialog"].map((id) => `[data-testid=${id}] button`);
  for (const button of document.querySelectorAll(parts.join())) {
    const place = button.closest("[class*=st-key-]")?.className ?? "";
    const name = [place, button.ariaLabel, button.innerText].join(" ")
      .replace(/st-emotion\\S+/g, "").replace(/[0-9a-f]{8,}/g, "#");
    if (button.disabled || !button.checkVisibility() || pressed.includes(name)) continue;
    button.click();
    return name;
  }
  return null;
}"""
"""Presses the first button whose name is none of these; the new name, None when there is none."""
A_RUN_BEGINS_MS = 100
BUTTONS = {
    "chat": ["-regenerate", "begin_edit", "Send again"],
    "comparison": ["-regenerate", "compare-add", "compare-new"],
    "batch": ["Evaluate", "New batch", "Report"],
    "evaluation": ["Evaluate again", "All evaluations"],
}
"""Some of those that have to be among what is pressed."""
LANDMARKS = {
    "chat": "[class*=st-key-chat-regenerate-] button",
    "comparison": "[class*=st-key-compare-regenerate-] button",
    "batch": ".st-key-batch-csv button",
    "evaluation": ".st-key-evaluate-repeat button",
}
"""What is there once a page is drawn."""


@dataclass(slots=True)
class Upstream:
    """A server that answers everything but what is to fail, and knows which keys came."""

    url: str
    asked: list[Asked]

    def calls_with(self, key: str) -> int:
        """How many requests for an answer came with this key."""
        return sum(
            asked.method == "POST" and asked.headers.get("authorization") == f"Bearer {key}"
            for asked in self.asked
        )


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply(body=json.dumps({"data": [{"id": "m"}]}), content_type=JSON)
        if asked.path != "/v1/chat/completions":
            return Reply(status=404, body='{"error": {"message": "Not here."}}', content_type=JSON)
        if asked.body["messages"][-1]["content"] == "fail":
            return Reply(status=500, body='{"error": {"message": "No."}}', content_type=JSON)
        if not asked.body.get("stream"):
            return Reply(body=json.dumps(_answer("message", "fine", "stop")), content_type=JSON)
        pieces = [_answer("delta", "fine", None), _answer("delta", "", "stop")]
        events = [f"data: {json.dumps(piece)}\n\n" for piece in pieces]
        return Reply(body="".join([*events, "data: [DONE]\n\n"]), content_type="text/event-stream")

    with scripted(answer) as server:
        yield Upstream(url=f"{server.url}/v1", asked=server.asked)


def _answer(where: str, text: str, finish_reason: str | None) -> dict[str, object]:
    kind = "chat.completion.chunk" if where == "delta" else "chat.completion"
    choice = {
        "index": 0,
        where: {"role": "assistant", "content": text},
        "finish_reason": finish_reason,
    }
    return {"id": "c-1", "object": kind, "created": 1, "model": "m", "choices": [choice]}


def type_key(page: Page, upstream: Upstream, key: str) -> None:
    """On the connections page."""
    page.get_by_role("combobox", name="What for").click()
    page.get_by_role("option", name="OpenAI-compatible server").click()
    page.get_by_role("textbox", name="Base URL").fill(upstream.url)
    box = page.get_by_role("textbox", name="Key", exact=True)
    box.fill(key)
    page.get_by_role("button", name="Use for this session").click()
    expect(page.get_by_role("button", name="Forget")).to_be_visible()
    expect(box).to_have_value("")


def press_everything(page: Page, address: str, landmark: str) -> list[str]:
    """Press every button of the page once, those too that another one brings; their names."""
    pressed: list[str] = []
    _show(page, address, landmark)
    while (name := page.evaluate(PRESS_NEXT, pressed)) is not None:
        pressed.append(name)
        assert len(pressed) < MOST_CLICKS, f"There is no end of buttons: {pressed}"
        page.wait_for_timeout(A_RUN_BEGINS_MS)
        wait_idle(page)
        if _what(page.url) != _what(address):
            # It led elsewhere, or began something new.
            _show(page, address, landmark)
    return pressed


def _show(page: Page, address: str, landmark: str) -> None:
    page.goto(address)
    page.locator(landmark).first.wait_for(timeout=SLOW_MS)
    wait_idle(page)


def _what(address: str) -> tuple[str, list[list[str]]]:
    """What the address shows, whatever else it says."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    return parts.path, [query.get(name, []) for name in ("session", "comparison", "evaluation")]


def test_nobody_else_spends_a_typed_key_by_any_button(
    app: App, open_at: Callable[..., Page], upstream: Upstream
) -> None:
    owner = open_at("connections")
    type_key(owner, upstream, OWNERS)
    addresses: dict[str, str] = {}

    go(owner, "Chat")
    chat = Chat(owner)
    chat.ask("Hello")
    addresses["chat"] = owner.url
    go(owner, "Compare")
    compare = Compare(owner)
    expect(compare.heads).to_have_count(2)
    compare.send("Hello")
    compare.settle(2)
    addresses["comparison"] = owner.url
    batch = BatchPage(owner)
    batch.show()
    batch.give("rows.csv", "prompt\nHello\nfail\n")
    batch.start(4)
    batch.end()
    expect(batch.button("Retry 3 failed")).to_be_enabled()
    addresses["batch"] = owner.url
    batch.button("Evaluate").click()
    evaluate = Evaluate(owner)
    evaluate.add("Judge", "Fluency")
    evaluate.begin()
    evaluate.end()
    expect(evaluate.button("Retry")).to_be_enabled()
    addresses["evaluation"] = owner.url
    spent = upstream.calls_with(OWNERS)
    assert spent >= 8

    visitor = open_at("connections")
    pressed = {
        name: press_everything(visitor, address, LANDMARKS[name])
        for name, address in addresses.items()
    }
    for name, words in BUTTONS.items():
        for word in words:
            assert any(word in each for each in pressed[name]), (name, word, pressed[name])
    assert upstream.calls_with(OWNERS) == spent

    # What its owner has forgotten nobody can have used, nor what is left of a closed tab.
    retry = BatchPage(visitor).button("Retry 3 failed")
    for leave in (lambda: _forget(owner), owner.close):
        leave()
        _show(visitor, addresses["batch"], LANDMARKS["batch"])
        expect(visitor.get_by_text("cannot be called from here")).to_be_visible()
        # As a page would that was drawn when it could still be pressed.
        retry.evaluate("button => button.click()")
        wait_idle(visitor)
    assert upstream.calls_with(OWNERS) == spent

    # With a key of one's own it goes on.
    go(visitor, "Connections")
    type_key(visitor, upstream, VISITORS)
    go(visitor, "Compare")
    retry.click()
    eventually(visitor, lambda: upstream.calls_with(VISITORS), 3)
    assert upstream.calls_with(OWNERS) == spent


def _forget(page: Page) -> None:
    go(page, "Connections")
    with drawn_anew(page):
        page.get_by_role("button", name="Forget").click()
