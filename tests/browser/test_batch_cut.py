"""A batch whose process is killed: read back with what is missing, and gone on with elsewhere."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from gwtrace_core.lanes.link import write_link
from tests.browser.batch_page import BatchPage, traces_of
from tests.browser.compare_page import QUICK, Wire
from tests.browser.conftest import OpenPage, Watch
from tests.browser.running_app import RunApp
from tests.browser.servers import KeyedGateway
from tests.browser.support import EXPERIMENT, SLOW_MS, App, running, wait_idle
from tests.browser.test_batch import RESPONSES

pytestmark = pytest.mark.browser

ROWS = 10


def age_the_sign_of_life(app: App) -> None:
    """What a minute does by itself."""
    from mlflow import MlflowClient

    client: Any = MlflowClient(tracking_uri=f"sqlite:///{app.directory}/mlflow.db")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    (run,) = client.search_runs([experiment.experiment_id])
    client.set_tag(run.info.run_id, "gwtrace.batch.alive_ms", "1000")


def download(page: Page, path: Path) -> list[dict[str, str]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").last.click()
    waiting.value.save_as(path)
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_batch_that_was_killed_says_what_is_missing_and_makes_just_that(
    run_app: RunApp,
    open_page: OpenPage,
    watch: Watch,
    gateway: KeyedGateway,
    wire: Wire,
    screenshot: Any,
    tmp_path: Path,
) -> None:
    # Streamlit looks for its server under the page's own address first; a killed one answers not.
    watch.allow(r"404 \(Not Found\)|ERR_CONNECTION_REFUSED|WebSocket")
    env = {
        "PYDANTIC_AI_GATEWAY_BASE_URL": gateway.base_url,
        "PYDANTIC_AI_GATEWAY_API_KEY": gateway.key,
    }
    with running(run_app, tmp_path / "app", **env) as app:
        page = open_page(f"{app.url}/compare?lanes={write_link([QUICK, RESPONSES])}")
        expect(page.locator(".st-key-status")).to_contain_text("MLflow embedded", timeout=SLOW_MS)
        batch = BatchPage(page)
        batch.show()
        lines = [f"Write 120 tokens about tree {n},tree {n}" for n in range(1, ROWS + 1)]
        batch.give("trees.csv", "\n".join(["prompt,expected", *lines]))
        batch.start(2 * ROWS)
        expect(batch.figures).to_contain_text(
            re.compile(r"done\s*([5-9]|1\d) of 20"), timeout=SLOW_MS
        )
        comparison_id = parse_qs(urlsplit(page.url).query)["comparison"][0]
        page.close()
        app.process.process.kill()
        app.restart()
        recorded = [each for each in traces_of(app, comparison_id) if _is_finished(each)]
        assert 2 < len(recorded) < 20
        asked_before = len(wire.all)

        page = open_page(f"{app.url}/compare?comparison={comparison_id}")
        batch = BatchPage(page)
        expect(page.get_by_text("Under way elsewhere")).to_be_visible(timeout=SLOW_MS)
        expect(batch.button("Resume")).to_have_count(0)
        screenshot(page, "batch-alive-elsewhere")
        age_the_sign_of_life(app)
        batch.button("Read again").click()
        missing_words = re.compile(r"\d+ of 20 calls are in MLflow; \d+ were not made")
        expect(page.get_by_text(missing_words)).to_be_visible()
        screenshot(page, "batch-cut")
        table = download(page, tmp_path / "cut.csv")
        assert Counter(line["outcome"] for line in table)["finished"] == len(recorded)
        assert len(table) == 20
        missing = {(line["row"], line["lane"]) for line in table if line["trace"] == ""}
        batch.report(tmp_path / "cut.html")
        assert "This call is missing" in (tmp_path / "cut.html").read_text()
        page.get_by_role("dialog").get_by_role("button", name="Close").click()

        batch.button("Resume").click()
        expect(batch.figures).to_contain_text(re.compile(r"done\s*20 of 20"), timeout=SLOW_MS)
        batch.end()
        wait_idle(page)
        wire.endings()
        assert len(wire.all) - asked_before >= len(missing)
        places = Counter(
            _place(each) for each in traces_of(app, comparison_id) if _is_finished(each)
        )
        assert places == {(str(row), lane): 1 for row in range(1, ROWS + 1) for lane in "AB"}
        screenshot(page, "batch-resumed")


def _is_finished(trace: Any) -> bool:
    # Its spans are stored before its tags, and the process may have been killed in between.
    return trace.info.tags.get("gwtrace.outcome", trace.info.state) in ("finished", "OK")


def _place(trace: Any) -> tuple[str, str]:
    tags = trace.info.tags
    return tags["gwtrace.comparison.row"], tags["gwtrace.comparison.lane"]
