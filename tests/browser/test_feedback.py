"""Feedback in a browser: given and edited on an answer, found on its trace, in the list, summed up.

The store has other programs' traces and other people's feedback as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from gwtrace_core.lanes.link import write_link
from tests.browser.compare_page import LANE, STALLED, Compare
from tests.browser.conftest import OpenPage, RunApp, Watch
from tests.browser.support import EXPERIMENT, SLOW_MS, App, Chat, choose, eventually, go, running
from tests.browser.support import wait_idle as idle
from tests.browser.traces_page import TracesPage, click_cell, client_of
from tests.judged_traces import COUNT, judged
from tests.seeded_traces import Seeded

pytestmark = pytest.mark.browser

Screenshot = Callable[[Page, str], Path]


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
    """What opens the drawer for more feedback on the first answer."""
    opens = page.locator(f"[class*='st-key-{place}-verdict-'][class*='-more']")
    return opens.get_by_role("button").first


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


def test_from_stars_given_while_another_answer_comes_to_its_trace_in_the_list(
    store: Judged, open_at: Callable[..., Page], screenshot: Screenshot
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
    page.get_by_role("radio", name="4 out of 5 stars").click()
    page.get_by_role("textbox", name="Comment").fill("Fine, but long")
    page.get_by_role("button", name="Save").click()
    expect(chat.answers.first.get_by_text("quality: ★★★★☆ you, Fine, but long")).to_be_visible()
    eventually(page, lambda: store.said(trace_id), [("quality", 4, "Fine, but long", True)])
    expect(chat.stop_button).to_be_visible()
    chat.stop_button.click()
    chat.settle()
    screenshot(page, "feedback-stars")

    more(page).click()
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("textbox", name="Comment")).to_have_value("Fine, but long")
    expect(page.get_by_role("radio", name="4 out of 5 stars")).to_be_checked()
    page.get_by_role("radio", name="2 out of 5 stars").click()
    idle(page)
    page.get_by_role("button", name="Save").click()
    expect(chat.answers.first.get_by_text("quality: ★★☆☆☆ you, Fine, but long")).to_be_visible()
    idle(page)
    both = [("quality", 2, "Fine, but long", True), ("quality", 4, "Fine, but long", False)]
    eventually(page, lambda: store.said(trace_id), both)

    go(page, "Traces")
    traces = TracesPage(page).listed()
    assert [(row["Question"], row["Verdicts"]) for row in traces.rows[:2]] == [
        ("And the sun?", ""),
        ("How far is the moon?", "quality: ★★☆☆☆"),
    ]
    traces.click_question(1)
    traces.opened("How far is the moon?")
    expect(page.get_by_text("quality: ★★☆☆☆ · Fine, but long · local (person)")).to_be_visible()
    expect(page.get_by_text("1 replaced")).to_be_visible()

    # A category that nobody used before is typed, and offered from then on.
    box = category(traces)
    choose(box, "off topic")
    expect(box).to_have_value("off topic")
    idle(page)
    traces.press("Save")
    expect(page.get_by_text("category: off topic · local (person)")).to_be_visible()
    own = ("category", "off topic", None, True)
    eventually(page, lambda: own in store.said(trace_id), True)
    category(traces).click()
    expect(page.get_by_role("option", name="off topic", exact=True)).to_be_visible()


def category(traces: TracesPage) -> Locator:
    """Begin to say something more of the open trace, in a category."""
    traces.press("Add")
    sort = traces.page.get_by_role("radio", name="Category", exact=True)
    sort.click()
    expect(sort).to_be_checked()
    idle(traces.page)
    return traces.page.get_by_role("combobox", name="Category", exact=True)


def test_every_figure_and_point_leads_to_its_traces_and_the_view_fits_a_phone(
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

    # The same view in the dark and on a phone.
    page.get_by_role("radio", name="Feedback", exact=True).click()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(points.first).to_be_visible()
    idle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "feedback-narrow-dark")


def _px(page: Page, column: str) -> float:
    """Where a column's buttons begin: the table fills its place, by the widths it was given."""
    widths = {"SDK path": 240, "Given": 70, "Traces": 70, "Positive": 130, "Yes": 80, "No": 80}
    box = table(page, "yes_no").locator("canvas").first.bounding_box()
    assert box is not None
    spare = (box["width"] - sum(widths.values()) - 100) / 7
    names = list(widths)
    before = names[: names.index(column)]
    return sum(widths[name] for name in before) + spare * len(before) + 20


def test_on_a_phone_feedback_on_a_lane_fits_and_does_not_wait_for_the_others(
    open_at: Callable[..., Page], screenshot: Screenshot
) -> None:
    lanes = [replace(lane, connection_id="demo") for lane in (LANE, STALLED)]
    path = f"compare?lanes={write_link(lanes)}"
    page = open_at(path, width=390, height=844, scheme="dark")
    compare = Compare(page)
    expect(compare.heads).to_have_count(2, timeout=SLOW_MS)
    compare.send("How far is the moon?")
    more(page, "compare").click(timeout=SLOW_MS)
    form = page.get_by_role("dialog")
    form.get_by_role("radio", name="Stars", exact=True).click()
    form.get_by_role("radio", name="3 out of 5 stars").click()
    form.get_by_role("textbox", name="Comment").fill("Right")
    screenshot(page, "feedback-cell-phone")
    place = form.bounding_box()
    assert place is not None
    assert (place["x"] >= 0, place["x"] + place["width"] <= 390) == (True, True)
    assert form.evaluate("form => form.scrollWidth <= form.clientWidth")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(compare.cells.first).to_contain_text("quality: ★★★☆☆ you, Right")
    assert form.count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(compare.ended).to_have_count(1)
    compare.stop(1)
    compare.settle(2)
