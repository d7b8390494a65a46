"""The trace tree on a page of Streamlit's: what the page learns of it, keeps and sends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.conftest import OpenPage, RunApp, RunningApp, wait_idle
from tests.browser.harness.shapes import SHAPES
from tests.browser.support import REPOSITORY
from tests.browser.tree_page import active_span, row, tree

pytestmark = pytest.mark.browser

OpenStreamlit = Callable[..., Page]


@pytest.fixture(scope="module")
def harness(run_app: RunApp) -> RunningApp:
    # In the repository's folder, so that the app's own theme applies.
    return run_app(REPOSITORY / "tests/browser/harness/tree_app.py", cwd=REPOSITORY)


@pytest.fixture
def open_streamlit(open_page: OpenPage, harness: RunningApp) -> OpenStreamlit:
    """A page with the tree, by a query such as `shape=chat&n=6`."""

    def open_one(query: str, **options: str) -> Page:
        page = open_page(f"{harness.url}/?{query}", **options)  # pyright: ignore[reportArgumentType]
        page.locator(".trace-tree").wait_for(state="attached")
        return page

    return open_one


def toggle(page: Page, label: str) -> None:
    page.get_by_text(label, exact=True).click()
    wait_idle(page)


def rerun(page: Page) -> None:
    page.get_by_role("button", name="Rerun").click()
    wait_idle(page)


def expect_selected(page: Page, span: str | None) -> None:
    """The page's own words."""
    expect(page.get_by_text(f"selected: {span}", exact=True)).to_be_visible()


def test_page_and_user_may_select_in_turn(open_streamlit: OpenStreamlit) -> None:
    page = open_streamlit("shape=chat&n=12&span=llm-1")
    expect_selected(page, "llm-1")
    expect(row(page, "llm-1")).to_have_attribute("aria-selected", "true")
    row(page, "tool-1").click()
    expect_selected(page, "tool-1")
    toggle(page, "Select the last")
    expect_selected(page, "extra-00011")
    expect(row(page, "extra-00011")).to_have_attribute("aria-selected", "true")
    row(page, "tool-1").click()
    expect_selected(page, "tool-1")
    rerun(page)
    expect_selected(page, "tool-1")


def test_what_was_selected_is_still_so_after_the_tree_was_away(
    open_streamlit: OpenStreamlit,
) -> None:
    page = open_streamlit("shape=chat&n=12")
    expect_selected(page, None)
    row(page, "tool-1").click()
    expect_selected(page, "tool-1")
    toggle(page, "Hidden")
    expect(tree(page)).to_have_count(0)
    toggle(page, "Hidden")
    expect_selected(page, "tool-1")
    expect(row(page, "tool-1")).to_have_attribute("aria-selected", "true")
    row(page, "llm-1").click()
    expect_selected(page, "llm-1")


def test_a_rerun_leaves_the_view_alone_and_another_trace_starts_afresh(
    open_streamlit: OpenStreamlit,
) -> None:
    page = open_streamlit("shape=big&n=400")
    row(page, "00000002").click()
    expect_selected(page, "00000002")
    row(page, "00000001").locator(".twisty").click()
    expect(row(page, "00000001")).to_have_attribute("aria-expanded", "false")
    rerun(page)
    toggle(page, "Grown")
    expect(page.get_by_role("status")).to_have_text("405 spans")
    expect(row(page, "00000001")).to_have_attribute("aria-expanded", "false")
    expect_selected(page, "00000002")
    toggle(page, "Other trace")
    expect_selected(page, None)
    expect(row(page, "00000001")).to_have_attribute("aria-expanded", "true")


def test_a_rerun_does_not_send_the_tree_again(open_page: OpenPage, harness: RunningApp) -> None:
    page = open_page("")
    received: list[int] = []

    def watch_socket(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", watch_socket)
    page.goto(f"{harness.url}/?shape=big&n=10000")
    wait_idle(page)
    tree(page).wait_for()
    assert sum(received) > 300_000
    received.clear()
    rerun(page)
    row(page, "00000003").click()
    expect_selected(page, "00000003")
    wait_idle(page)
    rerun(page)
    assert 0 < sum(received) < 30_000


def test_a_linked_span_is_in_sight_when_its_tab_is_opened(open_streamlit: OpenStreamlit) -> None:
    span = SHAPES["big"](5000, "tr-big").spans[4321].span_id
    page = open_streamlit(f"shape=big&n=5000&tab=1&span={span}")
    expect(tree(page)).to_be_hidden()
    page.get_by_role("tab", name="Tree").click()
    expect(row(page, span)).to_be_in_viewport(ratio=1)
    expect(row(page, span)).to_have_attribute("aria-selected", "true")
    assert active_span(page) == span


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn_in_the_pages_own_colours(
    open_streamlit: OpenStreamlit, screenshot: Callable[[Page, str], Path], scheme: str
) -> None:
    page = open_streamlit("shape=chat&n=12", scheme=scheme)
    colours = page.locator(".trace-tree").evaluate(
        "root => [getComputedStyle(root).backgroundColor, getComputedStyle(root).color]"
    )
    assert colours == page.locator("[data-testid=stApp]").evaluate(
        "app => [getComputedStyle(app).backgroundColor, getComputedStyle(app).color]"
    )
    assert screenshot(page, f"trace-tree-{scheme}").stat().st_size > 10_000


def test_the_details_show_messages_attributes_and_events(open_streamlit: OpenStreamlit) -> None:
    page = open_streamlit("shape=chat&n=6")
    page.set_viewport_size({"width": 1280, "height": 1400})
    toggle(page, "Details")
    row(page, "llm-2").click()
    expect(page.get_by_text("What is 17 % of 2,340, and what day is it?")).to_be_visible()
    expect(page.get_by_text("It is 397.8.")).to_be_visible()
    row(page, "tool-2").click()
    expect(page.get_by_role("alert")).to_contain_text("ValueError: unknown time zone 'Mars/Base'")
    page.get_by_role("radio", name="Events").click()
    expect(page.get_by_text("Traceback (most recent call last):")).to_be_visible()


def test_the_details_show_names_as_text(open_streamlit: OpenStreamlit) -> None:
    page = open_streamlit("shape=hostile")
    toggle(page, "Details")
    row(page, "root").click()
    wait_idle(page)
    expect(page.locator("h5").get_by_text("<img src=x")).to_be_visible()
    assert page.locator("h5 img").count() == 0
    assert page.title() == "Tree"
