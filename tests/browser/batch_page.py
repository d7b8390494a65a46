"""The batch of the compare page in the words of its user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.support import EXPERIMENT, SLOW_MS, App, wait_idle

if TYPE_CHECKING:
    from mlflow.entities import Trace


class BatchPage:
    """The compare page with its switch on Batch."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.figures = page.locator(".figures").first
        self.alert = page.locator(".st-key-batch-ask").get_by_role("alert")
        self.summary = page.locator(".st-key-batch-summary")
        self.table = page.locator(".st-key-batch-table")
        self.row = page.locator(".st-key-batch-row")
        self.stop = page.get_by_role("button", name="Stop", exact=True)
        self.new = page.get_by_role("button", name="New batch")

    def show(self) -> None:
        self.page.get_by_role("radio", name="Batch", exact=True).click()
        wait_idle(self.page)

    def give(self, name: str, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        file: FilePayload = {"name": name, "mimeType": "text/plain", "buffer": data}
        self.page.locator(".st-key-batch-file input[type=file]").set_input_files(file)

    def start(self, calls: int) -> None:
        self.page.get_by_role("button", name=f"Start {calls} calls").click()

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name)

    def end(self) -> None:
        """Wait until nothing is called any more."""
        expect(self.new).to_be_visible(timeout=SLOW_MS)
        expect(self.stop).to_have_count(0)

    def report(self, path: Path) -> None:
        """Download the report, with all that it can hold."""
        self.button("Report").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog.get_by_text("What the file holds")).to_be_visible(timeout=SLOW_MS)
        wait_idle(self.page)
        with self.page.expect_download() as waiting:
            dialog.get_by_role("button", name="Download").click()
        waiting.value.save_as(path)

    def figure(self, label: str) -> str:
        """What the strip says under that label."""
        names = self.figures.locator("dt").all_text_contents()
        return self.figures.locator("dd").all_text_contents()[names.index(label)]


def traces_of(app: App, comparison_id: str) -> list[Trace]:
    """Every trace of a comparison, by the plain client, without spans."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{app.directory}/mlflow.db")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    return list(
        client.search_traces(
            locations=[experiment.experiment_id],
            filter_string=f"tags.`gwtrace.comparison` = '{comparison_id}'",
            max_results=200,
            include_spans=False,
        )
    )
