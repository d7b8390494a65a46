"""What the settings make of the pages by themselves, without a click."""

from __future__ import annotations

import json
import threading
from functools import partial

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.running_app import RunApp
from tests.browser.support import REPOSITORY, SOON_MS, App, eventually
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted

MODELS = [{"route": "openai", "provider": "openai", "models": [{"id": "gpt-mine"}]}]


def test_the_picker_shows_the_keys_own_model_once_its_list_has_come(
    open_page: OpenPage, run_app: RunApp
) -> None:
    let = threading.Event()

    def answer(_: Asked) -> Reply:
        assert let.wait(60)
        return Reply(body=json.dumps(MODELS), content_type=JSON)

    with scripted(answer) as server:
        app = run_app(
            REPOSITORY / "app.py",
            env={
                "PYDANTIC_AI_GATEWAY_BASE_URL": f"{server.url}/proxy",
                "PYDANTIC_AI_GATEWAY_API_KEY": "canary",
            },
        )
        page = open_page(app.url)
        # The box that is replaced is still in the page for a moment, out of sight.
        model = page.get_by_label("Model", exact=True).filter(visible=True)
        expect(model).not_to_have_value("gpt-mine")
        let.set()
        expect(model).to_have_value("gpt-mine", timeout=SOON_MS)


def are_in_line(first: Locator, second: Locator) -> bool:
    boxes = [each.bounding_box() for each in (first, second)]
    tops = {box["y"] for box in boxes if box is not None}
    return None not in boxes and len(tops) == 1


def test_both_tests_of_a_connection_are_in_sight_and_in_one_line(
    app: App, open_page: OpenPage, watch: Watch
) -> None:
    # Streamlit looks for its server under the page's own address first.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    page = open_page(f"{app.url}/connections", height=720)
    card = page.locator("[class*='st-key-connections-card-demo']")
    free = card.get_by_role("button", name="Test", exact=True)
    paid = card.get_by_role("button", name="Test with a call")
    for width, height in ((1280, 720), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        # Streamlit lays out again a moment after the window has changed.
        eventually(page, partial(are_in_line, free, paid), True)
        expect(paid).to_be_in_viewport()


def test_a_private_address_may_be_typed_by_the_owner_of_the_machine_and_not_from_outside(
    app: App, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    page = open_page("")
    typed = page.get_by_text("Custom server, typed", exact=True)

    def type_connection() -> None:
        page.goto(f"{app.url}/connections")
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
