"""Zoom and pan on the time axis of the trace tree, and its minimap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from gwtrace_core.trace.columns import Axis
from gwtrace_core.trace.model import Nanoseconds
from gwtrace_core.trace.tree import build_tree
from tests.browser.conftest import OpenPage
from tests.browser.contexts import Scheme
from tests.browser.harness.shapes import SHAPES
from tests.browser.tree_page import (
    OpenTree,
    answers,
    bar,
    drag,
    draw,
    height_of,
    labels,
    row,
    scroll_to,
    tree,
    zoom_button,
)
from tests.core.report.reports import html_of, three_lanes

pytestmark = pytest.mark.browser

WHOLE = ["0", "1 s", "2 s", "3.12 s"]
"""The axis of the chat turn, which takes 3.12 s."""


def axis(page: Page) -> Locator:
    return page.locator(".ticks").first


def minimap(page: Page) -> Locator:
    return page.locator(".minimap")


def frame(page: Page) -> tuple[float, float]:
    """Where the minimap's window begins and how wide it is, in percent of the trace."""
    left, width = page.locator(".frame").evaluate("each => [each.style.left, each.style.width]")
    return float(left.rstrip("%")), float(width.rstrip("%"))


def zoomed(page: Page) -> None:
    """Show the half in the middle of the chat turn: 0.78 s to 2.34 s."""
    drag(page, axis(page), 0.25, 0.75)
    expect(zoom_button(page)).to_be_visible()
    expect(axis(page)).to_have_text("780 ms1 s1.5 s2 s2.34 s")


def pointer_over(page: Page, part: Locator) -> None:
    box = part.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 1, box["y"] + box["height"] / 2)


_EDGES = """spans => spans.flatMap(span => {
    const { left, right } = span.getBoundingClientRect();
    return [left, right];
})"""


