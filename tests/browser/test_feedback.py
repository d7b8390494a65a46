"""Feedback in a browser: given and edited on an answer, found on its trace, in the list, summed up.

The store has other programs' traces and other people's feedback as well.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.compare_page import LANE, STALLED, Compare, Wire
from tests.browser.conftest import OpenPage, RunApp, Watch
from tests.browser.support import EXPERIMENT, SLOW_MS, App, Chat, choose, eventually, running
from tests.browser.support import wait_idle as idle
from tests.browser.traces_page import TracesPage, click_cell, client_of
from tests.judged_traces import COUNT, judged
from tests.seeded_traces import Seeded

pytestmark = pytest.mark.browser

Screenshot = Callable[[Page, str], Path]
_FIRST_COLUMN_PX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The app over a store with feedback; `ids` are the judged traces, the newest first."""

    app: App
    seeded: Seeded
    ids: list[str]

    def said(self, trace_id: str) -> list[tuple[str, Any, str | None, bool | None]]:
        found = client_of(self.seeded).get_trace(trace_id).info.assessments or []
        return sorted(
            ((each.name, each.value, each.rationale, each.valid) for each in found),  # pyright: ignore[reportAttributeAccessIssue]  # feedback has a value
            key=str,
        )


@pytest.fixture(scope="module")
def store(run_app: RunApp, seeded: Seeded) -> Iterator[Judged]:
    experiment = client_of(seeded).get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    ids = judged(seeded.uri, experiment.experiment_id, time.time_ns() // 1_000_000)
    with running(run_app, seeded.directory) as app:
        yield Judged(app=app, seeded=seeded, ids=ids)


@pytest.fixture
def open_at(store: Judged, open_page: OpenPage, watch: Watch) -> Callable[..., Page]:
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    return lambda path="", **options: open_page(f"{store.app.url}/{path}", **options)


def more(page: Page, place: str = "chat") -> Locator:
    """What opens the drawer for more feedback on the newest answer."""
    return (
        page.locator(f"[class*='st-key-{place}-verdict-'][class*='-more']")
        .get_by_role("button")
        .last
    )


def table(page: Page, kind: str) -> Locator:
    return page.locator(f".st-key-traces-feedback-{kind}-table")


def cells(page: Page, kind: str) -> list[list[str]]:
    """The table's rows as a screen reader has them, without when the latest was given."""
    expect(table(page, kind).locator("tbody tr").first).to_be_attached(timeout=SLOW_MS)
    found: list[list[str]] = (
        table(page, kind)
        .locator("table")
        .evaluate(
            "table => [...table.querySelectorAll('tr')].map("
            "row => [...row.children].slice(0, -1).map(cell => cell.textContent))"
        )
    )
    return found


def params(page: Page) -> set[str]:
    return {*page.url.partition("?")[2].split("&")}


def test_from_stars_on_an_answer_to_its_trace_in_the_list_and_the_summary(
    store: Judged, open_at: Callable[..., Page], screenshot: Screenshot
) -> None:
    chat = Chat(open_at())
    page = chat.page
    chat.ask("How far is the moon?")
    trace_id = chat.trace_id
    more(page).click()
    page.get_by_role("radio", name="Stars", exact=True).click()
    page.get_by_role("radio", name="4 out of 5 stars").click()
    idle(page)
    page.get_by_role("textbox", name="Comment").fill("Fine, but long")
    page.get_by_role("button", name="Save").click()
    expect(chat.answers.last.get_by_text("quality: ★★★★☆ you, Fine, but long")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    idle(page)
    eventually(page, lambda: store.said(trace_id), [("quality", 4, "Fine, but long", True)])
    screenshot(page, "feedback-stars")

    more(page).click()
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("Fine, but long")
    expect(page.get_by_role("radio", name="4 out of 5 stars")).to_be_checked()
    page.get_by_role("radio", name="2 out of 5 stars").click()
    idle(page)
    page.get_by_role("button", name="Save").click()
    expect(chat.answers.last.get_by_text("quality: ★★☆☆☆ you, Fine, but long")).to_be_visible()
    idle(page)
    both = [("quality", 2, "Fine, but long", True), ("quality", 4, "Fine, but long", False)]
    eventually(page, lambda: store.said(trace_id), both)

    page.get_by_role("button", name="Open in Traces").click()
    traces = TracesPage(page).opened("How far is the moon?")
    expect(page.get_by_text("quality: ★★☆☆☆ · Fine, but long · local (person)")).to_be_visible()
    expect(page.get_by_text("1 replaced")).to_be_visible()
    traces.press("All traces")
    assert traces.listed().rows[0]["Verdicts"] == "quality: ★★☆☆☆"

    page.get_by_role("radio", name="Feedback", exact=True).click()
    choose(page.get_by_role("combobox", name="Feedback", exact=True), "quality (13)")
    idle(page)
    assert cells(page, "number") == [
        ["Model", "Given", "Traces", "Mean", "Lowest to highest"],
        ["gpt-4o-mini", "12", "12", "2.83", "1 to 5"],
        ["gpt-5.2", "1", "1", "2.00", "2 to 2"],
    ]
    screenshot(page, "feedback-summary")
    click_cell(table(page, "number"), 1, _FIRST_COLUMN_PX)
    traces.listed().expect_first("How far is the moon?")
    assert len(traces.rows) == 1
    assert {"model=gpt-5.2", "verdict=quality", "value_kind=number"} <= params(page)
    traces.click_question(0)
    traces.opened("How far is the moon?")


def test_every_figure_and_point_leads_to_its_traces_and_the_address_restores_the_view(
    open_at: Callable[..., Page], screenshot: Screenshot
) -> None:
    page = open_at("traces?view=feedback&feedback=verdict&by=sdk_path&over=all&from=person")
    half = COUNT // 2
    assert cells(page, "yes_no") == [
        ["SDK path", "Given", "Traces", "Positive", "Yes", "No"],
        ["Anthropic SDK", f"{half}", f"{half}", "67% (8 of 12)", "8", "4"],
        ["OpenAI SDK · Chat", f"{half}", f"{half}", "67% (8 of 12)", "8", "4"],
    ]
    click_cell(table(page, "yes_no"), 0, _px(page, "No"))
    traces = TracesPage(page).listed()
    traces.expect_first("Question 3")
    assert traces.questions == [f"Question {number}" for number in (3, 9, 15, 21)]
    assert all("bad · ada" in row["Verdicts"] for row in traces.rows)

    page.get_by_role("radio", name="Feedback", exact=True).click()
    expect(table(page, "yes_no")).to_be_visible()
    points = page.locator(".st-key-traces-feedback-yes_no-chart path[aria-roledescription=circle]")
    expect(points).to_have_count(COUNT)
    points.first.click()
    traces.listed().expect_first(f"Question {COUNT - 1}")
    assert traces.questions == [f"Question {COUNT - 1}"]

    again = open_at("traces?view=feedback&feedback=tone&by=connection&over=week", scheme="dark")
    assert cells(again, "category")[0] == [
        *("Connection", "Given", "Traces", "dry", "flat", "witty")
    ]
    expect(again.get_by_role("combobox", name="By", exact=True)).to_have_value("Connection")
    screenshot(again, "feedback-categories-dark")
    choose(again.get_by_role("combobox", name="Given by"), "Judges")
    expect(again.get_by_text("Nothing of that")).to_be_visible()
    expect(again).to_have_url(re.compile("from=judge"))
    narrow = open_at("traces?view=feedback&feedback=verdict", width=390, height=844)
    expect(table(narrow, "yes_no")).to_be_visible(timeout=SLOW_MS)
    width = narrow.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    screenshot(narrow, "feedback-narrow")


def _px(page: Page, column: str) -> float:
    """Where a column's buttons begin: the table fills its place, by the widths it was given."""
    widths = {"SDK path": 240, "Given": 70, "Traces": 70, "Positive": 130, "Yes": 80, "No": 80}
    box = table(page, "yes_no").locator("canvas").first.bounding_box()
    assert box is not None
    spare = (box["width"] - sum(widths.values()) - 100) / 7
    names = list(widths)
    before = names[: names.index(column)]
    return sum(widths[name] for name in before) + spare * len(before) + 20


def test_feedback_is_stored_while_another_answer_is_on_its_way(
    store: Judged, open_at: Callable[..., Page]
) -> None:
    chat = Chat(open_at())
    page = chat.page
    chat.ask("How far is the moon?")
    trace_id = chat.trace_id
    chat.pick("Model", "fault-stall-midway")
    chat.send("And the sun?")
    expect(chat.answers.last).to_contain_text("You asked", timeout=SLOW_MS)
    more(page).click()
    page.get_by_role("radio", name="Stars", exact=True).click()
    page.get_by_role("radio", name="5 out of 5 stars").click()
    page.get_by_role("button", name="Save").click()
    expect(chat.answers.first.get_by_text("quality: ★★★★★ you")).to_be_visible()
    eventually(page, lambda: store.said(trace_id), [("quality", 5, None, True)])
    expect(chat.answers.last).to_contain_text("You asked")
    chat.stop_button.click()
    chat.settle()


def test_feedback_on_a_lane_does_not_wait_for_the_others(
    open_compare: Callable[..., Compare], wire: Wire
) -> None:
    compare = open_compare(LANE, STALLED)
    page = compare.page
    compare.send("How far is the moon?")
    more(page, "compare").click(timeout=SLOW_MS)
    page.get_by_role("dialog").get_by_role("radio", name="Thumbs up").click()
    page.get_by_role("textbox", name="Comment").fill("Right")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(compare.cells.first).to_contain_text("good you, Right")
    assert page.get_by_role("dialog").count() == 0
    compare.stop(1)
    compare.settle(2)
    assert wire.endings()[STALLED.model] == "client disconnected"


def test_a_category_is_typed_that_nobody_used_before(
    store: Judged, open_at: Callable[..., Page]
) -> None:
    trace_id = store.seeded.ids["plain 1"]
    page = open_at(f"traces?trace={trace_id}")
    traces = TracesPage(page)
    page.get_by_role("button", name="Add", exact=True).click(timeout=SLOW_MS)
    page.get_by_role("radio", name="Category", exact=True).click()
    expect(page.get_by_role("radio", name="Category", exact=True)).to_be_checked()
    box = page.get_by_role("combobox", name="Category", exact=True)
    choose(box, "off topic")
    expect(box).to_have_value("off topic")
    idle(page)
    traces.press("Save")
    expect(page.get_by_text("category: off topic · local (person)")).to_be_visible()
    own = ("category", "off topic", None, True)
    eventually(page, lambda: own in store.said(trace_id), True)

    other = open_at(f"traces?trace={store.seeded.ids['plain 2']}")
    other.get_by_role("button", name="Add", exact=True).click(timeout=SLOW_MS)
    other.get_by_role("radio", name="Category", exact=True).click()
    other.get_by_role("combobox", name="Category", exact=True).click()
    expect(other.get_by_role("option", name="off topic", exact=True)).to_be_visible()


def test_the_list_is_narrowed_to_the_verdicts_of_one_person(open_at: Callable[..., Page]) -> None:
    traces = TracesPage(open_at("traces?verdict=quality")).listed()
    page = traces.page
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("tab", name="Verdict").click()
    person = page.get_by_role("textbox", name="Verdict of the person")
    person.fill("ada")
    person.press("Enter")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    person.fill("eve")
    person.press("Enter")
    traces.listed()
    assert [row["Verdicts"].count("quality") for row in traces.rows] == [1] * (COUNT // 2)
    expect(page).to_have_url(re.compile("[?&]person=eve"))
    page.keyboard.press("Escape")
    expect(traces.chips).to_contain_text(["Verdict named: quality", "Verdict of: eve"])


def test_feedback_in_the_cell_of_a_lane_fits_a_phone(
    open_at: Callable[..., Page], screenshot: Screenshot
) -> None:
    page = open_at("compare", width=390, height=844, touch=True, scheme="dark")
    box = page.get_by_role("textbox", name="Ask all lanes")
    box.fill("How far is the moon?")
    box.press("Enter")
    opens = page.locator("[class*='st-key-compare-verdict-'][class*='-more']").get_by_role("button")
    expect(opens).to_have_count(2, timeout=SLOW_MS)
    expect(page.locator("[class*='st-key-compare-regenerate-']")).to_have_count(2, timeout=SLOW_MS)
    idle(page)
    opens.last.click()
    page.get_by_role("radio", name="Stars", exact=True).click()
    page.get_by_role("radio", name="3 out of 5 stars").click()
    idle(page)
    form = page.get_by_role("dialog")
    screenshot(page, "feedback-cell-phone")
    place = form.bounding_box()
    assert place is not None
    assert (place["x"] >= 0, place["x"] + place["width"] <= 390) == (True, True)
    assert form.evaluate("form => form.scrollWidth <= form.clientWidth")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("quality: ★★★☆☆ you")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
