"""The app as its user sees it, and MLflow's store as anybody else would read it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from playwright.sync_api import Locator, Page, TimeoutError, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

if TYPE_CHECKING:
    from mlflow.entities import Span, Trace
    from mlflow.entities.model_registry import PromptVersion

    from tests.browser.running_app import RunApp, RunningApp

REPOSITORY = Path(__file__).parents[2]
EXPERIMENT = "Pydantic AI Gateway"
TRACE_ID = re.compile(r"^tr-[0-9a-f]{32}$")
SLOW_MS = 45_000
"""For what needs the SDKs and MLflow to be loaded, on a busy machine."""
SOON_MS = 20_000
DEMO_PACE = "0.2"
"""Answers still come in pieces that can be seen and stopped, but in a fifth of a model's time."""
_LOOKS = 200
_BETWEEN_LOOKS_MS = 100

CANARIES = {
    "OPENAI_API_KEY": "sk-canary-openai-81d2a6f0",
    "ANTHROPIC_API_KEY": "sk-ant-canary-anthropic-5c20be93",
    "GROQ_API_KEY": "gsk_canary-groq-0b7713ea",
    "GOOGLE_API_KEY": "AIza-canary-google-d94f62c1",
    "GWTRACE_CUSTOM_API_KEY": "canary-custom-a3e85b6d",
}
"""A key of its own in every variable that takes one, besides the gateway's."""

expect.set_options(timeout=SOON_MS)


def wait_idle(page: Page) -> None:
    """Wait until the page is connected and its script has run to the end."""
    state = "[data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
    page.wait_for_selector(f"[data-testid=stApp]{state}", timeout=30_000)


class Runs:
    """Which runs of the page's script the server has told the browser of.

    The page itself cannot be asked: on a busy machine it draws the end of a short run together
    with its beginning.
    """

    def __init__(self, page: Page) -> None:
        self.begun = 0
        """How many, those of single fragments too."""
        self.ended = 0
        """Which was the last that went through the whole script, counted as they began."""
        page.on("websocket", lambda socket: socket.on("framereceived", self._received))
        _RUNS[page] = self

    def _received(self, frame: bytes | str) -> None:
        assert isinstance(frame, bytes)
        message = ForwardMsg.FromString(frame)
        match message.WhichOneof("type"):
            case "new_session":
                self.begun += 1
            case "script_finished" if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.ended = self.begun
            case _:
                pass


_RUNS: WeakKeyDictionary[Page, Runs] = WeakKeyDictionary()


