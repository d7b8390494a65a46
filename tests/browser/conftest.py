"""A real Chromium in front of real Streamlit processes, for every test in this folder.

The fixtures are package-scoped: Playwright's synchronous interface keeps an event loop running in
this thread, and tests elsewhere that start a loop of their own could not run beside it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    expect,
    sync_playwright,
)

from gwtrace_core.lanes.link import write_link
from gwtrace_core.values.request import Lane
from tests.browser.compare_page import Compare, Wire
from tests.browser.contexts import Contexts, Looks, Scheme, open_blank, show_as
from tests.browser.harness.tree_alone import tree_app
from tests.browser.running_app import RunApp, RunningApp, start_app
from tests.browser.servers import KeyedGateway, Scripted, keyed_gateway, serving
from tests.browser.support import CANARIES, SLOW_MS, App, Runs, running, wait_idle
from tests.browser.traces_page import TracesPage
from tests.browser.tree_page import OpenTree, draw
from tests.empty_store import EmptyStore
from tests.seeded_traces import Seeded
from tests.warm_start import WarmProcess

# Read while tests are collected: once they run, gwtrace's own variables are gone.
_BROWSER_IS_REQUIRED = os.environ.get("GWTRACE_REQUIRE_BROWSER") == "1"
_SCREENSHOTS = os.environ.get("GWTRACE_SCREENSHOTS")

_CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Words as wide as in a window.
    "--font-render-hinting=none",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but loopback resolves, so a page cannot depend on the internet unnoticed.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One more try for each test in this folder; the summary shows what failed at the first."""
    if not config.pluginmanager.hasplugin("rerunfailures"):
        return
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.flaky(reruns=1))


def _find_chromium() -> str | None:
    # The first is Chromium without its windows, which a test does not need and waits for.
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser. Skips when there is none, or fails with `GWTRACE_REQUIRE_BROWSER=1`."""
    path = _find_chromium()
    if path is None:
        message = "No Chromium found; install the system's package `chromium`."
        if _BROWSER_IS_REQUIRED:
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def contexts(chromium: Browser) -> Iterator[Contexts]:
    """Of that browser, for one test after the other."""
    found = Contexts(chromium)
    yield found
    found.close()


@pytest.fixture(scope="package")
def run_app(
    tmp_path_factory: pytest.TempPathFactory, warm: WarmProcess, empty_store: EmptyStore
) -> Iterator[RunApp]:
    """Start apps; all of them are stopped at the end. Without `cwd` an empty folder is used."""
    apps: list[RunningApp] = []

    def start(
        script: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        is_cold: bool = False,
    ) -> RunningApp:
        folder = tmp_path_factory.mktemp("app")
        if not is_cold:
            empty_store.lay_into(cwd or folder)
        app = start_app(
            script,
            env=env or {},
            cwd=cwd or folder,
            log_path=folder / "server.log",
            forked_from=None if is_cold else warm,
        )
        apps.append(app)
        app.wait_healthy()
        return app

    yield start
    for app in apps:
        app.stop()


# Without slots: Playwright keeps its wrappers of the handlers on the instance.
@dataclass
class Watch:
    """What went wrong in the browser. A test may name what it provokes on purpose."""

    problems: list[str] = field(default_factory=list)
    allowed: list[re.Pattern[str]] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        """Do not mind problems that contain `pattern` (a regular expression)."""
        self.allowed.append(re.compile(pattern))

    @contextmanager
    def watching(self, context: BrowserContext) -> Iterator[None]:
        """Collect errors, failed requests and requests that leave this machine."""
        events: Any = context
        watched = {
            "console": self._console,
            "weberror": self._uncaught,
            "requestfailed": self._failed,
            "request": self._requested,
        }
        for event, handler in watched.items():
            events.on(event, handler)
        yield
        for event, handler in watched.items():
            events.remove_listener(event, handler)

    def unexpected(self) -> list[str]:
        """The problems that nobody allowed."""
        return [
            problem
            for problem in self.problems
            if not any(pattern.search(problem) for pattern in self.allowed)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _uncaught(self, error: WebError) -> None:
        self.problems.append(f"uncaught: {error.error}")

    def _failed(self, request: Request) -> None:
        # Leaving a page aborts what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed: {request.url} ({request.failure})")

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname != "127.0.0.1":
            self.problems.append(f"left this machine: {request.url}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test at its end when its pages had problems."""
    found = Watch()
    yield found
    assert found.unexpected() == []


@pytest.fixture(scope="package")
def gateway() -> Iterator[KeyedGateway]:
    """A gateway of the test's own, which shows what went over the wire."""
    with keyed_gateway("canary-gateway-4f1d0c77", pace=0.4) as gateway:
        yield gateway


@pytest.fixture(scope="package")
def scripted_server() -> Iterator[tuple[Scripted, str]]:
    """A server that says what a test wants, and its root URL."""
    scripted = Scripted()
    with serving(scripted.app()) as url:
        yield scripted, url


