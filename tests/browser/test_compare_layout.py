"""What of the compare page stays in its place, and what is seen of what is out of sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from gwtrace_core.values.connection import SdkPath
from tests.browser.compare_page import LANE, QUICK, Compare
from tests.browser.support import drawn_anew, eventually

pytestmark = pytest.mark.browser

Open = Callable[..., Compare]
PYDANTIC = replace(LANE, sdk_path=SdkPath.PYDANTIC_AI)

_VIEWS = ("Table", "Traces aligned", "Trace diff", "Answer diff", "Parity", "Scores")
_TOP_OF_WINDOW_PX = 90


def box_of(part: Locator) -> tuple[float, float, float]:
    """Where it begins and ends from the left, and its top, in pixels of the window."""
    box = part.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"], box["y"]


def view_switch(page: Page) -> Locator:
    return page.locator(".st-key-compare-view")


def test_the_switch_of_views_stays_under_the_mouse(open_compare: Open) -> None:
    compare = open_compare(LANE, QUICK, height=900)
    compare.ask("What is a tide?", traces=2)
    page = compare.page
    with drawn_anew(page):
        view_switch(page).get_by_text("Traces aligned").click()
    page.evaluate(
        """([name, top]) => {
            const main = document.querySelector("[data-testid=stMain]");
            main.scrollBy(0, document.querySelector(name).getBoundingClientRect().top - top);
        }""",
        [".st-key-compare-view", _TOP_OF_WINDOW_PX],
    )
    tops = [box_of(view_switch(page))[2]]
    for name in (*_VIEWS, "Table"):
        with drawn_anew(page):
            view_switch(page).get_by_text(name, exact=True).click()
        tops.append(box_of(view_switch(page))[2])
    assert tops == [pytest.approx(_TOP_OF_WINDOW_PX, abs=2)] * len(tops)


def test_on_a_phone_the_next_lane_shows_its_edge(open_compare: Open) -> None:
    compare = open_compare(LANE, QUICK, LANE, width=390, height=844, touch=True)
    compare.ask("What is a tide?", traces=3)
    _, board_end, _ = box_of(compare.board)
    for row in (compare.heads, compare.cells):
        _, end, _ = box_of(row.nth(0))
        start, _, _ = box_of(row.nth(1))
        assert end < start
        assert 16 <= board_end - start <= 32


@pytest.mark.parametrize(("width", "lanes"), [(390, 3), (1280, 2), (1280, 6)])
def test_a_question_is_framed_as_wide_as_the_board_is_seen(
    open_compare: Open, width: int, lanes: int
) -> None:
    compare = open_compare(*[LANE] * lanes, width=width, height=844)
    compare.ask("What is a tide? " * 20, traces=lanes)
    question = compare.page.locator("[class*='st-key-compare-question-']")
    seen = box_of(compare.board)[:2]
    assert box_of(question)[:2] == pytest.approx(seen, abs=1)
    compare.board.evaluate("board => { board.scrollLeft = 10_000 }")
    assert box_of(question)[:2] == pytest.approx(seen, abs=1)


def test_with_four_lanes_no_span_s_name_or_model_is_cut(open_compare: Open) -> None:
    compare = open_compare(*[LANE] * 3, PYDANTIC, width=1440, height=900)
    compare.ask("What is 17% of 2,340?", traces=4)
    for tree in compare.trees.all():
        expect(tree.locator(".label").last).to_be_visible()
        assert (
            tree.evaluate(
                """tree => [...tree.querySelectorAll(".label, .what, .tokens, .cost, .duration")]
                .filter(part => part.scrollWidth > part.clientWidth)
                .map(part => part.textContent)"""
            )
            == []
        )
        # All of so small a tree is in sight at once.
        assert tree.evaluate("tree => tree.scrollHeight <= tree.clientHeight")


def test_answers_far_out_of_sight_are_not_painted_and_keep_their_place(open_compare: Open) -> None:
    compare = open_compare(LANE, QUICK, height=400)
    for number in (1, 2, 3):
        compare.ask("What is 17% of 2,340?", traces=2 * number)
    page = compare.page
    first, last = compare.cells.nth(0), compare.cells.nth(5)
    last.get_by_role("tree").scroll_into_view_if_needed()
    painted = "cell => cell.checkVisibility({contentVisibilityAuto: true})"
    eventually(page, lambda: [each.evaluate(painted) for each in (first, last)], [False, True])
    height = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
    first.get_by_role("tree").scroll_into_view_if_needed()
    eventually(page, lambda: first.evaluate(painted), True)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollHeight") == height
