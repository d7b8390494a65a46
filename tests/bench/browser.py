"""The app in a process of its own, and Chromium in front of it with a stopwatch inside the page."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bench.environment import REPOSITORY, child_environment, ended

_START_LIMIT_S = 180.0
_PATIENCE_MS = 90_000
_MARKS = Path(__file__).with_name("marks.js").read_text(encoding="utf-8")
_CHROMIUM_ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppProcess:
    """A Streamlit server that is being started."""

    url: str
    process: subprocess.Popen[bytes]
    started_s: float
    """`time.monotonic()` just before."""
    log: Path

    def wait_healthy(self) -> float:
        """Wait until it answers; `time.monotonic()` then."""
        wait_for_http(f"{self.url}/_stcore/health", self.process, self.log)
        return time.monotonic()

    @property
    def resident_mb(self) -> float:
        """Memory that the process holds, in 10⁶ bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def cpu_s(self) -> float:
        """Processor time that the process has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def starting_app(
    env: Mapping[str, str] | None = None, *, script: Path = REPOSITORY / "app.py"
) -> Iterator[AppProcess]:
    """The app as the README starts it, with an empty working directory of its own."""
    port = free_port()
    with TemporaryDirectory(prefix="gwtrace-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / ".streamlit").mkdir()
        shutil.copy(REPOSITORY / ".streamlit" / "config.toml", folder / ".streamlit")
        log = folder / "server.log"
        command = [sys.executable, "-m", "streamlit", "run", str(script)]
        options = ["--server.headless", "true", "--server.port", str(port)]
        with log.open("wb") as output:
            started_s = time.monotonic()
            process = subprocess.Popen(
                [*command, *options],
                cwd=folder,
                env=child_environment(**env or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        with ended(process):
            yield AppProcess(
                url=f"http://127.0.0.1:{port}", process=process, started_s=started_s, log=log
            )


def gateway_settings(base_url: str, **more: str) -> dict[str, str]:
    """The app's environment for a gateway of the benchmark's own."""
    return {
        "PYDANTIC_AI_GATEWAY_API_KEY": "demo",
        "PYDANTIC_AI_GATEWAY_BASE_URL": base_url,
        **more,
    }


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_http(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until `url` answers; raises with the log's end when the process does not come up."""
    opener = build_opener(ProxyHandler({}))
    give_up_s = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and time.monotonic() < give_up_s:
        with suppress(URLError, OSError), opener.open(url, timeout=2):
            return
        time.sleep(0.01)
    raise RuntimeError(f"{url} does not answer.\n{log.read_text()[-3000:]}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that the system has."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError("No Chromium found; install the system's package `chromium`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_CHROMIUM_ARGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """When things were on screen, in milliseconds by the wall clock; None if not yet."""

    usable: float | None = None
    click: float | None = None
    firstToken: float | None = None
    lastToken: float | None = None
    tree: float | None = None
    """The tree of the turn that was sent last."""
    drawn: float | None = None
    """Any tree."""
    bigMessage: float | None = None
    """When the first large message from the server had come; `bigBytes` is its size."""
    bigBytes: int | None = None


class TimedPage:
    """A page in a fresh browser session, with the stopwatch inside."""

    def __init__(self, browser: Browser, url: str) -> None:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(_MARKS)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(_PATIENCE_MS)
        self.page.goto(url)

    def close(self) -> None:
        self.page.context.close()

    @property
    def marks(self) -> Marks:
        return Marks(**self.page.evaluate("benchMarks.read()"))

    def wait_for(self, name: str) -> Marks:
        """Wait for a mark. Waiting does not disturb it: the page has its own stopwatch."""
        wait = "([name, limitMs]) => benchMarks.when(name, limitMs)"
        marks = Marks(**self.page.evaluate(wait, [name, _PATIENCE_MS]))
        if getattr(marks, name) is None:
            raise TimeoutError(f"No {name!r} on the page within {_PATIENCE_MS} ms: {marks}")
        return marks


class ChatPage(TimedPage):
    """The chat page, from the moment that its message box is there."""

    def __init__(self, browser: Browser, url: str) -> None:
        super().__init__(browser, url)
        self.usable_ms = self.wait_for("usable").usable or 0.0

    def pick_model(self, model: str) -> None:
        """Pick or type the model in the lane picker."""
        box = self.page.get_by_role("combobox", name=re.compile("^Model"))
        box.click()
        box.fill(model)
        self.page.keyboard.press("Enter")
        expect(box).to_have_value(model, timeout=_PATIENCE_MS)
        self.wait_idle()

    def wait_idle(self) -> None:
        """Wait until the page's script has run to its end."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")

    def send(self, prompt: str, *, first: str, last: str) -> None:
        """Send by a click; what is awaited is an answer with these texts."""
        self.page.get_by_role("textbox", name="Ask anything").fill(prompt)
        self.page.evaluate("([first, last]) => benchMarks.expect(first, last)", [first, last])
        self.page.get_by_test_id("stChatInputSubmitButton").click()

    def stop(self) -> float:
        """Click Stop; when that was, in milliseconds by the wall clock."""
        self.page.locator(".st-key-chat-stop").get_by_role("button").click()
        return self.marks.click or 0.0


def wall_ms(monotonic_s: float) -> float:
    """A moment of `time.monotonic()` by the wall clock that browsers use."""
    return (time.time() - time.monotonic() + monotonic_s) * 1000
