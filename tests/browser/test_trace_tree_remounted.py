"""The trace tree when the page takes it out and puts the same one back, as React may do."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.tree_page import OpenTree, answers, row, scroll_to, shown_spans, tree

pytestmark = pytest.mark.browser


def remount(page: Page) -> None:
    page.evaluate("treeAlone.remount('tree')")


def test_each_row_and_each_sign_is_there_once(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    rows, signs = shown_spans(page), page.locator("button svg").count()
    assert len(rows) == len(set(rows)) > 3
    remount(page)
    assert shown_spans(page) == rows
    assert page.locator("button svg").count() == signs
    row(page, "tool-1").click()
    assert answers(page) == ["tool-1"]


def test_what_was_closed_stays_closed_and_what_is_closed_then_goes(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    row(page, "agent").locator(".twisty").click()
    assert shown_spans(page) == ["root", "agent"]
    remount(page)
    assert shown_spans(page) == ["root", "agent"]
    row(page, "root").locator(".twisty").click()
    assert shown_spans(page) == ["root"]


def test_it_scrolls_on_even_if_it_was_scrolling_when_it_was_taken_out(open_tree: OpenTree) -> None:
    page = open_tree("big", 500)
    # What is scrolled is drawn with the next frame, which does not come for a tree taken out.
    tree(page).evaluate(
        "scroll => { scroll.dispatchEvent(new Event('scroll')); treeAlone.remount('tree'); }"
    )
    before = shown_spans(page)
    scroll_to(page, 9_000)
    expect(row(page, before[0])).to_have_count(0)
