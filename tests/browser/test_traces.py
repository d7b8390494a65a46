"""The Traces page in front of a store that other programs wrote to, and of our own calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.support import SLOW_MS, App, Chat, go_to_list, wait_idle
from tests.browser.traces_page import TracesPage, add_trace, all_ids, click_cell, client_of
from tests.seeded_traces import LARGE_TEXT, SESSION, Seeded

pytestmark = pytest.mark.browser

EIFFEL = "How high is the Eiffel tower?"
MANY = '{"task": "many steps"}'


def params(page: Page) -> str:
    return page.url.partition("?")[2]


def search(traces: TracesPage, text: str) -> None:
    box = traces.page.get_by_role("searchbox", name="Search")
    box.fill(text)
    box.press("Enter")


def test_own_and_foreign_traces_are_listed_newest_first_with_their_figures(
    seeded_app: App, open_page: OpenPage, watch: Watch
) -> None:
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    chat = Chat(open_page(seeded_app.url))
    chat.ask("Hello from the chat")
    chat.page.get_by_role("button", name="Open in Traces").click()
    traces = TracesPage(chat.page).opened("Hello from the chat")
    traces.press("All traces")
    first, second = traces.listed().rows[:2]
    assert (first["Question"], first["SDK path"]) == ("Hello from the chat", "OpenAI SDK · Chat")
    assert first["Model"] and int(first["Tokens out"]) > 0
    assert second["Question"] == "(none)"

    # From the list to the trace again, to its session, and on with the conversation.
    traces.click_question(0)
    traces.opened("Hello from the chat")
    traces.press("Turns of this session")
    expect(traces.page.get_by_text("Page 1, 1 trace")).to_be_visible()
    traces.press("Open in chat")
    expect(chat.questions).to_have_count(1)
    expect(chat.questions.first).to_contain_text("Hello from the chat")


def test_the_list_is_narrowed_and_watched_and_two_of_its_traces_are_compared(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    traces = open_traces("?gwtrace=no").listed()
    by_others = traces.chips.filter(has_text="Made by: Other programs")
    expect(by_others).to_have_count(1)
    before = traces.questions
    traces.page.get_by_text("Watch", exact=True).click()
    wait_idle(traces.page)
    add_trace(seeded, "Asked meanwhile")
    expect(traces.button("refresh 1 new").or_(traces.button("1 new"))).to_be_visible()
    assert traces.questions == before
    traces.page.locator(".st-key-traces-refresh").get_by_role("button").click()
    traces.expect_first("Asked meanwhile")
    assert traces.questions[1] == before[0]
    traces.page.get_by_text("Watch", exact=True).click()
    wait_idle(traces.page)

    search(traces, "tide")
    traces.expect_first("What is the tide?")
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
    # As no trace does that a test makes.
    search(traces, "330 metres")
    traces.expect_first(EIFFEL)

    traces.page.get_by_role("button", name="Filter").click()
    traces.page.get_by_role("tab", name="Figures").click()
    box = traces.page.get_by_role("spinbutton", name="Duration from (s)")
    box.fill("2")
    box.press("Enter")
    longer = traces.chips.filter(has_text=re.compile("Duration: ≥ 2.00 s$"))
    expect(longer).to_have_count(1)
    wait_idle(traces.page)
    # What was set before the box was opened holds.
    expect(by_others).to_have_count(1)
    assert params(traces.page) == "min_ms=2000&text=330+metres&gwtrace=no"
    expect(traces.table.locator("tbody tr")).to_have_count(1)
    assert [row["Duration"] for row in traces.rows] == ["2.5"]
    traces.page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    longer.click()
    expect(longer).to_have_count(0)
    expect(traces.table.locator("tbody tr")).to_have_count(2)
    wait_idle(traces.page)
    assert params(traces.page) == "text=330+metres&gwtrace=no"
    assert [row["Duration"] for row in traces.rows] == ["2.5", "0.9"]

    traces.tick(0, 1)
    traces.press("Compare")
    expect(traces.title).to_have_text(EIFFEL)
    left, right = seeded.ids["question again"], seeded.ids["question"]
    expect(traces.page).to_have_url(re.compile(f"left={left}&right={right}$"))
    expect(traces.page.get_by_text("2 steps in both, 2 of them changed")).to_be_visible()
    whole = traces.page.get_by_test_id("stDataFrame").first.locator("tbody tr")
    expect(whole.filter(has_text="Duration").locator("td")).to_have_text(
        ["Duration", "2.50 s", "900 ms", "−1.60 s"]
    )
    traces.press("Swap")
    expect(whole.filter(has_text="Duration").locator("td")).to_have_text(
        ["Duration", "900 ms", "2.50 s", "+1.60 s"]
    )
    expect(traces.page).to_have_url(re.compile(f"left={right}&right={left}$"))
    go_to_list(traces.page, "Traces")
    traces.listed()
    # As it was left.
    assert params(traces.page) == "text=330+metres&gwtrace=no"


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


def test_pictures_are_shown_from_data_only(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    # `watch` fails the test when anything is asked of another machine.
    traces = open_traces(f"?trace={seeded.ids['picture']}").opened("What is in the picture?")
    picture = traces.page.get_by_test_id("stImage").get_by_role("img")
    expect(picture).to_have_count(1)
    expect(picture).to_have_js_property("naturalWidth", 8)
    expect(traces.page.get_by_text("It is not in the trace, so not loaded.")).to_be_visible()


def test_a_trace_of_another_program_leaves_as_files_and_is_asked_again_on_another_lane(
    seeded: Seeded, open_traces: Callable[..., TracesPage], chromium: Browser, tmp_path: Path
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
    traces.page.keyboard.press("Escape")
    expect(traces.dialog).to_have_count(0)

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


def test_a_linked_span_is_in_sight_with_its_details_and_the_address_follows_what_is_chosen(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    trace_id = seeded.ids["large"]
    query = f"?trace={trace_id}&span={seeded.ids['step 398']}"
    traces = open_traces(query, width=1280, height=720).opened(MANY)
    expect(traces.row("step 398")).to_have_attribute("aria-selected", "true")
    expect(traces.row("step 398")).to_be_in_viewport(ratio=1)
    expect(traces.details).to_have_text("step 398")
    expect(traces.details).to_be_in_viewport(ratio=1)
    # The tree has not been scrolled past: its whole height is in sight.
    expect(traces.tree).to_be_in_viewport(ratio=0.99)

    # It stays in sight while one reads on beside it. In a window lower than the tree, the tree
    # scrolls by itself.
    end = traces.page.get_by_role("button", name=re.compile("Download all"))
    tree = traces.page.locator(".trace-tree")
    for height in (720, 480):
        traces.page.set_viewport_size({"width": 1280, "height": height})
        end.scroll_into_view_if_needed()
        expect(end).to_be_in_viewport()
        expect(tree).to_be_in_viewport(ratio=0.6)

    # A value too large to show is given whole.
    with traces.page.expect_download() as caught:
        end.click()
    assert Path(caught.value.path()).read_text() == LARGE_TEXT

    traces.row("step 397").click()
    expect(traces.details).to_have_text("step 397")
    wait_idle(traces.page)
    assert params(traces.page) == f"trace={trace_id}&span={seeded.ids['step 397']}"


def test_on_a_phone_a_linked_span_is_in_sight_and_the_navigation_leads_to_the_list_and_back(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    query = f"trace={seeded.ids['large']}&span={seeded.ids['step 398']}"
    traces = open_traces(f"?{query}", width=390, height=700).opened(MANY)
    expect(traces.row("step 398")).to_be_in_viewport(ratio=1)
    main = traces.page.get_by_test_id("stMain")
    expect(main).not_to_have_js_property("scrollTop", 0)
    traces.page.get_by_test_id("stExpandSidebarButton").click()
    go_to_list(traces.page, "Traces")
    traces.listed()
    assert params(traces.page) == ""
    expect(main).to_have_js_property("scrollTop", 0)
    # The navigation of a phone lies over the page.
    traces.page.get_by_role("searchbox", name="Search").click()
    traces.page.go_back()
    traces.opened(MANY)
    assert params(traces.page) == query


def test_without_a_span_in_its_address_or_from_far_down_the_list_a_trace_opens_at_its_top(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    traces = open_traces(f"?trace={seeded.ids['large']}", width=1280, height=600).opened(MANY)
    expect(traces.title).to_be_in_viewport(ratio=1)
    traces.press("All traces")
    traces.listed()
    main = traces.page.get_by_test_id("stMain")
    main.evaluate("main => main.scrollTo(0, 200)")
    question = traces.questions[10]
    traces.click_question(10)
    traces.opened(question)
    expect(main).to_have_js_property("scrollTop", 0)


def test_a_range_of_time_is_typed_in_the_readers_zone_and_kept_in_the_address(
    seeded_app: App, seeded: Seeded, chromium: Browser, watch: Watch
) -> None:
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    first, last = (
        client_of(seeded).get_trace(seeded.ids[name]).info.request_time
        for name in ("plain 10", "plain 12")
    )
    with (
        chromium.new_context(timezone_id="Asia/Tokyo", locale="en-GB") as with_zone,
        watch.watching(with_zone),
    ):
        page = with_zone.new_page()
        page.goto(f"{seeded_app.url}/traces?after={first}&before={last}&order=oldest")
        traces = TracesPage(page).listed()
        # The seconds of an address hold, though the inputs show minutes.
        assert traces.questions == ["Plain question 10", "Plain question 11"]
        expect(page.get_by_role("combobox", name="Time")).to_have_value("From … to …")
        expect(page.get_by_text("Time zone Asia/Tokyo, as in the list")).to_be_visible()
        expect(traces.chips).to_have_count(0)

        # Open towards the end: what began later comes as well.
        to = page.locator(".st-key-traces-f-before")
        to.get_by_role("button", name=re.compile("clear", re.IGNORECASE)).click()
        expect(page.get_by_text(re.compile(r"^Page 1, \d\d traces"))).to_be_visible(timeout=SLOW_MS)
        wait_idle(page)
        assert params(page) == f"after={first}&order=oldest"
        assert traces.questions[0] == "Plain question 10"

        # Any other choice ends the range.
        box = page.get_by_role("combobox", name="Time")
        box.click()
        page.get_by_role("option", name="Last 24 hours").click()
        traces.expect_first("Plain question 0")
        assert params(page) == "since=day&order=oldest"
        expect(page.locator(".st-key-traces-f-after")).to_have_count(0)


def test_deleting_names_the_count_and_takes_nothing_else(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    # Those that match: 5 and 50 to 59.
    traces = open_traces("?text=plain+question+5&order=oldest").listed()
    before = all_ids(seeded)
    traces.click_question(0)
    traces.opened("Plain question 5")
    traces.press("Delete")
    expect(traces.dialog).to_contain_text("1 trace with all spans, verdicts and expectations")
    traces.dialog.get_by_role("button", name="Keep").click()
    expect(traces.dialog).to_have_count(0)
    assert all_ids(seeded) == before
    traces.press("Delete")
    traces.dialog.get_by_role("button", name="Delete 1 trace").click()
    traces.listed()
    assert all_ids(seeded) == before - {seeded.ids["plain 5"]}

    expect(traces.page.get_by_text("Page 1, 10 traces")).to_be_visible()
    traces.press("Delete all that match")
    traces.dialog.get_by_role("button", name="Delete 10 traces").click()
    expect(traces.page.get_by_text("Nothing matches")).to_be_visible()
    gone = {seeded.ids[f"plain {number}"] for number in (5, *range(50, 60))}
    assert all_ids(seeded) == before - gone
