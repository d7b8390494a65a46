"""The trace tree as its user sees and moves it, alone on a page (see harness/tree_alone.py)."""

from __future__ import annotations

from typing import Any, Protocol, cast

from playwright.sync_api import Locator, Page

from gwtrace_core.trace.columns import Axis
from tests.browser.contexts import Scheme
from tests.browser.harness.tree_alone import data_path


class OpenTree(Protocol):
    """Opens a page in a browser that looks like that, with one tree that is drawn like that."""

    def __call__(
        self,
        shape: str,
        count: int = 12,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: Scheme = "light",
        touch: bool = False,
        reduced_motion: bool = False,
        **drawn: Any,
    ) -> Page: ...


def draw(
    page: Page,
    shape: str,
    count: int = 12,
    *,
    key: str = "tree",
    trace: str = "tr-one",
    axis: Axis | None = None,
    pane: int = 0,
    most: int = 420,
    span: str | None = None,
    told: int = 1,
) -> None:
    """Draw the tree of a made-up trace (see harness/shapes.py), or draw it anew.

    `pane` is the room's width in pixels (0: the page's) and `most` the greatest height; the page
    selects `span`, and counts by `told` how often it selected one.
    """
    asked = {"selected": span, "told": told, "most_pixels": most, "moves_page": False}
    page.evaluate(
        "([key, path, asked, pane]) => treeAlone.draw(key, path, asked, pane)",
        [key, data_path(shape, count, trace, axis), asked, pane],
    )


def answers(page: Page) -> list[str]:
    """The spans that the tree told the page were selected, in order."""
    return cast(list[str], page.evaluate("treeAlone.answers.map(({ span }) => span)"))


def tree(page: Page) -> Locator:
    return page.get_by_role("tree", name="Trace spans")


def row(page: Page, span: str) -> Locator:
    return page.locator(f'.row[data-span="{span}"]')


def active_span(page: Page) -> str | None:
    return page.locator(".row.active").get_attribute("data-span")


def shown_spans(page: Page) -> list[str]:
    """The mounted rows from top to bottom."""
    return page.locator(".rows").evaluate(
        """rows => [...rows.children]
            .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
            .map(row => row.dataset.span)"""
    )


def most_mounted(page: Page) -> int:
    """The most rows that are in the document at once while the tree is scrolled far, ten times."""
    most: int = page.evaluate(
        """async () => {
            const host = [...document.querySelectorAll('*')]
                .find(each => each.shadowRoot?.querySelector('.trace-tree')).shadowRoot;
            const [scroll, rows] = ['.scroll', '.rows'].map(name => host.querySelector(name));
            let most = rows.childElementCount;
            for (let step = 0; step < 10; step++) {
                scroll.scrollTop += 27919;
                await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
                most = Math.max(most, rows.childElementCount);
            }
            return most;
        }"""
    )
    return most


def height_of(part: Locator) -> float:
    box = part.bounding_box()
    assert box is not None
    return box["height"]


def scroll_to(page: Page, top: int) -> None:
    """Scroll the tree and wait until its rows have followed."""
    tree(page).evaluate(
        """async (scroll, top) => {
            scroll.scrollTop = top;
            for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
        }""",
        top,
    )


def open_row_in_sight(page: Page) -> str:
    """A row with open children, some way below the first one in sight."""
    return tree(page).evaluate(
        """scroll => [...scroll.querySelectorAll('.row[aria-expanded=true]')].find(row =>
            row.getBoundingClientRect().top > scroll.getBoundingClientRect().top + 90
        ).dataset.span"""
    )


def bar(page: Page, span: str) -> tuple[float, float]:
    """Where a row's bar begins and how long it is, both in percent of what is in view."""
    left, width = (
        row(page, span).locator(".bar").evaluate("bar => [bar.style.left, bar.style.width]")
    )
    return float(left.rstrip("%")), float(width.rstrip("%"))


def labels(page: Page) -> list[str]:
    """The times that the axis shows."""
    return page.locator(".ticks span").all_text_contents()


def drag(page: Page, part: Locator, start: float, end: float) -> None:
    """Drag over `part` from one share of its width to another, in steps as a hand does."""
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=5)
    page.mouse.up()


def zoom_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Reset zoom")
