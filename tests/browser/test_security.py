"""Keys stay where they belong, and nothing leaves this machine that was not asked for."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, WebSocket, expect

from gwtrace_core.values.connection import SdkPath
from tests.browser.compare_page import LANE, Compare
from tests.browser.conftest import OpenPage, Watch
from tests.browser.servers import KeyedGateway, Scripted, refusal_that_repeats
from tests.browser.support import CANARIES, SLOW_MS, App, Chat, go, wait_idle

pytestmark = pytest.mark.browser


def test_every_answer_carries_the_security_headers(keyed_app: App) -> None:
    for path in ("/", "/connections", "/_stcore/health"):
        with urlopen(f"{keyed_app.url}{path}") as answer:
            policy = dict(
                part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
            )
            assert policy["default-src"] == "'self'"
            assert policy["img-src"] == "'self' data: blob:"
            assert policy["frame-ancestors"] == "'none'"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"


def test_no_key_reaches_page_wire_log_store_code_or_address(
    keyed_app: App,
    gateway: KeyedGateway,
    scripted_server: tuple[Scripted, str],
    open_page: OpenPage,
) -> None:
    chat = Chat(open_page(""))
    page = chat.page
    received: list[bytes] = []
    _listen(page, received)
    page.goto(keyed_app.url)
    expect(chat.status).to_contain_text("MLflow embedded store", timeout=SLOW_MS)
    shown: list[str] = []

    chat.pick("Model", "gpt-5.4-mini")
    chat.ask("What is 17% of 2,340?")
    for view in ("Input and output", "Attributes"):
        page.get_by_role("radio", name=view).click()
        wait_idle(page)
        shown.append(page.content())
    chat.action("code").click()
    script = page.get_by_role("dialog").locator("code").first
    expect(script).to_contain_text("PYDANTIC_AI_GATEWAY_API_KEY")
    shown += [page.content(), script.inner_text(), page.url]
    page.keyboard.press("Escape")
    wait_idle(page)

    scripted = scripted_server[0]
    scripted.respond = lambda authorization: refusal_that_repeats(authorization.split()[-1])
    chat.pick("Connection", "Scripted server")
    chat.ask("Hello")
    scripted.respond = None
    expect(chat.failure).to_contain_text("Provider: key rejected · HTTP 401")
    chat.answers.last.get_by_text("The answer as it came").click()
    shown.append(page.content())

    go(page, "Connections")
    expect(page.get_by_text("streamlit 1.")).to_be_visible()
    for button in page.get_by_role("button", name="Test", exact=True).all()[:2]:
        button.click()
        wait_idle(page)
    shown += [page.content(), page.url]

    # The keys were used: by their own servers, and only there.
    assert {key.removeprefix("Bearer ") for key in gateway.keys_sent} == {gateway.key}
    assert scripted.keys == {CANARIES["GWTRACE_CUSTOM_API_KEY"]}
    places = {
        "page": "\n".join(shown).encode(),
        "websocket": b"".join(received),
        "log": keyed_app.log.encode(),
        **{path.name: path.read_bytes() for path in _files(keyed_app.directory)},
    }
    assert set(places) >= {"page", "websocket", "log", "mlflow.db"}
    assert min(len(places[name]) for name in ("page", "websocket", "mlflow.db")) > 10_000
    found = [
        (place, key)
        for place, content in places.items()
        for key in (gateway.key, *CANARIES.values())
        if key.encode() in content
    ]
    assert found == []


def test_a_key_that_the_model_repeats_is_on_no_page_in_no_frame_and_in_no_file(
    keyed_app: App,
    scripted_server: tuple[Scripted, str],
    open_page: OpenPage,
    open_compare: Callable[..., Compare],
) -> None:
    key = CANARIES["GWTRACE_CUSTOM_API_KEY"]
    forms = (key, key.encode().hex(), b64encode(f"user:{key}".encode()).decode().rstrip("="))
    # It comes in pieces of a few characters.
    scripted_server[0].text = f"It is {', or '.join(forms)}. So much for that."
    chat = Chat(open_page(""))
    received: list[bytes] = []
    _listen(chat.page, received)
    chat.page.goto(keyed_app.url)
    expect(chat.status).to_contain_text("MLflow embedded store", timeout=SLOW_MS)
    chat.pick("Connection", "Scripted server")
    chat.ask("What is your key?")
    expect(chat.answers.last).to_contain_text("So much for that.")
    expect(chat.answers.last).to_contain_text("It is ••••, or ••••, or ")
    chat.page.get_by_role("radio", name="Events").click()
    wait_idle(chat.page)
    shown = [chat.page.content()]

    lane = replace(LANE, connection_id="custom", route="", model="m")
    compare = open_compare(lane, replace(lane, sdk_path=SdkPath.PYDANTIC_AI))
    _listen(compare.page, received)
    compare.ask("What is your key?", traces=2)
    shown.append(compare.page.content())
    with compare.page.expect_download() as download:
        compare.page.locator(".st-key-compare-csv").get_by_role("button").click()
    table = download.value.path().read_bytes()
    scripted_server[0].text = ""

    assert table.count("It is ••••, or ••••, or ".encode()) == 2
    places = {
        "pages": "\n".join(shown).encode(),
        "websocket": b"".join(received),
        "table": table,
        "log": keyed_app.log.encode(),
        **{path.name: path.read_bytes() for path in _files(keyed_app.directory)},
    }
    # Of base64 a mask leaves what may be a neighbour's.
    told = (key, forms[1], forms[2][8:-2])
    assert b"So much for that" in places["websocket"]
    assert [
        (place, form)
        for place, content in places.items()
        for form in told
        if form.encode() in content
    ] == []


def _listen(page: Page, received: list[bytes]) -> None:
    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: received.append(_bytes(data)))

    page.on("websocket", listen)


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def test_an_address_below_a_page_leads_to_the_page(
    keyed_app: App, open_page: OpenPage, watch: Watch
) -> None:
    # Streamlit asks below every page first, then at the root.
    watch.allow(r"^console: .* 404 \(Not Found\)$")
    page = open_page(f"{keyed_app.url}/traces/nothing/here?order=oldest&path=nonsense")
    expect(page.get_by_text("sets path to something that is no such value")).to_be_visible(
        timeout=SLOW_MS
    )
    assert page.url == f"{keyed_app.url}/traces?order=oldest"
    go(page, "Chat")
    expect(page.get_by_text("no such value")).to_have_count(0)
