"""The Traces page in front of a store that other programs wrote to, and of our own calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.support import SLOW_MS, App, Chat, eventually, wait_idle
from tests.browser.traces_page import TracesPage, add_trace, all_ids, click_cell, client_of
from tests.seeded_traces import LARGE_TEXT, PLAIN_COUNT, SESSION, Seeded

pytestmark = pytest.mark.browser

EIFFEL = "How high is the Eiffel tower?"


def params(page: Page) -> str:
    return page.url.partition("?")[2]


def test_own_and_foreign_traces_are_listed_newest_first_with_their_figures(
    seeded_app: App, open_page: OpenPage, open_traces: Callable[..., TracesPage], watch: Watch
) -> None:
    traces = open_traces("?text=tide").listed()
    assert traces.rows == [
        {
            "Status": "OK",
            "Started": traces.rows[0]["Started"],
            "Question": "What is the tide?",
            "Model": "",
            "SDK path": "otel agent",
            "Duration": "0.7",
            "Tokens in": "21",
            "Tokens out": "8",
            "Cost": traces.rows[0]["Cost"],
            "Verdicts": "",
            "Answer": "It is low.",
        }
    ]
    assert float(traces.rows[0]["Cost"]) == pytest.approx(6.1e-05)

    chat = Chat(open_page(seeded_app.url))
    chat.ask("Hello from the chat")
    chat.page.get_by_role("button", name="Open in Traces").click()
    own = TracesPage(chat.page).opened("Hello from the chat")
    own.press("All traces")
    own.listed()
    first, second = own.rows[:2]
    assert (first["Question"], first["SDK path"]) == ("Hello from the chat", "OpenAI SDK · Chat")
    assert first["Model"] and int(first["Tokens out"]) > 0
    assert second["Question"] == "(none)"

    # From the list to the trace again, to its session, and on with the conversation.
    own.click_question(0)
    own.opened("Hello from the chat")
    own.press("Turns of this session")
    expect(own.page.get_by_text("Page 1, 1 trace")).to_be_visible()
    own.press("Open in chat")
    expect(chat.questions).to_have_count(1)
    expect(chat.questions.first).to_contain_text("Hello from the chat")


def test_filters_are_kept_in_the_address_and_restored_in_a_fresh_browser(
    open_traces: Callable[..., TracesPage],
) -> None:
    traces = open_traces().listed()
    traces.page.get_by_role("searchbox", name="Search").fill("eiffel")
    traces.page.keyboard.press("Enter")
    traces.expect_first(EIFFEL)
    traces.page.get_by_role("button", name="Filter").click()
    traces.page.get_by_role("tab", name="Figures").click()
    box = traces.page.get_by_role("spinbutton", name="Duration from (s)")
    box.fill("2")
    box.press("Enter")
    expect(traces.chips).to_have_text(re.compile("Duration: ≥ 2.00 s$"))
    wait_idle(traces.page)
    assert params(traces.page) == "min_ms=2000&text=eiffel"

    again = open_traces(f"?{params(traces.page)}").listed()
    assert [row["Duration"] for row in again.rows] == ["2.5"]
    again.chips.click()
    expect(again.chips).to_have_count(0)
    expect(again.table.locator("tbody tr")).to_have_count(2)
    wait_idle(again.page)
    assert params(again.page) == "text=eiffel"
    assert [row["Duration"] for row in again.rows] == ["2.5", "0.9"]


def test_a_search_without_hits_says_so_and_is_cleared(
    open_traces: Callable[..., TracesPage],
) -> None:
    traces = open_traces("?text=nothing-like-it&min_usd=much")
    expect(traces.page.get_by_text("Nothing matches")).to_be_visible(timeout=SLOW_MS)
    expect(traces.page.get_by_role("alert")).to_contain_text("sets min_usd to something")
    traces.press("Clear the filter")
    traces.listed()
    assert params(traces.page) == ""


def test_pages_go_forth_and_back_without_losing_a_row(
    open_traces: Callable[..., TracesPage],
) -> None:
    traces = open_traces("?name=nobody").page
    expect(traces.get_by_text("Nothing matches")).to_be_visible(timeout=SLOW_MS)
    pages = open_traces("?text=plain+question&order=oldest").listed()
    pages.expect_first("Plain question 0")
    expect(pages.page.get_by_text("Page 1, 50 traces")).to_be_visible()
    pages.press("More")
    pages.expect_first("Plain question 5")
    expect(pages.page.get_by_text(re.compile("^Page 2, "))).to_be_visible()
    second = pages.questions
    assert second[-1] == f"Plain question {PLAIN_COUNT - 1}"
    pages.press("Back")
    pages.expect_first("Plain question 0")
    assert not {*second} & {*pages.questions}


def test_new_traces_are_counted_and_move_nothing_until_asked(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    traces = open_traces().listed()
    before = traces.questions
    traces.page.get_by_text("Watch", exact=True).click()
    wait_idle(traces.page)
    add_trace(seeded, "Asked meanwhile")
    expect(traces.button("refresh 1 new").or_(traces.button("1 new"))).to_be_visible()
    assert traces.questions == before
    traces.page.locator(".st-key-traces-refresh").get_by_role("button").click()
    traces.expect_first("Asked meanwhile")
    assert traces.questions[1] == before[0]


def test_a_session_shows_its_turns(
    open_traces: Callable[..., TracesPage],
) -> None:
    traces = open_traces("?view=sessions&")
    table = traces.page.get_by_test_id("stDataFrame")
    row = table.locator("tbody tr", has_text="Turn number 0")
    expect(row).to_be_attached(timeout=SLOW_MS)
    assert [cell.text_content() for cell in row.locator("td").all()[:6]] == [
        "Turn number 0 of the conversation", "", "", "", "3", "0",
    ]  # fmt: skip
    wait_idle(traces.page)
    place = int(row.evaluate("row => [...row.parentElement.children].indexOf(row)"))
    click_cell(table, place, 40)
    traces.expect_first("Turn number 0 of the conversation")
    assert traces.questions == [f"Turn number {n} of the conversation" for n in range(3)]
    assert params(traces.page) == f"session={SESSION}&order=oldest"


def test_an_address_opens_a_trace_at_its_span_deep_in_the_tree(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    trace_id, span_id = seeded.ids["large"], seeded.ids["step 398"]
    query = f"?trace={trace_id}&span={span_id}"
    traces = open_traces(query, height=1_000).opened('{"task": "many steps"}')
    expect(traces.row("step 398")).to_be_in_viewport()
    expect(traces.row("step 398")).to_have_attribute("aria-selected", "true")
    expect(traces.details).to_have_text("step 398")

    # A value too large to show is shown in part, with its size, and given whole.
    expect(traces.page.get_by_text(f"of {len(LARGE_TEXT):,} characters")).to_be_visible()
    with traces.page.expect_download() as caught:
        traces.page.get_by_role("button", name=re.compile("Download all")).click()
    assert Path(caught.value.path()).read_text() == LARGE_TEXT

    traces.page.get_by_text("Attributes", exact=True).click()
    search = traces.page.get_by_role("searchbox", name="Search attributes")
    search.fill("value 77")
    search.press("Enter")
    expect(traces.page.get_by_text("1 of 126 attributes")).to_be_visible()
    table = traces.page.locator("[class*='attributes'] table")
    expect(table).to_contain_text("key.077")

    # The address follows what is chosen.
    traces.row("step 397").click()
    expect(traces.details).to_have_text("step 397")
    wait_idle(traces.page)
    assert params(traces.page) == f"trace={trace_id}&span={seeded.ids['step 397']}"


def test_a_link_of_a_span_leads_to_the_other_trace(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    traces = open_traces(f"?trace={seeded.ids['otel agent']}").opened("What is the tide?")
    expect(traces.page.get_by_text("It is low.").last).to_be_visible()
    traces.page.get_by_text("Links", exact=True).click()
    traces.page.get_by_role("button", name="Open", exact=True).click()
    traces.opened(EIFFEL)


def test_a_trace_that_is_not_there_is_said_not_to_be(
    open_traces: Callable[..., TracesPage],
) -> None:
    traces = open_traces("?trace=tr-%3Cb%3Enobody%27s&span=x")
    expect(traces.page.get_by_text("No such trace")).to_be_visible(timeout=SLOW_MS)
    expect(traces.page.get_by_text("MLflow has no trace tr-<b>nobody's.")).to_be_visible()
    traces.press("All traces")
    traces.listed()


def test_a_broken_trace_is_shown_with_its_defects_by_name(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    traces = open_traces(f"?trace={seeded.ids['broken']}").opened("(no request recorded)")
    expect(traces.tree.get_by_role("treeitem")).to_have_count(4)
    traces.page.get_by_text("4 defects in this recording").click()
    for title in (
        "A root that never closed",
        "Spans whose parent is missing",
        "Spans that never closed",
        "Spans that end before they start",
    ):
        expect(traces.page.get_by_text(title, exact=True)).to_be_visible()
    traces.page.get_by_role("button", name=re.compile("of span 'broken 4'")).click()
    expect(traces.details).to_have_text("broken 4")
    expect(traces.row("broken 4")).to_have_attribute("aria-selected", "true")


def test_pictures_are_shown_from_data_only(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    # `watch` fails the test when anything is asked of another machine.
    traces = open_traces(f"?trace={seeded.ids['picture']}").opened("What is in the picture?")
    picture = traces.page.get_by_test_id("stImage").get_by_role("img")
    expect(picture).to_have_count(1)
    expect(picture).to_have_js_property("naturalWidth", 8)
    expect(traces.page.get_by_text("It is not in the trace, so not loaded.")).to_be_visible()


def test_a_call_of_another_program_is_asked_again_on_another_lane(
    seeded_app: App, seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    traces = open_traces(f"?trace={seeded.ids['question']}").opened(EIFFEL)
    traces.press("Code")
    expect(traces.dialog).to_contain_text("gpt-4o-mini")
    expect(traces.dialog).to_contain_text("temperature=0.2")
    traces.page.keyboard.press("Escape")
    expect(traces.dialog).to_have_count(0)
    traces.press("Open in chat")
    chat = Chat(traces.page)
    expect(chat.questions.first).to_contain_text(EIFFEL)
    expect(chat.answers.first).to_contain_text("330 metres.")
    chat.pick_path("OpenAI SDK · Responses")
    before = all_ids(seeded)
    chat.action("regenerate").click()
    expect(chat.answers.first).not_to_contain_text("330 metres.", timeout=SLOW_MS)
    chat.settle()
    (new_id,) = all_ids(seeded) - before
    tags = client_of(seeded).get_trace(new_id).info.tags
    assert tags["gwtrace.sdk_path"] == "openai-responses"


def test_a_trace_leaves_as_json_and_as_one_file(
    seeded: Seeded,
    open_traces: Callable[..., TracesPage],
    chromium: Browser,
    tmp_path: Path,
) -> None:
    from mlflow.entities import Trace

    trace_id = seeded.ids["question"]
    traces = open_traces(f"?trace={trace_id}").opened(EIFFEL)
    with traces.page.expect_download() as caught:
        traces.button("JSON").click()
    again = Trace.from_json(Path(caught.value.path()).read_text())
    assert again.to_dict() == client_of(seeded).get_trace(trace_id).to_dict()

    traces.press("HTML")
    with traces.page.expect_download() as caught:
        traces.dialog.get_by_role("button", name=re.compile("^.*Download, ")).click()
    file = tmp_path / "trace.html"
    caught.value.save_as(file)
    context = chromium.new_context(offline=True)
    try:
        report = context.new_page()
        asked: list[str] = []
        report.on("request", lambda request: asked.append(request.url))
        report.goto(file.as_uri())
        report.get_by_role("treeitem", name=re.compile("^Completions")).click()
        expect(report.get_by_text("330 metres.").first).to_be_visible()
        assert asked == [file.as_uri()]
    finally:
        context.close()


def test_two_ticked_traces_are_compared_step_by_step(
    open_traces: Callable[..., TracesPage], seeded: Seeded
) -> None:
    traces = open_traces("?text=eiffel&order=oldest&gwtrace=no").listed()
    traces.tick(0, 1)
    traces.press("Compare")
    expect(traces.title).to_have_text(EIFFEL)
    left, right = seeded.ids["question"], seeded.ids["question again"]
    expect(traces.page).to_have_url(re.compile(f"left={left}&right={right}$"))
    expect(traces.page.get_by_text("2 steps in both, 2 of them changed")).to_be_visible()
    whole = traces.page.get_by_test_id("stDataFrame").first.locator("tbody tr")
    expect(whole.filter(has_text="Duration").locator("td")).to_have_text(
        ["Duration", "900 ms", "2.50 s", "+1.60 s"]
    )
    traces.press("Swap")
    expect(whole.filter(has_text="Duration").locator("td")).to_have_text(
        ["Duration", "2.50 s", "900 ms", "−1.60 s"]
    )
    expect(traces.page).to_have_url(re.compile(f"left={right}&right={left}$"))


def test_feedback_is_given_replaced_and_withdrawn(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    trace_id = seeded.ids["turn 2"]
    traces = open_traces(f"?trace={trace_id}").opened("Turn number 2 of the conversation")

    def said() -> list[tuple[str, Any, str | None, bool | None]]:
        found = client_of(seeded).get_trace(trace_id).info.assessments or []
        return [(each.name, each.value, each.rationale, each.valid) for each in found]  # pyright: ignore[reportAttributeAccessIssue]  # feedback has a value

    def say(answer: str, comment: str) -> None:
        traces.press("Add")
        traces.page.get_by_role("radio", name=answer, exact=True).click()
        wait_idle(traces.page)
        box = traces.page.get_by_role("textbox", name="Comment")
        box.fill(comment)
        traces.press("Save")
        expect(traces.page.get_by_role("dialog")).to_have_count(0)

    say("Yes", "short and right")
    shown = traces.page.get_by_text("short and right", exact=True)
    expect(shown.first).to_be_visible()
    eventually(traces.page, said, [("quality", True, "short and right", True)])
    say("No", "on second thoughts")
    expect(traces.page.get_by_text("1 replaced")).to_be_visible()
    both = [
        ("quality", False, "on second thoughts", True),
        ("quality", True, "short and right", False),
    ]
    eventually(traces.page, lambda: sorted(said(), key=str), both)
    traces.press("Withdraw")
    expect(traces.page.get_by_text("Nothing has been said of this trace yet.")).to_be_visible()
    eventually(traces.page, said, [])


def test_deleting_names_the_count_and_takes_nothing_else(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    before = all_ids(seeded)
    one = open_traces(f"?trace={seeded.ids['plain 3']}").opened("Plain question 3")
    one.press("Delete")
    expect(one.dialog).to_contain_text("1 trace with all spans, verdicts and expectations")
    one.dialog.get_by_role("button", name="Keep").click()
    expect(one.dialog).to_have_count(0)
    assert all_ids(seeded) == before
    one.press("Delete")
    one.dialog.get_by_role("button", name="Delete 1 trace").click()
    one.listed()
    assert all_ids(seeded) == before - {seeded.ids["plain 3"]}

    # Of those that match: 10 to 19 and 1.
    many = open_traces("?text=plain+question+1&order=oldest").listed()
    expect(many.page.get_by_text("Page 1, 11 traces")).to_be_visible()
    many.press("Delete all that match")
    many.dialog.get_by_role("button", name="Delete 11 traces").click()
    expect(many.page.get_by_text("Nothing matches")).to_be_visible()
    gone = {seeded.ids[f"plain {number}"] for number in (1, 3, *range(10, 20))}
    assert all_ids(seeded) == before - gone
