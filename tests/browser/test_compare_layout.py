"""What of the compare page stays in its place, and what is seen of what is out of sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, expect

from gwtrace_core.values.connection import SdkPath
from tests.browser.compare_page import LANE, QUICK, Compare
from tests.browser.support import drawn_anew, eventually

pytestmark = pytest.mark.browser

Open = Callable[..., Compare]
PYDANTIC = replace(LANE, sdk_path=SdkPath.PYDANTIC_AI)

_VIEWS = ("Answer diff", "Parity", "Scores")
_TOP_OF_WINDOW_PX = 90


def box_of(part: Locator) -> tuple[float, float, float]:
    """Where it begins and ends from the left, and its top, in pixels of the window."""
    box = part.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"], box["y"]


def view_switch(page: Page) -> Locator:
    return page.locator(".st-key-compare-view")


def test_the_switch_of_views_stays_under_the_mouse_and_the_wheel_scrolls_the_page(
    open_compare: Open,
) -> None:
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

    # The wheel over the board scrolls the page.
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    expect(compare.heads.first).to_be_in_viewport()
    page.mouse.move(640, 400)
    page.mouse.wheel(0, 400)
    expect(compare.heads.first).not_to_be_in_viewport()


def rests(element: Locator, frame: Locator, *, at_end: bool) -> bool:
    """Whether it stands at the frame's beginning, or at its end, to a pixel, and all in it."""
    start, end, _ = box_of(element)
    frame_start, frame_end, _ = box_of(frame)
    gap = frame_end - end if at_end else start - frame_start
    return abs(gap) <= 1 and start >= frame_start - 1 and end <= frame_end + 1


def expect_framed(compare: Compare) -> None:
    """The question is as wide as the board is seen, wherever the board is scrolled to."""
    question = compare.page.locator("[class*='st-key-compare-question-']")
    seen = box_of(compare.board)[:2]
    for left in (0, 10_000):
        compare.board.evaluate("(board, left) => { board.scrollLeft = left }", left)
        assert box_of(question)[:2] == pytest.approx(seen, abs=1)


def test_on_a_phone_one_lane_fills_the_width_and_the_next_shows_its_edge(
    open_compare: Open,
) -> None:
    compare = open_compare(LANE, QUICK, LANE, width=390, height=844, touch=True)
    page = compare.page
    compare.ask("What is 17% of 2,340?", traces=3)
    page_width = "document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(page_width) == 390
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    board_start, board_end, _ = box_of(compare.board)
    for row in (compare.heads, compare.cells):
        start, end, _ = box_of(row.nth(0))
        assert end - start >= 0.85 * (board_end - board_start)
        next_start, _, _ = box_of(row.nth(1))
        assert end < next_start
        assert 16 <= board_end - next_start <= 32
    expect_framed(compare)
    for index in range(3):
        # Let go somewhere between two lanes: the board comes to rest at one of them.
        compare.board.evaluate("(board, n) => { board.scrollLeft = n * 340 + 30 }", index)
        has_come = partial(rests, compare.heads.nth(index), compare.board, at_end=index == 2)
        eventually(page, has_come, True)
    # A question brings itself to the top of the window; the lanes' names stand above it.
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    expect(compare.heads.nth(2)).to_be_in_viewport(ratio=0.95)
    expect(compare.cells.nth(2)).to_be_in_viewport(ratio=0.2)
    # The question stays with whatever answer is looked at.
    question = page.locator("[class*='st-key-compare-question-']")
    expect(question.get_by_text("What is 17% of 2,340?")).to_be_in_viewport(ratio=0.95)


def test_with_four_lanes_no_span_s_name_is_cut_and_the_question_is_framed_by_the_board(
    open_compare: Open,
) -> None:
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
    for width in (1440, 900):
        compare.page.set_viewport_size({"width": width, "height": 900})
        expect_framed(compare)


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
