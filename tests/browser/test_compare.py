"""The compare page: several lanes at once, from the page to the wire and MLflow."""

from __future__ import annotations

import base64
import csv
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from gwtrace_core.values.connection import SdkPath
from tests.browser.compare_page import (
    FAILING,
    LANE,
    LONG,
    LONG_BEGINS,
    QUICK,
    STALLED,
    STOPPED,
    Wire,
    answer_of,
    comparison,
    figures,
    ticks,
)
from tests.browser.servers import KeyedGateway
from tests.browser.support import CANARIES, SLOW_MS, App, wait_idle

pytestmark = pytest.mark.browser


def test_one_model_by_every_path_streams_at_once_with_a_trace_each(
    open_compare: Any, keyed_app: App, wire: Wire
) -> None:
    compare = open_compare(LANE, QUICK)
    compare.preset("One model by every SDK path")
    expect(compare.heads).to_have_count(3)
    paths = [SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES, SdkPath.PYDANTIC_AI]
    for head, path in zip(compare.heads.all(), paths, strict=True):
        expect(head).to_contain_text(path.label)
    compare.send(LONG)
    compare.all_grow([0, 1, 2])
    compare.settle(3)

    exchanges = wire.all
    assert sorted(exchange.path for exchange in exchanges) == [
        "/proxy/openai/chat/completions",
        "/proxy/openai/responses",
        "/proxy/openai/responses",
    ]
    ended = [exchange.ended_s for exchange in exchanges if exchange.ended_s is not None]
    assert max(exchange.started_s for exchange in exchanges) < min(ended)

    traces = comparison(keyed_app)
    assert sorted(letter for letter, _ in traces) == ["A", "B", "C"]
    by_letter = dict(traces)
    axes = [ticks(tree) for tree in compare.trees.all()]
    assert axes[0] == axes[1] == axes[2]
    assert len(axes[0]) >= 2
    for index, letter in enumerate("ABC"):
        cell, trace = compare.cells.nth(index), by_letter[letter]
        expect(cell.get_by_role("treeitem")).to_have_count(len(trace.data.spans))
        assert figures(cell)["tokens"].endswith("→ 1,000")
        # Nothing lost, nothing out of order: the page shows what MLflow holds.
        assert trace.info.tags["gwtrace.sdk_path"] == paths[index]
        shown = cell.locator("[data-testid=stMarkdownContainer]").filter(has_text=LONG_BEGINS)
        assert shown.inner_text().split() == answer_of(trace).split()


def test_one_lane_fails_and_one_is_stopped_while_the_others_finish_and_the_csv_has_them_all(
    open_compare: Any, keyed_app: App, wire: Wire, tmp_path: Path
) -> None:
    compare = open_compare(LANE, FAILING, STALLED, QUICK)
    compare.send(LONG)
    failed, stalled = compare.cells.nth(1), compare.cells.nth(2)
    expect(failed.get_by_role("alert")).to_contain_text("Provider: upstream error · HTTP 500")
    expect(stalled).to_contain_text(LONG_BEGINS, timeout=SLOW_MS)
    compare.all_grow([0])
    compare.stop(2)
    expect(stalled).to_contain_text(STOPPED)
    compare.settle(4)
    for index in (0, 3):
        assert figures(compare.cells.nth(index))["tokens"].endswith("→ 1,000")
        expect(compare.cells.nth(index)).not_to_contain_text(STOPPED)
        expect(compare.cells.nth(index).get_by_role("alert")).to_have_count(0)
    expect(stalled).to_contain_text(LONG_BEGINS)
    assert wire.endings() == {
        "gpt-5.2": "completed",
        "fault-upstream-500": "completed",
        "fault-stall-midway": "client disconnected",
        "gpt-5.4-mini": "completed",
    }
    outcomes = {
        letter: trace.info.tags["gwtrace.outcome"] for letter, trace in comparison(keyed_app)
    }
    assert outcomes == {"A": "finished", "B": "failed", "C": "stopped", "D": "finished"}
    # A failed and a stopped lane win nothing, and what they do not have is not 0.
    assert figures(failed)["first token"] == "n/a"
    assert figures(failed)["cost"] == "n/a"
    assert failed.locator(".figure.best").count() == stalled.locator(".figure.best").count() == 0

    with compare.page.expect_download() as download:
        compare.page.locator(".st-key-compare-csv").get_by_role("button").click()
    path = tmp_path / "table.csv"
    download.value.save_as(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["turn"], row["lane"], row["model"], row["status"]) for row in rows] == [
        ("1", "A", "gpt-5.2", "finished"),
        ("1", "B", "fault-upstream-500", "upstream error"),
        ("1", "C", "fault-stall-midway", "stopped"),
        ("1", "D", "gpt-5.4-mini", "finished"),
    ]
    recorded = {letter: trace for letter, trace in comparison(keyed_app)}
    assert [row["trace"] for row in rows] == [recorded[letter].info.trace_id for letter in "ABCD"]
    assert rows[0]["answer"] == answer_of(recorded["A"])
    assert rows[1]["cost (USD)"] == ""
    assert float(rows[0]["first token (ms)"]) > 0


