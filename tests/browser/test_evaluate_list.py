"""The list of evaluations in a browser: ticks and rows are read without asking MLflow anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient
from playwright.sync_api import Locator, Page, expect

from tests.browser.contexts import Scheme
from tests.browser.evaluate_page import Evaluate, Evaluations
from tests.browser.support import SLOW_MS, App, Chat, drawn_anew, wait_idle
from tests.browser.traces_page import click_cell

pytestmark = pytest.mark.browser

_TICK_PX = 12
_NAME_PX = 90


def names(table: Locator) -> list[str]:
    """As a screen reader has them, the newest first."""
    expect(table.locator("tbody tr").first).to_be_attached(timeout=SLOW_MS)
    found: list[str] = table.locator("table").evaluate(
        "table => [...table.querySelectorAll('tbody tr')].map("
        "row => [...row.children].map(cell => cell.textContent).find(text => text))"
    )
    return found


def test_ticks_and_rows_ask_mlflow_nothing_clicks_lead_on_and_every_screen_fits_a_phone(
    app: App, open_at: Callable[..., Page], screenshot: Callable[[Page, str], Path]
) -> None:
    Chat(open_at("")).ask("What is a lighthouse?")
    page = open_at("evaluate?new=1")
    evaluate = Evaluate(page)
    evaluate.add("Check by code", "Length")
    evaluate.add("Judge", "Guidelines")
    evaluate.fill("Guidelines, one a line", "The answer is in English.")
    first_id = evaluate.begin()
    evaluate.end()
    with drawn_anew(page):
        evaluate.again.click()
    expect(evaluate.scorers).to_have_count(2)
    second_id = evaluate.begin()
    evaluate.end()
    page.get_by_role("button", name="All evaluations").click()
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_have_count(1, timeout=SLOW_MS)
    wait_idle(page)
    assert len(names(table)) == 2

    client = MlflowClient(tracking_uri=f"sqlite:///{app.directory}/mlflow.db")
    client.set_tag(first_id, "mlflow.runName", "Renamed elsewhere")
    click_cell(table, 0, _TICK_PX)
    expect(page.get_by_text("1 evaluation ticked")).to_be_visible()
    click_cell(table, 1, _TICK_PX)
    expect(page.get_by_text("2 evaluations ticked")).to_be_visible()
    assert "Renamed elsewhere" not in names(table)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url(re.compile(f"left={first_id}&right={second_id}"))
    expect(page.get_by_text("1 pair, matched as the same trace.")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("Renamed elsewhere")).to_be_visible()

    client.set_tag(first_id, "mlflow.runName", "Renamed again")
    click_cell(page.get_by_test_id("stDataFrame").nth(1), 0, _TICK_PX)
    expect(page.locator(".st-key-evaluate-pair")).to_contain_text("What is a lighthouse?")
    expect(page.get_by_text("Renamed elsewhere")).to_be_visible()
    page.get_by_role("button", name="All evaluations").click()
    expect(page.get_by_text("Tick two rows")).to_be_visible(timeout=SLOW_MS)
    wait_idle(page)
    assert names(table)[1] == "Renamed again"
    click_cell(table, 1, _NAME_PX)
    page.wait_for_url(re.compile(f"evaluation={first_id}"))
    assert Evaluations(app).ids == [second_id, first_id]
    page.close()

    screens = {
        "list": ("evaluate", "Tick two rows"),
        "new": ("evaluate?new=1", "1. Traces"),
        "one": (f"evaluate?evaluation={first_id}", "Where people and judges disagree"),
        "compared": (
            f"evaluate?left={first_id}&right={second_id}",
            "matched as the same trace",
        ),
    }
    looks: tuple[tuple[int, Scheme], ...] = ((390, "light"), (390, "dark"), (1280, "dark"))
    shown = open_at("evaluate", width=390, height=844)
    for name, (path, words) in screens.items():
        shown.goto(f"{app.url}/{path}")
        expect(shown.get_by_text(words)).to_be_visible(timeout=SLOW_MS)
        if name != "new":
            expect(shown.get_by_test_id("stDataFrame").first).to_be_visible()
        for width, scheme in looks:
            shown.set_viewport_size({"width": width, "height": 844})
            shown.emulate_media(color_scheme=scheme)
            screenshot(shown, f"evaluate-{name}-{width}-{scheme}")
            wide = shown.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (name, width, scheme)
