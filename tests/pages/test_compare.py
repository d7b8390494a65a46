"""The compare page by Streamlit's AppTest: a real hub whose calls are answered by a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.chat import ChatRequest, Lane, TurnContext
from gwtrace_core.connection import Connection, Provider, SdkPath, Target
from gwtrace_core.events import (
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    StreamEvent,
    TextDelta,
    Usage,
)
from gwtrace_core.lane_link import lanes_from_link, link_text
from gwtrace_core.lanes import default_lane
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.recording import TraceMissing, TraceState
from gwtrace_core.running.reply import Reply
from gwtrace_core.sdk_paths import CallContext
from pages.ui import calling
from pages.ui.services import close_services, connections, services
from pages.ui.state import CompareState

COMPARE = Path(__file__).parents[2] / "pages" / "compare.py"
TIMEOUT_S = 30
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de")


class NoRecorder:
    """Records nothing but what each turn was begun with."""

    def __init__(self) -> None:
        self.begun: list[tuple[ChatRequest, TurnContext]] = []

    def wait_ready(self) -> None:
        pass

    def begin(self, request: ChatRequest, target: Target, context: TurnContext) -> NoRecorder:
        self.begun.append((request, context))
        return self

    @property
    def trace_id(self) -> str | None:
        return None

    def active(self) -> AbstractContextManager[None]:
        return nullcontext()

    def trace_headers(self) -> Mapping[str, str]:
        return {}

    def observe(self, event: StreamEvent) -> None:
        pass

    def finish(self, reply: Reply) -> None:
        pass

    def read_back(self, trace_id: str | None) -> TraceState:
        return TraceMissing(reason="Nothing is recorded in this test.")


class NumberedPath:
    """Answers with the number of the call, so that no two answers are the same."""

    def __init__(self) -> None:
        self.calls = 0

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncIterator[StreamEvent]:
        self.calls += 1
        yield ModelRequestStarted(index=0, model=request.lane.model)
        yield TextDelta(text=f"Answer {self.calls}")
        usage = Usage(input_tokens=10, output_tokens=2)
        yield ModelRequestFinished(
            index=0, finish_reason="stop", usage=usage, response_model=request.lane.model
        )
        yield Finished(finish_reason="stop")

    async def aclose(self) -> None:
        pass


@pytest.fixture(scope="module")
def demo_connection() -> Iterator[Connection]:
    """The services of a process without any key; nothing of them but the demo's address is used."""
    services().warm_up.cancel()
    yield connections()[0]
    close_services()


@pytest.fixture
def calls(
    demo_connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[tuple[ChatRequest, TurnContext]]]:
    """What was sent, in order."""
    recorder, path = NoRecorder(), NumberedPath()
    hub = Hub(recorder, open_client=lambda _: path)
    monkeypatch.setattr(calling, "services", lambda: SimpleNamespace(hub=hub))
    yield recorder.begun
    hub.close()


class Page:
    """The page in the words of its user."""

    def __init__(self, *lanes: Lane, link: str | None = None) -> None:
        self.test = AppTest.from_file(str(COMPARE), default_timeout=TIMEOUT_S)
        if lanes or link is not None:
            self.test.query_params["lanes"] = link_text(lanes) if link is None else link
        self.run()

    def run(self) -> None:
        self.test.run()
        assert not self.test.exception

    @property
    def state(self) -> CompareState:
        return self.test.session_state["kept.compare"]

    @property
    def ids(self) -> list[str]:
        return [column.lane_id for column in self.state.lanes]

    @property
    def lanes(self) -> list[Lane]:
        return [column.lane for column in self.state.lanes]

    @property
    def heads(self) -> list[tuple[str, str]]:
        """Each lane's letter and path, as they are written over its column."""
        menus = [menu for menu in self.test.menu_button if str(menu.key).endswith(".menu")]
        return [
            (menu.proto.label, lane.sdk_path) for menu, lane in zip(menus, self.lanes, strict=True)
        ]

    @property
    def texts(self) -> list[str]:
        return [each.value for each in (*self.test.markdown, *self.test.caption)]

    @property
    def linked(self) -> tuple[Lane, ...]:
        """The lanes that the address would restore."""
        link = self.test.query_params["lanes"]
        return lanes_from_link(link if isinstance(link, str) else link[0])

    @property
    def alerts(self) -> list[str]:
        """Errors and notices, without what keeps them from being read as markup."""
        return [each.value.replace("\\", "") for each in (*self.test.error, *self.test.info)]

    @property
    def answers(self) -> list[list[str]]:
        """Each round's answers, lane by lane."""
        return [
            [round_.turns[lane_id].snapshot().reply.text for lane_id in self.ids]
            for round_ in self.state.rounds
        ]

    def menu(self, index: int) -> Any:
        return self.test.menu_button(key=f"compare.lane.{self.ids[index]}.menu")

    def choose(self, index: int, entry: str) -> None:
        """An entry of the menu of the lane at that place."""
        menu = self.menu(index)
        assert entry in menu.options
        menu.click(entry)
        self.run()

    def preset(self, name: str) -> None:
        self.test.menu_button(key="compare.preset").click(name)
        self.run()

    def click(self, key: str) -> None:
        self.test.button(key=key).click()
        self.run()

    def ask(self, text: str, *files: tuple[str, bytes]) -> None:
        box = self.test.chat_input(key="compare.prompt").set_value(text)
        for name, content in files:
            box.upload(name, content, "image/png")
        self.run()


