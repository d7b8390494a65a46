"""What a page says of answers that end oddly, and that half a character breaks no page."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.background.recent import Newest
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import Score
from gwtrace_core.running.hub import Hub
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.values.connection import Connection, Provider, Target
from gwtrace_core.values.events import (
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallFinished,
    ToolCallStarted,
    Usage,
)
from gwtrace_core.values.request import ChatRequest, Lane
from gwtrace_core.values.secret import Secret
from pages.ui.compare import batch_actions
from pages.ui.compare.batch_table import long_frame
from pages.ui.compare.table import comparison_frame, table_csv
from pages.ui.evaluate.results import long_frame as evaluation_frame
from pages.ui.evaluate.words import answer_text
from pages.ui.lane import call
from pages.ui.session import services as services_module
from pages.ui.session.services import services
from tests.core.batch.test_runner import Plans
from tests.core.trace.traces import span, trace
from tests.pages.compare_page import NoRecorder, Page
from tests.pages.test_batch import BatchPage

BROKEN = "half \ud83d"
MENDED = "half \ufffd"


class ScriptedPath:
    """Answers as the lane's model is named: `finish reason|text`, or with broken text."""

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncIterator[StreamEvent]:
        model = request.lane.model
        reason, _, text = model.partition("|")
        yield ModelRequestStarted(index=0, model=model)
        if model == "broken":
            yield ReasoningDelta(text=BROKEN)
            yield ToolCallDelta(call_id=BROKEN, name=BROKEN, arguments_text=BROKEN)
            yield ToolCallStarted(call_id=BROKEN, name=BROKEN, arguments={BROKEN: BROKEN})
            yield ToolCallFinished(call_id=BROKEN, name=BROKEN, content=BROKEN)
            reason = text = BROKEN
        if text:
            yield TextDelta(text=text)
        yield ModelRequestFinished(
            index=0,
            finish_reason=reason,
            usage=Usage(input_tokens=10, output_tokens=2),
            response_model=BROKEN,
            unseen=("a picture",) if reason == "pictured" else (),
        )
        yield Finished(finish_reason=reason)

    async def open(self, target: Target) -> None: ...

    def load(self, provider: Provider) -> None:
        pass

    async def forget(self, key: Secret) -> None:
        pass

    async def aclose(self) -> None:
        pass


