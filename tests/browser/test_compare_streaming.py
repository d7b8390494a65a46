"""Lanes that end at different times: each is whole at once, and nothing is drawn twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.compare_page import (
    FAILING,
    LANE,
    QUICK,
    STALLED,
    STOPPED,
    Compare,
    Wire,
    figures,
    ticks,
)
from tests.browser.support import SLOW_MS, choose, drawn_anew, eventually, wait_idle

pytestmark = pytest.mark.browser

Open = Callable[..., Compare]

_QUESTION_IS_ON_TOP = """place => {
    const question = document.querySelectorAll("[class*='st-key-compare-question-']")[place];
    const top = question?.getBoundingClientRect().top;
    return top >= 40 && top < 120;
}"""


def test_a_lane_that_has_ended_is_whole_while_another_still_streams(open_compare: Open) -> None:
    compare = open_compare(STALLED, LANE)
    compare.send("Hello")
    ended = compare.cells.nth(1)
    expect(ended.locator(".figure")).to_have_count(5, timeout=SLOW_MS)
    expect(compare.trees).to_have_count(1, timeout=SLOW_MS)
    expect(compare.button(1, "regenerate")).to_be_visible()
    expect(compare.stop_all).to_be_visible()
    # It can be used meanwhile, and what is opened stays open when the other ends.
    compare.button(1, "code").click()
    dialog = compare.page.get_by_role("dialog")
    expect(dialog.locator("code").first).to_contain_text("gpt-5.2")
    compare.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(compare.stop_all).to_be_visible()
    compare.stop(0)
    expect(compare.cells.nth(0)).to_contain_text(STOPPED)
    compare.settle(2)
    expect(dialog).to_have_count(0)


def test_the_questions_to_begin_with_leave_at_once(open_compare: Open) -> None:
    compare = open_compare(STALLED, LANE)
    examples = compare.page.locator("[class*='st-key-compare-example']")
    expect(examples).to_have_count(3)
    compare.send("Hello")
    expect(compare.cells.first).to_contain_text("Hello!", timeout=SLOW_MS)
    expect(examples).to_have_count(0)
    expect(compare.stop_all).to_be_visible()
    compare.stop_all.click()


def test_a_question_too_many_leaves_when_the_new_one_is_being_answered(open_compare: Open) -> None:
    compare = open_compare(*[QUICK] * 7, STALLED)
    questions = compare.page.locator("[class*='st-key-compare-question-']")
    for text in ("First", "Second", "Third"):
        compare.send(text)
        expect(compare.cells.filter(has_text=f"“{text}”")).to_have_count(8, timeout=SLOW_MS)
        if text != "Third":
            compare.stop_all.click()
            expect(compare.stop_all).to_have_count(0, timeout=SLOW_MS)
            wait_idle(compare.page)
    expect(questions).to_have_text([re.compile("Second"), re.compile("Third")])
    # The last lane stalls: that was before the end.
    expect(compare.stop_all).to_be_visible()
    compare.stop_all.click()


def test_a_dialog_that_is_open_stays_open_when_the_last_lane_ends(open_compare: Open) -> None:
    compare = open_compare(FAILING, LANE)
    compare.send("Write 500 tokens about trees")
    expect(compare.ended).not_to_have_count(0, timeout=SLOW_MS)
    compare.button(0, "code").click()
    dialog = compare.page.get_by_role("dialog")
    expect(dialog.locator("code").first).to_contain_text("fault-upstream-500")
    expect(compare.ended).to_have_count(2, timeout=SLOW_MS)
    wait_idle(compare.page)
    expect(dialog.locator("code").first).to_be_visible()


def test_marks_and_the_common_axis_come_without_drawing_a_strip_or_tree_anew(
    open_compare: Open,
) -> None:
    compare = open_compare(STALLED, LANE, QUICK)
    compare.send("Hello")
    expect(compare.trees).to_have_count(2, timeout=SLOW_MS)
    wanted = "[role=tree], .figures"
    for index in (1, 2):
        for node in compare.cells.nth(index).locator(wanted).all():
            node.evaluate("node => { node.isSeen = true }")
    assert compare.page.locator(".figure.best").count() == 0
    compare.stop(0)
    compare.settle(3)
    assert compare.page.locator(".figure.best").count() > 0
    axes = [ticks(tree) for tree in compare.trees.all()]
    assert axes[0] == axes[1] == axes[2]
    for index in (1, 2):
        nodes = compare.cells.nth(index).locator(wanted).all()
        assert [node.evaluate("node => node.isSeen") for node in nodes] == [True, True]
        assert len(figures(compare.cells.nth(index))) == 5


def test_an_earlier_table_is_not_shown_while_the_next_round_streams(open_compare: Open) -> None:
    compare = open_compare(LANE, STALLED)
    compare.send("Hello")
    expect(compare.cells.nth(1)).to_contain_text("Hello! This is", timeout=SLOW_MS)
    compare.stop_all.click()
    compare.settle(2)
    table = compare.page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    compare.send("Tell me about trees")
    expect(compare.cells.nth(3)).to_contain_text("You asked", timeout=SLOW_MS)
    expect(table).to_have_count(0)
    expect(compare.page.get_by_text("Table and views come when")).to_be_visible()
    compare.stop_all.click()
    compare.settle(4)
    expect(table).to_be_visible()


def test_a_new_question_comes_to_the_top_of_the_window_once(open_compare: Open) -> None:
    compare = open_compare(QUICK, LANE)
    compare.ask("What is a tide?", traces=2)
    compare.send("And on the moon?")
    compare.page.wait_for_function(_QUESTION_IS_ON_TOP, arg=1)
    compare.settle(4)
    assert compare.page.evaluate(_QUESTION_IS_ON_TOP, 1)
    # From then on the reader decides what is looked at.
    compare.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    with drawn_anew(compare.page):
        compare.page.get_by_text("Blind").click()
    assert compare.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


def test_a_lane_is_set_up_from_its_head(open_compare: Open, wire: Wire) -> None:
    compare = open_compare(LANE, QUICK)
    for index, model in ((0, "gpt-4o-mini"), (1, "gpt-4.1-typed-by-hand")):
        head = compare.heads.nth(index)
        head.get_by_text("Set up this lane").click()
        box = head.get_by_role("combobox", name="Model")
        choose(box, model)
        expect(head).to_contain_text(model)
        wait_idle(compare.page)
        expect(box).to_have_value(model)
    # What was picked stays picked, open or closed.
    compare.heads.nth(0).get_by_text("Set up this lane").click()
    compare.send("Hello")
    expect(compare.ended).to_have_count(2, timeout=SLOW_MS)
    asked = sorted(exchange.json["model"] for exchange in wire.all)
    assert asked == ["gpt-4.1-typed-by-hand", "gpt-4o-mini"]


def rests(element: Locator, frame: Locator, *, at_end: bool) -> bool:
    """Whether it stands at the frame's beginning, or at its end, to a pixel, and all in it."""
    box, around = element.bounding_box(), frame.bounding_box()
    assert box is not None
    assert around is not None
    before = box["x"] - around["x"]
    after = around["width"] - box["width"] - before
    return abs(after if at_end else before) <= 1 and min(before, after) >= -1


def test_on_a_phone_each_lane_snaps_fully_into_view(open_compare: Open) -> None:
    compare = open_compare(LANE, QUICK, LANE, width=390, height=844, touch=True)
    wait_idle(compare.page)
    # A board that is still being laid out has no room to scroll in.
    room = partial(compare.board.evaluate, "board => board.scrollWidth - board.clientWidth > 600")
    eventually(compare.page, room, True)
    for index in range(3):
        # Let go somewhere between two lanes: the board comes to rest at one of them.
        compare.board.evaluate("(board, n) => { board.scrollLeft = n * 340 + 30 }", index)
        has_come = partial(rests, compare.heads.nth(index), compare.board, at_end=index == 2)
        eventually(compare.page, has_come, True)
