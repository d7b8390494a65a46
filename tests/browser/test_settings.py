"""What the settings make of the pages by themselves, without a click."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.running_app import RunApp
from tests.browser.support import SOON_MS, App, running, wait_idle
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted

MODELS = [{"route": "openai", "provider": "openai", "models": [{"id": "gpt-mine"}]}]


@dataclass(slots=True)
class Listed:
    """An app whose gateway tells which models the key has, once it may."""

    app: App
    let: threading.Event


@pytest.fixture(scope="module")
def listed(run_app: RunApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listed]:
    let = threading.Event()

    def answer(_: Asked) -> Reply:
        assert let.wait(60)
        return Reply(body=json.dumps(MODELS), content_type=JSON)

    with scripted(answer) as server:
        env = {
            "PYDANTIC_AI_GATEWAY_BASE_URL": f"{server.url}/proxy",
            "PYDANTIC_AI_GATEWAY_API_KEY": "canary",
        }
        with running(run_app, tmp_path_factory.mktemp("listed"), **env) as app:
            yield Listed(app=app, let=let)
        let.set()


def test_the_picker_shows_the_keys_own_model_once_its_list_has_come(
    open_page: OpenPage, listed: Listed
) -> None:
    page = open_page(listed.app.url)
    # The box that is replaced is still in the page for a moment, out of sight.
    model = page.get_by_label("Model", exact=True).filter(visible=True)
    expect(model).not_to_have_value("gpt-mine")
    listed.let.set()
    expect(model).to_have_value("gpt-mine", timeout=SOON_MS)


def test_both_tests_of_a_connection_are_in_sight_and_in_one_line_on_any_screen(
    listed: Listed, open_page: OpenPage, watch: Watch
) -> None:
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    listed.let.set()
    page = open_page(f"{listed.app.url}/connections", width=1280, height=720)
    card = page.locator("[class*='st-key-connections-card-']").first
    free = card.get_by_role("button", name="Test", exact=True)
    paid = card.get_by_role("button", name="Test with a call")
    for width, height in ((1280, 720), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        expect(paid).to_be_in_viewport()
        wait_idle(page)
        first, second = (each.bounding_box() for each in (free, paid))
        assert first is not None
        assert second is not None
        assert first["y"] == second["y"]


def test_a_private_address_may_be_typed_by_the_owner_of_the_machine_and_not_from_outside(
    listed: Listed, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    listed.let.set()
    page = open_page("")
    typed = page.get_by_text("Custom server, typed", exact=True)

    def type_connection() -> None:
        page.goto(f"{listed.app.url}/connections")
        page.get_by_label("What for").click()
        page.get_by_role("option", name="OpenAI-compatible server").click()
        page.get_by_label("Base URL").fill("http://127.0.0.1:9/v1")
        page.get_by_role("button", name="Use for this session").click()

    # As a proxy on this machine passes a stranger's request on.
    page.context.set_extra_http_headers({"X-Forwarded-For": "203.0.113.9"})
    type_connection()
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("127.0.0.1 is a private address", timeout=SOON_MS)
    expect(refused).to_contain_text("GWTRACE_ALLOW_PRIVATE_HOSTS=true")
    expect(typed).to_have_count(0)
    page.context.set_extra_http_headers({})
    type_connection()
    expect(typed.first).to_be_visible(timeout=SOON_MS)
    expect(refused).to_have_count(0)