def test_stop_all_ends_every_lane_and_closes_every_connection(
    open_compare: Any, keyed_app: App, wire: Wire
) -> None:
    compare = open_compare(STALLED, STALLED, replace(LANE, model="fault-stall"))
    compare.send("Tell me about trees")
    for index in (0, 1):
        expect(compare.cells.nth(index)).to_contain_text("You asked", timeout=SLOW_MS)
    expect(compare.cells.nth(2)).to_contain_text("Waiting for the first token")
    compare.stop_all.click()
    for index in range(3):
        expect(compare.cells.nth(index)).to_contain_text(STOPPED)
    compare.settle(3)
    assert set(wire.endings().values()) == {"client disconnected"}
    assert [trace.info.tags["gwtrace.outcome"] for _, trace in comparison(keyed_app)] == [
        "stopped"
    ] * 3


def test_every_lane_goes_on_from_its_own_answers_until_one_is_promoted(
    open_compare: Any, keyed_app: App, wire: Wire
) -> None:
    compare = open_compare(LANE, QUICK)
    compare.ask("Hello", traces=2)
    first = {trace.info.tags["gwtrace.comparison.lane"]: answer_of(trace)
             for _, trace in comparison(keyed_app)}  # fmt: skip
    assert "gpt-5.2" in first["A"]
    assert "gpt-5.4-mini" in first["B"]
    wire.forget()
    compare.ask("What did I ask?", traces=4)
    assert wire.messages() == {
        "gpt-5.2": ["Hello", first["A"], "What did I ask?"],
        "gpt-5.4-mini": ["Hello", first["B"], "What did I ask?"],
    }
    compare.choose(1, "Promote")
    # On both questions so far.
    expect(compare.page.get_by_text("Every lane goes on from lane B's answer.")).to_have_count(2)
    second = [answer_of(trace) for letter, trace in comparison(keyed_app) if letter == "B"][1]
    wire.forget()
    compare.ask("And now?", traces=6)
    promoted = ["Hello", first["B"], "What did I ask?", second, "And now?"]
    assert wire.messages() == {"gpt-5.2": promoted, "gpt-5.4-mini": promoted}
    sessions = {(letter, trace.info.trace_metadata["mlflow.trace.session"])
                for letter, trace in comparison(keyed_app)}  # fmt: skip
    assert len(sessions) == 2


def test_equal_lanes_ask_alike_and_asking_one_lane_again_leaves_the_others_alone(
    open_compare: Any, keyed_app: App, wire: Wire
) -> None:
    compare = open_compare(LANE, QUICK, LANE)
    compare.ask("Hello", traces=3)
    one, other = (exchange for exchange in wire.all if exchange.json["model"] == "gpt-5.2")
    assert one.json == other.json
    before = [figures(cell)["first token"] for cell in compare.cells.all()]
    wire.forget()
    compare.button(1, "regenerate").click()
    expect(compare.cells.nth(1).locator(".figure dd").first).not_to_have_text(before[1])
    compare.settle(3)
    assert [exchange.json["model"] for exchange in wire.all] == ["gpt-5.4-mini"]
    assert [letter for letter, _ in comparison(keyed_app)] in (
        ["A", "B", "C", "B"], ["A", "C", "B", "B"], ["B", "A", "C", "B"],
        ["B", "C", "A", "B"], ["C", "A", "B", "B"], ["C", "B", "A", "B"],
    )  # fmt: skip
    for index in (0, 2):
        assert figures(compare.cells.nth(index))["first token"].startswith(
            before[index].split(" ")[0]
        )


def test_the_address_restores_the_lanes_elsewhere_and_holds_no_secret(
    open_compare: Any, gateway: KeyedGateway
) -> None:
    brief = replace(LANE, model="gpt-4o-mini", system_prompt="Be brief.", streamed=False)
    compare = open_compare(brief, LANE)
    compare.choose(0, "Move right")
    expect(compare.heads.nth(1)).to_contain_text("gpt-4o-mini")
    compare.page.locator("[class*='st-key-compare-add']").get_by_role("button").click()
    expect(compare.heads).to_have_count(3)
    wait_idle(compare.page)
    address = compare.page.url
    names = compare.names
    assert "gpt-4o-mini" in names[1]

    link = unquote(address.partition("lanes=")[2])
    held = zlib.decompress(base64.urlsafe_b64decode(link + "=" * (-len(link) % 4))).decode()
    for secret in (gateway.key, *CANARIES.values()):
        assert secret not in address
        assert secret not in held
    # The lane that was added asks something else in the same way.
    assert held.count("gpt-4o-mini") == 1
    assert held.count("Be brief.") == 2
    elsewhere = open_compare(url=address, count=3)
    expect(elsewhere.heads).to_contain_text(names)
    wait_idle(elsewhere.page)
    assert elsewhere.page.url == address
    elsewhere.heads.nth(2).get_by_text("Set up this lane").click()
    elsewhere.heads.nth(2).get_by_role("button", name="Settings").click()
    expect(elsewhere.page.get_by_role("textbox", name="System prompt")).to_have_value("Be brief.")


def test_a_lane_that_cannot_be_asked_keeps_the_message_in_the_box(
    open_compare: Any, wire: Wire
) -> None:
    compare = open_compare(LANE, replace(LANE, sdk_path=SdkPath.ANTHROPIC_MESSAGES))
    compare.box.fill("Tell me about trees")
    compare.box.press("Enter")
    expect(compare.page.get_by_role("alert")).to_contain_text("Lane B: ")
    expect(compare.box).to_have_value("Tell me about trees")
    expect(compare.cells).to_have_count(0)
    assert wire.all == ()