def test_the_axis_says_at_every_width_where_it_begins_and_ends(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    for width in (380, 560, 640, 760, 1100):
        draw(page, "chat", 12, pane=width)
        assert (labels(page)[0], labels(page)[-1]) == ("0", "3.12 s")
        edges = axis(page).locator("span").evaluate_all(_EDGES)
        assert edges == sorted(edges)


def test_a_drag_across_the_axis_zooms_to_that_stretch(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    assert labels(page) == WHOLE
    expect(zoom_button(page)).to_be_hidden()
    zoomed(page)
    assert bar(page, "llm-1") == pytest.approx((0, 100 * (1310 - 780) / 1560), abs=1)
    assert bar(page, "llm-2") == pytest.approx(
        (100 * (1372 - 780) / 1560, 100 * (2340 - 1372) / 1560), abs=1
    )
    expect(row(page, "llm-1").locator(".bar")).to_have_class("bar cut-before")
    expect(row(page, "llm-2").locator(".bar")).to_have_class("bar cut-after waited")
    expect(row(page, "root").locator(".bar")).to_have_class("bar cut-before cut-after")
    expect(row(page, "tool-1").locator(".bar")).to_have_class("bar")
    expect(page.locator(".zoomed-to")).to_have_text("Showing 780 ms to 2.34 s of 3.12 s")


def test_a_bar_out_of_view_leaves_an_arrow_that_points_to_it(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    drag(page, axis(page), 0.01, 0.25)
    expect(row(page, "llm-2").locator(".lane > .beyond.after")).to_be_visible()
    expect(row(page, "llm-2").locator(".bar")).to_have_count(0)
    zoom_button(page).click()
    drag(page, axis(page), 0.75, 0.99)
    expect(row(page, "llm-1").locator(".lane > .beyond.before")).to_be_visible()


def test_one_click_shows_the_whole_trace_again(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    height = page.locator(".trace-tree").bounding_box()
    zoomed(page)
    assert page.locator(".trace-tree").bounding_box() == height
    zoom_button(page).click()
    expect(zoom_button(page)).to_be_hidden()
    expect(tree(page)).to_be_focused()
    expect(axis(page)).to_have_text("".join(WHOLE))
    expect(page.locator(".zoomed-to")).to_have_text("")
    zoomed(page)
    axis(page).dblclick()
    expect(axis(page)).to_have_text("".join(WHOLE))


def test_the_wheel_with_ctrl_zooms_around_the_pointer(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    tool = row(page, "tool-1").locator(".bar")
    before, lane = tool.bounding_box(), row(page, "tool-1").locator(".lane").bounding_box()
    assert before is not None and lane is not None
    pointer_over(page, tool)
    page.keyboard.down("Control")
    for _ in range(3):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    expect(zoom_button(page)).to_be_visible()
    page.wait_for_function(
        "([tool, width]) => tool.getBoundingClientRect().width > 2.5 * width",
        arg=[tool.element_handle(), before["width"]],
    )
    after = tool.bounding_box()
    assert after is not None
    assert after["x"] == pytest.approx(before["x"], abs=4)
    assert page.evaluate("devicePixelRatio") == 1
    page.mouse.move(lane["x"] - 100, lane["y"])
    page.mouse.wheel(0, 120)
    assert bar(page, "tool-1")[1] > 2.5 * 100 * 45 / 3120


def test_the_wheel_alone_scrolls_and_does_not_zoom(open_tree: OpenTree) -> None:
    page = open_tree("big", 200)
    pointer_over(page, row(page, "0").locator(".lane"))
    page.mouse.wheel(0, 300)
    page.wait_for_function("scroll => scroll.scrollTop > 100", arg=tree(page).element_handle())
    expect(zoom_button(page)).to_be_hidden()


@pytest.mark.parametrize(("across", "down"), [(120, 0), (0, 120)])
def test_the_wheel_pans_across_or_with_shift(open_tree: OpenTree, across: int, down: int) -> None:
    page = open_tree("chat", 12)
    zoomed(page)
    before = bar(page, "tool-1")
    pointer_over(page, row(page, "tool-1").locator(".bar"))
    if down:
        page.keyboard.down("Shift")
    page.mouse.wheel(across, down)
    expect(axis(page)).not_to_have_text("780 ms1 s1.5 s2 s2.34 s")
    after = bar(page, "tool-1")
    assert after[0] < before[0] - 5
    assert after[1] == pytest.approx(before[1])


def test_the_keyboard_zooms_and_pans(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    tree(page).focus()
    press = page.keyboard.press
    press("+")
    expect(axis(page)).to_have_text("780 ms1 s1.5 s2 s2.34 s")
    press("Shift+ArrowRight")
    expect(page.locator(".zoomed-to")).to_have_text("Showing 1.09 s to 2.65 s of 3.12 s")
    press("Shift+ArrowLeft")
    press("Shift+ArrowLeft")
    expect(page.locator(".zoomed-to")).to_have_text("Showing 468 ms to 2.03 s of 3.12 s")
    press("-")
    expect(zoom_button(page)).to_be_hidden()
    press("+")
    press("+")
    press("0")
    expect(axis(page)).to_have_text("".join(WHOLE))
    for _ in range(3):
        press("ArrowDown")
    press("z")
    expect(zoom_button(page)).to_be_visible()
    assert bar(page, "tool-1") == pytest.approx((100 / 22, 2000 / 22), abs=0.1)


def test_a_double_click_on_a_bar_zooms_to_its_span(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    row(page, "llm-2").locator(".bar").dblclick()
    assert answers(page)[-1] == "llm-2"
    expect(zoom_button(page)).to_be_visible()
    start = 1372 - 0.05 * 1718
    length = 3120 - start
    assert bar(page, "llm-2") == pytest.approx(
        (100 * (1372 - start) / length, 100 * 1718 / length), abs=0.1
    )


def test_the_zoom_stays_when_the_page_runs_again_or_the_trace_grows(open_tree: OpenTree) -> None:
    page = open_tree("big", 400)
    drag(page, axis(page), 0.2, 0.3)
    expect(zoom_button(page)).to_be_visible()
    before = labels(page)
    draw(page, "big", 400)
    assert labels(page) == before
    draw(page, "big", 405)
    expect(page.get_by_role("status")).to_have_text("405 spans")
    assert labels(page) == before
    assert before[0] not in ("0", "")
    draw(page, "big", 405, trace="tr-other")
    expect(zoom_button(page)).to_be_hidden()
    assert labels(page)[0] == "0"


def test_trees_on_one_axis_zoom_together(open_tree: OpenTree) -> None:
    whole = build_tree(SHAPES["chat"](6, "tr-one"))
    end_ns = whole.start_ns + 2 * (whole.end_ns - whole.start_ns)
    shared = Axis(start_ns=whole.start_ns, end_ns=Nanoseconds(end_ns))
    page = open_tree("chat", 6, axis=shared)
    draw(page, "running", 3, key="second", trace="tr-two", axis=shared)
    expect(page.locator(".ticks")).to_have_count(2)
    drag(page, axis(page), 0.25, 0.5)
    for ticks in page.locator(".ticks").all():
        expect(ticks).to_have_text("1.56 s2 s2.5 s3.12 s")
    zoom_button(page).last.click()
    for ticks in page.locator(".ticks").all():
        expect(ticks).to_have_text("02 s4 s6.24 s")


def test_long_traces_have_a_minimap(open_tree: OpenTree) -> None:
    page = open_tree("big", 59)
    expect(row(page, "0")).to_be_visible()
    expect(minimap(page)).to_be_hidden()
    draw(page, "big", 60)
    expect(minimap(page)).to_be_visible()


def test_the_minimap_s_window_can_be_resized_moved_and_drawn_anew(open_tree: OpenTree) -> None:
    page = open_tree("big", 200)
    drag(page, minimap(page), 0.998, 0.5)
    expect(zoom_button(page)).to_be_visible()
    assert frame(page) == pytest.approx((0, 50), abs=1)
    drag(page, minimap(page), 0.25, 0.5)
    expect(page.locator(".frame")).not_to_have_attribute("style", "left: 0%; width: 50%;")
    page.wait_for_function("frame => parseFloat(frame.style.left) > 20", arg=frame_handle(page))
    assert frame(page) == pytest.approx((25, 50), abs=1.5)
    drag(page, minimap(page), 0.8, 0.9)
    page.wait_for_function("frame => parseFloat(frame.style.left) > 70", arg=frame_handle(page))
    assert frame(page) == pytest.approx((80, 10), abs=1)
    box = minimap(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + 10)
    page.wait_for_function("frame => parseFloat(frame.style.left) < 40", arg=frame_handle(page))
    assert frame(page) == pytest.approx((25, 10), abs=1)
    minimap(page).dblclick(position={"x": 5, "y": 10})
    expect(zoom_button(page)).to_be_hidden()


def frame_handle(page: Page) -> object:
    return page.locator(".frame").element_handle()


def test_the_minimap_shows_errors_and_what_is_in_sight(open_tree: OpenTree) -> None:
    page = open_tree("big", 3000)
    spans = SHAPES["big"](3000, "tr-big").spans
    start_ns = spans[0].start_ns
    ends_ns = [span.end_ns - start_ns for span in spans if span.end_ns]
    bins = [
        600 * end_ns // max(ends_ns)
        for span, end_ns in zip(spans, ends_ns, strict=True)
        if span.has_failed
    ]
    assert len(bins) == 3
    expect(page.locator(".minimap .errors")).to_have_attribute(
        "d", "".join(f"M{each}.5 0V100" for each in bins)
    )
    in_sight = page.locator(".in-sight")
    before = in_sight.evaluate("each => parseFloat(each.style.left)")
    assert before == 0
    scroll_to(page, 45_000)
    after = in_sight.evaluate("each => [parseFloat(each.style.left), parseFloat(each.style.width)]")
    assert 40 < after[0] < 90
    assert after[1] < 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_zoom_and_minimap_keep_to_their_room(
    open_tree: OpenTree, screenshot: Callable[[Page, str], Path], scheme: Scheme, width: int
) -> None:
    page = open_tree("big", 2000, scheme=scheme, width=width)
    page.keyboard.press("Tab")
    drag(page, minimap(page), 0.4, 0.6)
    expect(zoom_button(page)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert height_of(page.locator(".tools")) < 45
    screenshot(page, f"trace-tree-zoomed-{scheme}-{width}")


def test_a_report_zooms_and_narrows_down_too(open_page: OpenPage, tmp_path: Path) -> None:
    comparison = three_lanes()
    path = tmp_path / "report.html"
    path.write_text(html_of(comparison), encoding="utf-8")
    page = open_page("")
    page.context.set_offline(True)
    page.goto(path.as_uri())
    expect(page.locator(".ticks")).to_have_count(2)
    before = labels(page)
    drag(page, axis(page), 0.25, 0.75)
    # Both lanes of a round lie on one axis.
    expect(zoom_button(page)).to_have_count(2)
    assert labels(page) != before
    zoom_button(page).last.click()
    expect(zoom_button(page)).to_have_count(0)
    assert labels(page) == before
    page.get_by_role("tree").first.focus()
    page.keyboard.press("n")
    expect(page.locator("[data-details='0'] h5")).to_contain_text("current_time")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and gestures")).to_be_visible()
