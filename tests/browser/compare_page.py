"""The compare page in the words of its user, what it sent, and what MLflow made of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page, expect

from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.request import Lane
from tests.browser.servers import KeyedGateway
from tests.browser.support import SLOW_MS, App, root_of, wait_idle

if TYPE_CHECKING:
    from mlflow.entities import Trace

    from gwtrace_core.demo_gateway.common.exchange import Exchange

LANE = Lane(
    connection_id="gateway",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="gpt-5.2",
)
QUICK = replace(LANE, model="gpt-5.4-mini")
STALLED = replace(LANE, model="fault-stall-midway")
FAILING = replace(LANE, model="fault-upstream-500")
STOPPED = "Stopped by the user."
LONG = "Write 1,000 tokens about trees"
LONG_BEGINS = "The demo writes at length"


class Compare:
    """The compare page, in the words of its user."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.board = page.locator(".st-key-compare-board")
        self.box = page.get_by_role("textbox", name="Ask all lanes")
        self.heads = page.locator("[class*='st-key-compare-cell-head-']")
        self.cells = page.locator(
            "[class*='st-key-compare-cell-']:not([class*='compare-cell-head-'])"
        )
        """Every answer with what belongs to it: lane by lane, round by round."""
        self.stop_all = page.locator(".st-key-compare-stop").get_by_role("button")

    def send(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.box).to_have_value("")

    def settle(self, count: int) -> None:
        """Wait until that many answers have ended, with their traces drawn.

        Only for states that stay: a quick answer's Stop comes and goes unseen.
        """
        expect(self.ended).to_have_count(count, timeout=SLOW_MS)
        expect(self.trees).to_have_count(count, timeout=SLOW_MS)
        expect(self.stop_all).to_have_count(0, timeout=SLOW_MS)
        wait_idle(self.page)

    def ask(self, text: str, *, traces: int) -> None:
        """Send, and wait until the page shows that many answers and traces in all."""
        self.send(text)
        self.settle(traces)

    @property
    def ended(self) -> Locator:
        """A button that stands under an answer when it has ended, and not before."""
        return self.cells.locator("[class*='st-key-compare-regenerate-']").get_by_role("button")

    @property
    def names(self) -> list[str]:
        """What stands over each lane: model and path."""
        # The icons are ligatures, and so words in the text.
        texts = self.heads.all_text_contents()
        return [text.partition("expand_more")[2].split("keyboard_arrow")[0] for text in texts]

    @property
    def trees(self) -> Locator:
        return self.cells.get_by_role("tree", name="Trace spans")

    def stop(self, index: int) -> None:
        """Stop the lane of that cell."""
        self.cells.nth(index).locator("[class*='st-key-compare-stop-']").get_by_role(
            "button"
        ).click()

    def button(self, index: int, name: str) -> Locator:
        """The button of that name under an answer: regenerate, code, mlflow."""
        cell = self.cells.nth(index)
        return cell.locator(f"[class*='st-key-compare-{name}-']").get_by_role("button")

    def choose(self, index: int, entry: str) -> None:
        """An entry of a lane's menu."""
        self.heads.nth(index).get_by_role("button", name=re.compile("^Lane ")).click()
        self.page.get_by_role("menuitem", name=entry, exact=True).click()
        wait_idle(self.page)

    def preset(self, name: str) -> None:
        self.page.get_by_role("button", name="Presets").click()
        self.page.get_by_role("menuitem", name=name).click()

    def all_grow(self, indexes: Sequence[int]) -> None:
        """Wait for a moment at which each of these lanes has grown and is still running."""
        self.page.evaluate(_ALL_GROW, [list(indexes), LONG_BEGINS, SLOW_MS])


# When all have begun, each must still get more, and at one moment all can still be stopped.
_ALL_GROW = """([indexes, beginning, limitMs]) => new Promise((resolve, reject) => {
    const all = '[class*="st-key-compare-cell-"]:not([class*="compare-cell-head-"])';
    const cells = () => indexes.map((index) => document.querySelectorAll(all)[index]);
    let lengths = null;
    const began = performance.now();
    const look = () => {
        const have = cells().map((cell) => cell?.textContent ?? "");
        if (!lengths && have.every((text) => text.includes(beginning)))
            lengths = have.map((text) => text.length);
        const grown = lengths && cells().every((cell, at) =>
            cell.textContent.length > lengths[at] + 20
            && cell.querySelector('[class*="st-key-compare-stop-"] button'));
        if (grown) resolve();
        else if (performance.now() - began > limitMs) reject(new Error("They do not grow."));
        else requestAnimationFrame(look);
    };
    look();
})"""


def figures(cell: Locator) -> dict[str, str]:
    return dict(
        zip(
            cell.locator(".figure dt").all_text_contents(),
            cell.locator(".figure dd").all_text_contents(),
            strict=True,
        )
    )


def ticks(tree: Locator) -> list[tuple[str, str]]:
    """The time axis: what each tick says and where it stands."""
    return tree.locator(".ticks span").evaluate_all(
        "ticks => ticks.map((tick) => [tick.textContent, tick.style.left])"
    )


class Wire:
    """What the gateway was asked since the test began."""

    def __init__(self, gateway: KeyedGateway) -> None:
        self._log = gateway.exchanges
        self._mark = self._log.mark

    @property
    def all(self) -> tuple[Exchange, ...]:
        # The page also asks what models there are.
        return tuple(each for each in self._log.since(self._mark) if each.method == "POST")

    def forget(self) -> None:
        self._mark = self._log.mark

    def endings(self) -> dict[str, str | None]:
        """By model, once every exchange has ended."""
        for exchange in self.all:
            self._log.wait_for(
                lambda e, index=exchange.index: e.index == index and e.ending is not None
            )
        return {exchange.json["model"]: exchange.ending for exchange in self.all}

    def messages(self) -> dict[str, list[str]]:
        """By model, the texts of the conversation that was sent."""
        return {
            exchange.json["model"]: [message["content"] for message in exchange.json["messages"]]
            for exchange in self.all
        }


def comparison(app: App) -> list[tuple[str, Trace]]:
    """Lane and trace of everything in the newest comparison, in the order of the calls."""
    traces = app.store.traces
    newest = traces[0].info.tags["gwtrace.comparison"]
    return [
        (trace.info.tags["gwtrace.comparison.lane"], trace)
        for trace in reversed(traces)
        if trace.info.tags.get("gwtrace.comparison") == newest
    ]


def answer_of(trace: Trace) -> str:
    return root_of(trace).outputs["choices"][0]["message"]["content"]
