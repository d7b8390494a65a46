"""The prompts page without a browser: list, write, change, fill in, use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.prompts import example as example_prompt
from gwtrace_core.prompts.registry import PromptHistory
from gwtrace_core.prompts.template import TextTemplate
from gwtrace_core.prompts.use import prepare_prompt
from gwtrace_core.values.request import PromptUse
from pages.ui.chat.state import ChatState
from pages.ui.compare.state import CompareState
from tests.pages.conftest import Pages, texts
from tests.pages.kept_values import kept_by

EXAMPLE = "support-answer"


@pytest.fixture
def app(pages: Pages) -> Iterator[AppTest]:
    """The page of a registry without prompts."""
    app = pages.start("prompts.py", wait=True)
    assert not app.exception
    yield app
    assert not app.exception


def history(pages: Pages, name: str = EXAMPLE) -> PromptHistory:
    found = pages.services.prompts.read_history(name)
    assert found is not None
    return found


def example(app: AppTest) -> AppTest:
    return app.button(key="prompts.example").click().run()


def show(app: AppTest, tab: str) -> AppTest:
    return app.segmented_control(key="prompts.tab").set_value(tab).run()


def test_an_empty_registry_explains_itself_and_offers_an_example(
    app: AppTest, pages: Pages
) -> None:
    assert "MLflow's prompt registry" in texts(app)
    example(app)
    found = history(pages)
    assert found.summary.aliases == {"challenger": 2, "production": 1}
    assert app.query_params["prompt"] == EXAMPLE
    assert "Shorter answers that end with a question" in texts(app)


def test_a_prompt_is_found_by_a_part_of_its_name(app: AppTest, pages: Pages) -> None:
    pages.services.prompts.create("greeting", TextTemplate(text="Hello"), author="ada")
    app.text_input(key="prompts.search").set_value("GREET").run()
    assert "**greeting** :gray[v1]" in texts(app)
    app.text_input(key="prompts.search").set_value("nothing").run()
    assert "No prompt has nothing in its name." in texts(app)
    app.text_input(key="prompts.search").set_value("").run()
    app.button(key="prompts.open.greeting").click().run()
    assert app.query_params["prompt"] == "greeting"
    assert "No commit message" in texts(app)


def test_an_alias_is_moved_and_a_tag_is_set(app: AppTest, pages: Pages) -> None:
    example(app)
    key = f"prompts.alias.{EXAMPLE}.2"
    app.selectbox(key=f"{key}.new").set_value("production").run()
    assert "It moves here from v1." in texts(app)
    app.button(key=f"{key}.set").click().run()
    assert history(pages).summary.aliases == {"challenger": 2, "production": 2}
    app.button(key=f"{key}.x.challenger").click().run()
    assert history(pages).summary.aliases == {"production": 2}
    tag = f"prompts.tag.{EXAMPLE}.2"
    app.text_input(key=f"{tag}.name").set_value("reviewed").run()
    app.text_input(key=f"{tag}.value").set_value("yes").run()
    app.button(key=f"{tag}.set").click().run()
    assert history(pages).versions[0].tags == {"reviewed": "yes"}
    assert history(pages).summary.tags == {}

    app.button_group(key=f"{tag}.of").set_value(True).run()
    app.text_input(key=f"{tag}.name").set_value("team").run()
    app.text_input(key=f"{tag}.value").set_value("support").run()
    app.button(key=f"{tag}.set").click().run()
    assert history(pages).summary.tags == {"team": "support"}
    assert ":gray-badge[team: support]" in texts(app)
    app.button_group(key=f"{tag}.of").set_value(True).run()
    app.button(key=f"{tag}.x.None.team").click().run()
    assert history(pages).summary.tags == {}
    assert history(pages).versions[0].tags == {"reviewed": "yes"}


def test_missing_variables_are_named_before_anything_can_be_used(app: AppTest) -> None:
    example(app)
    show(app, "Use")
    key = f"prompts.{EXAMPLE}.2"
    assert not app.button(key=f"{key}.chat").disabled
    app.text_area(key=f"{key}.value.tone").set_value("").run()
    assert "No value yet for `tone`." in texts(app)
    assert app.button(key=f"{key}.chat").disabled
    assert app.button(key=f"{key}.compare").disabled


def test_a_prompt_becomes_the_chats_system_prompt(app: AppTest) -> None:
    example(app)
    show(app, "Use")
    app.button(key=f"prompts.{EXAMPLE}.2.chat").click().run()
    lane = kept_by(app, ChatState).lane
    assert lane is not None
    assert lane.system_prompt.startswith("You answer customers of Lighthouse Books.")
    assert lane.prompt == PromptUse(name=EXAMPLE, version=2)
    assert "Filled the system prompt from support-answer v2" in texts(app)


def test_a_prompt_becomes_the_message_to_all_lanes_and_no_later_one(
    app: AppTest, pages: Pages
) -> None:
    pages.services.prompts.create("question", TextTemplate(text="What is {{thing}}?"), author="ada")
    app.text_input(key="prompts.search").set_value("question").run()
    app.button(key="prompts.open.question").click().run()
    show(app, "Use")
    key = "prompts.question.1"
    app.text_area(key=f"{key}.value.thing").set_value("a buoy").run()
    app.segmented_control(key=f"{key}.place").set_value("user").run()
    app.button(key=f"{key}.compare").click().run()
    app.switch_page("compare.py").run()
    state = kept_by(app, CompareState)
    assert state.filled is not None
    assert (state.filled.text, state.rounds) == ("What is a buoy?", [])
    app.chat_input[0].set_value("What is a buoy?").run()
    app.chat_input[0].set_value("Something else").run()
    use = PromptUse(name="question", version=1)
    assert [
        [turn.message.prompt for turn in each.turns.values()]
        for each in kept_by(app, CompareState).rounds
    ] == [[use, use], [None, None]]


def test_versions_become_lanes_that_differ_in_nothing_else(app: AppTest) -> None:
    example(app)
    show(app, "Use")
    app.button(key=f"prompts.{EXAMPLE}.2.compare").click().run()
    lanes = [column.lane for column in kept_by(app, CompareState).lanes]
    assert lanes[-1].prompt == PromptUse(name=EXAMPLE, version=2)
    assert lanes[-1].system_prompt.endswith("that helps to solve the problem.")
    assert [lane.prompt for lane in lanes[:-1]] == [None, None]


def test_versions_are_held_against_each_other_and_listed(app: AppTest) -> None:
    example(app)
    show(app, "Difference")
    assert app.selectbox(key=f"prompts.against.{EXAMPLE}.2").value == 1
    show(app, "History")
    assert "**v1** First version" in texts(app)
    app.button(key="prompts.show.1").click().run()
    assert app.query_params["version"] == "1"
    show(app, "Traces")
    rows = app.dataframe[0].value.to_dict("records")
    assert [(row["Version"], row["Traces"]) for row in rows] == [("v2", "0"), ("v1 (this)", "0")]


def test_a_store_that_is_away_is_named(pages: Pages) -> None:
    app = pages.start("prompts.py", wait=True, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert not app.exception
    assert "the connection was refused" in app.error[-1].value


def test_an_alias_is_followed_when_the_message_is_sent(app: AppTest, pages: Pages) -> None:
    example(app)
    app.switch_page("chat.py").run()
    first = history(pages).versions[-1]
    ready = prepare_prompt(first, example_prompt.VALUES, place="system", alias="production")
    chat = kept_by(app, ChatState)
    assert chat.lane is not None
    chat.lane = replace(chat.lane, system_prompt=ready.system_prompt, prompt=ready.use)
    pages.services.prompts.set_alias(EXAMPLE, "production", 2)
    app.chat_input[0].set_value("Where is my book?").run()
    assert "production of support-answer stands for v2 now, which was sent." in texts(app)
    lane = kept_by(app, ChatState).turns[0].lane
    assert lane.prompt == PromptUse(name=EXAMPLE, version=2, alias="production")
    assert lane.system_prompt.endswith("that helps to solve the problem.")
    assert kept_by(app, ChatState).lane == lane


def test_every_lane_of_a_comparison_follows_its_alias(app: AppTest, pages: Pages) -> None:
    example(app)
    app.switch_page("compare.py").run()
    first = history(pages).versions[-1]
    ready = prepare_prompt(first, example_prompt.VALUES, place="system", alias="production")
    column, other = kept_by(app, CompareState).lanes
    column.lane = replace(column.lane, system_prompt=ready.system_prompt, prompt=ready.use)
    pages.services.prompts.set_alias(EXAMPLE, "production", 2)
    app.chat_input[0].set_value("Where is my book?").run()
    state = kept_by(app, CompareState)
    asked = {name: turn.lane.prompt for name, turn in state.rounds[0].turns.items()}
    now = PromptUse(name=EXAMPLE, version=2, alias="production")
    assert asked == {column.lane_id: now, other.lane_id: None}
    assert [each.lane.prompt for each in state.lanes] == [now, None]


def test_a_lane_whose_values_are_not_known_keeps_its_version(app: AppTest, pages: Pages) -> None:
    example(app)
    app.switch_page("chat.py").run()
    use = PromptUse(name=EXAMPLE, version=1, alias="production")
    chat = kept_by(app, ChatState)
    assert chat.lane is not None
    chat.lane = replace(chat.lane, system_prompt="Filled elsewhere", prompt=use)
    pages.services.prompts.set_alias(EXAMPLE, "production", 2)
    app.chat_input[0].set_value("Where is my book?").run()
    assert "stands for v2 now; v1 was sent, as it was picked." in texts(app)
    lane = kept_by(app, ChatState).turns[0].lane
    assert (lane.system_prompt, lane.prompt) == ("Filled elsewhere", use)