@pytest.fixture
def lane(demo_connection: Connection) -> Lane:
    return replace(default_lane(demo_connection), tools=())


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
    assert page.lanes == [first, second, second]
    page.choose(0, "Duplicate")
    assert page.lanes == [first, first, second, second]
    page.choose(1, "Move right")
    assert page.lanes == [first, second, first, second]
    page.choose(3, "Move left")
    assert page.lanes == [first, second, second, first]
    page.choose(0, "Remove")
    assert page.lanes == [second, second, first]
    assert [letter for letter, _ in page.heads] == ["Lane A", "Lane B", "Lane C"]
    assert len(set(page.ids)) == 3
    assert page.linked == (second, second, first)


def test_eight_lanes_are_the_most_and_one_is_the_least(lane: Lane) -> None:
    page = Page(*numbered(lane, 7))
    page.click("compare.add")
    assert [letter for letter, _ in page.heads][-1] == "Lane H"
    assert page.test.button(key="compare.add").disabled
    assert "Duplicate" not in page.menu(0).options
    page.menu(0).click("Duplicate")
    page.run()
    assert len(page.lanes) == 8
    alone = Page(lane)
    assert set(alone.menu(0).options) == {"Duplicate"}


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
    assert list(zip(table["turn"], table["lane"], strict=True)) == [
        (turn, letter) for turn in (1, 2) for letter in "ABC"
    ]
    assert list(table["answer"]) == [answer for row in page.answers for answer in row]


def test_a_promoted_answer_is_what_every_lane_goes_on_from(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(*numbered(lane, 2))
    page.ask("Hello")
    page.choose(1, "Promote")
    assert page.alerts == ["Every lane goes on from the answers of lane B."]
    page.ask("And now?")
    promoted = ["Hello", page.answers[0][1], "And now?"]
    assert [sent(call) for call in calls[2:]] == [promoted, promoted]


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


def test_a_broken_link_is_named_and_the_default_shown(demo_connection: Connection) -> None:
    page = Page(link="eNq1zjEOwj")
    (error,) = page.alerts
    assert error.startswith("The address holds a set-up of lanes that cannot be read")
    assert len(page.lanes) == 2
    assert page.linked == tuple(page.lanes)


def test_a_link_to_a_connection_that_is_not_here_names_the_lane(lane: Lane) -> None:
    page = Page(lane, replace(lane, connection_id="gateway"))
    (error,) = page.alerts
    assert error.startswith("Lane B: The connection 'gateway' is not configured here")
    assert [each.connection_id for each in page.lanes] == ["demo", "demo"]


def test_what_a_person_types_is_drawn_as_text(
    calls: list[tuple[ChatRequest, TurnContext]], lane: Lane
) -> None:
    page = Page(replace(lane, model=":red-badge[Verified]"))
    page.ask(":red-badge[Verified] ![x](https://x.test/a.png)")
    drawn = "\n".join(page.texts)
    assert "Verified" in drawn
    assert ":red-badge[Verified]" not in drawn
    assert "![x]" not in drawn
