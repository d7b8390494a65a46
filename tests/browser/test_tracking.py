"""A real MLflow server behind the app: absent at first, killed, hanging, and back again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, RunApp
from tests.browser.mlflow_server import Server
from tests.browser.support import SLOW_MS, App, Chat, Store, go, running

pytestmark = pytest.mark.browser

_BACK_MS = 60_000
"""The app looks every 15 s at most whether the server is back, and that takes a while itself."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def app(run_app: RunApp, server: Server, tmp_path: Path) -> Iterator[App]:
    """The app, started while its tracking server is not there."""
    with running(run_app, tmp_path / "app", MLFLOW_TRACKING_URI=server.url) as app:
        yield app


def expect_no_trace(chat: Chat, reason: str) -> None:
    panel = chat.page.locator(".st-key-pane-right")
    expect(panel).to_contain_text("No trace of this turn")
    expect(panel).to_contain_text(reason)
    expect(panel).not_to_contain_text("sent")
    expect(chat.tree).to_have_count(0)
    # Nor does the turn say anything else.
    expect(chat.page.get_by_role("button", name="Selected")).to_be_disabled()
    expect(chat.page.get_by_text("Trace shown")).to_have_count(0)


def test_the_chat_outlives_its_tracking_server(
    app: App, server: Server, open_page: OpenPage
) -> None:
    chat = Chat(open_page(app.url))
    # Absent at the start: the first answer comes all the same.
    chat.ask("Hello before there is a server")
    expect(chat.answers.last).to_contain_text("Hello! This is")
    expect(chat.status).to_contain_text("Not recording")
    expect(chat.status).to_contain_text(f"127.0.0.1:{server.port}")
    expect_no_trace(chat, f"Nothing listens at {server.url}: the connection was refused.")

    # It comes: recording begins by itself, and a turn is read back through the server.
    server.start()
    expect(chat.status).to_contain_text("MLflow server", timeout=_BACK_MS)
    chat.ask("Hello with a server")
    expect(chat.rows).to_have_count(2)
    # Of the turn before, the reason can be read again.
    expect(chat.page.get_by_role("button", name="Why no trace")).to_be_enabled()
    newest = Store(server.url).newest
    assert newest.info.trace_id == chat.trace_id
    first_recorded = chat.trace_id

    # Killed in the middle of the session.
    server.kill()
    chat.ask("Hello after its death")
    expect(chat.answers.last).to_contain_text("Hello! This is")
    expect_no_trace(chat, str(server.port))
    expect(chat.status).to_contain_text("Not recording", timeout=_BACK_MS)
    go(chat.page, "Connections")
    card = chat.page.locator(".st-key-connections-tracking")
    expect(card).to_contain_text("not recording")
    expect(card).to_contain_text("It is tried again by itself.")
    card.get_by_role("button", name="Test").click()
    expect(card).to_contain_text("refused", ignore_case=True)
    go(chat.page, "Chat")
    expect(chat.questions).to_have_count(3)

    # Back: recording resumes, and what was recorded before is still there.
    server.start()
    expect(chat.status).to_contain_text("MLflow server", timeout=_BACK_MS)
    chat.ask("Hello after its return")
    expect(chat.rows).to_have_count(2)
    assert [trace.info.trace_id for trace in Store(server.url).traces][-1] == first_recorded

    # Hanging: the answer does not wait for it either.
    server.signal(signal.SIGSTOP)
    chat.send("Hello while it hangs")
    expect(chat.answers.last).to_contain_text("Hello! This is")
    expect(chat.stop_button).to_have_count(0)
    expect(chat.page.locator(".st-key-pane-right")).to_contain_text(
        "No trace of this turn", timeout=_BACK_MS
    )
    server.signal(signal.SIGCONT)
    expect(chat.status).to_contain_text("MLflow server", timeout=SLOW_MS)
    chat.expect_no_traceback()
