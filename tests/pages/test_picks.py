"""What is picked and sent in one go: both reach the script together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

from gwtrace_core.values.request import ChatRequest, Lane, TurnContext
from pages.ui.chat.state import ChatState
from tests.pages.compare_page import TIMEOUT_S, Page
from tests.pages.kept_values import kept_by

CHAT = Path(__file__).parents[2] / "pages" / "chat.py"
OTHER = "gpt-5.4-mini"

Calls = list[tuple[ChatRequest, TurnContext]]


def models(calls: Calls) -> list[str]:
    return [request.lane.model for request, _ in calls]


def chat_page() -> AppTest:
    return AppTest.from_file(str(CHAT), default_timeout=TIMEOUT_S).run()


def pick_other(app: AppTest) -> None:
    app.selectbox(key="chat.lane.model.demo.openai").set_value(OTHER)


def test_a_message_sent_with_the_pick_goes_to_what_was_picked(calls: Calls) -> None:
    app = chat_page()
    pick_other(app)
    app.chat_input(key="chat.prompt").set_value("Hello").run()
    assert not app.exception
    assert models(calls) == [OTHER]
    app.chat_input(key="chat.prompt").set_value("Again").run()
    assert models(calls) == [OTHER, OTHER]


def test_an_example_clicked_with_the_pick_goes_to_what_was_picked(calls: Calls) -> None:
    app = chat_page()
    pick_other(app)
    next(button for button in app.button if button.label == "Try it").click().run()
    assert models(calls) == [OTHER]


def test_asking_again_with_the_pick_asks_what_was_picked(calls: Calls) -> None:
    app = chat_page()
    app.chat_input(key="chat.prompt").set_value("Hello").run()
    turn_id = kept_by(app, ChatState).turns[0].turn_id
    pick_other(app)
    app.button(key=f"chat.regenerate.{turn_id}").click().run()
    assert models(calls) == ["gpt-5.2", OTHER]


def test_a_message_refused_with_the_pick_stays_in_the_box(calls: Calls) -> None:
    app = chat_page()
    pick_other(app)
    app.chat_input(key="chat.prompt").set_value("x" * 100_001).run()
    assert app.error[0].value.startswith("The message has 100,001 characters")
    assert app.chat_input(key="chat.prompt").proto.value == "x" * 100_001
    assert calls == []


def test_lanes_answer_as_they_were_picked_with_the_message(calls: Calls, lane: Lane) -> None:
    page = Page(lane, replace(lane, system_prompt="Be brief."))
    page.set_up(0)
    page.set_up(1)
    page.test.selectbox(key=f"compare.lane.{page.ids[1]}.model.demo.openai").set_value(OTHER)
    page.ask("Hello")
    assert sorted(models(calls)) == sorted(["gpt-5.2", OTHER])
    assert [column.lane.model for column in page.state.lanes] == ["gpt-5.2", OTHER]
    page.test.selectbox(key=f"compare.lane.{page.ids[0]}.model.demo.openai").set_value(OTHER)
    turn_id = page.state.rounds[0].turns[page.ids[0]].turn_id
    page.click(f"compare.regenerate.{turn_id}")
    assert models(calls)[2:] == [OTHER]


def test_a_question_sent_with_the_switch_is_blind_and_asked_as_often_as_was_picked(
    calls: Calls, lane: Lane
) -> None:
    page = Page(lane, replace(lane, model=OTHER))
    page.test.toggle(key="compare.blind").set_value(True)
    page.test.selectbox(key="compare.runs").set_value(2)
    page.ask("Hello")
    assert page.state.rounds[0].is_hidden
    assert sorted(models(calls)) == sorted(["gpt-5.2", OTHER] * 2)


def test_a_fault_of_the_demo_says_what_it_simulates_once_it_is_picked(calls: Calls) -> None:
    app = chat_page()
    assert not [each.value for each in app.caption if "Simulated fault" in each.value]
    app.selectbox(key="chat.lane.model.demo.openai").set_value("fault-stall-midway").run()
    assert [each.value for each in app.caption if "Simulated fault" in each.value] == [
        ":material/bug_report: Simulated fault. A few tokens arrive and then nothing, "
        "until the caller gives up."
    ]
