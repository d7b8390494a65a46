"""A comparison is shown again from MLflow alone, and saved set-ups outlive the process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from gwtrace_core.values.connection import SdkPath
from tests.browser.compare_page import Compare, answer_of, comparison, figures, ticks
from tests.browser.conftest import OpenPage, RunApp, Watch
from tests.browser.support import SLOW_MS, App, Chat, root_of, running, wait_idle

pytestmark = pytest.mark.browser

# As its loggers write, which are told to write nothing below a warning.
_STREAMLIT_SAYS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_TOOL_TIME = re.compile(r" · [\d.,]+\s(ms|s)$")
CALCULATION = "What is 17 * 23? Use the calculator."
PATHS = [SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES, SdkPath.PYDANTIC_AI]


@pytest.fixture
def app(run_app: RunApp, tmp_path: Path) -> Iterator[App]:
    """An app of the test's own, to be ended and started again."""
    with running(run_app, tmp_path / "app") as app:
        yield app


def open_compare(
    open_page: OpenPage, app: App, watch: Watch, query: str = "", *, width: int = 1280
) -> Compare:
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    compare = Compare(open_page("", width=width, height=1000))
    compare.page.goto(f"{app.url}/compare{query}")
    expect(compare.box).to_be_visible(timeout=SLOW_MS)
    # Until then the page waits for MLflow, or looks again every second.
    status = compare.page.locator(".st-key-status")
    expect(status).to_contain_text("MLflow embedded", timeout=SLOW_MS)
    wait_idle(compare.page)
    return compare


def comparison_of(page: Page) -> str:
    (found,) = parse_qs(urlsplit(page.url).query)["comparison"]
    return found


def rows(tree: Locator) -> list[str]:
    return tree.get_by_role("treeitem").locator(".label").all_inner_texts()


def shown(compare: Compare) -> list[tuple[object, ...]]:
    """Of every cell: its texts, figures, tree and time axis.

    Without a tool's time: while an answer comes it is our stopwatch's, and its span's afterwards.
    """
    return [
        (
            [
                _TOOL_TIME.sub("", text)
                for text in cell.locator("[data-testid=stMarkdownContainer]").all_inner_texts()
            ],
            figures(cell),
            rows(cell.get_by_role("tree")),
            ticks(cell.get_by_role("tree")),
        )
        for cell in compare.cells.all()
    ]


def questions(compare: Compare) -> list[str]:
    return compare.page.locator("[class*='st-key-compare-question-']").all_inner_texts()


def test_an_earlier_comparison_is_opened_from_the_menu(
    app: App, open_page: OpenPage, watch: Watch, screenshot: Callable[[Page, str], Path]
) -> None:
    compare = open_compare(open_page, app, watch, width=390)
    compare.send("Hello")
    compare.settle(2)
    first_id = comparison_of(compare.page)
    compare.page.get_by_role("button", name="New", exact=True).click()
    expect(compare.cells).to_have_count(0)
    wait_idle(compare.page)
    assert "comparison=" not in compare.page.url
    compare.page.locator(".st-key-compare-history").get_by_role("button").first.click()
    entry = compare.page.get_by_role("button", name="Hello")
    expect(entry).to_contain_text("2 lanes · 1 question · gpt-5.2")
    screenshot(compare.page, "history_menu")
    entry.click()
    compare.settle(2)
    assert comparison_of(compare.page) == first_id
    (question,) = questions(compare)
    assert "Hello" in question


