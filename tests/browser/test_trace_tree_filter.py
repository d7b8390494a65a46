"""What narrows the trace tree down, leads from error to error, and opens it at a span."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness.shapes import SHAPES
from tests.browser.tree_page import (
    OpenTree,
    active_span,
    answers,
    bar,
    drag,
    draw,
    height_of,
    row,
    shown_spans,
    tree,
    zoom_button,
)

pytestmark = pytest.mark.browser


def chip(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Show only").get_by_role("button", name=name)


def chips(page: Page) -> list[str | None]:
    found = page.get_by_role("group", name="Show only").get_by_role("button").all()
    return [each.get_attribute("aria-label") for each in found]


def found(page: Page) -> Locator:
    return page.get_by_role("status")


def test_kinds_text_and_errors_narrow_down_together(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    assert chips(page) == ["errors only, 1", "retriever, 6", "llm, 2", "tool, 2", "chain, 1",
                           "agent, 1"]  # fmt: skip
    chip(page, "tool").click()
    expect(found(page)).to_have_text("2 of 12 spans")
    expect(chip(page, "tool")).to_have_attribute("aria-pressed", "true")
    assert shown_spans(page) == ["root", "agent", "tool-1", "tool-2"]
    chip(page, "llm").click()
    expect(found(page)).to_have_text("4 of 12 spans")
    page.get_by_label("Filter spans").fill("Calc")
    expect(found(page)).to_have_text("1 of 12 spans")
    page.get_by_label("Filter spans").fill("")
    chip(page, "errors only").click()
    expect(found(page)).to_have_text("1 of 12 spans")
    assert shown_spans(page) == ["root", "agent", "tool-2"]
    for name in ("tool", "llm", "errors only"):
        chip(page, name).click()
    expect(found(page)).to_have_text("12 spans")


def test_a_text_shows_matches_with_their_ancestors(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    tree(page).focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter spans")).to_be_focused()
    page.keyboard.type("calc")
    expect(found(page)).to_have_text("1 of 6 spans")
    assert shown_spans(page) == ["root", "agent", "tool-1"]
    expect(row(page, "tool-1").locator("mark")).to_have_text("calc")
    page.keyboard.press("Enter")
    expect(tree(page)).to_be_focused()
    assert active_span(page) == "tool-1"
    page.keyboard.press("Escape")
    assert len(shown_spans(page)) == 6
    expect(page.locator(".tools")).to_be_hidden()


def test_a_filter_that_finds_nothing_says_so(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    page.get_by_label("Filter spans").fill("no such thing")
    expect(found(page)).to_have_text("0 of 12 spans")
    assert shown_spans(page) == []
    page.keyboard.press("Escape")
    assert len(shown_spans(page)) == 12


def test_escape_clears_everything_that_narrows_down(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    text, tool = page.get_by_label("Filter spans"), chip(page, "tool")
    for place in (tree(page), tool, text):
        text.fill("c")
        chip(page, "errors only").click()
        tool.click()
        expect(found(page)).to_have_text("1 of 12 spans")
        place.focus()
        page.keyboard.press("Escape")
        expect(found(page)).to_have_text("12 spans")
        expect(text).to_have_value("")
        expect(page.locator(".kind-chip[aria-pressed=true]")).to_have_count(0)
        expect(tree(page)).to_be_focused()


def test_what_is_chosen_stays_while_the_trace_grows_and_goes_with_it(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    chip(page, "retriever").click()
    expect(found(page)).to_have_text("6 of 12 spans")
    draw(page, "chat", 17)
    expect(found(page)).to_have_text("11 of 17 spans")
    expect(chip(page, "retriever, 11")).to_have_attribute("aria-pressed", "true")
    draw(page, "chat", 17, trace="tr-other")
    expect(found(page)).to_have_text("17 spans")
    expect(page.locator(".kind-chip[aria-pressed=true]")).to_have_count(0)


def test_one_kind_alone_is_not_offered(open_tree: OpenTree) -> None:
    page = open_tree("big", 1)
    expect(tree(page)).to_be_visible()
    assert chips(page) == []


def test_buttons_lead_from_error_to_error_and_say_which(open_tree: OpenTree) -> None:
    page = open_tree("big", 3000)
    page.get_by_role("button", name="Collapse all").click()
    jump = page.locator(".next-error")
    expect(jump).to_have_text("3 errors")
    visited: list[str | None] = []
    for number in (1, 2, 3):
        jump.click()
        expect(jump).to_have_text(f"error {number} of 3")
        expect(page.locator(".row.active.failed")).to_be_in_viewport()
        visited.append(active_span(page))
    assert answers(page) == visited
    assert set(visited) == {"000003e5", "000007ca", "00000baf"}
    jump.click()
    expect(jump).to_have_text("error 1 of 3")
    page.get_by_role("button", name="Previous error").click()
    expect(jump).to_have_text("error 3 of 3")
    assert answers(page)[-1] == visited[2]


def test_keys_lead_from_error_to_error(open_tree: OpenTree) -> None:
    page = open_tree("big", 3000)
    tree(page).focus()
    page.keyboard.press("n")
    expect(page.locator(".next-error")).to_have_text("error 1 of 3")
    first = active_span(page)
    page.keyboard.press("n")
    expect(page.locator(".next-error")).to_have_text("error 2 of 3")
    page.keyboard.press("p")
    expect(page.locator(".row.active.failed")).to_be_in_viewport()
    assert answers(page)[-1] == first
    assert active_span(page) == first


def test_a_filter_that_hides_the_next_error_gives_way(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    chip(page, "retriever").click()
    expect(found(page)).to_have_text("6 of 12 spans")
    page.locator(".next-error").click()
    assert answers(page)[-1] == "tool-2"
    expect(found(page)).to_have_text("12 spans")
    expect(row(page, "tool-2")).to_be_in_viewport()


def test_an_error_out_of_the_zoomed_range_is_panned_to(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    drag(page, page.locator(".ticks"), 0.7, 0.9)
    expect(row(page, "tool-2").locator(".beyond.before")).to_be_visible()
    tree(page).focus()
    page.keyboard.press("n")
    expect(row(page, "tool-2").locator(".bar")).to_be_visible()
    left, width = bar(page, "tool-2")
    assert left + width / 2 == pytest.approx(50, abs=1)
    expect(zoom_button(page)).to_be_visible()


def test_a_small_trace_shows_none_of_the_tools(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    for part in ("tools", "minimap", "reset-zoom", "help"):
        expect(page.locator(f".{part}")).to_be_hidden()
    # The axis, six rows, the legend and the border.
    assert height_of(page.locator(".trace-tree")) <= 24 + 6 * 30 + 26
    tree(page).focus()
    page.keyboard.press("n")
    assert answers(page)[-1] == "tool-2"


def test_the_keys_are_listed_on_request(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    keys = page.get_by_role("dialog", name="Keys and gestures")
    page.get_by_role("button", name="Keys and gestures").click()
    expect(keys).to_contain_text("next, previous error")
    expect(keys).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    tree(page).focus()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()


def test_on_a_narrow_pane_the_chips_come_on_request(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12, width=390)
    expect(chip(page, "llm")).to_be_hidden()
    assert height_of(page.locator(".tools")) < 45
    more = page.get_by_role("button", name="Filter by kind and error")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    chip(page, "llm").click()
    expect(found(page)).to_have_text("2 of 12 spans")
    more.click()
    expect(chip(page, "llm")).to_be_hidden()
    expect(more).to_have_class("more on")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_linked_span_is_in_sight_from_the_start(open_tree: OpenTree) -> None:
    span = SHAPES["big"](5000, "tr-big").spans[4321].span_id
    page = open_tree("big", 5000, span=span)
    expect(row(page, span)).to_be_in_viewport(ratio=1)
    expect(row(page, span)).to_have_attribute("aria-selected", "true")
    assert active_span(page) == span


def test_a_span_that_the_page_selects_later_is_opened_to(open_tree: OpenTree) -> None:
    page = open_tree("big", 5000)
    page.get_by_role("button", name="Collapse all").click()
    last = SHAPES["big"](5000, "tr-big").spans[-1].span_id
    draw(page, "big", 5000, span=last, told=2)
    expect(row(page, last)).to_be_in_viewport(ratio=1)
    expect(row(page, last)).to_have_attribute("aria-selected", "true")
    assert active_span(page) == last


def test_a_tap_selects_and_folds(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12, touch=True, width=390)
    row(page, "tool-1").tap()
    assert answers(page)[-1] == "tool-1"
    row(page, "llm-2").locator(".twisty").tap()
    expect(row(page, "llm-2")).to_have_attribute("aria-expanded", "false")
