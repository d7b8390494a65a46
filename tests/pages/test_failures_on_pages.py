"""What the pages say of keys and hosts that fail."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from tests.browser.servers import refusing_host
from tests.pages.conftest import MAIN, Pages, texts


def ask_by(app: AppTest, connection: str) -> str:
    """The failure that the chat shows, when it asks by the connection of that label."""
    box = app.selectbox(key="chat.lane.connection")
    box.select_index(box.options.index(connection)).run()
    app.chat_input(key="chat.prompt").set_value("Hello").run()
    assert not app.exception
    return "\n".join(each.value for each in app.chat_message[-1].error)


def test_keys_that_fail_can_be_offered_and_are_told_apart(pages: Pages) -> None:
    app = pages.start("connections.py", wait=True)
    [offered] = [each for each in app.multiselect if each.label == "Offer these as connections"]
    offered.set_value(["demo-expired", "demo-rate-limited"]).run()
    assert "**Demo gateway, key demo-expired**" in texts(app)
    app.switch_page(str(MAIN.with_name("chat.py"))).run()
    assert "**Gateway: key expired** · HTTP 403" in ask_by(app, "Demo gateway, key demo-expired")
    assert "Demo · simulated answers" in texts(app)
    limited = ask_by(app, "Demo gateway, key demo-rate-limited")
    assert "**Gateway: rate limited** · HTTP 429" in limited
    assert ask_by(app, "Demo gateway") == ""
    assert "Hello! This is `gpt-5.2`" in texts(app)


def test_a_host_that_refuses_is_named_by_its_test_and_in_the_chat(pages: Pages) -> None:
    with refusing_host() as url:
        app = pages.start("connections.py", wait=True, GWTRACE_ALLOW_PRIVATE_HOSTS="true")
        app.selectbox(key="connections.key.what").set_value("OpenAI-compatible server")
        app.text_input(key="connections.key.base_url").set_value(f"{url}/v1")
        app.text_input(key="connections.key.key.0").set_value("canary-typed-77aa01bc")
        [submit] = [each for each in app.button if each.label == "Use for this session"]
        submit.click().run()
        [test] = [each for each in app.button if each.key == "connections.test.typed-custom"]
        test.click().run()
        shown = texts(app).replace("\\", "")
        assert re.search(r"\*\*host\*\* 127\.0\.0\.1:\d+ refused the connection", shown)
        app.switch_page(str(MAIN.with_name("chat.py"))).run()
        failure = ask_by(app, "Custom server, typed").replace("\\", "")
    for part in (
        "**Network: host unreachable**",
        "refused the connection",
        "Is the server running?",
    ):
        assert part in failure
