"""Earlier comparisons and saved set-ups on the compare page, on a real MLflow store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.figures.repeated import make_distinct_line
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.lanes.comparison import make_comparison_session_id, make_comparison_tags
from gwtrace_core.lanes.lanes import choose_default_lane
from gwtrace_core.lanes.link import write_link
from gwtrace_core.mlflow_store.conversations.conversations import PREFERENCE
from gwtrace_core.running.remembered import RememberedRuns
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import Connection, SdkPath
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext
from pages.ui.session.services import Services, connections
from tests.pages.compare_page import COMPARE, TIMEOUT_S, Page
from tests.pages.conftest import Pages

SETTLE_S = 60.0
IDS = {"A": "aaaaaaaa", "B": "bbbbbbbb"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The services of a process without any key, on an embedded store of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("history"))
        pages = Pages(patch)
        pages.start(wait=True)
        yield pages.services
        pages.close()


@pytest.fixture
def connection(app: Services) -> Connection:
    return connections()[0]


@pytest.fixture
def lane(connection: Connection) -> Lane:
    return replace(choose_default_lane(connection), tools=())


class Asked:
    """Turns of a comparison, asked as the page would, but by a process that is gone."""

    def __init__(self, app: Services, connection: Connection, lane: Lane) -> None:
        self._app = app
        self._connection = connection
        self._lanes = {
            "A": lane,
            "B": replace(lane, sdk_path=SdkPath.OPENAI_RESPONSES, model="gpt-5.4-mini"),
        }
        self.comparison_id = uuid.uuid4().hex
        self.runs: list[Run] = []

    def ask(
        self,
        name: str,
        text: str,
        *,
        index: int = 0,
        before: Sequence[str] = (),
        distinct_line: str = "",
        **place: Any,
    ) -> Run:
        lane = self._lanes[name]
        context = TurnContext(
            session_id=make_comparison_session_id(
                self.comparison_id,
                IDS[name],
                row=place.get("row"),
                repetition=place.get("repetition") or 1,
            ),
            user="ada",
            turn_index=index,
            tags=make_comparison_tags(
                comparison_id=self.comparison_id,
                lane_name=name,
                round_id=f"{index:08x}",
                **place,
            ),
        )
        said = [
            Message(role=role, text=words)
            for role, words in zip(("user", "assistant"), before, strict=False)
        ]
        messages = (*said, Message(role="user", text=text))
        request = ChatRequest(lane=lane, messages=messages, distinct_line=distinct_line)
        run = self._app.hub.start(request, resolve(self._connection, lane), context)
        assert run.wait_settled(SETTLE_S)
        self.runs.append(run)
        return run

    def forget(self) -> None:
        """What a restart does to the runs of a process."""
        hub = self._app.hub
        hub._remembered = RememberedRuns()  # pyright: ignore[reportPrivateUsage]  # without the wait


@pytest.fixture
def asked(app: Services, connection: Connection, lane: Lane) -> Asked:
    return Asked(app, connection, lane)


class HistoryPage(Page):
    """The compare page on an address of the test's."""

    def __init__(self, **query: str) -> None:
        self.test = AppTest.from_file(str(COMPARE), default_timeout=TIMEOUT_S)
        for name, value in query.items():
            self.test.query_params[name] = value
        self.run()

    def open_menu(self, key: str) -> None:
        self.test.session_state[key] = True
        self.run()

    def click_in_menu(self, menu: str, key: str) -> None:
        self.open_menu(menu)
        self.click(key)


def open_page(comparison_id: str, **more: str) -> HistoryPage:
    return HistoryPage(comparison=comparison_id, **more)


