"""The Traces page in the words of its user, and a store that other programs wrote to."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.support import SLOW_MS, wait_idle
from tests.seeded_traces import EXPERIMENT, Seeded

if TYPE_CHECKING:
    from mlflow import MlflowClient

_HEADER_PX = 34
_ROW_PX = 33.2
_TICK_PX = 16
_QUESTION_PX = 34 + 80 + 110 + 30
"""Into the column of questions, past those before it: see `trace_table._column_config`."""


class TracesPage:
    """The list, and whatever is opened from it. A list is a canvas: one clicks by position."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.table = page.locator(".st-key-traces-table")
        self.tree = page.get_by_role("tree", name="Trace spans")
        self.title = page.get_by_role("heading", level=4)
        self.details = page.get_by_role("heading", level=5).first
        self.dialog = page.get_by_role("dialog")
        self.chips = page.locator("[class*='st-key-traces-chip-']").get_by_role("button")

    def listed(self) -> TracesPage:
        """Wait until rows are there and nothing is being read."""
        expect(self.table).to_be_visible(timeout=SLOW_MS)
        expect(self.table.locator("tbody tr").first).to_be_attached()
        wait_idle(self.page)
        return self

    def opened(self, title: str) -> TracesPage:
        """Wait until that trace is drawn."""
        expect(self.title).to_have_text(title, timeout=SLOW_MS)
        expect(self.tree).to_be_visible()
        wait_idle(self.page)
        return self

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows that are in sight, by column, as a screen reader has them."""
        read: Any = self.table.locator("table").evaluate(
            """table => {
                const texts = row => [...row.children].map(cell => cell.textContent);
                const [head, ...rows] = [...table.querySelectorAll('tr')].map(texts);
                return rows.map(row => Object.fromEntries(
                    row.map((text, place) => [head[place], text])));
            }"""
        )
        return read

    @property
    def questions(self) -> list[str]:
        return [row["Question"] for row in self.rows]

    def expect_first(self, question: str) -> None:
        """Wait until the first row asks that, which follows a click only after a while."""
        cell = self.table.locator("tbody tr").first
        expect(cell).to_contain_text(question)
        wait_idle(self.page)

    def click_question(self, place: int) -> None:
        self._click(place, _QUESTION_PX)

    def tick(self, *places: int) -> None:
        """Tick rows, and wait until the page says how many are."""
        for count, place in enumerate(places, start=1):
            self._click(place, _TICK_PX)
            expect(self.page.get_by_text(f"{count} trace")).to_be_visible()
            wait_idle(self.page)

    def _click(self, place: int, x: float) -> None:
        click_cell(self.table, place, x)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).click()
        wait_idle(self.page)

    def row(self, name: str) -> Locator:
        """A row of the tree."""
        return self.tree.get_by_role("treeitem", name=name).first


def click_cell(table: Locator, place: int, x: float) -> None:
    """Click a row of a dataframe; what scrolls it lies over its canvas, hence `force`."""
    canvas = table.locator("canvas").first
    y = _HEADER_PX + _ROW_PX * (place + 0.5)
    canvas.click(position={"x": x, "y": y}, force=True)


def client_of(seeded: Seeded) -> MlflowClient:
    """MLflow as anybody else reads it."""
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=seeded.uri)


def all_ids(seeded: Seeded) -> set[str]:
    """Every trace of the experiment that the app shows."""
    client = client_of(seeded)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    found = client.search_traces(
        locations=[experiment.experiment_id], max_results=500, include_spans=False
    )
    return {trace.info.trace_id for trace in found}


def add_trace(seeded: Seeded, question: str) -> str:
    """A trace that another program writes just now."""
    from mlflow.entities import TraceInfo, TraceLocation, TraceState
    from mlflow.tracing.client import TracingClient

    experiment = client_of(seeded).get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    info = TraceInfo(
        trace_id=f"tr-{secrets.token_hex(16)}",
        trace_location=TraceLocation.from_experiment_id(experiment.experiment_id),
        request_time=time.time_ns() // 1_000_000,
        execution_duration=10,
        state=TraceState.OK,
        request_preview=question,
    )
    TracingClient(seeded.uri).start_trace(info)
    return info.trace_id
