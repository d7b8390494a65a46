"""A prompt several times per lane in a real browser, from the page to the wire and MLflow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.compare_page import (
    FAILING,
    LANE,
    QUICK,
    STALLED,
    STOPPED,
    Compare,
    Wire,
    comparison,
    figures,
)
from tests.browser.support import SLOW_MS, App, go

pytestmark = pytest.mark.browser

Open = Callable[..., Compare]


def test_each_lane_runs_on_through_another_page_and_each_run_can_be_looked_at(
    open_compare: Open, keyed_app: App, wire: Wire
) -> None:
    compare = open_compare(QUICK, FAILING, more="&runs=3")
    compare.send("Tell me about trees")
    go(compare.page, "Connections")
    expect(compare.page.get_by_text("Where calls go")).to_be_visible()
    go(compare.page, "Compare")
    expect(compare.cells.nth(0)).to_contain_text("3 of 3 runs finished", timeout=SLOW_MS)
    expect(compare.cells.nth(1)).to_contain_text("0 of 3 runs finished, 3 failed (upstream error)")
    compare.settle(2)
    assert "runs=3" in compare.page.url
    assert [exchange.json["model"] for exchange in wire.all].count("gpt-5.4-mini") == 3
    traces = comparison(keyed_app)
    told = sorted(
        (letter, trace.info.tags["gwtrace.comparison.repetition"]) for letter, trace in traces
    )
    assert told == [(letter, number) for letter in "AB" for number in "123"]
    # One strip of medians and one of the run that is shown; the pager changes the latter.
    strips = compare.cells.nth(0).locator(".figures")
    expect(strips).to_have_count(2)
    expect(strips.nth(0).locator(".spread").first).to_contain_text("(")
    under_answer = compare.cells.nth(0).locator(
        "[data-stale=false][class*='st-key-compare-regenerate-']"
    )
    first = under_answer.get_attribute("class")
    assert first is not None
    compare.cells.nth(0).get_by_test_id("stPagination").get_by_text("3", exact=True).click()
    expect(under_answer).not_to_have_attribute("class", first)
    compare.settle(2)
    with compare.page.expect_download() as download:
        compare.page.locator(".st-key-compare-csv").get_by_role("button").click()
    header = download.value.path().read_text(encoding="utf-8").splitlines()[0]
    assert '"total (ms), min"' in header
    # A lane of which nothing finished has no medians, and wins nothing.
    assert set(figures(compare.cells.nth(1)).values()) & {"0", "0 ms"} == set()


def test_stop_ends_a_lane_with_the_runs_that_were_to_come(
    open_compare: Open, keyed_app: App, wire: Wire
) -> None:
    compare = open_compare(STALLED, LANE, more="&runs=2")
    compare.send("Hello")
    expect(compare.cells.nth(1)).to_contain_text("2 of 2 runs finished", timeout=SLOW_MS)
    expect(compare.cells.nth(0)).to_contain_text("0 of 2 runs finished, 1 under way, 1 to come")
    compare.stop_all.click()
    expect(compare.cells.nth(0)).to_contain_text(STOPPED)
    expect(compare.cells.nth(0)).to_contain_text("0 of 2 runs finished, 1 stopped, 1 not made")
    compare.settle(2)
    assert [exchange.json["model"] for exchange in wire.all].count("fault-stall-midway") == 1
