"""Prompts in a browser: written, compared, used in the chat and on lanes, and found on traces."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.compare_page import Compare
from tests.browser.support import App, Chat, choose, eventually, go, go_to_list, wait_idle

pytestmark = pytest.mark.browser

Screenshot = Callable[[Page, str], Path]
EXAMPLE = "support-answer"
LINKED = "mlflow.linkedPrompts"


class Prompts:
    """The prompts page, in the words of its user."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.get_by_role("dialog")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def click(self, name: str) -> None:
        self.button(name).click()
        wait_idle(self.page)

    def show(self, tab: str) -> None:
        self.page.get_by_role("radio", name=tab, exact=True).click()
        wait_idle(self.page)

    def write(self, text: str, *, name: str = "", message: str = "") -> None:
        """In the dialog, which is open."""
        if name:
            self.dialog.get_by_role("textbox", name="Name").fill(name)
        self.dialog.get_by_label("Text", exact=True).last.fill(text)
        self.dialog.get_by_label("Commit message").fill(message)
        self.dialog.get_by_label("Commit message").press("Tab")
        wait_idle(self.page)

    def save(self) -> None:
        self.dialog.get_by_role("button", name="Save").click()


@pytest.fixture
def open_prompts(open_at: Callable[..., Page]) -> Callable[..., Prompts]:
    return lambda query="", **options: Prompts(open_at(f"prompts{query}", **options))


def links(app: App) -> list[list[dict[str, str]]]:
    """The linked prompts of every trace, newest first."""
    return [json.loads(trace.info.tags.get(LINKED, "[]")) for trace in app.store.traces]


def test_from_the_first_prompt_to_the_better_version(
    app: App, open_prompts: Callable[..., Prompts], screenshot: Screenshot
) -> None:
    prompts = open_prompts()
    page = prompts.page
    screenshot(page, "prompts-empty")
    prompts.click("Create an example")
    expect(page.get_by_role("heading", name=EXAMPLE)).to_be_visible()
    prompts.show("Difference")
    expect(page.locator(".answer-diff ins").first).to_be_visible()
    screenshot(page, "prompts-difference")
    prompts.show("Use")
    expect(page.locator(".prompt-text mark.filled").first).to_have_text("Lighthouse Books")
    screenshot(page, "prompts-use")
    prompts.click("Add as lane in Compare")
    compare = Compare(page)
    expect(compare.heads).to_have_count(3)
    expect(compare.heads.nth(2)).to_contain_text(f"{EXAMPLE} v2")
    # The lane beside it gets the other version, by its alias and in its own settings.
    head = compare.heads.nth(1)
    head.get_by_text("Set up this lane").click()
    head.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="From a prompt").click()
    dialog = page.get_by_role("dialog")
    choose(dialog.get_by_role("combobox", name="Version"), "production (v1)")
    expect(dialog.locator(".prompt-text")).not_to_contain_text("three sentences")
    screenshot(page, "prompts-pick")
    dialog.get_by_role("button", name="Use", exact=True).click()
    expect(compare.heads.nth(1)).to_contain_text(f"{EXAMPLE} v1 (production)")
    screenshot(page, "prompts-compare")
    compare.send("Where is my book?")
    compare.settle(3)
    wanted = [[], [{"name": EXAMPLE, "version": "1"}], [{"name": EXAMPLE, "version": "2"}]]
    # MLflow stores the links in the background.
    eventually(page, lambda: sorted(links(app), key=str), sorted(wanted, key=str))
    made = next(trace for trace in app.store.traces if '"2"' in trace.info.tags.get(LINKED, ""))
    app.store.judge(made.info.trace_id, True)
    go(page, "Prompts")
    page.locator(f".st-key-prompts-open-{EXAMPLE}").get_by_role("button").click()
    expect(page.get_by_role("heading", name=EXAMPLE)).to_be_visible()
    wait_idle(page)
    prompts.show("Traces")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    screenshot(page, "prompts-traces")
    prompts.click("Traces of v2")
    expect(page.get_by_role("button", name=f"Prompt: {EXAMPLE}/2")).to_be_visible()


def test_a_prompt_becomes_the_message_and_its_trace_says_so(
    app: App, open_prompts: Callable[..., Prompts], screenshot: Screenshot
) -> None:
    app.store.register("question", "What is {{thing}}?")
    prompts = open_prompts("?prompt=question")
    page = prompts.page
    prompts.show("Use")
    expect(prompts.button("Use in chat")).to_be_disabled()
    prompts.show("Use")
    page.get_by_label("thing").fill("a lighthouse")
    page.get_by_label("thing").press("Tab")
    expect(prompts.button("Use in chat")).to_be_enabled()
    page.get_by_role("radio", name="Message").click()
    prompts.click("Use in chat")
    chat = Chat(page)
    expect(chat.box).to_have_value("What is a lighthouse?")
    screenshot(page, "prompts-message")
    chat.box.press("Enter")
    expect(chat.questions).to_have_count(1)
    chat.settle()
    eventually(page, lambda: links(app)[0], [{"name": "question", "version": "1"}])
    chat.ask("Something else")
    assert links(app)[0] == []