@contextmanager
def drawn_anew(page: Page) -> Iterator[None]:
    """What is done in the block has the page's script run; wait until it has, and has ended."""
    runs = _RUNS[page]
    before = runs.begun
    yield
    for _ in range(SLOW_MS // _BETWEEN_LOOKS_MS):
        if runs.ended > before:
            break
        page.wait_for_timeout(_BETWEEN_LOOKS_MS)
    assert runs.ended > before, "The page's script did not run."
    wait_idle(page)


class App:
    """The app on a directory of its own; may be ended and started again there."""

    def __init__(self, run_app: RunApp, directory: Path, env: Mapping[str, str]) -> None:
        self._run_app = run_app
        self.directory = directory
        self.env = {"GWTRACE_DEMO_PACE": DEMO_PACE, **env}
        (directory / ".streamlit").mkdir(parents=True)
        # The app is told to run from its checkout, where Streamlit finds this file.
        shutil.copy(REPOSITORY / ".streamlit" / "config.toml", directory / ".streamlit")
        self._logs = ""
        self.process = self._start()

    @property
    def url(self) -> str:
        return self.process.url

    @property
    def log(self) -> str:
        """Everything written since the first start."""
        return self._logs + self.process.log

    def restart(self, *, is_cold: bool = False) -> None:
        """End the process and start another one on the same directory."""
        self.stop()
        self._logs += self.process.log
        self.process = self._start(is_cold=is_cold)

    def stop(self) -> None:
        self.process.stop()

    def _start(self, *, is_cold: bool = False) -> RunningApp:
        script = REPOSITORY / "app.py"
        return self._run_app(script, cwd=self.directory, env=self.env, is_cold=is_cold)

    @property
    def store(self) -> Store:
        """The embedded store, read by MLflow's own client."""
        return Store(f"sqlite:///{self.directory}/mlflow.db")


@contextmanager
def running(run_app: RunApp, directory: Path, **env: str) -> Iterator[App]:
    """The app, ended at the end of the block rather than of the whole run."""
    app = App(run_app, directory, env)
    try:
        yield app
    finally:
        app.stop()


class Store:
    """What MLflow holds, by the plain client."""

    def __init__(self, uri: str) -> None:
        # Late: most tests of this folder can do without the seconds that it takes.
        from mlflow import MlflowClient

        self._uri = uri
        self._client = MlflowClient(tracking_uri=uri)

    @property
    def traces(self) -> list[Trace]:
        """Newest first, with their spans."""
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        assert experiment is not None
        return list(
            self._client.search_traces(
                locations=[experiment.experiment_id],
                order_by=["timestamp_ms DESC"],
                max_results=20,
                include_spans=True,
            )
        )

    @property
    def newest(self) -> Trace:
        return self.traces[0]

    def trace(self, trace_id: str) -> Trace:
        return self._client.get_trace(trace_id)

    def register(self, name: str, template: str) -> None:
        """A version of a prompt, as another program makes one."""
        self._client.register_prompt(name, template)

    def prompt(self, name: str, version: int) -> PromptVersion:
        found = self._client.get_prompt_version(name, version)
        assert found is not None
        return found

    def judge(self, trace_id: str, value: bool) -> None:
        """A thumb up or down, as another user gives one."""
        from mlflow.entities import AssessmentSource, Feedback
        from mlflow.tracing.client import TracingClient

        source = AssessmentSource(source_type="HUMAN", source_id="eve")
        verdict = Feedback(name="verdict", value=value, source=source)
        TracingClient(self._uri).log_assessment(trace_id, verdict)

    def verdicts(self, trace_id: str) -> list[tuple[object, str | None]]:
        """Value and comment of every valid verdict on the trace."""
        assessments = self.trace(trace_id).info.assessments or []
        return [
            (each.value, each.rationale)  # pyright: ignore[reportAttributeAccessIssue]  # feedback
            for each in assessments
            if each.name == "verdict" and each.valid
        ]


def eventually(page: Page, read: Callable[[], object], expected: object) -> None:
    """Hold what is kept elsewhere to `expected`: a click is back before its effect is."""
    for _ in range(_LOOKS):
        if read() == expected:
            break
        page.wait_for_timeout(_BETWEEN_LOOKS_MS)
    assert read() == expected


def root_of(trace: Trace) -> Span:
    return next(span for span in trace.data.spans if span.parent_id is None)


class Chat:
    """The chat page, in the words of its user."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.get_by_role("textbox", name="Ask anything")
        self.questions = page.get_by_role("group", name="Chat message from user")
        self.answers = page.get_by_role("group", name="Chat message from assistant")
        self.tree = page.get_by_role("tree", name="Trace spans")
        self.rows = self.tree.get_by_role("treeitem")
        self.trace_id_label = page.locator(".st-key-pane-right").get_by_text(TRACE_ID)
        self.stop_button = page.locator(".st-key-chat-stop").get_by_role("button")
        self.status = page.locator(".st-key-status")
        self.failure = self.answers.last.get_by_role("alert")

    @property
    def trace_id(self) -> str:
        """The id of the trace that is shown."""
        return self.trace_id_label.inner_text()

    def send(self, text: str) -> None:
        """Type and send; returns when the question stands in the conversation."""
        count = self.questions.count()
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.questions).to_have_count(count + 1)

    def ask(self, text: str = "Hello") -> None:
        """Send, and wait for the answer and its trace."""
        self.send(text)
        self.settle()

    def settle(self) -> None:
        """Wait until every question has an ended answer, and the page is drawn.

        The absence of Stop would not do: it is absent before an answer has begun as well.
        """
        ended = self.page.locator("[class*='st-key-chat-regenerate-']").get_by_role("button")
        expect(ended).to_have_count(self.questions.count(), timeout=SLOW_MS)
        expect(self.stop_button).to_have_count(0, timeout=SLOW_MS)
        wait_idle(self.page)

    def action(self, name: str, nth: int = -1) -> Locator:
        """The button of that name under the nth answer: regenerate, code, begin_edit, …"""
        buttons = self.page.locator(f"[class*='st-key-chat-{name}-']").get_by_role("button")
        return buttons.nth(nth)

    def pick(self, label: str, value: str) -> None:
        """Choose or type a value of a list in the lane picker."""
        # The list of models says so in its label when the key's list lacks what is picked.
        named = re.compile(f"^{re.escape(label)}(, not on the key's list)?$")
        box = self.page.get_by_role("combobox", name=named)
        if box.input_value() == value:
            return
        # Else what is sent next could still go by what was picked before.
        with drawn_anew(self.page):
            choose(box, value)
        expect(box).to_have_value(value)

    def pick_path(self, label: str) -> None:
        picker = self.page.locator("[class*='st-key-chat-lane-'][class*='-paths']")
        menu = picker.get_by_role("button").first
        if menu.inner_text().strip() != label:
            menu.click()
            self.page.get_by_role("button", name=label, exact=True).last.click()
            expect(menu).to_have_text(re.compile(re.escape(label)))
        wait_idle(self.page)

    def row(self, name: str) -> Locator:
        """The first row whose name begins so."""
        return self.tree.get_by_role("treeitem", name=re.compile(f"^{re.escape(name)}")).first

    def expect_no_traceback(self) -> None:
        """Nothing on the page looks like a program's insides."""
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        expect(self.page.get_by_text("Traceback (most recent call last)")).to_have_count(0)


def choose(box: Locator, value: str) -> None:
    """Pick the option of exactly that name, or type it where a list takes new ones."""
    options = box.page.get_by_role("option")
    option = options.filter(has_text=re.compile(f"^(Add: )?{re.escape(value)}$"))
    for _ in range(5):
        box.click()
        box.fill(value)
        try:
            option.click(timeout=5_000)
        except TimeoutError:
            # A list closes when the page moves under it, as while it is still being laid out.
            box.fill("")
        else:
            return
    raise AssertionError(f"The list never kept {value!r} in sight.")


def go_to_list(page: Page, name: str) -> None:
    """Leave what is open by the navigation's link to the very page that shows it.

    That is a component's doing, which the browser loads only after the page.
    """
    page.locator(".st-key-opened-here span").wait_for(state="attached", timeout=SLOW_MS)
    go(page, name)


def go(page: Page, name: str) -> None:
    """Switch to a page of the app by its navigation."""
    page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
