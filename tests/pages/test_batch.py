"""The batch by Streamlit's AppTest: a real hub whose calls are answered by a script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gwtrace_core.background.recent import Newest
from gwtrace_core.running.hub import Hub
from gwtrace_core.values.connection import Connection, SdkPath
from gwtrace_core.values.request import ChatRequest, Lane, TurnContext
from pages.ui.compare import batch_actions
from pages.ui.compare.batch_state import BatchState
from pages.ui.draw.clock_text import clock_text
from pages.ui.draw.simulated import demo_words
from pages.ui.session.services import services
from tests.core.batch.test_runner import Plans
from tests.pages.compare_page import NoRecorder, NumberedPath, Page
from tests.pages.kept_values import kept_by


@pytest.fixture
def calls(
    demo_connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[tuple[ChatRequest, TurnContext]]]:
    """What was sent, in order."""
    recorder, path = NoRecorder(), NumberedPath()
    hub = Hub(recorder, open_client=lambda _: path)
    own = SimpleNamespace(
        hub=hub,
        store=services().store,
        tracking=services().tracking,
        batches=Plans(),
        live_batches=Newest(),
        settings=services().settings,
    )
    monkeypatch.setattr(batch_actions, "services", lambda: own)
    yield recorder.begun
    hub.close()


class BatchPage(Page):
    """The compare page with its switch on Batch."""

    def __init__(self, *lanes: Lane) -> None:
        super().__init__(*lanes)
        self.test.segmented_control(key="compare.mode").set_value("Batch")
        self.run()

    @property
    def batch(self) -> BatchState:
        return kept_by(self.test, BatchState)

    def give(self, name: str, text: str) -> None:
        self.test.file_uploader(key="batch.file").upload(name, text.encode())
        self.run()

    def end(self) -> None:
        """Wait until the run has ended, and look again."""
        run = self.batch.run
        assert run is not None
        waiting = threading.Event()
        while run.poll().queue.is_active:
            waiting.wait(0.002)
        self.run()

    def frame(self, column: str) -> Any:
        """The table that has such a column."""
        return next(each.value for each in self.test.dataframe if column in each.value.columns)

    @property
    def buttons(self) -> list[str]:
        return [button.label for button in self.test.button]


def test_the_switch_puts_the_batch_in_place_of_the_message_box(lane: Lane) -> None:
    page = BatchPage(lane, replace(lane, sdk_path=SdkPath.OPENAI_RESPONSES))
    assert "Try an example" in page.buttons
    assert [letter for letter, _ in page.heads] == ["Lane A", "Lane B"]
    assert not page.test.chat_input
    page.test.segmented_control(key="compare.mode").set_value("One question")
    page.run()
    assert "Try an example" not in page.buttons
    assert page.test.chat_input


def test_the_example_is_priced_before_it_is_started(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = BatchPage(lane, replace(lane, model="nobody-knows-it"))
    page.click("batch.example")
    estimate = page.frame("by")
    assert list(estimate["lane"]) == ["A", "B"]
    assert list(estimate["calls"]) == ["6", "6"]
    assert estimate["cost"][0].startswith("$0.0")
    assert estimate["cost"][1] == "n/a"
    assert estimate["by"][1] == "No price is known for the model 'nobody-knows-it'."
    (total,) = [text for text in page.texts if text.startswith("**12 calls")]
    assert total.startswith("**12 calls, which would cost about ")
    assert total.endswith(", without 1 lane that cannot be priced")
    assert [text for text in page.texts if "simulated]" in text and "charges" in text] == [
        demo_words(("A", "B"), 2, "The costs")
    ]
    assert calls == []


def test_lanes_of_the_demo_are_named_beside_others_and_no_others() -> None:
    assert demo_words((), 2, "The costs") == ""
    assert demo_words(("B",), 2, "The costs").startswith(
        ":orange-badge[:material/science: Demo · simulated] :small[The costs of lane B are "
    )
    assert "Answers of lanes A, B are" in demo_words(("A", "B"), 3, "Answers")


def test_a_longer_answer_costs_more(lane: Lane) -> None:
    page = BatchPage(lane)
    page.click("batch.example")
    assert "about 1,800" in list(page.frame("by")["output tokens"])
    page.test.number_input(key="batch.output_tokens").set_value(1_000)
    page.run()
    assert "about 6,000" in list(page.frame("by")["output tokens"])


def test_a_file_whose_columns_say_nothing_asks_which_holds_the_prompts(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = BatchPage(lane)
    page.give("a.csv", "id,Frage\n1,Hallo\n")
    assert page.alerts == [
        "None of the columns is named like a prompt. Choose the one that holds the prompts."
    ]
    assert "Start 1 call" not in page.buttons
    page.test.selectbox(key="batch.column.prompt.a.csv").set_value(1)
    page.run()
    page.click("batch.start")
    page.end()
    assert [request.messages[0].text for request, _ in calls] == ["Hallo"]


def test_a_column_that_was_guessed_can_be_left_out(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = BatchPage(lane)
    page.give("a.csv", "prompt,answer,system\nOne,1,Be terse.\n")
    assert (page.batch.columns.expected, page.batch.columns.system) == ("answer", "system")
    for what in ("expected", "system"):
        page.test.selectbox(key=f"batch.column.{what}.a.csv").set_value(-1)
        page.run()
    page.click("batch.start")
    page.end()
    assert "expected" not in page.frame("row").columns
    assert [request.lane.system_prompt for request, _ in calls] == [lane.system_prompt]


def test_the_results_are_rows_by_lanes(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = BatchPage(lane, replace(lane, model="gpt-4o-mini"))
    page.give("a.csv", "prompt,expected\nOne,answer\nTwo,\n")
    page.click("batch.start")
    page.end()
    table = page.frame("prompt")
    assert list(table.columns[:5]) == ["row", "prompt", "expected", "A · answer", "B · answer"]
    assert list(table["prompt"]) == ["One", "Two"]
    answers = [*table["A · answer"], *table["B · answer"]]
    assert sorted(answers) == ["Answer 1", "Answer 2", "Answer 3", "Answer 4"]
    summary = page.frame("ok")
    assert list(summary["ok"]) == [2, 2]
    assert list(summary["contains expected"]) == ["100% (1 of 1)"] * 2
    assert list(summary["exact match"]) == ["0% (0 of 1)"] * 2
    filters = page.test.segmented_control(key="batch.filter").options
    assert filters[-2:] == ["Not exact (1)", "Lacking the expected (0)"]
    assert demo_words(("A", "B"), 2, "Answers and costs") in page.texts
    assert any("4 calls without a trace" in text for text in page.texts)


def test_a_new_batch_keeps_the_file_and_takes_the_lanes_as_they_are_picked(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = BatchPage(lane)
    page.give("a.csv", "prompt\nOne\n")
    page.click("batch.start")
    page.end()
    page.click("compare.add")
    page.click("batch.new")
    assert "Start 2 calls" in page.buttons


def test_a_lane_that_cannot_reach_its_provider_refuses_the_start(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = BatchPage(lane, replace(lane, sdk_path=SdkPath.ANTHROPIC_MESSAGES))
    page.give("a.csv", "prompt\nOne\n")
    page.click("batch.start")
    (error,) = page.alerts
    assert error.startswith("Lane B: ")
    assert calls == []
    assert page.batch.run is None


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (3_599.6, "1 h 00 min")],
)
def test_time_left_is_read_at_a_glance(time_s: float, text: str) -> None:
    assert clock_text(time_s) == text
