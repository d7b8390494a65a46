"""Parity, answer diff and trace diff in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, RunApp, RunningApp, wait_idle
from tests.browser.support import REPOSITORY

pytestmark = pytest.mark.browser

HARNESS = Path(__file__).parent / "harness" / "compare_views_app.py"


@pytest.fixture(scope="package")
def views(run_app: RunApp) -> RunningApp:
    return run_app(HARNESS, cwd=REPOSITORY)


def is_untouched(page: Page) -> bool:
    """No text of a lane, a model or a span has become part of the page."""
    return page.title() == "Views" and page.locator("img").count() == 0


def test_a_cell_tells_what_was_compared_and_why(open_page: OpenPage, views: RunningApp) -> None:
    page = open_page(f"{views.url}/?view=parity&n=3")
    row = page.get_by_role("row").filter(has_text="Model asked")
    cell = row.get_by_role("button").first
    cell.click()
    below = page.locator(".below")
    expect(below).to_contain_text("Model asked · Lane 0")
    expect(below).to_contain_text("Reason of model asked, lane 0.")
    expect(cell).to_have_attribute("aria-pressed", "true")
    assert is_untouched(page)


def test_eight_lanes_scroll_beside_the_names_of_the_rows(
    open_page: OpenPage, views: RunningApp
) -> None:
    page = open_page(f"{views.url}/?view=parity&n=8")
    scroll, name = page.locator(".scroll"), page.get_by_role("rowheader").first
    before = name.bounding_box()
    scroll.evaluate("box => { box.scrollLeft = 400 }")
    assert scroll.evaluate("box => box.scrollLeft") == 400
    assert name.bounding_box() == before


def test_answers_are_compared_in_two_modes_and_fold(open_page: OpenPage, views: RunningApp) -> None:
    page = open_page(f"{views.url}/?view=answer")
    body = page.locator(".answer-diff .body")
    assert body.locator("del").first.evaluate("part => part.lastChild.textContent") == "Paris"
    assert body.locator("ins").first.evaluate("part => part.lastChild.textContent") == "Lyon"
    expect(page.get_by_text("Paragraph 10 says the same in both.")).to_have_count(0)
    page.get_by_role("button", name="… 18 unchanged paragraphs …").click()
    expect(page.get_by_text("Paragraph 10 says the same in both.")).to_have_count(2)
    page.get_by_role("button", name="In one").click()
    expect(page.get_by_text("Paragraph 10 says the same in both.")).to_have_count(1)
    page.get_by_role("button", name="Rerun").click()
    wait_idle(page)
    expect(page.get_by_role("button", name="In one")).to_have_attribute("aria-pressed", "true")
    assert is_untouched(page)


def test_what_differs_is_marked_without_colour_too(open_page: OpenPage, views: RunningApp) -> None:
    page = open_page(f"{views.url}/?view=answer")
    decoration = "part => getComputedStyle(part).textDecorationLine"
    assert page.locator("del").first.evaluate(decoration) == "line-through"
    assert page.locator("ins").first.evaluate(decoration) == "underline"


def test_a_selected_step_shows_what_differs_in_it(open_page: OpenPage, views: RunningApp) -> None:
    page = open_page(f"{views.url}/?view=diff&n=6")
    table = page.get_by_test_id("stDataFrame").first
    # The table is drawn on a canvas: the checkbox of the third step, a model call.
    box = table.locator("canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 20, box["y"] + 35 * 3 + 17)
    wait_idle(page)
    expect(page.locator(".answer-diff")).to_be_visible()
    expect(page.locator(".answer-diff ins").first).to_contain_text("new words")
    assert is_untouched(page)