def test_a_prompt_is_taken_away_as_a_file_comes_back_and_others_are_written_in_a_dialog(
    app: App, open_prompts: Callable[..., Prompts], tmp_path: Path, screenshot: Screenshot
) -> None:
    app.store.register("moved", "One {{x}}")
    app.store.register("moved", "Two {{x}}")
    prompts = open_prompts("?prompt=moved")
    page, dialog = prompts.page, prompts.dialog
    prompts.click("Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="All 2 versions (JSON)").click()
    path = tmp_path / "moved.json"
    path.write_text(Path(download.value.path()).read_text().replace('"moved"', '"arrived"'))
    page.keyboard.press("Escape")
    prompts.click("All prompts")
    prompts.click("Import")
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    dialog.locator("input[type=file]").set_input_files(bad)
    expect(dialog.get_by_role("alert").filter(has_text="Line 1 is not JSON")).to_be_visible()
    dialog.locator("input[type=file]").set_input_files(path)
    expect(dialog.get_by_text("arrived with 2 versions: a new prompt.")).to_be_visible()
    screenshot(page, "prompts-import")
    dialog.get_by_role("button", name="Import 2 versions").click()
    arrived = page.get_by_role("heading", name="arrived")
    expect(arrived).to_be_visible()
    assert [app.store.prompt("arrived", each).template for each in (1, 2)] == [
        "One {{x}}",
        "Two {{x}}",
    ]

    wait_idle(page)
    go_to_list(page, "Prompts")
    expect(prompts.button("New prompt")).to_be_visible()
    expect(arrived).to_have_count(0)
    expect(page).to_have_url(f"{app.url}/prompts")

    prompts.click("New prompt")
    prompts.write("Hello {{name}} {{ not ok }}", name="moved", message="First")
    expect(dialog.get_by_text("Not a variable, sent as it is")).to_be_visible()
    prompts.save()
    expect(dialog.get_by_role("alert").filter(has_text="There is a prompt named")).to_be_visible()
    screenshot(page, "prompts-dialog")
    dialog.get_by_role("textbox", name="Name").fill("hello")
    prompts.save()
    expect(page.get_by_role("heading", name="hello")).to_be_visible()
    prompts.click("New version")
    dialog.get_by_role("radio", name="Chat").click()
    dialog.get_by_label("Text of message 1").fill("Be {{tone}}.")
    dialog.get_by_label("Text of message 2").fill("{{question}}")
    dialog.get_by_label("Commit message").fill("As a chat")
    dialog.get_by_label("Commit message").press("Tab")
    expect(dialog.get_by_text("Variables: tone, question")).to_be_visible()
    prompts.save()
    expect(page.locator(".prompt-text .role")).to_have_text(["system", "user"])
    screenshot(page, "prompts-chat-template")
    assert app.store.prompt("hello", 2).template == [
        {"role": "system", "content": "Be {{tone}}."},
        {"role": "user", "content": "{{question}}"},
    ]
    assert app.store.prompt("hello", 1).template == "Hello {{name}} {{ not ok }}"


_LIGHTNESS = """button => {
    const lightness = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3)
            .map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const icon = button.querySelector('[data-testid=stIconMaterial]');
    const page = document.querySelector('[data-testid=stApp]');
    return [getComputedStyle(icon).color, getComputedStyle(page).backgroundColor].map(lightness);
}"""


def test_the_page_fits_a_phone_and_the_icon_of_an_open_button_stands_out_in_both_themes(
    app: App, open_prompts: Callable[..., Prompts], screenshot: Screenshot
) -> None:
    app.store.register("phone", "A prompt with {{a_variable}} and " + "words " * 40)
    app.store.register("phone", "Another prompt with {{a_variable}} and " + "words " * 40)
    prompts = open_prompts("?prompt=phone", width=390, height=844)
    page = prompts.page
    tags = prompts.button("Tags").first
    tags.click()
    expect(tags).to_have_attribute("aria-expanded", "true")
    page_colours: list[float] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        # The colour fades over.
        eventually(page, lambda: stands_out(tags), True)
        page_colours.append(tags.evaluate(_LIGHTNESS)[1])
    assert page_colours[0] > 0.9 and page_colours[1] < 0.1
    page.keyboard.press("Escape")
    shown = {
        "Template": page.locator(".prompt-text"),
        "Use": page.get_by_role("button", name="Use in chat"),
        "Difference": page.locator(".answer-diff"),
        "Traces": page.get_by_test_id("stDataFrame"),
        "History": page.get_by_role("button", name="Show", exact=True).first,
    }
    for tab, what in shown.items():
        prompts.show(tab)
        expect(what).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            screenshot(page, f"prompts-phone-{tab.lower()}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, tab
    prompts.click("All prompts")
    screenshot(page, "prompts-phone-list")


def stands_out(button: Locator) -> bool:
    dark, light = sorted(button.evaluate(_LIGHTNESS))
    # As WCAG reckons it; 4.5 is what text needs.
    return (light + 0.05) / (dark + 0.05) > 4.5
