from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.conftest import OpenPage, RunningApp, wait_idle
from tests.browser.tree_page import (
    active_span,
    expect_selected,
    height_of,
    most_mounted,
    open_row_in_sight,
    row,
    scroll_to,
    shown_spans,
    toggle,
    tree,
)

pytestmark = pytest.mark.browser


def test_every_span_is_a_treeitem_with_a_full_name(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=chat&n=6")
    items = tree(page).get_by_role("treeitem")
    for item, name in zip(
        items.all(),
        [
            "chat turn chain, 3.12 s, 1,180 tokens in, 262 out, all calls below together, "
            "cost $0.000880, a span below failed, recorded by gwtrace",
            "assistant agent, 3.09 s, 1,180 tokens in, 262 out, all calls below together, "
            "cost $0.000880, a span below failed",
            "chat gpt-5-mini llm, gpt-5-mini, 1.29 s, first token after 620 ms, "
            "512 tokens in, 42 out, cost $0.000310",
            "calculator tool, 45 ms",
            "current_time tool, 19 ms, failed, ValueError: unknown time zone 'Mars/Base'",
            "chat gpt-5-mini llm, gpt-5-mini, 1.72 s, first token after 468 ms, "
            "668 tokens in, 220 out, cost $0.000570",
        ],
        strict=True,
    ):
        expect(item).to_have_accessible_name(name)
    names = ("aria-level", "aria-posinset", "aria-setsize", "aria-expanded", "aria-selected")
    assert [[item.get_attribute(name) for name in names] for item in items.all()] == [
        ["1", "1", "1", "true", "false"],
        ["2", "1", "1", "true", "false"],
        ["3", "1", "4", None, "false"],
        ["3", "2", "4", None, "false"],
        ["3", "3", "4", None, "false"],
        ["3", "4", "4", None, "false"],
    ]
    assert tree(page).get_attribute("aria-activedescendant") == "row-0"


def test_a_small_trace_takes_only_the_room_it_needs(open_tree: Callable[..., Page]) -> None:
    small, large = open_tree("shape=chat&n=6"), open_tree("shape=big&n=500&height=420")
    expect(small.locator(".tools")).to_be_hidden()
    assert height_of(small.locator(".trace-tree")) < 240
    assert height_of(large.locator(".trace-tree")) == pytest.approx(420, abs=1)


def test_a_click_selects_a_span_and_the_page_knows(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=chat&n=6")
    expect_selected(page, None)
    row(page, "tool-1").click()
    expect_selected(page, "tool-1")
    expect(row(page, "tool-1")).to_have_attribute("aria-selected", "true")
    row(page, "llm-2").click()
    expect_selected(page, "llm-2")
    expect(row(page, "tool-1")).to_have_attribute("aria-selected", "false")


def test_the_keyboard_alone_does_everything(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=chat&n=12")
    tree(page).focus()
    press = page.keyboard.press

    press("ArrowDown")
    press("ArrowDown")
    assert active_span(page) == "llm-1"
    press("Enter")
    expect_selected(page, "llm-1")
    press("End")
    assert active_span(page) == "extra-00011"
    press("ArrowLeft")
    assert active_span(page) == "llm-2"
    press("ArrowLeft")
    expect(row(page, "llm-2")).to_have_attribute("aria-expanded", "false")
    expect(row(page, "llm-2").locator(".hidden-count")).to_have_text("6")
    assert "extra-00011" not in shown_spans(page)
    press("Home")
    assert active_span(page) == "root"
    press("ArrowLeft")
    assert shown_spans(page) == ["root"]
    press("*")
    assert shown_spans(page)[:3] == ["root", "agent", "llm-1"]
    expect(row(page, "llm-2")).to_have_attribute("aria-expanded", "false")
    press("*")
    expect(row(page, "llm-2")).to_have_attribute("aria-expanded", "true")
    press("ArrowRight")
    assert active_span(page) == "agent"
    press("PageDown")
    assert "extra-00007" <= (active_span(page) or "") <= "extra-00011"
    press("PageUp")
    press("Space")
    expect_selected(page, "agent")


def test_the_filter_shows_matches_with_their_ancestors(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=chat&n=6")
    tree(page).focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter spans")).to_be_focused()
    page.keyboard.type("calc")
    expect(page.get_by_role("status")).to_have_text("1 of 6 spans")
    assert shown_spans(page) == ["root", "agent", "tool-1"]
    expect(row(page, "tool-1").locator("mark")).to_have_text("calc")
    page.keyboard.press("Enter")
    expect(tree(page)).to_be_focused()
    assert active_span(page) == "tool-1"
    page.keyboard.press("Escape")
    assert len(shown_spans(page)) == 6
    expect(page.locator(".tools")).to_be_hidden()


def test_a_filter_that_finds_nothing_says_so(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=chat&n=12")
    page.get_by_label("Filter spans").fill("no such thing")
    expect(page.get_by_role("status")).to_have_text("0 of 12 spans")
    assert shown_spans(page) == []
    page.keyboard.press("Escape")
    assert len(shown_spans(page)) == 12


@pytest.mark.parametrize("height", [420, 5000])
def test_of_ten_thousand_spans_at_most_sixty_rows_are_mounted(
    open_tree: Callable[..., Page], height: int
) -> None:
    page = open_tree(f"shape=big&n=10000&height={height}", height=1400)
    expect(page.get_by_role("status")).to_have_text("10,000 spans")
    assert 10 < most_mounted(page) <= 60
    tree(page).focus()
    page.keyboard.press("End")
    assert shown_spans(page)[-1] == active_span(page)
    expect(page.locator(".row.active")).to_be_in_viewport()


def test_a_rerun_does_not_send_the_tree_again(
    open_page: OpenPage, tree_harness: RunningApp
) -> None:
    page = open_page("")
    received: list[int] = []

    def watch_socket(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", watch_socket)
    page.goto(f"{tree_harness.url}/?shape=big&n=10000")
    wait_idle(page)
    tree(page).wait_for()
    assert sum(received) > 300_000
    received.clear()
    page.get_by_role("button", name="Rerun").click()
    wait_idle(page)
    row(page, "00000003").click()
    expect_selected(page, "00000003")
    wait_idle(page)
    page.get_by_role("button", name="Rerun").click()
    wait_idle(page)
    assert 0 < sum(received) < 30_000


def test_new_spans_of_the_same_trace_leave_the_view_alone(
    open_tree: Callable[..., Page],
) -> None:
    page = open_tree("shape=big&n=400")
    row(page, "00000002").click()
    expect_selected(page, "00000002")
    scroll_to(page, 3000)
    closed = open_row_in_sight(page)
    row(page, closed).locator(".twisty").click()
    expect(row(page, closed)).to_have_attribute("aria-expanded", "false")
    before = tree(page).evaluate("scroll => scroll.scrollTop")
    toggle(page, "Grown")
    expect(page.get_by_role("status")).to_have_text("405 spans")
    assert tree(page).evaluate("scroll => scroll.scrollTop") == before
    expect(row(page, closed)).to_have_attribute("aria-expanded", "false")
    expect_selected(page, "00000002")


def test_spans_that_come_in_above_do_not_move_what_one_reads(
    open_tree: Callable[..., Page],
) -> None:
    page = open_tree("shape=backwards&n=200")
    scroll_to(page, 3010)
    before = row(page, "s100").bounding_box()
    toggle(page, "Grown")
    expect(page.get_by_role("status")).to_have_text("206 spans")
    assert row(page, "s204").count() == 0
    assert row(page, "s100").bounding_box() == before


def test_another_trace_starts_afresh(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=big&n=400")
    row(page, "00000002").click()
    expect_selected(page, "00000002")
    scroll_to(page, 3000)
    toggle(page, "Other trace")
    expect_selected(page, None)
    assert tree(page).evaluate("scroll => scroll.scrollTop") == 0
    expect(page.locator(".row[aria-selected=true]")).to_have_count(0)


def test_the_program_may_select_and_then_the_user_again(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=chat&n=12&span=llm-1")
    expect_selected(page, "llm-1")
    expect(row(page, "llm-1")).to_have_attribute("aria-selected", "true")
    row(page, "tool-1").click()
    expect_selected(page, "tool-1")
    toggle(page, "Select the last")
    expect_selected(page, "extra-00011")
    expect(row(page, "extra-00011")).to_have_attribute("aria-selected", "true")
    row(page, "tool-1").click()
    expect_selected(page, "tool-1")
    page.get_by_role("button", name="Rerun").click()
    wait_idle(page)
    expect_selected(page, "tool-1")


def test_what_was_selected_is_still_so_after_the_tree_was_away(
    open_tree: Callable[..., Page],
) -> None:
    page = open_tree("shape=chat&n=12")
    row(page, "tool-1").click()
    expect_selected(page, "tool-1")
    toggle(page, "Hidden")
    expect(tree(page)).to_have_count(0)
    toggle(page, "Hidden")
    expect_selected(page, "tool-1")
    expect(row(page, "tool-1")).to_have_attribute("aria-selected", "true")
    row(page, "llm-1").click()
    expect_selected(page, "llm-1")


def test_names_are_text_and_never_html(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=hostile")
    toggle(page, "Details")
    row(page, "root").click()
    wait_idle(page)
    assert page.title() == "Tree"
    names = page.locator(".rows .label").all_text_contents()
    assert names[:2] == [
        "<img src=x onerror=\"document.title='owned'\">",
        "<script>document.title='owned'</script>",
    ]
    assert page.locator(".rows").locator("img, script, b, u, a").count() == 0
    expect(page.locator("h5").get_by_text("<img src=x")).to_be_visible()
    assert page.locator("h5 img").count() == 0


def test_missing_usage_is_not_zero_and_says_why(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=kinds&n=14&height=900", height=1000)
    found = {
        span: (cell.inner_text(), cell.get_attribute("title"))
        for span in ("LLM", "stopped", "failed", "filled", "TOOL")
        for cell in [row(page, span).locator(".tokens")]
    }
    assert found == {
        "LLM": ("n/a", "MLflow's autolog recorded no usage for this call."),
        "stopped": ("n/a", "Stopped before the provider reported usage."),
        "failed": ("n/a", "The call failed before usage was reported."),
        "filled": ("n/a", "The provider reported no usage."),
        "TOOL": ("", ""),
    }
    expect(row(page, "stopped").locator(".bar.stopped")).to_be_visible()
    # Who recorded what: one pen for what gwtrace did, with other words.
    for span, words in (
        ("stopped", "Recorded by MLflow's autolog; gwtrace filled in what it leaves out"),
        ("filled", "Recorded by gwtrace itself, not by MLflow's autolog"),
    ):
        expect(row(page, span).locator(".mark").first).to_have_attribute("title", words)
    expect(row(page, "LLM").locator(".mark")).to_have_count(0)
    expect(row(page, "never closed").locator(".duration")).to_have_text("n/a")


def test_defects_are_shown_where_they_are(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=broken&n=3")
    for span in ("twin#2", "back", "lost", "ring-a", "twin#2"):
        page.get_by_role("button", name="4 defects").click()
        expect_selected(page, span)
    assert set(shown_spans(page)) >= {"lost", "twin", "twin#2", "ring-a", "ring-b", "back"}
    expect(row(page, "lost").locator(".mark")).to_have_attribute(
        "title", "The parent 'nowhere' of span 'orphan' is not in the trace."
    )


def test_a_running_trace_shows_what_has_no_end_yet(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=running&n=6")
    expect(row(page, "root").locator(".duration")).to_have_text("running")
    expect(row(page, "root").locator(".bar.open-ended")).to_be_visible()
    expect(page.get_by_role("button", name="defect")).to_have_count(0)


def test_the_bar_shows_start_duration_and_first_token(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=chat&n=6")
    bar = (
        row(page, "llm-2")
        .locator(".bar")
        .evaluate(
            "bar => [bar.style.left, bar.style.width, bar.style.getPropertyValue('--waited')]"
        )
    )
    shares = [float(text.rstrip("%")) for text in bar]
    assert shares == pytest.approx([100 * 1372 / 3120, 100 * 1718 / 3120, 100 * 468 / 1718])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn_in_the_pages_own_colours(
    open_tree: Callable[..., Page], screenshot: Callable[[Page, str], Path], scheme: str
) -> None:
    page = open_tree("shape=chat&n=12", scheme=scheme)
    colours = page.locator(".trace-tree").evaluate(
        "root => [getComputedStyle(root).backgroundColor, getComputedStyle(root).color]"
    )
    assert colours == page.locator("[data-testid=stApp]").evaluate(
        "app => [getComputedStyle(app).backgroundColor, getComputedStyle(app).color]"
    )
    assert screenshot(page, f"trace-tree-{scheme}").stat().st_size > 10_000


def test_nothing_moves_for_those_who_asked_for_less_motion(
    open_tree: Callable[..., Page],
) -> None:
    page = open_tree("shape=chat&n=6", reduced_motion=True)
    moves = page.locator(".chevron").first.evaluate("each => getComputedStyle(each).transition")
    assert "120" not in moves and "0.12s" not in moves


def test_the_details_show_messages_attributes_and_events(open_tree: Callable[..., Page]) -> None:
    page = open_tree("shape=chat&n=6", height=1400)
    toggle(page, "Details")
    row(page, "llm-2").click()
    expect(page.get_by_text("What is 17 % of 2,340, and what day is it?")).to_be_visible()
    expect(page.get_by_text("It is 397.8.")).to_be_visible()
    row(page, "tool-2").click()
    expect(page.get_by_role("alert")).to_contain_text("ValueError: unknown time zone 'Mars/Base'")
    page.get_by_role("radio", name="Events").click()
    expect(page.get_by_text("Traceback (most recent call last):")).to_be_visible()
