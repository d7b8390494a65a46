"""What the pages offer of a connection, and which connection they begin with."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.gateway.sure_models import SURE_MODELS
from gwtrace_core.lanes.link import write_link
from gwtrace_core.settings.settings import Settings
from gwtrace_core.settings.typed_connections import read_typed_connection
from gwtrace_core.values.connection import ConnectionKind, Provider, SdkPath
from gwtrace_core.values.request import Lane
from pages.ui.session.services import ModelLists, connections, services
from tests.conftest import Demo, running_demo
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted
from tests.pages.conftest import MAIN, Pages, texts

KEY = "canary-of-the-key"


def wait_for_the_lists(app: AppTest) -> AppTest:
    deadline = time.monotonic() + 30
    while any(services().model_lists.is_awaited(each) for each in connections()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return app.run()


def own_routes(demo: Demo) -> dict[str, str]:
    """A gateway whose key has `builtin-openai` and `prod-anthropic`."""
    return {
        "PYDANTIC_AI_GATEWAY_BASE_URL": demo.base_url,
        "PYDANTIC_AI_GATEWAY_API_KEY": "demo-endpoints",
    }


def lane_of(app: AppTest) -> Lane:
    return app.session_state["kept.chat"].lane


def test_the_pickers_offer_the_keys_own_routes(pages: Pages, demo: Demo) -> None:
    app = wait_for_the_lists(pages.start(None, wait=False, **own_routes(demo)))
    lane = lane_of(app)
    assert (lane.provider, lane.route, lane.model) == (
        Provider.OPENAI,
        "builtin-openai",
        "gpt-5.2",
    )
    [provider] = [each for each in app.selectbox if each.label.startswith("Provider")]
    assert (provider.label, provider.options) == ("Provider", ["OpenAI", "Anthropic"])
    app.session_state["chat.lane.gear"] = True
    app.session_state["chat.lane.again-1.gear"] = True
    [route] = [each for each in app.run().selectbox if each.label.startswith("Route")]
    assert (route.label, route.value, route.options) == (
        "Route",
        "builtin-openai",
        ["builtin-openai"],
    )
    provider.select("anthropic").run()
    assert not app.exception
    assert (lane_of(app).route, lane_of(app).model) == ("prod-anthropic", "claude-sonnet-4-6")


def test_a_provider_without_a_route_is_marked_where_a_link_brings_it(
    pages: Pages, demo: Demo
) -> None:
    pages.start(None, wait=False, **own_routes(demo))
    linked = Lane(
        connection_id="gateway",
        provider=Provider.GROQ,
        route="groq",
        sdk_path=SdkPath.OPENAI_CHAT,
        model="llama-3.3-70b-versatile",
    )
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["lanes"] = write_link([linked])
    app.switch_page(str(MAIN.with_name("compare.py"))).run()
    app = wait_for_the_lists(app)
    assert not app.exception
    [column] = app.session_state["kept.compare"].lanes
    assert column.lane == linked
    app.session_state[f"compare.head.{column.lane_id}.open"] = True
    app.run()
    [provider] = [each for each in app.selectbox if each.label.startswith("Provider")]
    assert (provider.label, provider.options) == (
        "Provider, not on the key's list",
        ["Groq", "OpenAI", "Anthropic"],
    )


def test_the_demos_routes_are_offered_without_aliases(pages: Pages) -> None:
    app = pages.start()
    app.session_state["chat.lane.gear"] = True
    [route] = [each for each in app.run().selectbox if each.label == "Route"]
    assert route.options == ["openai", "misconfigured", "resilient"]


@contextmanager
def silent_server(*models: str) -> Iterator[str]:
    """A server of one's own that lists these models; its base URL."""
    rows = {"data": [{"id": each} for each in models]}

    def answer(_: Asked) -> Reply:
        return Reply(body=json.dumps(rows), content_type=JSON)

    with scripted(answer) as server:
        yield f"{server.url}/v1"


def begun_with(app: AppTest) -> list[tuple[str, str]]:
    """The connection and model of the first lane of chat and compare."""
    lanes = [lane_of(app)]
    app.switch_page(str(MAIN.with_name("compare.py"))).run()
    assert not app.exception
    assert "Demo ·" not in texts(app)
    lanes += [column.lane for column in app.session_state["kept.compare"].lanes[:1]]
    return [(lane.connection_id, lane.model) for lane in lanes]


def test_the_only_real_connection_is_begun_with(pages: Pages) -> None:
    with silent_server("llama-local", "qwen") as base_url:
        app = pages.start(wait=True, GWTRACE_CUSTOM_BASE_URL=base_url)
        app = wait_for_the_lists(app)
        assert "Demo ·" not in texts(app)
        assert begun_with(app) == [("custom", "llama-local")] * 2
        app.switch_page(str(MAIN.with_name("new_evaluation.py"))).run()
        app.menu_button(key="evaluate.add.judge").click("Fluency").run()
        assert not app.exception
        lane = app.session_state["kept.evaluate"].lane
        assert (lane.connection_id, lane.model) == ("custom", "llama-local")
        assert "Demo ·" not in texts(app)
        assert "A judge may write 4,096 tokens, reasoning included, and take 5 minutes" in texts(
            app
        )


def test_the_only_provider_with_a_key_is_begun_with(pages: Pages) -> None:
    app = pages.start(ANTHROPIC_API_KEY=KEY)
    assert "Anthropic, direct] :small[`https://api.anthropic.com`]" in texts(app)
    first = ("direct-anthropic", SURE_MODELS[Provider.ANTHROPIC])
    assert begun_with(app) == [first] * 2
    assert connections()[0].id == "direct-anthropic"


