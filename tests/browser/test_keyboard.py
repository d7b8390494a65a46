"""The chat by keyboard alone, and what a screen reader is told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.servers import KeyedGateway
from tests.browser.support import SLOW_MS, App, Chat, wait_idle

pytestmark = pytest.mark.browser

_FOCUSED = """() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return [at?.getAttribute("role") || at?.tagName.toLowerCase(),
            at?.getAttribute("aria-label") || at?.innerText || ""];
}"""


def tab_to(page: Page, role: str, name: str) -> None:
    """Press Tab until the focus is there; fails when it never comes by."""
    seen: list[list[str]] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused[0] == role and name in focused[1]:
            return
        seen.append(focused)
    pytest.fail(f"Tab never reaches {role} {name!r}; it came by {seen}.")


def test_one_asks_stops_and_reads_without_a_mouse_and_a_screen_reader_is_told_what_all_is(
    keyed_app: App, gateway: KeyedGateway, open_page: OpenPage
) -> None:
    chat = Chat(open_page(keyed_app.url))
    page = chat.page
    expect(chat.status).to_contain_text("MLflow embedded store", timeout=SLOW_MS)
    chat.pick("Model", "fault-stall-midway")
    page.evaluate("document.activeElement?.blur()")
    tab_to(page, "textarea", "Ask anything")
    page.keyboard.type("Tell me about trees")
    mark = gateway.exchanges.mark
    page.keyboard.press("Enter")
    expect(chat.answers.last).to_contain_text("You asked")
    tab_to(page, "button", "Stop")
    page.keyboard.press("Enter")
    expect(chat.answers.last).to_contain_text("Stopped by the user.")
    assert gateway.exchanges.wait_ended(since=mark).ending == "client disconnected"
    chat.settle()

    tab_to(page, "tree", "Trace spans")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    heading = page.locator(".st-key-pane-right").get_by_role("heading")
    expect(heading).to_have_text("chat")
    wait_idle(page)
    # The choice has not cost the focus.
    assert page.evaluate(_FOCUSED) == ["tree", "Trace spans"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("AsyncCompletions")
    expect_names_of_everything(chat)


def expect_names_of_everything(chat: Chat) -> None:
    """What a screen reader is told of the stopped turn."""
    page = chat.page
    for label in ("Connection", "Provider", "Model"):
        named = re.compile(f"^{label}(, not on the key's list)?$")
        expect(page.get_by_role("combobox", name=named)).to_be_visible()
    expect(chat.questions).to_have_count(1)
    expect(chat.answers).to_have_count(1)
    root = chat.rows.first
    expect(root).to_have_attribute("aria-level", "1")
    expect(root).to_have_attribute("aria-expanded", "true")
    expect(root).to_have_accessible_name(re.compile(r"^chat.*chain.*recorded by gwtrace"))
    model = chat.row("AsyncCompletions")
    expect(model).to_have_attribute("aria-level", "2")
    expect(model).to_have_attribute("aria-selected", "true")
    expect(model).to_have_accessible_name(re.compile(r"fault-stall-midway.*first token after"))
    for name in ("Thumbs up", "Thumbs down"):
        expect(page.get_by_role("radio", name=name)).to_be_visible()
    expect(page.get_by_role("button", name="Copy the answer")).to_be_visible()
