"""The ways into and out of an evaluation in a browser: where one is, and what is in sight."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.evaluate_page import Evaluate, Evaluations, given
from tests.browser.support import SLOW_MS, App, Chat, eventually, go, wait_idle
from tests.browser.traces_page import click_cell

pytestmark = pytest.mark.browser


def test_what_is_under_way_is_in_sight_and_the_navigation_leads_to_the_list(
    app: App, open_at: Callable[..., Page]
) -> None:
    Chat(open_at("")).ask("What is a lighthouse?")
    page = open_at("evaluate", height=500)
    current = look_of(page)
    page = open_at("evaluate?new=1", height=500)
    evaluate = Evaluate(page)
    page.wait_for_url(re.compile("/new_evaluation$"))
    eventually(page, lambda: look_of(page), current)
    for entry in ("Length", "Contains", "Latency"):
        evaluate.add("Check by code", entry)
    evaluate.fill("Text", "lighthouse", nth=1)
    evaluate.start.scroll_into_view_if_needed()
    expect(page.get_by_text("New evaluation", exact=True)).not_to_be_in_viewport()
    evaluation_id = evaluate.begin()
    evaluate.end()
    title = page.get_by_role("heading", name="length, contains, latency")
    expect(title).to_be_in_viewport()
    expect(evaluate.figures).to_be_in_viewport()
    assert look_of(page) == current

    go(page, "Evaluate")
    expect(page.get_by_text("Tick two rows")).to_be_visible(timeout=SLOW_MS)
    assert page.url == f"{app.url}/evaluate"
    page.go_back()
    page.wait_for_url(re.compile(f"/evaluation\\?evaluation={evaluation_id}$"))
    expect(title).to_be_visible(timeout=SLOW_MS)
    wait_idle(page)
    go(page, "Evaluate")
    expect(page.get_by_text("Tick two rows")).to_be_visible(timeout=SLOW_MS)
    evaluate.button("New evaluation").click()
    expect(page.get_by_text("1. Traces")).to_be_visible(timeout=SLOW_MS)
    wait_idle(page)
    go(page, "Evaluate")
    expect(page.get_by_text("Tick two rows")).to_be_visible(timeout=SLOW_MS)


def look_of(page: Page) -> tuple[bool, str]:
    """How the navigation shows *Evaluate*: on a ground of its own, and in what weight."""
    wait_idle(page)
    link = page.get_by_role("navigation").get_by_role("link", name="Evaluate")
    ground = link.evaluate("each => getComputedStyle(each).backgroundColor")
    weight = link.locator("p").evaluate("each => getComputedStyle(each).fontWeight")
    return ground != "rgba(0, 0, 0, 0)", weight


def test_while_others_are_judged_a_read_row_stays_chosen_and_what_was_stopped_goes_on(
    app: App, open_at: Callable[..., Page], screenshot: Callable[[Page, str], Path]
) -> None:
    chat = Chat(open_at(""))
    chat.ask("What is a lighthouse?")
    chat.ask("What is a harbour?")
    page = open_at("new_evaluation")
    evaluate = Evaluate(page)
    evaluate.newest(2)
    evaluate.add("Check by code", "Contains")
    evaluate.fill("Text", "lighthouse")
    evaluate.add("Judge", "Safety")
    # It never answers, so that the others are judged until somebody stops it.
    evaluate.pick_model("fault-stall")
    evaluation_id = evaluate.begin()
    table = page.get_by_test_id("stDataFrame").nth(1)
    first = page.locator("[data-stale=false]").get_by_text("Choose a row to read the answer")
    expect(first).to_be_visible(timeout=SLOW_MS)
    read = page.locator(".st-key-evaluate-row")
    table.evaluate("each => each.scrollIntoView({block: 'center'})")
    click_cell(table, 0, 16)
    expect(read).to_contain_text("What is a lighthouse?")

    evaluate.button("Stop").click()
    evaluate.end()
    expect(page.get_by_role("heading", name="Traces, worst first")).to_be_visible()
    expect(table.locator("tbody tr").first).to_contain_text("What is a harbour?")
    expect(read).to_contain_text("What is a lighthouse?")
    # What is left out takes the choice away for as long as it is left out.
    page.get_by_role("radio", name="Not passed (1)").click()
    expect(read).to_have_count(0)
    page.get_by_role("radio", name="All (2)").click()
    expect(read).to_contain_text("What is a lighthouse?")
    wait_idle(page)
    click_cell(table, 0, 16)
    expect(read).to_contain_text("What is a harbour?")
    wait_idle(page)
    # Let go of, it stays so.
    click_cell(table, 0, 16)
    expect(read).to_have_count(0)
    wait_idle(page)
    page.get_by_role("radio", name="Not passed (1)").click()
    expect(table.locator("tbody tr")).to_have_count(1)
    wait_idle(page)
    expect(read).to_have_count(0)

    resume = evaluate.button(re.compile("^Resume"))
    expect(resume).to_be_visible()
    expect(page.get_by_text("Stopped by the user.").first).to_be_visible()
    screenshot(page, "evaluate-stopped")
    found = Evaluations(app)
    eventually(page, lambda: found.status(evaluation_id), "KILLED")
    page.reload()
    expect(resume).to_be_visible(timeout=SLOW_MS)
    resume.click()
    expect(evaluate.button("Stop")).to_be_visible()
    eventually(page, lambda: found.status(evaluation_id), "RUNNING")
    # It goes on, and is told of, while its user looks at something else.
    go(page, "Connections")
    expect(page.locator(".st-key-evaluate-line")).to_contain_text("Evaluation")
    page.go_back()
    evaluate.button("Stop").click()
    evaluate.end()
    eventually(page, lambda: found.status(evaluation_id), "KILLED")


def test_a_file_is_asked_judged_and_taken_away_as_csv_and_a_broken_one_is_refused_by_line(
    app: App, open_at: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_at("new_evaluation")
    evaluate = Evaluate(page)
    evaluate.come_from("Dataset")

    def give(name: str, text: str) -> None:
        file: FilePayload = {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
        page.locator("input[type=file]").set_input_files(file)

    alert = page.get_by_role("alert")
    give("ragged.csv", "prompt,expected\nHello,Hi\nHello\n")
    expect(alert).to_contain_text("Line 3: 1 value in a row, but 2 columns in the header.")
    expect(alert).to_contain_text("Put a text that contains the separator into double quotes")
    give("broken.jsonl", '{"prompt": "Hello"}\n{"prompt": Hello}\n')
    expect(alert).to_contain_text("Line 2, column 12: not JSON")
    assert page.url == f"{app.url}/new_evaluation"

    questions = {"What is an oak?": "an oak", "What is moss?": "a stone, grey"}
    lines = [f'{{"prompt": "{asked}", "expected": "{said}"}}' for asked, said in questions.items()]
    give("trees.jsonl", "\n".join(lines))
    page.get_by_role("button", name="Start 4 calls").click(timeout=SLOW_MS)
    batch = page.locator(".st-key-batch-evaluate").get_by_role("button")
    expect(batch).to_be_visible(timeout=SLOW_MS)
    batch.click()
    expect(page.get_by_text("4 with an expected answer")).to_be_visible(timeout=SLOW_MS)
    evaluate.add("Check by code", "Contains")
    evaluate.add("Judge", "Fluency")
    evaluation_id = evaluate.begin()
    evaluate.end()

    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "gwtrace_evaluation.csv"
    download.value.save_as(tmp_path / "evaluation.csv")
    with (tmp_path / "evaluation.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    judged = Evaluations(app).traces(evaluation_id)
    stored = {
        (trace.info.trace_id, name): (
            "yes" if each.value in (True, "yes") else "no",
            each.rationale,
            (each.metadata or {}).get("mlflow.assessment.scorerTraceId", ""),
        )
        for trace in judged
        for name, each in given(trace, evaluation_id).items()
    }
    assert len(stored) == 8
    assert {
        (line["trace"], line["scorer"]): (line["value"], line["rationale"], line["judge trace"])
        for line in table
    } == stored
    by_code = [line for line in table if line["scorer"] == "contains"]
    assert [(line["question"], line["expected"], line["passed"]) for line in by_code] == [
        *[("What is moss?", "a stone, grey", "False")] * 2,
        *[("What is an oak?", "an oak", "True")] * 2,
    ]
    assert {line["lane"] for line in table} == {"A", "B"}
    assert {line["state"] for line in table} == {"scored"}
    assert all("oak" in line["answer"] for line in by_code[2:])
