"""What an edited question takes along, on real services and in MLflow's store."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.ui.chat.state import ChatState
from tests.browser.support import Store, root_of
from tests.pages.conftest import MAIN, Pages, texts
from tests.pages.kept_values import kept_by


def ask(app: AppTest, text: str) -> None:
    app.chat_input(key="chat.prompt").set_value(text).run()
    assert not app.exception


def questions(app: AppTest) -> list[str]:
    return [each.markdown[0].value for each in app.chat_message if each.name == "user"]


def test_an_edited_question_takes_later_turns_away_and_they_stay_away(
    pages: Pages, tmp_path: Path
) -> None:
    app = pages.start(wait=True)
    ask(app, "Hello, my name is Ada")
    ask(app, "What did I ask?")
    assert "Hello, my name is Ada" in texts(app)
    first = kept_by(app, ChatState).turns[0].turn_id
    app.button(key=f"chat.begin_edit.{first}").click().run()
    app.text_area(key=f"chat.edit.{first}").set_value("Hi, my name is Grace")
    app.button(key=f"chat.resend.{first}").click().run()
    assert questions(app) == ["Hi, my name is Grace"]

    ask(app, "What did I ask?")
    assert questions(app) == ["Hi, my name is Grace", "What did I ask?"]
    answer = [each for each in app.chat_message if each.name == "assistant"][-1]
    said = "\n".join(each.value for each in answer.markdown)
    assert "Hi, my name is Grace" in said
    assert "Ada" not in said

    newest = Store(f"sqlite:///{tmp_path}/mlflow.db").newest
    messages = root_of(newest).inputs["messages"]
    assert [each["content"] for each in messages if each["role"] == "user"] == questions(app)

    # What left the conversation stays in MLflow, and away for whoever opens it anew.
    session_id = kept_by(app, ChatState).session_id
    stored = pages.services.store.read_session_turns(session_id)
    assert [each.message.text for each in stored].count("Hello, my name is Ada") == 1
    later = AppTest.from_file(MAIN, default_timeout=60)
    later.query_params["session"] = session_id
    later.run()
    assert questions(later) == ["Hi, my name is Grace", "What did I ask?"]