def test_a_restarted_app_goes_on_with_the_comparison_of_the_address_and_has_the_saved_set_up(
    app: App, open_page: OpenPage, watch: Watch, screenshot: Callable[[Page, str], Path]
) -> None:
    first = open_compare(open_page, app, watch)
    first.preset("One model by every SDK path")
    expect(first.heads).to_have_count(3)
    save(first.page, "Three *paths*", "Save")
    screenshot(first.page, "setups_saved")
    first.send(CALCULATION)
    first.settle(3)
    comparison_id = comparison_of(first.page)
    names, asked, before = first.names, questions(first), shown(first)
    assert [path.label in name for path, name in zip(PATHS, names, strict=True)] == [True] * 3
    assert len(asked) == 1
    assert len(before) == 3
    assert [len(cell[2]) > 1 for cell in before] == [True] * 3  # pyright: ignore[reportArgumentType]  # rows

    first.page.close()
    app.restart()
    again = open_compare(open_page, app, watch, f"?comparison={comparison_id}")
    again.settle(3)
    screenshot(again.page, "compare_restored")
    assert again.names == names
    assert questions(again) == asked
    assert shown(again) == before
    assert [line for line in app.process.log.splitlines() if _STREAMLIT_SAYS.match(line)] == []

    again.send("What did I ask first?")
    again.settle(6)
    assert comparison_of(again.page) == comparison_id
    traces = comparison(app)
    assert len(traces) == 6
    for letter in "ABC":
        own = [trace for name, trace in traces if name == letter]
        assert len({trace.info.trace_metadata["mlflow.trace.session"] for trace in own}) == 1
        said = [message["content"] for message in root_of(own[-1]).inputs["messages"]]
        assert said == [CALCULATION, answer_of(own[0]), "What did I ask first?"]

    again.page.close()
    again = open_compare(open_page, app, watch)
    expect(again.heads).to_have_count(2)
    apply(again.page, "Three *paths*")
    expect(again.heads).to_have_count(3)
    wait_idle(again.page)

    again.page.get_by_role("button", name="Lane", exact=True).click()
    expect(again.heads).to_have_count(4)
    dialog = save_dialog(again.page)
    fill(dialog, "three *PATHS*")
    expect(dialog.get_by_role("alert")).to_contain_text("Three *paths* exists: 3 lanes")
    expect(dialog.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    screenshot(again.page, "setups_replace")
    dialog.get_by_role("button", name="Replace it").click()
    expect(dialog).to_have_count(0)
    again.preset("One model by every SDK path")
    expect(again.heads).to_have_count(3)
    apply(again.page, "three *PATHS*")
    expect(again.heads).to_have_count(4)

    open_menu(again.page)
    screenshot(again.page, "setups_menu")
    again.page.locator("[class*='st-key-compare-setups-delete']").get_by_role("button").click()
    dialog = again.page.get_by_role("dialog")
    expect(dialog).to_contain_text("three *PATHS* goes for everybody")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_have_count(0)
    open_menu(again.page)
    expect(again.page.get_by_text("No set-up is saved yet.")).to_be_visible()


def open_menu(page: Page) -> None:
    page.locator(".st-key-compare-setups").get_by_role("button").first.click()
    expect(page.get_by_role("button", name="Save these lanes")).to_be_visible()
    wait_idle(page)


def save_dialog(page: Page) -> Locator:
    open_menu(page)
    page.get_by_role("button", name="Save these lanes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox", name="Name")).to_be_visible()
    return dialog


def fill(dialog: Locator, name: str) -> None:
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("textbox", name="Name").press("Enter")


def save(page: Page, name: str, button: str) -> None:
    dialog = save_dialog(page)
    fill(dialog, name)
    do = dialog.get_by_role("button", name=button, exact=True)
    expect(do).to_be_enabled()
    do.click()
    expect(dialog).to_have_count(0)


def apply(page: Page, name: str) -> None:
    open_menu(page)
    page.get_by_role("button", name=name).first.click()


def test_a_chat_becomes_a_file_that_opens_without_network(
    app: App,
    open_page: OpenPage,
    tmp_path: Path,
    screenshot: Callable[[Page, str], Path],
) -> None:
    page = open_page(app.url)
    chat = Chat(page)
    chat.ask("What is 17 * 23? Use the calculator.")
    chat.ask("Thank you")
    address = page.url
    page.close()
    app.restart()
    # Read back from MLflow: the report needs the traces of turns that no run of this process has.
    page = open_page("")
    page.goto(f"{app.url}/?{urlsplit(address).query}")
    expect(Chat(page).questions).to_have_count(2, timeout=SLOW_MS)
    Chat(page).settle()
    page.locator(".st-key-chat-report").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem").filter(has_text="Questions")).to_contain_text("2 q")
    wait_idle(page)
    screenshot(page, "chat_report_dialog")
    with page.expect_download() as waiting:
        dialog.get_by_role("button", name="Download").click()
    path = tmp_path / "chat.html"
    waiting.value.save_as(path)

    report = open_page("")
    asked: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.context.set_offline(True)
    report.goto(path.as_uri())
    expect(report.get_by_role("tree")).to_have_count(2)
    expect(report.get_by_role("heading", name="Question 1")).to_be_visible()
    expect(report.get_by_text("What is 17 * 23? Use the calculator.").first).to_be_visible()
    expect(report.get_by_role("treeitem", name="calculator")).to_have_count(1)
    assert asked == [path.as_uri()]
    screenshot(report, "chat_report")
