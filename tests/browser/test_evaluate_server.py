"""An evaluation in front of a real MLflow server, and how that server's own page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from mlflow import MlflowClient
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, RunApp, Watch
from tests.browser.evaluate_page import Evaluate, given
from tests.browser.mlflow_server import Server
from tests.browser.support import EXPERIMENT, SLOW_MS, App, Chat, running, wait_idle

pytestmark = pytest.mark.browser

_MLFLOW_PAGE_MS = 90_000


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def app(run_app: RunApp, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running(
        run_app, tmp_path_factory.mktemp("app") / "cwd", MLFLOW_TRACKING_URI=server.url
    ) as app:
        yield app


@pytest.fixture
def open_at(app: App, open_page: OpenPage, watch: Watch) -> Callable[[str], Page]:
    """A page of that app, once the server is known to be there."""
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")

    def open_one(path: str) -> Page:
        page = open_page(f"{app.url}/{path}")
        expect(page.locator(".st-key-status")).to_contain_text("MLflow server", timeout=SLOW_MS)
        wait_idle(page)
        return page

    return open_one


def test_scores_are_on_the_server_and_its_own_page_of_the_run_shows_them(
    app: App,
    open_at: Callable[[str], Page],
    open_page: OpenPage,
    server: Server,
    watch: Watch,
) -> None:
    asking = open_at("")
    Chat(asking).ask("What is a lighthouse?")
    # A page that is open while the app restarts looks for it, in vain.
    asking.close()
    page = open_at("new_evaluation")
    evaluate = Evaluate(page)
    evaluate.add("Check by code", "Contains")
    evaluate.fill("Text", "no such word")
    evaluate.add("Judge", "Fluency")
    evaluation_id = evaluate.begin()
    evaluate.end()
    expect(evaluate.figures).to_contain_text("2 of 2")

    client = MlflowClient(tracking_uri=server.url)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    run = client.get_run(evaluation_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"contains/mean": 0.0, "fluency/mean": 1.0}
    (judged,) = client.search_traces(
        locations=[experiment.experiment_id], run_id=evaluation_id, max_results=5
    )
    said = given(judged, evaluation_id)
    assert {name: each.value for name, each in said.items()} == {
        "contains": False,
        "fluency": "yes",
    }

    # Another process reads it back from the server alone.
    page.close()
    app.restart()
    page = open_at(f"evaluation?evaluation={evaluation_id}")
    expect(Evaluate(page).again).to_be_visible(timeout=SLOW_MS)
    rates = page.get_by_test_id("stDataFrame").first.locator("tbody tr")
    expect(rates.filter(has_text="contains")).to_contain_text("0% (0 of 1)")
    expect(rates.filter(has_text="fluency")).to_contain_text("100% (1 of 1)")

    evaluate = Evaluate(page)
    evaluate.button("Open in MLflow").click()
    link = page.get_by_role("dialog").get_by_role("link", name="Open")
    expect(link).to_be_visible(timeout=_MLFLOW_PAGE_MS)
    address = str(link.get_attribute("href"))
    assert address.startswith(f"{server.url}/#/experiments/{experiment.experiment_id}/")

    # MLflow's pages look for new versions and examples on the internet, which there is none of.
    watch.allow(r"^(left this machine|failed): https://|^console: |^failed: data:")
    theirs = open_page("", width=1800)
    theirs.goto(address)
    name = theirs.get_by_text(str(run.info.run_name), exact=True)
    expect(name).to_be_visible(timeout=_MLFLOW_PAGE_MS)
    name.click()
    body = theirs.locator("body")
    for words in (
        "contains TRUE 0% False 100%",
        "fluency PASS 100% Pass 100% Fail 0%",
        "What is a lighthouse?",
    ):
        expect(body).to_contain_text(words, use_inner_text=True, timeout=_MLFLOW_PAGE_MS)
