"""Evaluations in a browser, from the prompt to the better version, and what MLflow has of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.compare_page import Compare
from tests.browser.evaluate_page import Evaluate, Evaluations, given
from tests.browser.support import (
    SLOW_MS,
    App,
    Chat,
    choose,
    drawn_anew,
    eventually,
)
from tests.browser.test_prompts import EXAMPLE, Prompts
from tests.browser.traces_page import click_cell

pytestmark = pytest.mark.browser

Screenshot = Callable[[Page, str], Path]
OpenAt = Callable[..., Page]


def two_versions(app: App, open_at: OpenAt) -> Page:
    """A question that both versions of a prompt have answered, on two lanes."""
    prompts = Prompts(open_at("prompts"))
    page = prompts.page
    prompts.click("Create an example")
    prompts.show("Use")
    prompts.click("Add as lane in Compare")
    compare = Compare(page)
    expect(compare.heads).to_have_count(3)
    head = compare.heads.nth(1)
    head.get_by_text("Set up this lane").click()
    head.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="From a prompt").click()
    dialog = page.get_by_role("dialog")
    choose(dialog.get_by_role("combobox", name="Version"), "production (v1)")
    dialog.get_by_role("button", name="Use", exact=True).click()
    expect(compare.heads.nth(1)).to_contain_text(f"{EXAMPLE} v1 (production)")
    compare.choose(0, "Remove")
    expect(compare.heads).to_have_count(2)
    compare.send("Where is my book?")
    compare.settle(2)
    eventually(
        page,
        lambda: sum("mlflow.linkedPrompts" in each.info.tags for each in app.store.traces),
        2,
    )
    return page


def test_from_a_prompt_to_its_better_version(
    app: App, open_at: OpenAt, screenshot: Screenshot
) -> None:
    open_at("")
    screenshot(open_at("evaluate"), "evaluate-empty")
    page = two_versions(app, open_at)
    found = Evaluations(app)
    versions = {
        json.loads(each.info.tags["mlflow.linkedPrompts"])[0]["version"]: each.info.trace_id
        for each in app.store.traces
    }
    # By these the demo's judge tells them apart.
    found.expect_answer(versions["1"], "On its way to Narnia")
    found.expect_answer(versions["2"], "Where is my book")
    app.store.judge(versions["2"], False)
    evaluate = Evaluate(page)
    evaluate.button("Evaluate").click()
    expect(page.get_by_text("2 traces of comparison")).to_be_visible(timeout=SLOW_MS)
    screenshot(page, "evaluate-new")
    expect(evaluate.start).to_be_disabled()
    evaluate.add("Judge", "Correctness")
    evaluate.add("Judge", "Your own instruction")
    evaluate.fill("Instruction", "Is it polite?")
    expect(evaluate.scorers.last).to_contain_text("names nothing to judge")
    expect(evaluate.start).to_be_disabled()
    evaluate.fill("Instruction", "Is {{ outputs }} polite?")
    evaluate.add("Check by code", "Length")
    expect(page.get_by_text("Demo · simulated", exact=False).last).to_be_visible()
    expect(page.get_by_text("4 judge calls")).to_be_visible()
    screenshot(page, "evaluate-scorers")
    evaluation_id = evaluate.begin()
    evaluate.end()
    expect(evaluate.figures).to_contain_text("6 of 6")
    ahead = f"correctness: {EXAMPLE} v2 is ahead with 100% (1 of 1), {EXAMPLE} v1 is last with 0%"
    expect(page.get_by_text(ahead)).to_be_visible()
    expect(page.get_by_text("correctness agrees with people on 0 of 1 trace")).to_be_visible()
    screenshot(page, "evaluate-results")

    run = found.run(evaluation_id)
    assert run.info.status == "FINISHED"
    assert run.data.tags["mlflow.runType"] == "genai_evaluate"
    judged = found.traces(evaluation_id)
    assert len(judged) == 2
    for trace in judged:
        said = given(trace, evaluation_id)
        assert {name: each.source.source_type for name, each in said.items()} == {
            "correctness": "LLM_JUDGE",
            "my_judge": "LLM_JUDGE",
            "length": "CODE",
        }
        assert all(each.rationale for each in said.values())
    judges = found.judge_traces(evaluation_id)
    assert sorted(
        (each.info.tags["gwtrace.judge"], each.info.tags["gwtrace.judged"]) for each in judges
    ) == sorted(
        (name, each.info.trace_id) for name in ("correctness", "my_judge") for each in judged
    )
    # From the disagreement to its trace.
    disagreements = page.locator("[class*='st-key-evaluate-people-correctness']")
    disagreements.get_by_role("button", name="Open").first.click()
    page.wait_for_url(re.compile(f"trace={versions['2']}"))


def test_a_judge_that_talks_nonsense_ends_nothing_and_is_tried_again_after_a_restart(
    app: App, open_at: OpenAt, screenshot: Screenshot
) -> None:
    asking = open_at("")
    Chat(asking).ask("What is a lighthouse?")
    # A page that is open while the app restarts looks for it, in vain.
    asking.close()
    page = open_at("evaluate?new=1")
    evaluate = Evaluate(page)
    evaluate.newest(1)
    evaluate.add("Judge", "Fluency")
    evaluate.add("Check by code", "Contains")
    evaluate.fill("Text", "lighthouse")
    evaluate.pick_model("fault-judge-prose")
    evaluation_id = evaluate.begin()
    evaluate.end()
    expect(page.get_by_text("did not answer with a verdict but said")).to_be_visible()
    expect(evaluate.button("Retry 1 failed")).to_be_visible()
    screenshot(page, "evaluate-nonsense")
    found = Evaluations(app)
    assert found.status(evaluation_id) == "FINISHED"
    (judged,) = found.traces(evaluation_id)
    said = given(judged, evaluation_id)
    assert said["contains"].error is None
    assert said["fluency"].error.error_code == "SCORER_ERROR"

    page.close()
    app.restart()
    again = open_at(f"evaluate?evaluation={evaluation_id}")
    evaluate = Evaluate(again)
    expect(again.get_by_text("did not answer with a verdict but said")).to_be_visible(
        timeout=SLOW_MS
    )
    with drawn_anew(again):
        evaluate.button("Retry 1 failed").click()
    evaluate.end()
    expect(evaluate.button("Retry 1 failed")).to_be_visible()
    eventually(again, lambda: len(found.judge_traces(evaluation_id)), 2)


def test_a_dataset_without_answers_is_asked_in_compare_and_leads_back(
    app: App, open_at: OpenAt, screenshot: Screenshot
) -> None:
    Chat(open_at("")).ask("Hello")
    found = Evaluations(app)
    found.make_dataset("trees", {"What is an oak?": "an oak", "What is moss?": "a stone"})
    page = open_at("evaluate?new=1")
    evaluate = Evaluate(page)
    evaluate.come_from("Dataset")
    expect(page.get_by_text("2 records of the dataset were not made from traces")).to_be_visible()
    screenshot(page, "evaluate-dataset")
    evaluate.button("Ask them in Compare").click()
    page.get_by_role("button", name="Start 4 calls").click(timeout=SLOW_MS)
    batch = page.locator(".st-key-batch-evaluate").get_by_role("button")
    expect(batch).to_be_visible(timeout=SLOW_MS)
    batch.click()
    expect(page.get_by_text("4 with an expected answer")).to_be_visible(timeout=SLOW_MS)
    evaluate.add("Check by code", "Contains")
    evaluation_id = evaluate.begin()
    evaluate.end()
    values = [given(each, evaluation_id)["contains"].value for each in found.traces(evaluation_id)]
    assert sorted(values) == [False, False, True, True]
    # A row read closely leads to its trace.
    table = page.get_by_test_id("stDataFrame").nth(1)
    # Not under the bar that stays at the top of the page.
    table.evaluate("each => each.scrollIntoView({block: 'center'})")
    click_cell(table, 0, 16)
    expect(page.locator(".st-key-evaluate-row")).to_contain_text("is not in the answer")
    screenshot(page, "evaluate-row")
    page.locator(".st-key-evaluate-row").get_by_role("button", name="Open in Traces").click()
    page.wait_for_url(re.compile("trace=tr-"))
