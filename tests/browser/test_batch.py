"""A batch from the file to the wire and MLflow: stopped, resumed, failing in part, refused."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from gwtrace_core.lanes.link import write_link
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.request import Lane
from tests.browser.batch_page import BatchPage, traces_of
from tests.browser.compare_page import Wire
from tests.browser.conftest import OpenPage, Watch
from tests.browser.servers import KeyedGateway
from tests.browser.support import SLOW_MS, App, go, wait_idle

pytestmark = pytest.mark.browser

QUICK = Lane(
    connection_id="gateway",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="gpt-5.4-mini",
)
RESPONSES = replace(QUICK, sdk_path=SdkPath.OPENAI_RESPONSES)
FAILING = replace(QUICK, model="fault-upstream-500")
STALLED = replace(QUICK, model="fault-stall-midway")


@pytest.fixture
def open_batch(keyed_app: App, open_page: OpenPage, watch: Watch) -> Any:
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")

    def open_one(*lanes: Lane) -> BatchPage:
        page = open_page(f"{keyed_app.url}/compare?lanes={write_link(lanes)}")
        expect(page.locator(".st-key-status")).to_contain_text("MLflow embedded", timeout=SLOW_MS)
        batch = BatchPage(page)
        batch.show()
        return batch

    return open_one


@pytest.fixture
def wire(gateway: KeyedGateway) -> Wire:
    return Wire(gateway)


def comparison_id(batch: BatchPage) -> str:
    return parse_qs(urlsplit(batch.page.url).query)["comparison"][0]


def test_a_batch_is_stopped_reloaded_resumed_and_every_call_traced_once(
    open_batch: Any, keyed_app: App, wire: Wire, tmp_path: Path
) -> None:
    batch = open_batch(QUICK, RESPONSES)
    lines = ["prompt,expected,system"]
    lines += [f"Write 300 tokens about tree {n},tree {n}," for n in range(1, 7)]
    # The last takes long enough for what happens meanwhile.
    batch.give("trees.csv", "\n".join([*lines, "Write 1500 tokens about moss,moss,Be brief.\n"]))
    batch.start(14)
    expect(batch.figures).to_contain_text(re.compile(r"done\s*(?![01] )\d+ of 14"), timeout=SLOW_MS)
    batch.stop.click()
    batch.end()
    expect(batch.button("Resume")).to_be_visible()
    wire.endings()
    stopped_at = len(wire.all)
    assert stopped_at < 14

    batch.page.reload()
    batch.end()
    expect(batch.page.get_by_text("Stopped by the user.")).to_be_visible()
    assert len(wire.all) == stopped_at
    batch.button("Resume").click()
    # Somewhere else it goes on, and says so.
    go(batch.page, "Connections")
    expect(batch.page.locator(".st-key-batch-line")).to_contain_text("of 14 calls")
    go(batch.page, "Compare")
    batch.end()
    assert batch.figure("done") == "14 of 14 calls"
    assert batch.figure("failed") == "0 calls"

    wire.endings()
    calls = len(wire.all)
    traces = traces_of(keyed_app, comparison_id(batch))
    # A call that was stopped has its trace, and the call made in its place another. Only one that
    # was stopped before it had left has a trace and no request.
    stopped = [trace for trace in traces if trace.info.tags["gwtrace.outcome"] == "stopped"]
    assert len(traces) - len(stopped) <= calls <= len(traces)
    places = Counter(
        (trace.info.tags["gwtrace.comparison.lane"], trace.info.tags["gwtrace.comparison.row"])
        for trace in traces
        if trace.info.tags["gwtrace.outcome"] == "finished"
    )
    assert places == {(lane, str(row)): 1 for lane in "AB" for row in range(1, 8)}
    assert {trace.info.tags["gwtrace.outcome"] for trace in traces} <= {"finished", "stopped"}
    assert len({trace.info.tags["gwtrace.comparison.round"] for trace in traces}) == 1

    with batch.page.expect_download() as download:
        batch.button("CSV").last.click()
    download.value.save_as(tmp_path / "batch.csv")
    with (tmp_path / "batch.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(line["row"], line["lane"]) for line in table] == [
        (str(row), lane) for row in range(1, 8) for lane in "AB"
    ]
    finished = {t.info.trace_id for t in traces if t.info.tags["gwtrace.outcome"] == "finished"}
    assert {line["trace"] for line in table} == finished


def test_a_batch_is_read_row_by_row_and_as_a_file_and_only_what_failed_is_tried_again(
    open_batch: Any,
    open_page: OpenPage,
    keyed_app: App,
    wire: Wire,
    gateway: KeyedGateway,
    tmp_path: Path,
) -> None:
    batch = open_batch(QUICK, RESPONSES, FAILING)
    batch.give("two.csv", "prompt,expected,system\nHello,ahoy,Be a pirate.\nHi,Hi,\n")
    expect(batch.page.get_by_text("without 1 lane that cannot be priced")).to_be_visible()
    batch.start(6)
    batch.end()
    assert (batch.figure("done"), batch.figure("failed")) == ("6 of 6 calls", "2 calls")
    wire.endings()
    asked = Counter((each.path, each.json["model"]) for each in wire.all)
    assert asked == {
        ("/proxy/openai/chat/completions", QUICK.model): 2,
        ("/proxy/openai/responses", QUICK.model): 2,
        ("/proxy/openai/chat/completions", FAILING.model): 2,
    }
    systems = [
        each.json.get("instructions") or each.json.get("messages", [{}])[0].get("content")
        for each in wire.all
    ]
    assert systems.count("Be a pirate.") == 3
    expect(batch.page.get_by_role("radio", name="Failed (2)")).to_be_visible()

    batch.table.evaluate("each => each.scrollIntoView({block: 'center'})")
    box = batch.table.bounding_box()
    assert box is not None
    batch.page.mouse.click(box["x"] + 20, box["y"] + 52)
    expect(batch.row).to_contain_text("Expected: ahoy")
    expect(batch.row.get_by_text("Arr, matey!")).to_have_count(2)
    batch.row.get_by_role("radio", name="Trace of lane B").click()
    expect(batch.row.get_by_role("tree", name="Trace spans")).to_be_visible()
    expected = Counter(
        (each["assessment_name"], each["expectation"]["value"])
        for trace in traces_of(keyed_app, comparison_id(batch))
        for each in (found.to_dictionary() for found in trace.info.assessments or [])
    )
    assert expected == {("expected_response", "ahoy"): 3, ("expected_response", "Hi"): 3}

    batch.report(tmp_path / "live.html")
    batch.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    mark = gateway.exchanges.mark
    batch.button("Retry 2 failed").click()
    for index in (mark, mark + 1):
        gateway.exchanges.wait_for(lambda each, index=index: each.index == index, since=mark)
    batch.end()
    wire.endings()
    assert Counter(each.json["model"] for each in gateway.exchanges.since(mark)) == {
        FAILING.model: 2
    }

    page, fetched = read_offline(open_page, tmp_path / "live.html")
    expect(page.get_by_role("heading", level=1)).to_have_text("two.csv")
    summary = page.locator("#summary tbody tr")
    counts = summary.locator("td:nth-child(n+3):nth-child(-n+5)")
    assert counts.all_inner_texts() == ["2", "2", "0", "2", "2", "0", "2", "0", "2"]
    row = page.locator("#row-1")
    expect(row.get_by_text("Arr, matey!").first).to_be_visible()
    row.locator("summary").first.click()
    expect(row.locator(".expected")).to_have_text("ahoy")
    row.get_by_text("System prompt").first.click()
    expect(row.get_by_text("Be a pirate.").first).to_be_visible()
    expect(row.locator(".failure")).to_contain_text("Provider")
    assert page.get_by_role("tree").count() == 0
    row.locator(".call-trace > summary").first.click()
    tree = page.get_by_role("tree", name="Trace of row 1, lane A")
    tree.get_by_role("treeitem").last.click()
    expect(row.locator(".span-details h5").first).to_be_visible()
    assert "Arr, matey!" in row.locator(".span-details").first.inner_text()
    assert fetched == []


def test_a_lane_that_hangs_is_left_out_while_the_other_finishes(
    open_batch: Any, wire: Wire
) -> None:
    batch = open_batch(QUICK, STALLED)
    batch.give("two.csv", "prompt\nHello\nHi\n")
    batch.start(4)
    expect(batch.figures).to_contain_text(re.compile(r"done\s*2 of 4"), timeout=SLOW_MS)
    batch.button("Stop lane B").click()
    batch.end()
    expect(batch.button("Resume 2 calls")).to_be_visible()
    assert wire.endings()[STALLED.model] == "client disconnected"


def test_a_file_that_cannot_be_used_is_refused_with_its_line_and_the_next_is_taken(
    open_batch: Any, wire: Wire
) -> None:
    batch = open_batch(QUICK)
    batch.give("ragged.csv", "prompt,expected\nHello,Hi\nHello\n")
    expect(batch.alert).to_contain_text("Line 3: 1 value in a row, but 2 columns in the header.")
    batch.give("broken.jsonl", '{"prompt": "Hello"}\n{"prompt": Hello}\n')
    expect(batch.alert).to_contain_text("Line 2, column 12: not JSON")
    batch.give("latin.csv", b"prompt\ncaf\xe9\n")
    expect(batch.alert).to_contain_text("Line 2: the byte 0xe9 is not UTF-8.")

    batch.give("gaps.csv", "prompt,expected\n,Hi\nHello,Hi\n")
    refused = batch.page.locator(".st-key-batch-setup").get_by_role("alert")
    expect(refused).to_contain_text("Line 2: the row has no prompt in the column 'prompt'.")
    batch.page.get_by_text("Skip 1 row without a prompt (line 2)").click()
    batch.page.get_by_role("button", name="Start 1 call", exact=True).click()
    batch.end()
    wait_idle(batch.page)
    assert batch.figure("done") == "1 of 1 calls"
    assert [each.json["messages"][0]["content"] for each in wire.all] == ["Hello"]


def read_offline(open_page: OpenPage, path: Path) -> tuple[Page, list[str]]:
    """The file as its reader opens it, and whatever it asks for besides."""
    page = open_page("")
    asked: list[str] = []

    def routed(route: Route) -> None:
        if route.request.url == path.as_uri():
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    page.context.set_offline(True)
    page.context.route("**/*", routed)
    page.goto(path.as_uri())
    return page, asked
