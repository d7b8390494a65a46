"""What the pages draw, run as Streamlit runs them but without a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import MAIN, texts

PAGES = sorted(path.name for path in MAIN.parent.glob("*.py") if path.name[0] not in "_m")

NewSession = Callable[..., AppTest]


def test_every_page_of_the_folder_is_tried() -> None:
    assert {"chat.py", "connections.py"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_draws_without_any_key(shared_pages: NewSession, page: str) -> None:
    app = shared_pages(page)
    assert not app.exception
    assert not app.error
    # A list of everybody's traces, prompts or evaluations is no answer of the demo's.
    asks = page in ("chat.py", "compare.py")
    assert ("Demo · simulated answers" in texts(app)) is asks
    assert ("Chat by Demo gateway" in texts(app)) is not asks


def test_the_chat_page_begins_with_three_prompts_and_the_demo(shared_pages: NewSession) -> None:
    app = shared_pages()
    assert [button.label for button in app.button if button.label == "Try it"] == ["Try it"] * 3
    assert app.selectbox(key="chat.lane.connection").value == "demo"
    assert app.chat_input(key="chat.prompt").placeholder == "Ask anything"
    assert app.button(key="chat.new").disabled


def test_paths_that_cannot_reach_the_provider_are_disabled_and_say_why(
    shared_pages: NewSession,
) -> None:
    app = shared_pages()
    app.selectbox(key="chat.lane.provider.demo").select("anthropic").run()
    app.session_state["chat.lane.paths"] = True
    app.run()
    state = {
        path: app.button(key=f"chat.lane.path.{path}").disabled
        for path in ("openai-chat", "openai-responses", "anthropic-messages", "pydantic-ai")
    }
    assert state == {
        "openai-chat": False,
        "openai-responses": True,
        "anthropic-messages": False,
        "pydantic-ai": False,
    }
    assert "Anthropic has no Responses API." in texts(app)


def test_parameters_that_the_model_does_not_take_are_disabled(shared_pages: NewSession) -> None:
    app = shared_pages()
    app.session_state["chat.lane.gear"] = True
    for model, takes_effort in (("gpt-5.2", True), ("gpt-4o-mini", False)):
        app.selectbox(key="chat.lane.model.demo.openai").select(model).run()
        effort = app.selectbox(key="chat.lane.effort")
        assert effort.disabled is not takes_effort
        assert bool(effort.help) is not takes_effort


def test_the_connections_page_says_how_to_set_a_key(shared_pages: NewSession) -> None:
    app = shared_pages("connections.py")
    assert "No key is configured" in texts(app)
    assert "PYDANTIC_AI_GATEWAY_API_KEY" in texts(app)
