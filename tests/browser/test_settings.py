"""What the settings make of the pages by themselves, without a click."""

from __future__ import annotations

import json
import threading

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Watch
from tests.browser.running_app import RunApp
from tests.browser.support import REPOSITORY, SOON_MS, wait_idle
from tests.core.gateway.scripted import JSON, Asked, Reply, scripted

MODELS = [{"route": "openai", "provider": "openai", "models": [{"id": "gpt-mine"}]}]


def test_the_picker_shows_the_keys_own_model_once_its_list_has_come(
    chromium: Browser, run_app: RunApp, watch: Watch
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
        context = chromium.new_context(viewport={"width": 1280, "height": 860})
        watch.attach(context)
        page = context.new_page()
        page.goto(app.url)
        wait_idle(page)
        expect(page.get_by_label("Model", exact=True)).not_to_have_value("gpt-mine")
        let.set()
        expect(page.get_by_label("Model", exact=True)).to_have_value("gpt-mine", timeout=SOON_MS)
        context.close()
