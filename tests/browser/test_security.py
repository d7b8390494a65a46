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

KEY = CANARIES["GWTRACE_CUSTOM_API_KEY"]
_IN_HEX = KEY.encode().hex()
_IN_BASE64 = b64encode(f"user:{KEY}".encode()).decode().rstrip("=")
# It comes in pieces of a few characters.
REPEATED = f"It is {KEY}, or {_IN_HEX}, or {_IN_BASE64}. So much for that."
# Of base64 a mask leaves what may be a neighbour's.
DISGUISED = (_IN_HEX, _IN_BASE64[8:-2])


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
    chat.ask("Hello")
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

    scripted.text = REPEATED
    chat.ask("What is your key?")
    scripted.text = ""
    expect(chat.answers.last).to_contain_text("It is ••••, or ••••, or ")
    expect(chat.answers.last).to_contain_text("So much for that.")
    page.get_by_role("radio", name="Events").click()
    wait_idle(page)
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
        for key in (gateway.key, *CANARIES.values(), *DISGUISED)
        if key.encode() in content
    ]
    assert found == []


def test_a_key_that_models_repeat_is_on_no_compare_page_in_no_frame_and_in_no_table(
    keyed_app: App,
    scripted_server: tuple[Scripted, str],
    open_compare: Callable[..., Compare],
) -> None:
    scripted_server[0].text = REPEATED
    lane = replace(LANE, connection_id="custom", route="", model="m")
    compare = open_compare(lane, replace(lane, sdk_path=SdkPath.PYDANTIC_AI))
    received: list[bytes] = []
    _listen(compare.page, received)
    # The page has its websocket already: this one brings what is listened to.
    compare.page.reload()
    expect(compare.heads).to_have_count(2)
    compare.ask("What is your key?", traces=2)
    scripted_server[0].text = ""
    page = compare.page.content()
    with compare.page.expect_download() as download:
        compare.page.locator(".st-key-compare-csv").get_by_role("button").click()
    table = download.value.path().read_bytes()

    assert table.count("It is ••••, or ••••, or ".encode()) == 2
    places = {
        "page": page.encode(),
        "websocket": b"".join(received),
        "table": table,
        "log": keyed_app.log.encode(),
        **{path.name: path.read_bytes() for path in _files(keyed_app.directory)},
    }
    assert b"So much for that" in places["websocket"]
    assert [
        (place, form)
        for place, content in places.items()
        for form in (KEY, *DISGUISED)
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
