"""The compare page by Streamlit's AppTest: a real hub whose calls are answered by a script."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

from gwtrace_core.running.run import Run
from gwtrace_core.values import trace_names
from gwtrace_core.values.connection import Connection, Provider, SdkPath
from gwtrace_core.values.request import ChatRequest, Lane, TurnContext
from pages.ui.draw.tables import table_csv
from pages.ui.lane import turn_requests
from tests.pages.compare_page import Page

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c494441"
    "54789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


MERGED = ":material/merge: Every lane goes on from lane B's answer."


def numbered(lane: Lane, count: int) -> list[Lane]:
    return [replace(lane, system_prompt=f"You are number {number}.") for number in range(count)]


def sent(call: tuple[ChatRequest, TurnContext]) -> list[str]:
    return [message.text for message in call[0].messages]


def test_the_first_draw_offers_one_model_by_two_paths(demo_connection: Connection) -> None:
    page = Page()
    assert page.heads == [("Lane A", SdkPath.OPENAI_CHAT), ("Lane B", SdkPath.OPENAI_RESPONSES)]
    assert {lane.model for lane in page.lanes} == {"gpt-5.2"}
    assert page.linked == tuple(page.lanes)
    assert not page.test.error
    assert not page.test.dataframe
    assert page.test.button(key="compare.new").disabled


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "One model by every SDK path",
            [
                (SdkPath.OPENAI_CHAT, Provider.OPENAI, True),
                (SdkPath.OPENAI_RESPONSES, Provider.OPENAI, True),
                (SdkPath.PYDANTIC_AI, Provider.OPENAI, True),
            ],
        ),
        (
            "One model of each provider",
            [
                (SdkPath.OPENAI_CHAT, Provider.OPENAI, True),
                (SdkPath.ANTHROPIC_MESSAGES, Provider.ANTHROPIC, True),
                (SdkPath.OPENAI_CHAT, Provider.GROQ, True),
                (SdkPath.PYDANTIC_AI, Provider.GOOGLE, True),
            ],
        ),
        (
            "Streamed against not streamed",
            [
                (SdkPath.OPENAI_CHAT, Provider.OPENAI, True),
                (SdkPath.OPENAI_CHAT, Provider.OPENAI, False),
            ],
        ),
    ],
)
def test_a_preset_replaces_the_lanes(
    demo_connection: Connection, name: str, expected: list[tuple[SdkPath, Provider, bool]]
) -> None:
    page = Page()
    page.preset(name)
    assert [(lane.sdk_path, lane.provider, lane.streamed) for lane in page.lanes] == expected
    assert page.linked == tuple(page.lanes)


def test_a_preset_begins_a_comparison_of_its_own(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(lane)
    page.ask("Hello")
    comparison_id = page.state.comparison_id
    page.preset("Streamed against not streamed")
    assert page.state.rounds == []
    assert page.state.comparison_id != comparison_id


def test_lanes_are_added_duplicated_moved_and_removed(lane: Lane) -> None:
    first, second = numbered(lane, 2)
    page = Page(first, second)
    page.click("compare.add")
    third = replace(second, sdk_path=SdkPath.OPENAI_RESPONSES)
    assert page.lanes == [first, second, third]
    assert page.names == "ABC"
    page.choose(2, "Remove")
    page.choose(1, "Duplicate")
    page.choose(0, "Duplicate")
    assert page.lanes == [first, first, second, second]
    assert page.names == "ADBC"
    page.choose(1, "Move right")
    assert page.lanes == [first, second, first, second]
    page.choose(3, "Move left")
    assert page.lanes == [first, second, second, first]
    page.choose(0, "Remove")
    assert page.lanes == [second, second, first]
    assert len(set(page.ids)) == 3
    assert page.linked == (second, second, first)
    # A lane keeps its letter when it is moved; a removed lane's is free while no round bears it.
    assert page.names == "BCD"
    assert [head for head, _ in page.heads] == ["Lane B", "Lane C", "Lane D"]
    page.click("compare.add")
    assert page.names == "BCDA"


@pytest.mark.parametrize("runs", ["1", "2"])
def test_a_click_that_comes_while_lanes_are_asked_cuts_none_of_them_off(
    calls: list[tuple[ChatRequest, TurnContext]],
    lane: Lane,
    monkeypatch: pytest.MonkeyPatch,
    runs: str,
) -> None:
    hub = turn_requests.services().hub
    start = hub.start

    def start_and_click(*args: Any, **options: Any) -> Run:
        # As the browser does: whatever asks the session next is where Streamlit cuts in.
        context = get_script_run_ctx()
        if context is not None and context.script_requests is not None:
            context.script_requests.request_rerun(RerunData())
        return start(*args, **options)

    monkeypatch.setattr(hub, "start", start_and_click)
    page = Page(*[lane] * 4, more={"runs": runs})
    page.ask("What is this?")
    (round_,) = page.state.rounds
    assert len(round_.turns) == 4
    assert {context.tags[trace_names.COMPARISON_LANE] for _, context in calls} == {*"ABCD"}


def test_a_letter_that_a_round_bears_is_not_given_to_another_lane(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    page.choose(0, "Remove")
    page.click("compare.add")
    assert page.names == "BC"
    page.ask("And now?")
    tags = [call[1].tags for call in calls]
    assert sorted(each[trace_names.COMPARISON_LANE] for each in tags) == ["A", "B", "B", "C"]
    rounds = [each[trace_names.COMPARISON_ROUND] for each in tags]
    assert rounds == [round_.round_id for round_ in page.state.rounds for _ in range(2)]


def test_eight_lanes_are_the_most_and_one_is_the_least(lane: Lane) -> None:
    page = Page(*numbered(lane, 7))
    page.click("compare.add")
    assert [letter for letter, _ in page.heads][-1] == "Lane H"
    assert page.test.button(key="compare.add").disabled
    assert "Duplicate" not in page.menu(0).options
    alone = Page(lane)
    assert set(alone.menu(0).options) == {"Duplicate"}


def test_the_head_and_the_address_follow_the_picker_at_once(lane: Lane) -> None:
    page = Page(lane, lane)
    page.set_up(1)
    key = f"compare.lane.{page.ids[1]}.model.demo.{Provider.OPENAI}"
    page.test.selectbox(key=key).set_value("gpt-4o-mini")
    page.run()
    heads = [text for text in page.texts if text.startswith("**")]
    assert heads == ["**gpt-5.2**", "**gpt-4o-mini**"]
    assert [each.model for each in page.linked] == ["gpt-5.2", "gpt-4o-mini"]


def test_the_baseline_is_marked_and_taken_back(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    page.choose(1, "Baseline")
    assert page.state.baseline_id == page.ids[1]
    assert [text for text in page.texts if "badge[baseline]" in text] == [
        "**gpt-5.2** :gray-badge[baseline]"
    ]
    page.choose(1, "Baseline")
    assert page.state.baseline_id is None
    assert not [text for text in page.texts if "badge[baseline]" in text]


def test_one_question_goes_to_every_lane_with_its_own_history(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 3))
    page.ask("Hello")
    assert sorted(page.answers[0]) == ["Answer 1", "Answer 2", "Answer 3"]
    assert [each.value for each in page.test.markdown].count("Answer 2") == 1
    page.ask("And now?")
    own = [["Hello", answer, "And now?"] for answer in page.answers[0]]
    assert sorted(map(sent, calls[3:])) == sorted(own)
    prompts = {call[0].lane.system_prompt: sent(call) for call in calls[3:]}
    assert prompts == {f"You are number {n}.": own[n] for n in range(3)}
    tags = sorted(call[1].tags["gwtrace.comparison.lane"] for call in calls)
    assert tags == ["A", "A", "B", "B", "C", "C"]
    assert {call[1].tags["gwtrace.comparison"] for call in calls} == {page.state.comparison_id}
    assert len({call[1].session_id for call in calls}) == 3
    table = page.test.dataframe[0].value
    assert list(zip(table["Turn"], table["Lane"], strict=True)) == [
        (turn, letter) for turn in (1, 2) for letter in "ABC"
    ]
    assert list(table["Answer"]) == [answer for row in page.answers for answer in row]


def test_a_promoted_answer_is_what_every_lane_goes_on_from(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    page.choose(1, "Promote")
    assert MERGED in page.texts
    page.ask("And now?")
    promoted = ["Hello", page.answers[0][1], "And now?"]
    assert [sent(call) for call in calls[2:]] == [promoted, promoted]
    # The later round was answered after it, and is nobody's yet.
    assert page.texts.count(MERGED) == 1


def test_a_promotion_is_taken_back(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    page.choose(1, "Promote")
    page.click(f"compare.unpromote.{page.state.rounds[0].round_id}")
    assert MERGED not in page.texts
    page.ask("And now?")
    own = [["Hello", answer, "And now?"] for answer in page.answers[0]]
    assert sorted(sent(call) for call in calls[2:]) == sorted(own)


def test_later_answers_to_one_that_is_asked_again_leave(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    page.ask("And now?")
    first, later = page.state.rounds
    kept = later.turns[page.ids[1]]
    page.click(f"compare.regenerate.{first.turns[page.ids[0]].turn_id}")
    assert later.turns == {page.ids[1]: kept}
    assert any(text.startswith("This answer went on from one of lane A") for text in page.texts)
    page.ask("And then?")
    prompts = {call[0].lane.system_prompt: sent(call) for call in calls[5:]}
    assert prompts["You are number 0."] == ["Hello", "Answer 5", "And then?"]
    assert len(prompts["You are number 1."]) == 5


def test_a_later_question_that_nobody_answers_any_more_leaves_too(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    page.choose(1, "Promote")
    page.ask("And now?")
    page.click(f"compare.regenerate.{page.state.rounds[0].turns[page.ids[1]].turn_id}")
    assert [round_.message.text for round_ in page.state.rounds] == ["Hello"]


def test_a_promoted_answer_that_was_asked_again_is_not_sent_any_more(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    page.choose(1, "Promote")
    others = page.answers[0][0]
    turn = page.state.rounds[0].turns[page.ids[1]]
    page.click(f"compare.regenerate.{turn.turn_id}")
    assert page.answers[0] == [others, "Answer 3"]
    page.ask("And now?")
    assert [sent(call) for call in calls[3:]] == [["Hello", "Answer 3", "And now?"]] * 2


def test_a_question_to_begin_with_goes_to_every_lane(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.click("compare.example.Use some tools")
    [text] = {sent(call)[-1] for call in calls}
    assert text.startswith("What is 17.5% of 2,480")
    assert len(calls) == 2
    assert not [each for each in page.test.button if str(each.key).startswith("compare.example")]


def test_with_many_lanes_questions_long_past_are_drawn_when_asked_for(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 8))
    for number in range(4):
        page.ask(f"Question {number}")
    asked = [text for text in page.texts if "Question" in text]
    assert asked == [f":material/person: Question {number}" for number in (2, 3)]
    earlier = page.test.button(key="compare.earlier")
    assert earlier.label == "Show 2 earlier questions"
    page.click("compare.earlier")
    asked = [text for text in page.texts if "Question" in text]
    assert asked == [f":material/person: Question {number}" for number in range(4)]
    assert len(sent(calls[-1])) == 7


def test_a_lane_added_later_says_so_and_begins_without_history(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(lane)
    page.ask("Hello")
    page.click("compare.add")
    assert "This lane was added later." in page.texts
    page.ask("And now?")
    assert sorted(len(sent(call)) for call in calls[1:]) == [1, 3]


def test_a_new_comparison_keeps_the_lanes_and_nothing_else(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    before, lanes = page.state.comparison_id, page.lanes
    page.click("compare.new")
    assert (page.state.rounds, page.lanes) == ([], lanes)
    page.ask("Again")
    assert [sent(call) for call in calls[2:]] == [["Again"], ["Again"]]
    assert calls[2][1].tags["gwtrace.comparison"] == page.state.comparison_id != before


def test_a_lane_that_cannot_reach_its_provider_refuses_the_whole_message(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(lane, replace(lane, sdk_path=SdkPath.ANTHROPIC_MESSAGES))
    page.ask("Hello")
    (error,) = page.alerts
    assert error.startswith("Lane B: ")
    assert (calls, page.state.rounds) == ([], [])


def test_a_picture_is_refused_for_the_lane_whose_model_takes_none(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane, demo_connection: Connection
) -> None:
    blind = replace(lane, provider=Provider.GROQ, route="groq", model="llama-3.3-70b-versatile")
    page = Page(lane, lane, blind)
    page.ask("What is this?", ("pixel.png", PIXEL))
    (error,) = page.alerts
    assert error.startswith("Lane C: The model 'llama-3.3-70b-versatile' takes no pict")
    assert (calls, page.state.rounds) == ([], [])
    # The picture is not lost with the refusal, and goes along once nothing refuses it.
    assert any("pixel.png: kept" in text for text in page.texts)
    page.choose(2, "Remove")
    page.ask("What is this?")
    assert [call[0].messages[-1].images[0].data for call in calls] == [PIXEL, PIXEL]
    assert not any("pixel.png: kept" in text for text in page.texts)


def test_a_linked_lane_whose_connection_is_not_here_stays_and_says_so(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(lane, replace(lane, connection_id="gateway"))
    assert [each.connection_id for each in page.lanes] == ["demo", "gateway"]
    assert page.linked == tuple(page.lanes)
    assert page.alerts == []
    why = "The connection 'gateway' is not configured here."
    assert len([text for text in page.texts if why in text]) == 1
    page.ask("Hello")
    (error,) = page.alerts
    assert error.startswith(f"Lane B: {why}")
    assert (calls, page.state.rounds) == ([], [])


def test_what_a_person_types_is_drawn_as_text(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(replace(lane, model=":red-badge[Verified]"))
    page.ask(":red-badge[Verified] ![x](https://x.test/a.png)")
    drawn = "\n".join(page.texts)
    assert "Verified" in drawn
    assert ":red-badge[Verified]" not in drawn
    assert "![x]" not in drawn


def test_a_spreadsheet_does_not_run_what_a_model_wrote() -> None:
    frame = pd.DataFrame([{"turn": 1, "answer": "=1+1"}, {"turn": 2, "answer": "plain"}])
    assert table_csv(frame) == "turn,answer\n1,'=1+1\n2,plain\n"
