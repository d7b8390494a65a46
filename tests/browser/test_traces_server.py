"""The Traces page in front of an MLflow server that is slow, goes away and comes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, RunApp, Watch
from tests.browser.mlflow_server import Server
from tests.browser.support import SLOW_MS, App, running, wait_idle
from tests.browser.traces_page import TracesPage
from tests.core.mlflow_store.line import Line
from tests.mlflow_proxy import MlflowProxy
from tests.seeded_traces import Seeded

pytestmark = pytest.mark.browser

EIFFEL = "How high is the Eiffel tower?"
_BACK_MS = 60_000
"""The app looks every 15 s at most whether the server is there, and that takes a while itself."""


@pytest.fixture(scope="module")
def server(seeded: Seeded) -> Iterator[Server]:
    server = Server(seeded.directory)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[MlflowProxy]:
    with MlflowProxy(("127.0.0.1", server.port)).running() as proxy:
        yield proxy


@pytest.fixture(scope="module")
def line(proxy: MlflowProxy) -> Iterator[Line]:
    """To that server, by way of `proxy`."""
    line = Line(proxy.address)
    yield line
    line.close()


@pytest.fixture(scope="module")
def line_app(
    run_app: RunApp, line: Line, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """The app with its tracking server at the end of that line, which is cut as it starts."""
    line.cut()
    directory = tmp_path_factory.mktemp("app") / "cwd"
    with running(run_app, directory, MLFLOW_TRACKING_URI=line.url) as app:
        yield app


@pytest.fixture
def open_traces(open_page: OpenPage, watch: Watch) -> Callable[[App, str], TracesPage]:
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    return lambda app, query: TracesPage(open_page(f"{app.url}/traces{query}"))


def test_what_is_read_stays_while_mlflow_is_away_and_one_click_reads_the_rest_when_it_is_back(
    line_app: App, open_traces: Callable[[App, str], TracesPage], line: Line
) -> None:
    traces = open_traces(line_app, "?text=eiffel")
    alert = traces.page.get_by_role("alert")
    status = traces.page.locator(".st-key-status")
    expect(alert).to_contain_text(f"Nothing listens at {line.url}", timeout=SLOW_MS)
    expect(traces.button("Try again")).to_be_visible()
    # From here on nothing has the page read the list again but a click.
    wait_idle(traces.page)
    line.restore()
    expect(status).to_contain_text("MLflow server", timeout=_BACK_MS)
    wait_idle(traces.page)
    traces.press("Try again")
    traces.listed()
    assert traces.questions == [EIFFEL, EIFFEL]
    assert [row["Duration"] for row in traces.rows] == ["2.5", "0.9"]
    traces.click_question(1)
    traces.opened(EIFFEL)

    # An open trace stays, and can still be read in all its parts.
    line.cut()
    traces.row("question").click()
    expect(traces.details).to_have_text("question")
    wait_idle(traces.page)
    # So does the list, as it was left.
    traces.press("All traces")
    traces.listed()
    assert traces.questions == [EIFFEL, EIFFEL]
    # What was not read yet says what failed and why.
    traces.click_question(0)
    expect(alert).to_contain_text("MLflow", timeout=SLOW_MS)
    expect(alert).to_contain_text(str(line.port))
    expect(traces.tree).to_have_count(0)
    expect(traces.button("Try again")).to_be_visible()

    # A look that began while the server was away would say so of one that is back.
    expect(status).to_contain_text("Not recording", timeout=_BACK_MS)
    line.restore()
    expect(status).to_contain_text("MLflow server", timeout=_BACK_MS)
    wait_idle(traces.page)
    traces.press("Try again")
    traces.opened(EIFFEL)
    expect(traces.row("Completions chat model, gpt-4o, 2.49 s")).to_be_visible()
    expect(alert).to_have_count(0)
    traces.press("All traces")
    traces.listed()
    traces.page.locator(".st-key-traces-refresh").get_by_role("button").click()
    traces.expect_first(EIFFEL)
    assert traces.questions == [EIFFEL, EIFFEL]


def test_a_full_text_search_that_takes_too_long_says_so_and_the_page_leads_on_to_mlflows_own(
    line_app: App,
    open_traces: Callable[[App, str], TracesPage],
    line: Line,
    proxy: MlflowProxy,
    seeded: Seeded,
    watch: Watch,
) -> None:
    line.restore()
    proxy.held = lambda path, body: path.endswith("/traces/search") and b"trace.text" in body
    traces = open_traces(line_app, "?text=eiffel&order=oldest").listed()
    traces.page.get_by_role("button", name="Filter").click()
    traces.page.get_by_role("tab", name="Text").click()
    box = traces.page.get_by_role("textbox", name="Anywhere in the spans")
    box.fill("330 metres")
    box.press("Enter")
    alert = traces.page.get_by_role("alert")
    expect(alert).to_contain_text(
        "MLflow took longer than 20 s to search the text of all spans.", timeout=SLOW_MS
    )
    assert proxy.holding.acquire(blocking=False)
    wait_idle(traces.page)
    expect(traces.button("Try again")).to_be_visible()

    # Everything else goes on: without that condition the list is there again, and a trace opens,
    # while the server is still at it.
    traces.page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(traces.chips).to_have_count(1)
    traces.chips.click()
    traces.listed()
    expect(alert).to_have_count(0)
    traces.click_question(0)
    traces.opened(EIFFEL)
    expect_in_mlflow(traces, seeded.ids["question"], line.url, watch)
    assert not proxy.release.is_set()


def expect_in_mlflow(traces: TracesPage, trace_id: str, root: str, watch: Watch) -> None:
    """Follow the link; MLflow's page asks its server for that trace and shows its spans."""
    # MLflow's pages look for new versions and examples on the internet, which there is none of.
    watch.allow(r"^(left this machine|failed): https://|^console: |^failed: data:")
    traces.button("Open in MLflow").click()
    link = traces.dialog.get_by_role("link", name="Open")
    expect(link).to_be_visible(timeout=120_000)
    href = link.get_attribute("href") or ""
    assert href.startswith(root)
    assert href.endswith(f"/traces/{trace_id}")
    with traces.page.expect_popup() as popup:
        link.click()
    theirs = popup.value
    rows = theirs.locator("[data-testid^=span-title-row-]")
    expect(rows).to_have_text([re.compile("^question"), "Completions"], timeout=90_000)
    # It shows the id's first digits alone, and keeps the whole in its address.
    digits = trace_id.removeprefix("tr-")[:8]
    expect(theirs.get_by_text(digits, exact=True).first).to_be_visible()
    assert trace_id in theirs.url
    asked = theirs.evaluate("performance.getEntriesByType('resource').map(each => each.name)")
    wanted = f"/ajax-api/3.0/mlflow/get-trace-artifact?request_id={trace_id}"
    assert f"{href.partition('/#/')[0]}{wanted}" in asked
    theirs.close()