def test_the_address_brings_lanes_questions_answers_and_traces_back(asked: Asked) -> None:
    for index, text in enumerate(("Hello", "And again")):
        for name in IDS:
            asked.ask(name, text, index=index)
    asked.forget()
    page = open_page(asked.comparison_id)
    assert page.ids == ["aaaaaaaa", "bbbbbbbb"]
    assert page.names == "AB"
    assert [path for _, path in page.heads] == [SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES]
    assert [round_.message.text for round_ in page.state.rounds] == ["Hello", "And again"]
    by_place = {
        (run.context.turn_index, run.context.tags["gwtrace.comparison.lane"]): run.poll()
        for run in asked.runs
    }
    for index, round_ in enumerate(page.state.rounds):
        for name, lane_id in IDS.items():
            found = round_.turns[lane_id].snapshot()
            assert found.reply == by_place[index, name].reply
            assert found.trace == by_place[index, name].trace
    assert page.test.query_params["comparison"] in (asked.comparison_id, [asked.comparison_id])
    assert page.alerts == []


def test_runs_of_this_process_are_attached_again(asked: Asked) -> None:
    runs = [asked.ask(name, "Hello") for name in IDS]
    page = open_page(asked.comparison_id)
    (round_,) = page.state.rounds
    assert [round_.turns[lane_id].run for lane_id in page.ids] == runs


def test_a_blind_round_without_a_vote_stays_hidden_and_one_with_a_vote_tells_it(
    asked: Asked, app: Services
) -> None:
    runs = {name: asked.ask(name, "Hello", is_blind=True) for name in IDS}
    asked.forget()
    page = open_page(asked.comparison_id)
    assert page.state.is_hidden
    assert "Which lane is which shows after the vote." in page.texts
    for name, outcome in (("A", "loss"), ("B", "win")):
        trace_id = runs[name].trace_id
        assert trace_id is not None
        app.store.set_verdict(trace_id, name=PREFERENCE, value=outcome, comment=None, user="ada")
    page = open_page(asked.comparison_id)
    assert not page.state.is_hidden
    # Nobody knows any more which answer was the first.
    assert any(text.endswith("Vote of ada: lane B is better.") for text in page.texts)
    assert page.state.is_blind


def test_a_batch_comes_back_as_its_table(asked: Asked, app: Services) -> None:
    for row in (1, 2):
        for name in IDS:
            run = asked.ask(name, f"Row {row}", row=row)
            if row == 1:
                assert run.trace_id is not None
                app.store.set_expectation(run.trace_id, value="demo", user="ada")
    asked.forget()
    page = open_page(asked.comparison_id)
    table = page.test.session_state["kept.batch"].stored.results
    assert table.lane_names == ("A", "B")
    assert [(row.number, row.prompt, row.expected) for row in table.rows] == [
        (1, "Row 1", "demo"),
        (2, "Row 2", None),
    ]
    assert [summary.calls for summary in table.summaries] == [2, 2]
    assert len(page.test.dataframe) == 2
    assert any("Batch read back from MLflow" in text for text in page.texts)
    page.click("batch.leave")
    assert page.test.session_state["kept.batch"].stored is None


def test_an_address_of_nothing_says_so_and_sets_up_the_lanes(app: Services, lane: Lane) -> None:
    page = open_page("0" * 32, lanes=write_link([lane, lane, lane]))
    assert len(page.lanes) == 3
    (notice,) = page.alerts
    assert notice.startswith("MLflow holds no answers of the comparison that the address names.")
    assert "comparison" not in page.test.query_params


def test_the_menu_lists_comparisons_and_opens_one(asked: Asked) -> None:
    asked.ask("A", "Which *one* is this?")
    asked.forget()
    page = HistoryPage()
    page.open_menu("compare.history")
    entry = page.test.button(key=f"compare.history.{asked.comparison_id}")
    assert "Which \\*one\\* is this?" in entry.label
    assert "1 lane · 1 question · gpt-5.2" in entry.label
    page.click(f"compare.history.{asked.comparison_id}")
    assert page.state.comparison_id == asked.comparison_id
    assert [round_.message.text for round_ in page.state.rounds] == ["Which *one* is this?"]


