"""Lanes that end at different times: each is whole at once, and nothing is drawn twice."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

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
from tests.browser.support import SLOW_MS, choose, drawn_anew, go, wait_idle

pytestmark = pytest.mark.browser

Open = Callable[..., Compare]

_QUESTION_IS_ON_TOP = """place => {
    const question = document.querySelectorAll("[class*='st-key-compare-question-']")[place];
    const top = question?.getBoundingClientRect().top;
    return top >= 40 && top < 120;
}"""


def test_what_has_ended_is_whole_and_used_while_a_lane_still_streams(
    open_compare: Open, wire: Wire
) -> None:
    compare = open_compare(STALLED, LANE)
    page = compare.page
    examples = page.locator("[class*='st-key-compare-example']")
    expect(examples).to_have_count(3)
    compare.send("Hello")
    ended = compare.cells.nth(1)
    expect(ended.locator(".figure")).to_have_count(5, timeout=SLOW_MS)
    expect(compare.cells.first).to_contain_text("Hello! This is", timeout=SLOW_MS)
    expect(examples).to_have_count(0)
    expect(compare.trees).to_have_count(1, timeout=SLOW_MS)
    expect(compare.button(1, "regenerate")).to_be_visible()
    expect(compare.stop_all).to_be_visible()
    compare.button(1, "code").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("code").first).to_contain_text("gpt-5.2")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    # It is joined again after another page.
    go(page, "Connections")
    expect(page.get_by_text("Where calls go")).to_be_visible()
    go(page, "Compare")
    expect(compare.cells).to_have_count(2)
    for index in (0, 1):
        expect(compare.cells.nth(index)).to_contain_text("Hello! This is")
    compare.stop(0)
    expect(compare.cells.nth(0)).to_contain_text(STOPPED)
    compare.settle(2)
    expect(dialog).to_have_count(0)
    assert len(wire.all) == 2
    assert "lanes=" in page.url
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible()

    # While the next round streams, earlier answers keep what is theirs; the table has to wait.
    wire.forget()
    compare.send("Tell me about trees")
    expect(compare.cells.nth(2)).to_contain_text("You asked", timeout=SLOW_MS)
    expect(table).to_have_count(0)
    expect(page.get_by_text("Table and views come when")).to_be_visible()
    expect(compare.trees.nth(1)).to_be_visible()
    expect(compare.cells.nth(1).locator(".figure")).to_have_count(5)
    expect(compare.button(1, "regenerate")).to_be_visible()

    # A preset stops what it takes away.
    compare.preset("Streamed against not streamed")
    expect(compare.cells).to_have_count(0)
    assert wire.endings()["fault-stall-midway"] == "client disconnected"


def test_a_question_too_many_leaves_when_the_new_one_is_being_answered(open_compare: Open) -> None:
    compare = open_compare(*[FAILING] * 7, STALLED)
    questions = compare.page.locator("[class*='st-key-compare-question-']")
    for text in ("First", "Second", "Third"):
        compare.send(text)
        expect(compare.cells.filter(has_text=f"“{text}”")).to_have_count(1, timeout=SLOW_MS)
        if text != "Third":
            compare.stop_all.click()
            expect(compare.stop_all).to_have_count(0, timeout=SLOW_MS)
            wait_idle(compare.page)
    expect(questions).to_have_text([re.compile("Second"), re.compile("Third")])
    # The last lane stalls: that was before the end.
    expect(compare.stop_all).to_be_visible()
    compare.stop_all.click()


def test_a_new_question_comes_to_the_top_once_and_an_open_dialog_outlives_the_last_lane(
    open_compare: Open,
) -> None:
    compare = open_compare(FAILING, LANE)
    page = compare.page
    compare.ask("What is a tide?", traces=2)
    compare.send("Write 500 tokens about trees")
    page.wait_for_function(_QUESTION_IS_ON_TOP, arg=1)
    expect(compare.ended).to_have_count(3, timeout=SLOW_MS)
    compare.button(2, "code").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("code").first).to_contain_text("fault-upstream-500")
    expect(compare.ended).to_have_count(4, timeout=SLOW_MS)
    wait_idle(page)
    expect(dialog.locator("code").first).to_be_visible()
    page.keyboard.press("Escape")
    compare.settle(4)
    # From then on the reader decides what is looked at.
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    with drawn_anew(page):
        page.get_by_text("Blind").click()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


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
