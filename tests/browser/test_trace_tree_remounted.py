"""The trace tree when the page takes it out and puts the same one back, as React may do."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gwtrace_core.trace.columns import columns
from gwtrace_core.trace.tree import build_tree
from pages.ui.components.trace_tree import CSS, HTML, JS
from tests.browser.harness.shapes import SHAPES
from tests.browser.tree_page import row, scroll_to, shown_spans, tree

pytestmark = pytest.mark.browser

MOUNT = """async ([js, css, html, data]) => {
    const source = new Blob([js], { type: 'text/javascript' });
    const { default: mount } = await import(URL.createObjectURL(source));
    const parentElement = document.body;
    parentElement.innerHTML = `<style>${css}</style>${html}`;
    const show = () => mount({ data, parentElement, setStateValue: () => {} });
    let leave = show();
    window.remount = () => { leave(); leave = show(); };
}"""


def mounted(page: Page, shape: str, count: int) -> None:
    """The tree as Streamlit mounts it, on a page where it can be taken out."""
    data = {
        **columns(build_tree(SHAPES[shape](count, "tr-one"))),
        "selected": None,
        "told": 1,
        "most_pixels": 420,
        "moves_page": False,
    }
    page.evaluate(MOUNT, [JS, CSS, HTML, data])


def test_each_row_and_each_sign_is_there_once(page: Page) -> None:
    mounted(page, "chat", 6)
    rows, signs = shown_spans(page), page.locator("button svg").count()
    assert len(rows) == len(set(rows)) > 3
    page.evaluate("remount()")
    assert shown_spans(page) == rows
    assert page.locator("button svg").count() == signs


def test_what_was_closed_stays_closed_and_what_is_closed_then_goes(page: Page) -> None:
    mounted(page, "chat", 6)
    row(page, "agent").locator(".twisty").click()
    assert shown_spans(page) == ["root", "agent"]
    page.evaluate("remount()")
    assert shown_spans(page) == ["root", "agent"]
    row(page, "root").locator(".twisty").click()
    assert shown_spans(page) == ["root"]


def test_it_scrolls_on_even_if_it_was_scrolling_when_it_was_taken_out(page: Page) -> None:
    mounted(page, "big", 500)
    # What is scrolled is drawn with the next frame, which does not come for a tree taken out.
    tree(page).evaluate("scroll => { scroll.dispatchEvent(new Event('scroll')); remount(); }")
    before = shown_spans(page)
    scroll_to(page, 9_000)
    expect(row(page, before[0])).to_have_count(0)
