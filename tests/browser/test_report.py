"""The report as its reader opens it: from disk, with the network off; and the way to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from gwtrace_core.report.comparison import ReportInput, report_html
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.trace.tree import build_tree
from gwtrace_core.values.connection import SdkPath
from tests.browser.conftest import OpenPage, RunApp
from tests.browser.harness.shapes import SHAPES
from tests.browser.support import REPOSITORY, SLOW_MS, wait_idle
from tests.core.report.reports import QUESTION, reply_of, round_of, three_lanes, turn

pytestmark = pytest.mark.browser

HARNESS = Path(__file__).parent / "harness" / "report_app.py"


# Without slots: Playwright keeps its wrapper of `_routed` on the instance.
@dataclass
class Reader:
    """Opens a report from disk with the network off, and notes whatever it asks for besides."""

    open_page: OpenPage
    folder: Path
    asked: list[str] = field(default_factory=list)

    def read(
        self,
        comparison: ReportInput,
        *,
        width: int = 1280,
        scheme: Literal["light", "dark"] = "light",
    ) -> Page:
        path = self.folder / "report.html"
        path.write_text(report_html(comparison), encoding="utf-8")
        return self.open(path, width=width, scheme=scheme)

    def open(
        self, path: Path, *, width: int = 1280, scheme: Literal["light", "dark"] = "light"
    ) -> Page:
        page = self.open_page("", width=width, scheme=scheme)
        page.context.set_offline(True)
        page.context.route("**/*", self._routed)
        page.goto(path.as_uri())
        self.asked.remove(path.as_uri())
        return page

    def _routed(self, route: Route) -> None:
        self.asked.append(route.request.url)
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            route.abort()


@pytest.fixture
def reader(open_page: OpenPage, tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(open_page, tmp_path)
    yield reader
    assert reader.asked == []


def trees(page: Page) -> Locator:
    return page.get_by_role("tree")


def names(tree: Locator) -> list[str]:
    """The rows that are shown, from top to bottom."""
    rows = tree.get_by_role("treeitem").locator(".label")
    return rows.all_inner_texts()


WHOLE = ["chat turn", "assistant", "chat gpt-5-mini", "calculator", "current_time"]


def test_the_file_draws_its_trees_and_their_twisties_fold(reader: Reader) -> None:
    page = reader.read(three_lanes())
    expect(trees(page)).to_have_count(2)
    tree = trees(page).first
    expect(tree).to_have_accessible_name("Trace of lane A")
    assert sorted(names(tree)) == sorted([*WHOLE, "chat gpt-5-mini"])
    agent = tree.get_by_role("treeitem", name="assistant")
    agent.locator(".twisty").click()
    expect(agent).to_have_attribute("aria-expanded", "false")
    assert names(tree) == ["chat turn", "assistant"]
    assert len(names(trees(page).last)) == 6
    agent.locator(".twisty").click()
    expect(tree.get_by_role("treeitem")).to_have_count(6)


def test_a_click_shows_what_the_span_recorded(reader: Reader) -> None:
    page = reader.read(three_lanes())
    trees(page).first.get_by_role("treeitem", name="current_time").click()
    details = page.locator("[data-details='0']")
    expect(details.get_by_role("heading", level=5)).to_contain_text("current_time")
    expect(details).to_contain_text('File "…/tools.py", line 61, in run_tool')
    expect(details).to_contain_text("failed")
    trees(page).first.get_by_role("treeitem", name="calculator").click()
    expect(details).to_contain_text('"expression": "2340 * 0.17"')
    expect(page.locator("[data-details='1']")).to_be_empty()


def test_everything_can_be_reached_by_keyboard(reader: Reader) -> None:
    page = reader.read(three_lanes())
    prompt = page.locator("summary", has_text="System prompt")
    prompt.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are a careful accountant.").first).to_be_visible()
    tree = trees(page).last
    tree.focus()
    for key in ("Home", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    assert names(tree) == ["chat turn", "assistant"]
    page.keyboard.press("Enter")
    expect(page.locator("[data-details='1']")).to_contain_text("assistant")


@pytest.mark.parametrize("width", [1280, 420])
def test_time_axes_of_all_lanes_lie_under_each_other(reader: Reader, width: int) -> None:
    comparison = three_lanes()
    [round_] = comparison.rounds
    first, second, third = round_.turns
    assert second.trace is not None
    # Without figures of its own this tree would draw a wider axis.
    bare = replace(
        second.trace,
        spans=tuple(
            replace(each, usage=None, cost_usd=None, kind="TASK") for each in second.trace.spans
        ),
    )
    turns = (first, replace(second, trace=bare), third)
    page = reader.read(replace(comparison, rounds=(replace(round_, turns=turns),)), width=width)
    boxes = [ticks.bounding_box() for ticks in page.locator(".ticks").all()]
    assert len(boxes) == 2
    assert {(box["x"], box["width"]) for box in boxes if box} == {
        (boxes[0]["x"], boxes[0]["width"]) if boxes[0] else None
    }
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_file_follows_the_reader_s_theme_and_prints_on_white(
    reader: Reader, scheme: Literal["light", "dark"], screenshot: Callable[[Page, str], Path]
) -> None:
    page = reader.read(three_lanes(), scheme=scheme)
    trees(page).first.get_by_role("treeitem", name="current_time").click()
    background = "getComputedStyle(document.body).backgroundColor"
    wanted = {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 18, 24)"}
    assert page.evaluate(background) == wanted[scheme]
    screenshot(page, f"report_{scheme}")
    page.emulate_media(media="print")
    assert page.evaluate(background) == "rgb(255, 255, 255)"


def test_hostile_text_stays_text(reader: Reader) -> None:
    trace = SHAPES["hostile"](12, "tr-hostile")
    text = "</script><img src=x onerror=\"document.title='owned'\"> [a](javascript:alert(1))"
    made = turn(
        "A",
        make_demo_connection("http://127.0.0.1:1/proxy"),
        SdkPath.OPENAI_CHAT,
        reply_of(text),
        trace,
    )
    page = reader.read(replace(three_lanes(), rounds=(round_of(QUESTION, made),)))
    for row in trees(page).get_by_role("treeitem").all():
        row.click()
        expect(page.locator("[data-details='0'] h5")).to_be_visible()
    assert page.title() == "Three ways to ask gpt-5-mini"
    assert page.locator("main img, main script, main a").count() == 0
    expect(page.locator(".answer").get_by_text(text)).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_words_in_a_table_of_an_answer_stay_whole(reader: Reader, width: int) -> None:
    table = "| Tool | Asked | Answered |\n|---|---|---|\n" + (
        "| `date_and_time` | timezone = Asia/Tokyo | Monday, 30 November 2026, 11:38 (UTC+09:00) |"
    )
    demo = make_demo_connection("http://127.0.0.1:1/proxy")
    lanes = [turn(name, demo, SdkPath.OPENAI_CHAT, reply_of(table), None) for name in "ABC"]
    page = reader.read(replace(three_lanes(), rounds=(round_of(QUESTION, *lanes),)), width=width)
    tool = page.locator("code", has_text="date_and_time").first
    assert tool.evaluate("code => code.getClientRects().length") == 1
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_thousand_spans_scroll_in_a_file(reader: Reader) -> None:
    trace = SHAPES["big"](1_000, "tr-big")
    demo = make_demo_connection("http://127.0.0.1:1/proxy")
    made = turn("A", demo, SdkPath.OPENAI_CHAT, reply_of("long"), trace)
    page = reader.read(replace(three_lanes(), rounds=(round_of(QUESTION, made),)))
    tree = trees(page)
    expect(page.get_by_text("1,000 spans", exact=True)).to_be_visible()
    tree.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("[data-details='0'] h5")).to_contain_text(
        build_tree(trace).rows[-1].span.name
    )
    assert tree.get_by_role("treeitem").count() <= 60


def test_a_comparison_on_screen_becomes_a_file_that_opens_without_network(
    run_app: RunApp,
    open_page: OpenPage,
    reader: Reader,
    tmp_path: Path,
    screenshot: Callable[[Page, str], Path],
) -> None:
    app = run_app(HARNESS, cwd=tmp_path, env={"GWTRACE_USER": "anna@example.org"})
    page = open_page(app.url)
    page.get_by_role("textbox", name="Ask all lanes").fill("What is 17 % of 2,340?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All turns and lanes")).to_be_visible(timeout=SLOW_MS)
    wait_idle(page)
    page.get_by_role("button", name="Make a report").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Trace payloads").last).to_be_visible()
    payloads = dialog.get_by_role("listitem").filter(has_text="Trace payloads")
    expect(payloads).not_to_contain_text("left out")
    wait_idle(page)
    screenshot(page, "report_dialog")
    dialog.get_by_text("Code", exact=True).first.click()
    expect(dialog.get_by_role("listitem").filter(has_text="Code")).to_contain_text("left out")
    wait_idle(page)
    with page.expect_download() as waiting:
        dialog.get_by_role("button", name="Download").click()
    assert waiting.value.suggested_filename.startswith("gwtrace_report_20")
    path = tmp_path / "downloaded.html"
    waiting.value.save_as(path)
    html = path.read_text(encoding="utf-8")
    for private in (str(tmp_path), str(REPOSITORY), str(Path.home()), "anna@example.org"):
        assert f'"{private}' not in html
        assert f"{private}/" not in html
    report = reader.open(path)
    expect(trees(report)).to_have_count(2)
    expect(report.get_by_text("Simulated.", exact=True)).to_be_visible()
    expect(report.get_by_role("heading", name="Code")).to_have_count(0)
    screenshot(report, "report_downloaded")