def test_of_several_providers_none_is_begun_with_unasked(pages: Pages) -> None:
    app = pages.start(ANTHROPIC_API_KEY=KEY, OPENAI_API_KEY=KEY)
    assert lane_of(app).connection_id == "demo"


def test_the_demo_is_not_spoken_of_over_what_others_answer(pages: Pages) -> None:
    app = pages.start(ANTHROPIC_API_KEY=KEY, OPENAI_API_KEY=KEY)
    assert "Demo · simulated answers" in texts(app)
    real = Lane(
        connection_id="direct-openai",
        provider=Provider.OPENAI,
        route="",
        sdk_path=SdkPath.OPENAI_CHAT,
        model="gpt-5.2",
    )
    demo = Lane(
        connection_id="demo",
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=SdkPath.OPENAI_CHAT,
        model="gpt-5.2",
    )
    for lanes, says in (
        ([real], ""),
        ([real, demo], "Demo · some answers simulated"),
        ([demo], "Demo · simulated answers"),
    ):
        linked = AppTest.from_file(MAIN, default_timeout=60)
        linked.query_params["lanes"] = write_link(lanes)
        linked.switch_page(str(MAIN.with_name("compare.py"))).run()
        for _ in range(2):
            # Before and after the page has drawn its lanes.
            assert not linked.exception
            assert (says or "Demo ·") in texts(linked) or not says
            assert ("Demo ·" in texts(linked)) is bool(says)
            assert ("OpenAI, direct] :small" in texts(linked)) is (real in lanes)
            linked.run()


def test_a_model_that_could_block_the_key_is_warned_of_once_picked(pages: Pages) -> None:
    with running_demo(pace=0, prefix="") as bare:
        app = pages.start(
            PYDANTIC_AI_GATEWAY_BASE_URL=bare.base_url, PYDANTIC_AI_GATEWAY_API_KEY="demo"
        )
        app = wait_for_the_lists(app)
        assert lane_of(app).model == SURE_MODELS[Provider.OPENAI]
        assert "block the key" not in texts(app)
        [model] = [each for each in app.selectbox if each.label == "Model"]
        model.select("gpt-6.1-sol").run()
        assert "This model is new" in texts(app) and "block the key" in texts(app)
        linked = AppTest.from_file(MAIN, default_timeout=60)
        linked.query_params["lanes"] = write_link([lane_of(app)])
        linked.switch_page(str(MAIN.with_name("compare.py"))).run()
        assert "block the key" in texts(linked)


def test_a_card_tests_a_sure_model_and_has_the_lines_for_coding_tools(
    pages: Pages, demo: Demo, tmp_path: Path
) -> None:
    app = wait_for_the_lists(pages.start("connections.py", wait=False, **own_routes(demo)))
    assert not app.exception
    model = app.selectbox(key="connections.model.gateway.builtin-openai")
    assert (model.value, model.options) == ("gpt-5.2", ["gpt-5.2", "gpt-5.4-mini", "gpt-4o-mini"])
    mark = demo.exchanges.mark
    app.button(key="connections.call.gateway").click().run()
    assert "Route builtin-openai leads to OpenAI." in texts(app).replace("\\", "")
    [call] = [each for each in demo.exchanges.since(mark) if each.method == "POST"]
    assert (call.path, call.json["model"]) == ("/proxy/builtin-openai/chat/completions", "gpt-5.2")
    codes = [code.value for code in app.code]
    assert any(f"{demo.base_url}/prod-anthropic" in each for each in codes)
    assert any(f"{demo.base_url}/builtin-openai" in each for each in codes)
    assert not any("demo-endpoints" in each for each in codes)


@pytest.mark.parametrize("page", ["traces.py", "prompts.py", "evaluate.py", "connections.py"])
def test_where_no_answer_is_shown_the_chats_connection_is_named(pages: Pages, page: str) -> None:
    app = pages.start(page)
    assert "Chat by Demo gateway" in texts(app)


def test_the_code_of_a_call_is_there_as_python_and_as_curl(pages: Pages, demo: Demo) -> None:
    app = wait_for_the_lists(pages.start(None, wait=True, **own_routes(demo)))
    app.chat_input(key="chat.prompt").set_value("Hello").run()
    [code] = [each for each in app.button if str(each.key).startswith("chat.code.")]
    code.click().run()
    assert not app.exception
    assert [tab.label for tab in app.tabs][:2] == ["Python", "curl"]
    python, curl = (each.value for each in app.code if "demo-endpoints" not in each.value)
    assert 'api_key=os.environ["PYDANTIC_AI_GATEWAY_API_KEY"]' in python
    assert f"{demo.base_url}/builtin-openai/chat/completions" in curl
    assert "${PYDANTIC_AI_GATEWAY_API_KEY:?}" in curl


def test_the_list_of_a_forgotten_key_is_forgotten_and_asked_for_anew() -> None:
    asked: list[str] = []

    def answer(request: Asked) -> Reply:
        asked.append(request.headers["authorization"])
        return Reply(body=json.dumps({"data": [{"id": "mine"}]}), content_type=JSON)

    with scripted(answer) as server:
        connection = read_typed_connection(
            kind=ConnectionKind.CUSTOM,
            base_url=f"{server.url}/v1",
            api_key=KEY,
            provider=Provider.OPENAI,
            settings=Settings(),
            is_open_to_others=False,
        )
        lists = ModelLists()
        for _ in range(2):
            deadline = time.monotonic() + 30
            while lists.is_awaited(connection):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            [route] = lists.routes(connection)
            assert route.models == ("mine",)
            lists.forget(connection)
        assert asked == [f"Bearer {KEY}"] * 2
        assert KEY not in repr(vars(lists))
