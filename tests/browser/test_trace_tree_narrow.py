"""The trace tree with little room: rows of two lines, and word of what is out of sight."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.tree_page import (
    OpenTree,
    active_span,
    draw,
    height_of,
    most_mounted,
    row,
    scroll_to,
    shown_spans,
    tree,
)

pytestmark = pytest.mark.browser

_CUT = """rows => [...rows.querySelectorAll(".label, .what, .tokens, .cost, .duration")]
    .filter(part => part.scrollWidth > part.clientWidth).map(part => part.textContent)"""


def below(page: Page) -> Locator:
    return page.locator(".below")


def test_with_less_room_a_row_gets_a_second_line_and_nothing_goes(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    for width, row_height in ((900, 30), (700, 50), (520, 50), (300, 50)):
        draw(page, "chat", 6, pane=width)
        cells = row(page, "llm-1").locator(".tokens, .cost, .lane, .duration")
        boxes = [cell.bounding_box() for cell in cells.all()]
        assert [box["width"] > 20 for box in boxes if box] == [True] * 4
        texts = [cell.inner_text() for cell in cells.all()]
        assert texts == ["512 → 42", "$0.000310", "", "1.29 s"]
        assert page.locator(".rows").evaluate(_CUT) == []
        assert height_of(row(page, "llm-1")) == row_height
        assert tree(page).evaluate("scroll => scroll.scrollWidth <= scroll.clientWidth")


def test_rows_of_two_lines_are_heard_as_rows_of_one(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6, pane=900)
    said = "rows => [...rows.children].map(row => row.querySelector('.spoken').textContent)"
    names = page.locator(".rows .label").all_inner_texts()
    words = page.locator(".rows").evaluate(said)
    assert len(names) == 6
    draw(page, "chat", 6, pane=300)
    for place, (name, spoken) in enumerate(zip(names, words, strict=True)):
        item = page.locator(f"#row-{place}")
        expect(item).to_have_role("treeitem")
        expect(item).to_have_accessible_name(f"{name} {spoken}")


def test_fifty_thousand_narrow_rows_are_reached_by_keyboard(open_tree: OpenTree) -> None:
    page = open_tree("big", 50000, pane=300, most=480)
    assert 10 < most_mounted(page) <= 60
    tree(page).focus()
    page.keyboard.press("End")
    assert shown_spans(page)[-1] == active_span(page)
    expect(page.locator(".row.active")).to_be_in_viewport(ratio=0.99)
    expect(below(page)).to_be_hidden()
    page.keyboard.press("Home")
    expect(page.locator(".row.active")).to_have_attribute("id", "row-0")
    expect(page.locator(".row.active")).to_be_in_viewport(ratio=0.99)


@pytest.mark.parametrize("width", [900, 300])
def test_a_tree_says_how_many_rows_follow(open_tree: OpenTree, width: int) -> None:
    page = open_tree("big", 500, pane=width, most=420)
    whole = tree(page).evaluate(
        """scroll => {
            const bottom = scroll.getBoundingClientRect().bottom + 1;
            return [...scroll.querySelectorAll(".row")]
                .filter(row => row.getBoundingClientRect().bottom <= bottom).length;
        }"""
    )
    assert 4 < whole < 15
    expect(below(page)).to_have_text(f"{500 - whole} more")
    # A click leads on, by about what is in sight.
    below(page).get_by_text("more").click()
    expect(below(page)).not_to_have_text(f"{500 - whole} more")
    assert tree(page).evaluate("scroll => scroll.scrollTop") > 100
    scroll_to(page, 1_000_000)
    expect(below(page)).to_be_hidden()


def test_a_tree_that_is_seen_whole_says_nothing_of_more(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6, pane=300, most=480)
    expect(row(page, "llm-1")).to_be_visible()
    expect(below(page)).to_be_hidden()
    # It is for the mouse alone: the tree tells every row's place by itself.
    expect(below(page)).to_have_attribute("aria-hidden", "true")
