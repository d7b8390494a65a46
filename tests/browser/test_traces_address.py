"""What the address of the Traces page holds: a span of a trace, a range of time."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch
from tests.browser.support import SLOW_MS, App, go_to_list, wait_idle
from tests.browser.traces_page import TracesPage, client_of
from tests.seeded_traces import Seeded

pytestmark = pytest.mark.browser

EIFFEL = "How high is the Eiffel tower?"
MANY = '{"task": "many steps"}'


def params(page: Page) -> dict[str, str]:
    return {name: found[0] for name, found in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.parametrize("name", ["step 398", "step 7"])
def test_a_linked_span_is_in_sight_with_its_details_on_a_small_window(
    seeded: Seeded, open_traces: Callable[..., TracesPage], name: str
) -> None:
    query = f"?trace={seeded.ids['large']}&span={seeded.ids[name]}"
    traces = open_traces(query, width=1280, height=720).opened(MANY)
    expect(traces.row(name)).to_have_attribute("aria-selected", "true")
    expect(traces.row(name)).to_be_in_viewport(ratio=1)
    expect(traces.details).to_have_text(name)
    expect(traces.details).to_be_in_viewport(ratio=1)
    # The tree has not been scrolled past: its whole height is in sight.
    expect(traces.tree).to_be_in_viewport(ratio=0.99)


def test_a_linked_span_is_in_sight_on_a_phone(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    query = f"?trace={seeded.ids['large']}&span={seeded.ids['step 398']}"
    traces = open_traces(query, width=390, height=700).opened(MANY)
    expect(traces.row("step 398")).to_be_in_viewport(ratio=1)


def test_a_trace_without_a_span_in_its_address_opens_at_its_top(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    traces = open_traces(f"?trace={seeded.ids['large']}", width=1280, height=720).opened(MANY)
    expect(traces.title).to_be_in_viewport(ratio=1)


def test_the_address_of_a_chosen_span_leads_to_it_in_another_browser(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    query = f"?trace={seeded.ids['large']}&span={seeded.ids['step 7']}"
    traces = open_traces(query).opened(MANY)
    traces.row("step 4").click()
    expect(traces.details).to_have_text("step 4")
    wait_idle(traces.page)
    found = params(traces.page)
    assert found == {"trace": seeded.ids["large"], "span": seeded.ids["step 4"]}
    again = open_traces(f"?trace={found['trace']}&span={found['span']}").opened(MANY)
    expect(again.row("step 4")).to_have_attribute("aria-selected", "true")
    expect(again.details).to_have_text("step 4")


def test_a_link_to_a_span_that_is_not_there_opens_the_trace_and_says_so(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    # The link that another program recorded names a span that its trace does not have.
    traces = open_traces(f"?trace={seeded.ids['otel agent']}").opened("What is the tide?")
    expect(traces.page.get_by_text("It is low.").last).to_be_visible()
    traces.page.get_by_text("Links", exact=True).click()
    traces.page.get_by_role("button", name="Open", exact=True).click()
    traces.opened(EIFFEL)
    expect(traces.page.get_by_text("This trace has no span 0123456789abcdef.")).to_be_visible()
    expect(traces.details).to_have_text("Completions")


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
        expect(page.get_by_text(re.compile("^Page 1, 5"))).to_be_visible(timeout=SLOW_MS)
        wait_idle(page)
        assert params(page) == {"after": str(first), "order": "oldest"}
        assert traces.questions[0] == "Plain question 10"

        # Any other choice ends the range.
        box = page.get_by_role("combobox", name="Time")
        box.click()
        page.get_by_role("option", name="Last 24 hours").click()
        traces.expect_first("Plain question 0")
        assert params(page) == {"since": "day", "order": "oldest"}
        expect(page.locator(".st-key-traces-f-after")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_navigation_leads_from_an_open_trace_to_the_list_and_back_leads_to_it(
    seeded: Seeded, open_traces: Callable[..., TracesPage], width: int
) -> None:
    query = f"trace={seeded.ids['large']}&span={seeded.ids['step 7']}"
    traces = open_traces(f"?{query}", width=width, height=720).opened(MANY)
    main = traces.page.get_by_test_id("stMain")
    expect(main).not_to_have_js_property("scrollTop", 0)
    if width == 390:
        traces.page.get_by_test_id("stExpandSidebarButton").click()
    go_to_list(traces.page, "Traces")
    traces.listed()
    assert params(traces.page) == {}
    expect(main).to_have_js_property("scrollTop", 0)
    # The navigation of a phone lies over the page.
    traces.page.get_by_role("searchbox", name="Search").click()
    traces.page.go_back()
    traces.opened(MANY)
    assert params(traces.page) == {"trace": seeded.ids["large"], "span": seeded.ids["step 7"]}


def test_the_navigation_leads_from_two_compared_traces_to_the_list(
    seeded: Seeded, open_traces: Callable[..., TracesPage]
) -> None:
    query = f"?left={seeded.ids['question']}&right={seeded.ids['question again']}"
    traces = open_traces(query)
    expect(traces.title).to_contain_text(EIFFEL, timeout=SLOW_MS)
    wait_idle(traces.page)
    go_to_list(traces.page, "Traces")
    traces.listed()
    assert params(traces.page) == {}


def test_a_trace_opened_from_far_down_the_list_begins_at_its_top(
    open_traces: Callable[..., TracesPage],
) -> None:
    traces = open_traces(width=1280, height=600).listed()
    main = traces.page.get_by_test_id("stMain")
    main.evaluate("main => main.scrollTo(0, 200)")
    question = traces.questions[10]
    traces.click_question(10)
    traces.opened(question)
    expect(main).to_have_js_property("scrollTop", 0)


@pytest.mark.parametrize("height", [720, 480])
def test_the_tree_stays_in_sight_while_one_reads_on_beside_it(
    seeded: Seeded, open_traces: Callable[..., TracesPage], height: int
) -> None:
    query = f"?trace={seeded.ids['large']}&span={seeded.ids['step 398']}"
    traces = open_traces(query, width=1280, height=height).opened(MANY)
    end = traces.page.get_by_role("button", name=re.compile("Download all"))
    end.scroll_into_view_if_needed()
    expect(end).to_be_in_viewport()
    tree = traces.page.locator(".trace-tree")
    # In a window lower than the tree, the tree scrolls by itself.
    expect(tree).to_be_in_viewport(ratio=0.6)
