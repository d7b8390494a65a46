"""What the pages say of settings and of MLflow, each test on services of its own."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.gateway.catalog import known_models
from gwtrace_core.gateway.sure_models import SURE_MODELS
from gwtrace_core.lanes.link import write_link
from gwtrace_core.values.connection import Provider
from gwtrace_core.values.request import Lane
from pages.ui.compare.state import CompareState
from pages.ui.session.services import services
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted
from tests.pages.conftest import MAIN, Pages, texts
from tests.pages.kept_values import kept_by


@pytest.mark.parametrize(
    ("base_url", "message", "hint"),
    [
        ("https://gateway.pydantic.dev/proxy", "was shut down on 13 April 2026", "gateway-us"),
        (
            "https://gateway-us.pydantic.dev/proxy/openai/v1",
            "routes are appended to /proxy",
            "/proxy",
        ),
        ("http://127.0.0.1:9/v1", "ends in /v1, which is not part of a gateway", "127.0.0.1:9"),
        (
            "https://gateway-eu.pydantic.dev",
            "lacks /proxy",
            "https://gateway-eu.pydantic.dev/proxy",
        ),
    ],
    ids=["retired host", "route and /v1", "/v1", "without /proxy"],
)
def test_a_wrong_base_url_is_explained_and_the_demo_is_offered(
    pages: Pages, base_url: str, message: str, hint: str
) -> None:
    app = pages.start(
        "connections.py",
        PYDANTIC_AI_GATEWAY_BASE_URL=base_url,
        PYDANTIC_AI_GATEWAY_API_KEY="pylf_v1_us_canary",
    )
    assert not app.exception
    [problem] = app.error
    shown = problem.value.replace("\\", "")
    assert shown.startswith("PYDANTIC_AI_GATEWAY_BASE_URL")
    assert message in shown
    assert hint in shown
    assert "pylf_v1_us_canary" not in texts(app)
    assert "Demo gateway" in texts(app)


def test_nonsense_in_two_settings_is_named_and_the_chat_works(pages: Pages) -> None:
    app = pages.start(
        "connections.py",
        wait=True,
        MLFLOW_TRACKING_URI="gopher://mlflow",
        PYDANTIC_AI_GATEWAY_API_KEY="no such key",
    )
    tracking, key = sorted(error.value.replace("\\", "") for error in app.error)
    assert tracking.startswith("MLFLOW_TRACKING_URI begins with gopher:, which MLflow does not")
    assert key.startswith("PYDANTIC_AI_GATEWAY_API_KEY holds white space")
    assert "no such key" not in texts(app)
    app.switch_page(str(MAIN.with_name("chat.py"))).run()
    app.chat_input(key="chat.prompt").set_value("Hello").run()
    assert not app.exception
    assert "Hello! This is" in texts(app)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MLFLOW_TRACKING_URI", "gopher://mlflow", "begins with gopher:"),
        ("MLFLOW_TRACKING_URI", "./runs", "names a folder"),
        ("MLFLOW_TRACKING_URI", "databricks", "names Databricks"),
        ("MLFLOW_EXPERIMENT_NAME", "two\nlines", "holds control characters"),
    ],
)
def test_where_to_record_that_is_not_understood_records_nothing_and_says_so_in_red(
    pages: Pages, tmp_path: Path, name: str, value: str, reason: str
) -> None:
    (tmp_path / "mlflow.db").unlink()
    app = pages.start(wait=True, **{name: value})
    app.chat_input(key="chat.prompt").set_value("Hello").run()
    shown = texts(app).replace("\\", "")
    assert not app.exception
    assert "Hello! This is" in shown
    assert f":red-badge[:material/cloud_off: Not recording] :small[{name} {reason}" in shown
    assert "**No trace of this turn**" in shown
    captions = [each.value.replace("\\", "") for each in app.caption]
    assert any(each.startswith(f"{name} {reason}") for each in captions)
    assert list(tmp_path.rglob("*.db")) == []
    app.switch_page(str(MAIN.with_name("connections.py"))).run()
    assert f":red-badge[not recording]  \n{name} {reason}" in texts(app).replace("\\", "")
    app.button(key="connections.test.tracking").click().run()
    assert f"**address** {name} {reason}" in texts(app).replace("\\", "")


def test_the_status_line_says_where_calls_and_traces_go(pages: Pages, tmp_path: Path) -> None:
    app = pages.start(
        wait=True,
        PYDANTIC_AI_GATEWAY_BASE_URL="http://127.0.0.1:9/proxy",
        PYDANTIC_AI_GATEWAY_API_KEY="canary",
    )
    shown = texts(app)
    assert "Pydantic AI Gateway] :small[`http://127.0.0.1:9/proxy`]" in shown
    assert "MLflow embedded store] :small[`mlflow.db`]" in shown
    app.selectbox(key="chat.lane.connection").select("demo").run()
    assert "Demo · simulated answers" in texts(app)


def test_a_tracking_server_that_is_not_there_is_named(pages: Pages) -> None:
    app = pages.start(wait=True, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert re.search(r"Not recording\] :small\[Nothing listens at .*127\.0\.0\.1", texts(app))
    assert not app.exception


def test_a_turn_is_answered_listed_and_returned_to(pages: Pages) -> None:
    app = pages.start(wait=True)
    app.selectbox(key="chat.lane.provider.demo").select("groq").run()
    app.selectbox(key="chat.lane.model.demo.groq").select("llama-3.3-70b-versatile").run()
    app.chat_input(key="chat.prompt").set_value("Hello").run()
    assert not app.exception
    assert [message.name for message in app.chat_message] == ["user", "assistant"]
    assert "Hello! This is `llama-3.3-70b-versatile`" in texts(app)
    [session] = pages.services.store.list_sessions()
    assert (session.title, session.turn_count) == ("Hello", 1)
    [turn] = pages.services.store.read_session_turns(session.session_id)
    assert f"`{turn.trace_id}`" in texts(app)

    later = AppTest.from_file(MAIN, default_timeout=60)
    later.query_params["session"] = session.session_id
    later.run()
    assert not later.exception
    assert [message.name for message in later.chat_message] == ["user", "assistant"]
    assert f"`{turn.trace_id}`" in texts(later)

    unknown = AppTest.from_file(MAIN, default_timeout=60)
    unknown.query_params["session"] = "0" * 32
    unknown.run()
    assert "MLflow holds no turns of the session" in texts(unknown)
    assert not unknown.chat_message


@pytest.mark.parametrize("page", [None, "compare.py"], ids=["chat", "compare"])
def test_a_setting_that_is_not_understood_is_named_wherever_the_demo_answers_instead(
    pages: Pages, page: str | None
) -> None:
    app = pages.start(
        page,
        PYDANTIC_AI_GATEWAY_BASE_URL="https://gateway-eu.pydantic.dev",
        PYDANTIC_AI_GATEWAY_API_KEY="pylf_v1_us_canary",
    )
    [named] = [each for each in app.button if each.key == "status.settings"]
    assert named.label == "See Connections"
    assert "Not understood] :small[`PYDANTIC_AI_GATEWAY_BASE_URL`]" in texts(app)
    named.click().run()
    assert not app.exception
    assert "lacks /proxy" in "".join(error.value for error in app.error)


def test_settings_that_are_understood_are_not_spoken_of(pages: Pages) -> None:
    app = pages.start(PYDANTIC_AI_GATEWAY_API_KEY="pylf_v1_us_canary")
    assert not [each for each in app.button if each.key == "status.settings"]


MODEL = "chat.lane.model.gateway.openai"
FOLLOWED = "chat.lane.again-1.model.gateway.openai"


@contextmanager
def listing(*models: str) -> Iterator[tuple[str, threading.Event]]:
    """A gateway that lists these models for its key, once it is let; its base URL."""
    let = threading.Event()
    rows = [{"route": "openai", "provider": "openai", "models": [{"id": each} for each in models]}]

    def answer(_: Asked) -> Reply:
        assert let.wait(60)
        return Reply(body=json.dumps(rows), content_type=JSON)

    with scripted(answer) as server:
        yield f"{server.url}/proxy", let


def wait_for_the_list(app: AppTest) -> AppTest:
    [gateway] = [each for each in services().settings.connections if each.is_gateway]
    deadline = time.monotonic() + 30
    while services().model_lists.is_awaited(gateway):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return app.run()


def test_a_first_model_that_nobody_picked_follows_the_keys_own_list(pages: Pages) -> None:
    with listing("gpt-mine", "gpt-other") as (base_url, let):
        app = pages.start(
            PYDANTIC_AI_GATEWAY_BASE_URL=base_url, PYDANTIC_AI_GATEWAY_API_KEY="canary"
        )
        assert app.selectbox(key=MODEL).value == SURE_MODELS[Provider.OPENAI]
        let.set()
        picker = wait_for_the_list(app).selectbox(key=FOLLOWED)
        assert (picker.value, picker.label, picker.options) == (
            "gpt-mine",
            "Model",
            ["gpt-mine", "gpt-other"],
        )
        picker.select("gpt-other").run()
        assert app.run().selectbox(key=FOLLOWED).value == "gpt-other"


def test_a_model_that_was_picked_stays_and_is_said_not_to_be_on_the_list(pages: Pages) -> None:
    picked = known_models(Provider.OPENAI)[1].id
    with listing("gpt-mine") as (base_url, let):
        app = pages.start(
            PYDANTIC_AI_GATEWAY_BASE_URL=base_url, PYDANTIC_AI_GATEWAY_API_KEY="canary"
        )
        app.selectbox(key=MODEL).select(picked)
        let.set()
        # The pick and the list come with one and the same run of the page.
        picker = wait_for_the_list(app).selectbox(key=MODEL)
    assert (picker.value, picker.options) == (picked, [picked, "gpt-mine"])
    assert "not on the key's list" in picker.label


def test_lanes_follow_the_keys_own_list_unless_a_link_brought_them(pages: Pages) -> None:
    with listing("gpt-mine") as (base_url, let):
        app = pages.start(
            "compare.py",
            PYDANTIC_AI_GATEWAY_BASE_URL=base_url,
            PYDANTIC_AI_GATEWAY_API_KEY="canary",
        )
        chosen = compared(app)
        linked = AppTest.from_file(MAIN, default_timeout=60)
        linked.query_params["lanes"] = write_link(chosen)
        linked.switch_page(str(MAIN.with_name("compare.py"))).run()
        let.set()
        found, kept = compared(wait_for_the_list(app)), compared(wait_for_the_list(linked))
    assert [lane.model for lane in found] == ["gpt-mine", "gpt-mine"]
    assert [replace(lane, model=chosen[0].model) for lane in found] == chosen
    assert kept == chosen


def compared(app: AppTest) -> list[Lane]:
    assert not app.exception
    return [column.lane for column in kept_by(app, CompareState).lanes]


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        (
            "postgresql+nodriver://ada:canary-pw@127.0.0.1:9/db?token=canary-token&sslmode=require",
            "postgresql+nodriver://ada:••••@127.0.0.1:9/db?token=••••&sslmode=require",
        ),
        ("localhost:9/?token=canary-token", "http://localhost:9/?token=••••"),
        ("sqlite:x.db?password=canary-pw", "sqlite:///x.db?password=••••"),
    ],
    ids=["not reached", "without scheme", "too few slashes"],
)
def test_no_page_tells_what_a_tracking_uri_hides(pages: Pages, uri: str, shown: str) -> None:
    seen = [texts(pages.start("connections.py", wait=True, MLFLOW_TRACKING_URI=uri))]
    app = pages.start()
    app.chat_input(key="chat.prompt").set_value("Hello").run()
    seen.append(texts(app))
    assert shown in "".join(seen).replace("\\", "")
    assert "canary-" not in "".join(seen)
