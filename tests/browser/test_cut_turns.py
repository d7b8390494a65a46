"""The app killed in the middle of an answer, and started again: the question stands."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, RunApp, Watch
from tests.browser.support import SLOW_MS, App, Chat, running
from tests.browser.traces_page import TracesPage

pytestmark = pytest.mark.browser

QUESTION = "How do tides come about?"
CUT = "Cut off: the process that ran this ended before the answer."


@pytest.fixture
def app(run_app: RunApp, tmp_path: Path) -> Iterator[App]:
    with running(run_app, tmp_path / "app") as app:
        yield app


def kill(app: App) -> None:
    app.process.process.send_signal(signal.SIGKILL)
    app.process.process.wait()


def test_the_question_of_a_killed_answer_stands_with_a_notice_and_can_be_asked_again(
    app: App, open_page: OpenPage, watch: Watch
) -> None:
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    chat = Chat(open_page(app.url))
    chat.pick("Model", "fault-stall-midway")
    chat.send(QUESTION)
    expect(chat.answers.last).to_contain_text("You asked", timeout=SLOW_MS)
    (session_id,) = parse_qs(urlsplit(chat.page.url).query)["session"]
    eventually_stored(chat.page, app)
    chat.page.close()
    kill(app)

    app.restart()
    chat = Chat(open_page(f"{app.url}/?session={session_id}"))
    expect(chat.questions).to_have_count(1)
    expect(chat.questions.last).to_contain_text(QUESTION)
    expect(chat.failure).to_contain_text("process ended")
    expect(chat.failure).to_contain_text(CUT)
    panel = chat.page.locator(".st-key-pane-right")
    expect(panel).to_contain_text("Cut off")
    expect(chat.rows).to_have_count(1)
    expect(chat.row("chat")).to_be_visible()

    traces = TracesPage(open_page(f"{app.url}/traces?status=cut")).listed()
    (row,) = traces.rows
    assert (row["Status"], row["Question"]) == ("Cut off", QUESTION)

    chat.pick("Model", "gpt-5.4-mini")
    chat.action("regenerate").click()
    chat.settle()
    expect(chat.questions).to_have_count(1)
    expect(chat.answers.last).not_to_contain_text(CUT)
    chat.expect_no_traceback()


def eventually_stored(page: Page, app: App) -> None:
    """Wait until the question is in the store, which takes a moment from the turn's beginning."""
    for _ in range(200):
        if any(trace.info.state == "IN_PROGRESS" for trace in app.store.traces):
            return
        page.wait_for_timeout(50)
    pytest.fail("The turn under way is not in the store.")
