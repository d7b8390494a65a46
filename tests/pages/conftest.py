"""The pages' script without a browser, on services of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.lanes.lanes import choose_default_lane
from gwtrace_core.running.hub import Hub
from gwtrace_core.values.connection import Connection
from gwtrace_core.values.request import ChatRequest, Lane, TurnContext
from pages.ui.lane import turn_requests
from pages.ui.session.services import Services, close_services, connections, services
from tests.empty_store import EmptyStore
from tests.pages.compare_page import NoRecorder, NumberedPath
from tests.seeded_traces import Seeded

MAIN = Path(__file__).parents[2] / "pages" / "main.py"
_READY_S = 90


def texts(app: AppTest) -> str:
    """Everything that is written on the page."""
    elements = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info]
    return "\n".join(str(element.value) for element in elements)


class Pages:
    """Starts the app's script with an environment, and answers for its services."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self._is_started = False

    def start(self, page: str | None = None, *, wait: bool = False, **env: str) -> AppTest:
        """The first draw; `page` is the name of a file in `pages/`."""
        for name, value in {"GWTRACE_DEMO_PACE": "0.1", **env}.items():
            self._patch.setenv(name, value)
        self._is_started = True
        if wait:
            self.services.tracking.wait_ready(_READY_S)
        app = AppTest.from_file(MAIN, default_timeout=60).run()
        return app if page is None else app.switch_page(str(MAIN.with_name(page))).run()

    @property
    def services(self) -> Services:
        return services()

    def close(self) -> None:
        if self._is_started:
            close_services()


@pytest.fixture
def pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_store: EmptyStore
) -> Iterator[Pages]:
    """Services of one's own for a test, in a directory with nothing but MLflow's empty tables."""
    empty_store.lay_into(tmp_path)
    monkeypatch.chdir(tmp_path)
    pages = Pages(monkeypatch)
    yield pages
    pages.close()


@pytest.fixture(scope="module")
def shared_pages(
    tmp_path_factory: pytest.TempPathFactory, empty_store: EmptyStore
) -> Iterator[Callable[[], AppTest]]:
    """Sessions of the app without any key, on services that a module shares."""
    directory = tmp_path_factory.mktemp("pages")
    empty_store.lay_into(directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        pages = Pages(patch)
        yield pages.start
        pages.close()


@pytest.fixture(scope="module")
def seeded(seeded_once: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """A store that another program wrote to, of the module's own."""
    return seeded_once.copied(tmp_path_factory.mktemp("seeded") / "app")


@pytest.fixture(scope="module")
def open_page(seeded: Seeded) -> Iterator[Callable[..., AppTest]]:
    """Sessions of the app at an address of the Traces page, on services that the module shares."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(seeded.directory)
        pages = Pages(patch)
        pages.start(wait=True)

        def open_one(**params: str) -> AppTest:
            app = AppTest.from_file(MAIN, default_timeout=60)
            for name, value in params.items():
                app.query_params[name] = value
            return app.switch_page(str(MAIN.with_name("traces.py"))).run()

        yield open_one
        pages.close()


@pytest.fixture(scope="module")
def demo_connection() -> Iterator[Connection]:
    """The services of a process without any key; nothing of them but the demo's address is used."""
    services().warm_up.cancel()
    yield connections()[0]
    close_services()


@pytest.fixture
def lane(demo_connection: Connection) -> Lane:
    return replace(choose_default_lane(demo_connection), tools=())


@pytest.fixture
def calls(
    demo_connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[tuple[ChatRequest, TurnContext]]]:
    """What was sent by the chat page and the compare page, in order."""
    recorder, path = NoRecorder(), NumberedPath()
    hub = Hub(recorder, open_client=lambda _: path)
    monkeypatch.setattr(turn_requests, "services", lambda: SimpleNamespace(hub=hub))
    yield recorder.begun
    hub.close()