@pytest.fixture(scope="package")
def keyed_app(
    run_app: RunApp,
    gateway: KeyedGateway,
    scripted_server: tuple[Scripted, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[App]:
    """The app with a key in every place where one can be configured."""
    env = {
        "PYDANTIC_AI_GATEWAY_BASE_URL": gateway.base_url,
        "PYDANTIC_AI_GATEWAY_API_KEY": gateway.key,
        "GWTRACE_CUSTOM_BASE_URL": f"{scripted_server[1]}/v1",
        "GWTRACE_CUSTOM_LABEL": "Scripted server",
        **CANARIES,
    }
    with running(run_app, tmp_path_factory.mktemp("keyed"), **env) as app:
        yield app


class OpenPage(Protocol):
    """Opens a page in an empty browser context of its own and waits until its script is idle."""

    def __call__(
        self,
        url: str,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: Scheme = "light",
        touch: bool = False,
        reduced_motion: bool = False,
    ) -> Page: ...


@pytest.fixture
def open_page(contexts: Contexts, watch: Watch) -> Iterator[OpenPage]:
    """Pages with a viewport and a colour scheme; watched, and closed at the end."""
    with ExitStack() as opened:

        def open_one(url: str, **options: Any) -> Page:
            looks = Looks(**options)
            context = contexts.take(has_touch=looks.touch)
            opened.callback(contexts.give_back, context, has_touch=looks.touch)
            opened.enter_context(watch.watching(context))
            page = open_blank(context, looks)
            Runs(page)
            if url:
                page.goto(url)
                wait_idle(page)
            return page

        yield open_one


@pytest.fixture
def open_compare(keyed_app: App, open_page: OpenPage, watch: Watch) -> Callable[..., Compare]:
    """The compare page with these lanes, or by a link that restores `count` of them."""
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")

    def open_one(
        *lanes: Lane, url: str = "", count: int = 0, more: str = "", **options: Any
    ) -> Compare:
        query = f"?lanes={write_link(lanes)}{more}" if lanes else ""
        page = open_page(url or f"{keyed_app.url}/compare{query}", **options)
        # Until then the page looks again every second, which `wait_idle` cannot tell from a click.
        expect(page.locator(".st-key-status")).to_contain_text("MLflow embedded", timeout=SLOW_MS)
        compare = Compare(page)
        expect(compare.heads).to_have_count(count or len(lanes))
        return compare

    return open_one


@pytest.fixture
def wire(gateway: KeyedGateway) -> Wire:
    """What the gateway is asked during the test."""
    return Wire(gateway)


@pytest.fixture(scope="module")
def app(run_app: RunApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app in an empty directory, of the module's own."""
    with running(run_app, tmp_path_factory.mktemp("app")) as app:
        yield app


@pytest.fixture
def open_at(app: App, open_page: OpenPage, watch: Watch) -> Callable[..., Page]:
    """A page of that app by its path, once MLflow is ready."""
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")

    def open_one(path: str, **options: Any) -> Page:
        page = open_page(f"{app.url}/{path}", **options)
        expect(page.locator(".st-key-status")).to_contain_text("MLflow embedded", timeout=SLOW_MS)
        wait_idle(page)
        return page

    return open_one


@pytest.fixture(scope="module")
def seeded(seeded_once: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """A store that other programs wrote to, of the module's own."""
    return seeded_once.copied(tmp_path_factory.mktemp("seeded") / "app")


@pytest.fixture(scope="module")
def seeded_app(run_app: RunApp, seeded: Seeded) -> Iterator[App]:
    """The app over that store."""
    with running(run_app, seeded.directory) as app:
        yield app


@pytest.fixture
def open_traces(seeded_app: App, open_page: OpenPage, watch: Watch) -> Callable[..., TracesPage]:
    """The Traces page of that app at an address, in a fresh browser."""
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")

    def open_one(query: str = "", **options: Any) -> TracesPage:
        return TracesPage(open_page(f"{seeded_app.url}/traces{query}", **options))

    return open_one


@pytest.fixture(scope="package")
def tree_alone() -> Iterator[str]:
    """The address of a page with nothing but trace trees, and without Streamlit."""
    with serving(tree_app()) as url:
        yield url


@pytest.fixture(scope="package")
def tree_context(contexts: Contexts) -> Iterator[BrowserContext]:
    """Of the pages that show a tree alone: they keep nothing, so that one does for all tests."""
    context = contexts.take()
    context.new_page()
    yield context
    contexts.give_back(context)


@pytest.fixture
def open_tree(
    tree_context: BrowserContext, tree_alone: str, open_page: OpenPage, watch: Watch
) -> Iterator[OpenTree]:
    """A page with one tree; see `draw` for what may be said of it."""
    with watch.watching(tree_context):

        def open_one(
            shape: str,
            count: int = 12,
            *,
            width: int = 1280,
            height: int = 800,
            scheme: Scheme = "light",
            touch: bool = False,
            reduced_motion: bool = False,
            **drawn: Any,
        ) -> Page:
            page = open_page("", touch=True) if touch else tree_context.pages[0]
            looks = Looks(width=width, height=height, scheme=scheme, reduced_motion=reduced_motion)
            show_as(page, looks)
            page.goto(tree_alone)
            page.wait_for_selector("html[data-ready]", state="attached")
            draw(page, shape, count, **drawn)
            return page

        yield open_one


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """One blank, watched page."""
    return open_page("")


@pytest.fixture
def screenshot(tmp_path: Path) -> Callable[[Page, str], Path]:
    """Save a picture of the page for people to look at, in the folder `GWTRACE_SCREENSHOTS`."""
    folder = Path(_SCREENSHOTS or tmp_path / "screenshots")

    def save(page: Page, name: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        return path

    return save
