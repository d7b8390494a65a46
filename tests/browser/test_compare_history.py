"""A comparison is shown again from MLflow alone, and saved set-ups outlive the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from gwtrace_core.connection import SdkPath
from tests.browser.compare_page import Compare, answer_of, comparison, figures, ticks
from tests.browser.conftest import OpenPage, RunApp, Watch
from tests.browser.support import SLOW_MS, App, root_of, running, wait_idle

pytestmark = pytest.mark.browser

PATHS = [SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES, SdkPath.PYDANTIC_AI]


@pytest.fixture
def app(run_app: RunApp, tmp_path: Path, watch: Watch) -> Iterator[App]:
    """An app of the test's own, to be ended and started again."""
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    with running(run_app, tmp_path / "app") as app:
        yield app


def open_compare(open_page: OpenPage, app: App, query: str = "", *, width: int = 1280) -> Compare:
    compare = Compare(open_page(f"{app.url}/compare{query}", width=width, height=1000))
    expect(compare.box).to_be_visible(timeout=SLOW_MS)
    wait_idle(compare.page)
    return compare


def comparison_of(page: Page) -> str:
    (found,) = parse_qs(urlsplit(page.url).query)["comparison"]
    return found


def rows(tree: Locator) -> list[str]:
    return tree.get_by_role("treeitem").locator(".label").all_inner_texts()


def shown(compare: Compare) -> list[tuple[object, ...]]:
    """Of every cell: its texts, figures, tree and time axis."""
    return [
        (
            cell.locator("[data-testid=stMarkdownContainer]").all_inner_texts(),
            figures(cell),
            rows(cell.get_by_role("tree")),
            ticks(cell.get_by_role("tree")),
        )
        for cell in compare.cells.all()
    ]


def questions(compare: Compare) -> list[str]:
    return compare.page.locator("[class*='st-key-compare-question-']").all_inner_texts()


def test_a_restarted_app_shows_the_comparison_of_the_address_and_goes_on(
    app: App, open_page: OpenPage, screenshot: Callable[[Page, str], Path]
) -> None:
    first = open_compare(open_page, app)
    first.preset("One model by every SDK path")
    expect(first.heads).to_have_count(3)
    first.send("Hello")
    first.settle(3)
    first.send("What is 17 * 23? Use the calculator.")
    first.settle(6)
    comparison_id = comparison_of(first.page)
    names, asked, before = first.names, questions(first), shown(first)
    assert [path.label in name for path, name in zip(PATHS, names, strict=True)] == [True] * 3
    assert len(asked) == 2
    assert len(before) == 6
    assert [len(cell[2]) > 1 for cell in before] == [True] * 6  # pyright: ignore[reportArgumentType]  # rows

    first.page.close()
    app.restart()
    again = open_compare(open_page, app, f"?comparison={comparison_id}")
    again.settle(6)
    screenshot(again.page, "compare_restored")
    assert again.names == names
    assert questions(again) == asked
    assert shown(again) == before

    again.send("What did I ask first?")
    again.settle(9)
    assert comparison_of(again.page) == comparison_id
    traces = comparison(app)
    assert len(traces) == 9
    for letter in "ABC":
        own = [trace for name, trace in traces if name == letter]
        assert len({trace.info.trace_metadata["mlflow.trace.session"] for trace in own}) == 1
        said = [message["content"] for message in root_of(own[-1]).inputs["messages"]]
        assert said == [
            "Hello",
            answer_of(own[0]),
            "What is 17 * 23? Use the calculator.",
            answer_of(own[1]),
            "What did I ask first?",
        ]
