"""The trace tree alone on a page: what it says, selects and shows, and how it is moved by keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.tree_page import (
    OpenTree,
    active_span,
    answers,
    draw,
    height_of,
    most_mounted,
    open_row_in_sight,
    row,
    scroll_to,
    shown_spans,
    tree,
)

pytestmark = pytest.mark.browser


def found(page: Page) -> str:
    return page.get_by_role("status").inner_text()


def test_every_span_is_a_treeitem_with_a_full_name(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
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


def test_a_small_trace_takes_only_the_room_it_needs(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    expect(page.locator(".tools")).to_be_hidden()
    assert height_of(page.locator(".trace-tree")) < 240
    draw(page, "big", 500, trace="tr-long")
    assert height_of(page.locator(".trace-tree")) == pytest.approx(420, abs=1)


def test_a_trace_without_spans_says_so(open_tree: OpenTree) -> None:
    page = open_tree("chat", 0)
    expect(page.get_by_text("This trace has no spans.")).to_be_visible()
    assert shown_spans(page) == []


def test_a_click_selects_a_span_and_tells_the_page(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    row(page, "tool-1").click()
    expect(row(page, "tool-1")).to_have_attribute("aria-selected", "true")
    row(page, "llm-2").click()
    expect(row(page, "tool-1")).to_have_attribute("aria-selected", "false")
    # What is selected already is no news.
    row(page, "llm-2").click()
    assert page.evaluate("treeAlone.answers") == [
        {"span": "tool-1", "told": 1},
        {"span": "llm-2", "told": 1},
    ]


def test_the_keyboard_alone_does_everything(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12)
    tree(page).focus()
    press = page.keyboard.press

    press("ArrowDown")
    press("ArrowDown")
    assert active_span(page) == "llm-1"
    press("Enter")
    assert answers(page) == ["llm-1"]
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
    assert answers(page) == ["llm-1", "agent"]


def test_of_ten_thousand_spans_at_most_sixty_rows_are_mounted(open_tree: OpenTree) -> None:
    page = open_tree("big", 10_000, height=1400)
    for most in (420, 5000):
        draw(page, "big", 10_000, most=most)
        assert found(page) == "10,000 spans"
        assert 10 < most_mounted(page) <= 60
        tree(page).focus()
        page.keyboard.press("End")
        assert shown_spans(page)[-1] == active_span(page)
        expect(page.locator(".row.active")).to_be_in_viewport()
        page.keyboard.press("Home")


def test_new_spans_of_the_same_trace_leave_the_view_alone(open_tree: OpenTree) -> None:
    page = open_tree("big", 400)
    row(page, "00000002").click()
    scroll_to(page, 3000)
    closed = open_row_in_sight(page)
    row(page, closed).locator(".twisty").click()
    before = tree(page).evaluate("scroll => scroll.scrollTop")
    draw(page, "big", 405)
    assert found(page) == "405 spans"
    assert tree(page).evaluate("scroll => scroll.scrollTop") == before
    expect(row(page, closed)).to_have_attribute("aria-expanded", "false")
    scroll_to(page, 0)
    expect(row(page, "00000002")).to_have_attribute("aria-selected", "true")


def test_spans_that_come_in_above_do_not_move_what_one_reads(open_tree: OpenTree) -> None:
    page = open_tree("backwards", 200)
    scroll_to(page, 3010)
    before = row(page, "s100").bounding_box()
    draw(page, "backwards", 205)
    assert found(page) == "206 spans"
    assert row(page, "s204").count() == 0
    assert row(page, "s100").bounding_box() == before


def test_another_trace_starts_afresh(open_tree: OpenTree) -> None:
    page = open_tree("big", 400)
    row(page, "00000002").click()
    scroll_to(page, 3000)
    row(page, open_row_in_sight(page)).locator(".twisty").click()
    draw(page, "big", 400, trace="tr-other")
    assert tree(page).evaluate("scroll => scroll.scrollTop") == 0
    expect(page.locator(".row[aria-selected=true]")).to_have_count(0)
    expect(page.locator(".row[aria-expanded=false]")).to_have_count(0)
    assert active_span(page) == "0"


def test_the_page_may_select_and_then_the_user_again(open_tree: OpenTree) -> None:
    page = open_tree("chat", 12, span="llm-1")
    expect(row(page, "llm-1")).to_have_attribute("aria-selected", "true")
    row(page, "tool-1").click()
    # Drawn anew for another reason, the tree keeps the user's choice.
    draw(page, "chat", 12, span="llm-1")
    expect(row(page, "tool-1")).to_have_attribute("aria-selected", "true")
    draw(page, "chat", 12, span="extra-00011", told=2)
    expect(row(page, "extra-00011")).to_have_attribute("aria-selected", "true")
    row(page, "tool-1").click()
    assert page.evaluate("treeAlone.answers") == [
        {"span": "tool-1", "told": 1},
        {"span": "tool-1", "told": 2},
    ]


def test_names_are_text_and_never_html(open_tree: OpenTree) -> None:
    page = open_tree("hostile")
    row(page, "root").click()
    names = page.locator(".rows .label").all_text_contents()
    assert names[:2] == [
        "<img src=x onerror=\"document.title='owned'\">",
        "<script>document.title='owned'</script>",
    ]
    assert page.locator(".rows").locator("img, script, b, u, a").count() == 0
    assert page.title() == "Tree"


def test_states_are_marked_and_say_what_they_are(open_tree: OpenTree) -> None:
    page = open_tree("kinds", 14, height=1000, most=900)
    expect(row(page, "stopped").locator(".bar.stopped")).to_be_visible()
    # Who recorded what: one pen for what gwtrace did, with other words.
    for span, words in (
        ("stopped", "Recorded by MLflow's autolog; gwtrace filled in what it leaves out"),
        ("filled", "Recorded by gwtrace itself, not by MLflow's autolog"),
    ):
        expect(row(page, span).locator(".mark").first).to_have_attribute("title", words)
    expect(row(page, "LLM").locator(".mark")).to_have_count(0)
    expect(row(page, "never closed").locator(".duration")).to_have_text("n/a")
    missing = row(page, "LLM").locator(".tokens")
    expect(missing).to_have_text("n/a")
    expect(missing).to_have_class("tokens missing")
    expect(missing).to_have_attribute("title", "MLflow's autolog recorded no usage for this call.")


def test_defects_are_shown_where_they_are(open_tree: OpenTree) -> None:
    page = open_tree("broken", 3)
    visited = ["twin#2", "back", "lost", "ring-a", "twin#2"]
    for _ in visited:
        page.get_by_role("button", name="4 defects").click()
    assert answers(page) == visited
    assert set(shown_spans(page)) >= {"lost", "twin", "twin#2", "ring-a", "ring-b", "back"}
    expect(row(page, "lost").locator(".mark")).to_have_attribute(
        "title", "The parent 'nowhere' of span 'orphan' is not in the trace."
    )


def test_a_running_trace_shows_what_has_no_end_yet(open_tree: OpenTree) -> None:
    page = open_tree("running", 6)
    expect(row(page, "root").locator(".duration")).to_have_text("running")
    expect(row(page, "root").locator(".bar.open-ended")).to_be_visible()
    expect(page.get_by_role("button", name="defect")).to_have_count(0)


def test_the_bar_shows_start_duration_and_first_token(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6)
    shares = (
        row(page, "llm-2")
        .locator(".bar")
        .evaluate(
            "bar => [bar.style.left, bar.style.width, bar.style.getPropertyValue('--waited')]"
            ".map(parseFloat)"
        )
    )
    assert shares == pytest.approx([100 * 1372 / 3120, 100 * 1718 / 3120, 100 * 468 / 1718])


def test_nothing_moves_for_those_who_asked_for_less_motion(open_tree: OpenTree) -> None:
    page = open_tree("chat", 6, reduced_motion=True)
    moves = page.locator(".chevron").first.evaluate("each => getComputedStyle(each).transition")
    assert "120" not in moves and "0.12s" not in moves