def test_several_runs_of_one_prompt_come_back_with_their_lane(asked: Asked) -> None:
    for number in (1, 2, 3):
        asked.ask("A", "Hello", repetition=number, distinct_line=make_distinct_line(number, "a1"))
    asked.ask("B", "Hello")
    asked.forget()
    page = open_page(asked.comparison_id)
    (round_,) = page.state.rounds
    repeated = round_.repeated["aaaaaaaa"]
    assert [turn.trace_id for turn in repeated.turns] == [run.trace_id for run in asked.runs[:3]]
    assert (repeated.planned, repeated.is_over) == (3, True)
    assert round_.turns["aaaaaaaa"] is repeated.turns[0]
    assert page.state.runs == 3
    assert page.state.is_distinct
    assert page.state.lanes[0].lane.system_prompt == ""
    said = f":material/fingerprint: Its system prompt ended in: {make_distinct_line(1, 'a1')}"
    assert said in page.texts
    assert any("3 of 3 runs finished" in text for text in page.texts)


def test_answers_to_one_that_was_asked_again_stay_away(asked: Asked) -> None:
    for index in (0, 1):
        for name in IDS:
            asked.ask(name, f"Question {index}", index=index)
    again = asked.ask("A", "Question 0", index=0)
    asked.forget()
    page = open_page(asked.comparison_id)
    first, second = page.state.rounds
    assert first.turns["aaaaaaaa"].trace_id == again.trace_id
    assert list(second.turns) == ["bbbbbbbb"]
    assert "asked again" in second.withdrawn["aaaaaaaa"]


def test_what_was_promoted_is_still_everybody_s(asked: Asked) -> None:
    first = {name: asked.ask(name, f"Hello {name}") for name in IDS}
    said = first["B"].reply.text
    for name in IDS:
        asked.ask(name, "Go on", index=1, before=("Hello", said))
    asked.forget()
    page = open_page(asked.comparison_id)
    assert [round_.promoted_lane_id for round_ in page.state.rounds] == ["bbbbbbbb", None]


def test_a_lane_that_was_not_asked_last_is_named_and_left_out(asked: Asked) -> None:
    for name in IDS:
        asked.ask(name, "Hello")
    asked.ask("B", "And you?", index=1)
    asked.forget()
    page = open_page(asked.comparison_id)
    assert page.names == "B"
    (notice,) = page.alerts
    assert notice == "1 lane without an answer to the newest question (A) left out."


def test_saved_set_ups_are_listed_and_applied_with_lanes_of_unknown_connections(
    app: Services, lane: Lane
) -> None:
    lanes = (lane, replace(lane, streamed=False), replace(lane, connection_id="gateway"))
    app.store.save_setup("My *three*", lanes, user="ada")
    page = HistoryPage()
    page.open_menu("compare.setups")
    entry = page.test.button(key="compare.setups.apply.My *three*")
    assert entry.label == "My \\*three\\*  \n:small[3 lanes · gpt-5.2]"
    page.click("compare.setups.apply.My *three*")
    assert tuple(page.lanes) == lanes
    assert page.names == "ABC"
    assert page.linked == lanes
    (notice,) = page.alerts
    assert notice.startswith("Lane C: The connection 'gateway' is not configured here.")


def test_a_tracking_server_that_is_away_is_said_and_the_address_stays(
    app: Services, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise TrackingError("MLflow at http://x does not answer.", hint="Start it.")

    for name in ("comparison", "comparisons", "setups"):
        monkeypatch.setattr(app.store, name, away)
    comparison_id = "0" * 32
    page = open_page(comparison_id, lanes=write_link([lane]))
    assert len(page.lanes) == 1
    assert page.alerts[0].startswith(
        "The comparison was not restored. MLflow at http://x does not answer."
    )
    assert page.test.query_params["comparison"] in (comparison_id, [comparison_id])
    for menu in ("compare.history", "compare.setups"):
        page.open_menu(menu)
    assert sum("MLflow at http" in alert for alert in page.alerts) == 3