@pytest.fixture
def answers(demo_connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answers of that path, on the compare page and in its batch."""
    hub = Hub(NoRecorder(), open_client=lambda _: ScriptedPath())
    own = SimpleNamespace(
        hub=hub,
        store=services().store,
        tracking=services().tracking,
        batches=Plans(),
        live_batches=Newest(),
        settings=services().settings,
    )
    monkeypatch.setattr(call, "services", lambda: own)
    monkeypatch.setattr(batch_actions, "services", lambda: own)
    yield
    hub.close()


def settled(page: Page) -> None:
    """Wait for the calls, and look again."""
    for round_ in page.state.rounds:
        for turn in round_.turns.values():
            assert turn.run is not None
            assert turn.run.wait_settled(10)
    page.run()


@pytest.fixture
def asked(answers: None, lane: Lane) -> Callable[..., Page]:
    """`asked(model, …)`: the compare page after one question to these models."""

    def ask(*models: str) -> Page:
        page = Page(*(replace(lane, model=model) for model in models))
        page.ask("Hello")
        settled(page)
        return page

    return ask


def notes(page: Page) -> list[str]:
    """What stands under the answers, without its icons and what keeps it from being markup."""
    captions = [each.value.replace("\\", "") for each in page.test.caption]
    marked = (":material/content_cut: ", ":material/info: ")
    return [text.partition(": ")[2] for text in captions if text.startswith(marked)]


def test_every_lane_says_how_its_answer_ended(asked: Callable[..., Page]) -> None:
    page = asked("stop|All of it", "SAFETY|Some", "my *own*|Some", "end_turn", "pictured|Some")
    assert notes(page) == [
        "Ended by the provider's safety filter.",
        "Ended by the provider, in its own words: 'my *own*'.",
        "The model gave no text. Finish reason: 'end_turn'; tokens: 10 in, 2 out.",
        "Ended by the provider, in its own words: 'pictured'.",
        "Not shown by gwtrace: a picture.",
    ]
    table = comparison_frame(page.state)
    assert list(table["status"]) == [
        "finished",
        "finished: safety filter",
        "finished: ended early ('my *own*')",
        "finished: no text",
        "finished: ended early ('pictured')",
    ]


def test_an_ending_that_is_an_error_is_shown_as_the_providers_failure(
    asked: Callable[..., Page],
) -> None:
    page = asked("error|Hel")
    (alert,) = page.alerts
    assert "Provider: error inside the stream" in alert
    assert list(comparison_frame(page.state)["status"]) == ["error inside the stream"]
    assert page.answers == [["Hel"]]


def test_half_a_character_takes_neither_its_lane_nor_the_others_nor_the_table(
    asked: Callable[..., Page],
) -> None:
    page = asked("stop|All of it", "broken")
    assert page.answers == [["All of it", MENDED]]
    assert MENDED in page.texts
    frame = comparison_frame(page.state)
    assert list(frame["answer"]) == ["All of it", MENDED]
    assert MENDED in table_csv(frame).encode().decode()
    page.ask("And now?")
    settled(page)
    assert page.answers == [["All of it", MENDED]] * 2


def test_a_batch_says_of_each_row_how_its_answer_ended(answers: None, lane: Lane) -> None:
    models = ("stop|All of it", "length|Half", "end_turn", "error|Hel", "broken")
    page = BatchPage(*(replace(lane, model=model) for model in models))
    page.give("a.csv", "prompt\nOne\n")
    page.click("batch.start")
    page.end()
    table = page.frame("prompt")
    assert [table[f"{name} · answer"][0] for name in "ABCDE"] == [
        "All of it",
        "(cut off at the limit) Half",
        "(no text)",
        "(provider: error inside the stream) Hel",
        f"(ended early ({MENDED!r})) {MENDED}",
    ]
    assert "Early or empty (1)" in page.test.segmented_control(key="batch.filter").options
    run = page.batch.run
    assert run is not None
    csv = pd.read_csv(io.StringIO(table_csv(long_frame(run.make_results(run.poll().queue)))))
    assert list(csv["outcome"]) == [
        "finished",
        "finished: cut off at the limit",
        "finished: no text",
        "provider: error inside the stream",
        f"finished: ended early ({MENDED!r})",
    ]
    assert list(csv["finish reason"]) == ["stop", "length", "end_turn", "error", MENDED]


def answer_script(subject):  # pyright: ignore[reportMissingParameterType]  # a script has no imports yet
    from pages.ui.evaluate.one_trace import draw_answer

    draw_answer(subject)


@pytest.mark.parametrize(
    ("answer", "ending", "markdown", "captions"),
    [
        ("All", "", ["All"], []),
        ("Half", "refused", ["Half"], [":material/info: Refused."]),
        ("", "no text", [], [":material/info: No text."]),
        ("", "", ["(none)"], []),
    ],
)
def test_an_evaluated_answer_says_how_it_ended(
    answer: str, ending: str, markdown: list[str], captions: list[str]
) -> None:
    subject = Subject(trace_id="tr-1", answer=answer, ending=ending)
    page = AppTest.from_function(answer_script, kwargs={"subject": subject}).run()
    assert not page.exception
    assert [each.value for each in page.markdown] == markdown
    assert [each.value for each in page.caption] == captions


def test_the_table_of_an_evaluation_and_its_csv_say_it_too() -> None:
    subject = Subject(trace_id="tr-1", answer="Half", ending="refused")
    score = Score(trace_id="tr-1", scorer_name="exact", state="waiting")
    assert answer_text(subject) == "(refused) Half"
    (line,) = evaluation_frame([subject], [score]).to_dict("records")
    assert (line["answer"], line["ending"]) == ("Half", "refused")


def overview_script(found):  # pyright: ignore[reportMissingParameterType]  # a script has no imports yet
    from gwtrace_core.trace.view import view_of
    from pages.ui.traces.overview import trace_overview

    trace_overview(view_of(found), key="test", span_id=None)


def test_a_trace_says_under_its_title_how_its_answer_ended() -> None:
    outputs = {"choices": [{"message": {"content": "Half"}, "finish_reason": "SAFETY"}]}
    found = trace(span("model", kind="CHAT_MODEL", outputs=outputs))
    page = AppTest.from_function(overview_script, kwargs={"found": found}).run()
    assert not page.exception
    told = "Ended by the provider's safety filter."
    captions = [each.value for each in page.caption if told in each.value]
    # And once more below its message.
    assert captions == [f":material/info: {told}", f":material/content_cut: {told}"], (
        "below the title, and its message"
    )


def test_a_name_from_a_sign_in_is_clean_before_anything_is_filed_under_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed_in = {"is_logged_in": True, "email": BROKEN}
    monkeypatch.setattr(services_module, "st", SimpleNamespace(user=signed_in))
    assert services_module.current_user() == MENDED
