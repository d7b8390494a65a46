"""The compare page: several lanes that stream at once, against one lane and against the bare SDK.

The gateway's tokens are numbers that only grow, so that a lost or misplaced one shows. The bare SDK
makes as many calls at once, right after each round of the page, at the same server. A second peer
is the smallest page of Streamlit's that shows as many streams: what it takes, Streamlit takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

from gwtrace_core.lanes.link import write_link
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.request import Lane
from tests.bench.bare import Bare, running_bare
from tests.bench.browser import chromium, gateway_settings, starting_app
from tests.bench.clock import AFTER_300_MS, AT_ONCE, MARKDOWN, running_clock
from tests.bench.report import Budget, Row, print_rows

_TOKENS_PER_S = 100
_TOKENS = 300
_LONG_TOKENS = 600
_COUNTS = (1, 2, 4, 8)
_PATIENCE_MS = 90_000
_LONG_TASK_MS = 100.0
_BARE_PAGE = Path(__file__).with_name("bare_page.py")
_LANES_JS = Path(__file__).with_name("lanes.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a round asks for, of the page and of the bare SDK."""

    bare: Bare
    model: str
    count: int
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """Milliseconds from the click to what the slowest lane showed, and the bare SDK's beside it."""

    first_token_ms: float
    whole_ms: float
    bare_first_token_ms: float
    bare_whole_ms: float
    long_tasks_ms: tuple[float, ...]
    """Tasks of over 50 ms in the browser, from the click to the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """The rounds of as many lanes."""

    at_once: list[_Round]
    """Of a model that answers at once."""
    after_300_ms: list[_Round]
    streamlit: list[_Round]
    """By the page of Streamlit's alone, of a model that answers at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Long:
    """The rounds of several lanes of long Markdown answers."""

    count: int
    ours: list[_Round]
    streamlit: list[_Round]


def run(quick: bool) -> None:
    """Print a table for 1, 2, 4 and 8 lanes."""
    counts, long_count, rounds = ((1, 2), 2, 1) if quick else (_COUNTS, 4, 5)
    measured: dict[int, _Measured] = {}
    with (
        running_clock(_TOKENS_PER_S, _TOKENS) as base_url,
        running_bare(base_url) as bare,
        starting_app(gateway_settings(base_url)) as app,
        chromium() as browser,
    ):
        app.wait_healthy()
        for count in counts:
            measured[count] = _Measured(
                at_once=_measure_compare(browser, app.url, bare, AT_ONCE, count, rounds),
                after_300_ms=_measure_compare(browser, app.url, bare, AFTER_300_MS, count, rounds),
                streamlit=_measure_streamlit(browser, base_url, bare, AT_ONCE, count, rounds),
            )
    with (
        running_clock(_TOKENS_PER_S, _LONG_TOKENS) as base_url,
        running_bare(base_url) as bare,
        starting_app(gateway_settings(base_url)) as app,
        chromium() as browser,
    ):
        app.wait_healthy()
        long = _Long(
            count=long_count,
            ours=_measure_compare(
                browser, app.url, bare, MARKDOWN, long_count, rounds, tokens=_LONG_TOKENS
            ),
            streamlit=_measure_streamlit(
                browser, base_url, bare, MARKDOWN, long_count, rounds, tokens=_LONG_TOKENS
            ),
        )
    print_rows("lanes", [*_rows(measured), *_long_rows(long)])


def _measure_compare(
    browser: Browser,
    url: str,
    bare: Bare,
    model: str,
    count: int,
    rounds: int,
    *,
    tokens: int = _TOKENS,
) -> list[_Round]:
    link = urlencode({"lanes": write_link([_lane(model)] * count)})
    asked = _Asked(bare=bare, model=model, count=count, tokens=tokens)
    return _measure(browser, f"{url}/compare?{link}", asked, rounds)


def _measure_streamlit(
    browser: Browser,
    base_url: str,
    bare: Bare,
    model: str,
    count: int,
    rounds: int,
    *,
    tokens: int = _TOKENS,
) -> list[_Round]:
    settings = {"BENCH_BASE_URL": base_url, "BENCH_MODEL": model, "BENCH_LANES": str(count)}
    with starting_app(settings, script=_BARE_PAGE) as app:
        app.wait_healthy()
        asked = _Asked(bare=bare, model=model, count=count, tokens=tokens)
        return _measure(browser, app.url, asked, rounds)


def _measure(browser: Browser, url: str, asked: _Asked, rounds: int) -> list[_Round]:
    page = _open(browser, url)
    # The first round waits for SDKs, MLflow and components to load; it does not count.
    _round(page, asked)
    measured = [_round(page, asked) for _ in range(rounds)]
    page.context.close()
    return measured


def _lane(model: str) -> Lane:
    return Lane(
        connection_id="gateway",
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=SdkPath.OPENAI_CHAT,
        model=model,
    )


def _open(browser: Browser, url: str) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(_LANES_JS)
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(url)
    page.get_by_role("textbox", name="Ask all lanes").wait_for()
    return page


def _round(page: Page, asked: _Asked) -> _Round:
    _wait_idle(page)
    page.get_by_role("textbox", name="Ask all lanes").fill("Go")
    expected = [asked.count, asked.tokens]
    page.evaluate("([lanes, tokens]) => benchLanes.expect(lanes, tokens)", expected)
    page.get_by_test_id("stChatInputSubmitButton").click()
    seen: Mapping[str, Any] = page.evaluate("limit => benchLanes.whole(limit)", _PATIENCE_MS)
    lanes = seen["lanes"]
    for number, lane in enumerate(lanes):
        if lane["last"] is None or not _is_whole(lane["tokens"], asked.tokens):
            raise RuntimeError(f"Lane {number} lost text or has it in the wrong place: {lane}")
    if len(lanes) != asked.count:
        raise RuntimeError(f"{len(lanes)} of {asked.count} lanes were drawn.")
    calls = asked.bare.calls("openai", asked.model, "Go", count=asked.count)
    return _Round(
        first_token_ms=max(lane["first"] for lane in lanes) - seen["click"],
        whole_ms=max(lane["last"] for lane in lanes) - seen["click"],
        bare_first_token_ms=max(call.first_token_ms for call in calls),
        bare_whole_ms=max(call.duration_ms for call in calls),
        long_tasks_ms=tuple(seen["longTasksMs"]),
    )


def _is_whole(tokens: list[int], count: int) -> bool:
    return len(tokens) == count and tokens == sorted(tokens)


def _wait_idle(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def _rows(measured: Mapping[int, _Measured]) -> list[Row]:
    rows: list[Row] = []
    alone = measured[1].at_once
    for count, of_count in measured.items():
        lanes = f"{count} lane{'s' if count > 1 else ''}"
        rounds = of_count.at_once
        rows += [
            _first_token_row(f"{lanes}: click → first token in the slowest", rounds),
            _first_token_row(f"{lanes}: the same, model waits 300 ms", of_count.after_300_ms),
            Row(
                what=f"{lanes}: the same, model waits for nothing, peer: Streamlit alone",
                samples=[each.first_token_ms for each in rounds],
                peer=[each.first_token_ms for each in of_count.streamlit],
                compared="minus the peer",
            ),
            Row(
                what=f"{lanes}: click → all answers whole",
                samples=[each.whole_ms for each in rounds],
                peer=[each.bare_whole_ms for each in rounds],
                compared="times the peer",
            ),
        ]
        if count > 1:
            rows += [
                _whole_row(lanes, count, rounds, alone),
                Row(
                    what=f"{lanes}: the same by Streamlit alone",
                    samples=[each.whole_ms for each in of_count.streamlit],
                    peer=[each.whole_ms for each in measured[1].streamlit],
                    compared="times the peer",
                ),
            ]
        rows += [
            Row(
                what=f"{lanes}: longest task of the browser in a round",
                samples=[max(each.long_tasks_ms, default=0.0) for each in rounds],
                budget=Budget(most=_LONG_TASK_MS, statistic="p95") if count == 4 else None,
            )
        ]
    return rows


def _long_rows(long: _Long) -> list[Row]:
    lanes = f"{long.count} lanes of Markdown, {_LONG_TOKENS} tokens"
    return [
        Row(
            what=f"{lanes}: longest task, peer: Streamlit alone",
            samples=[max(each.long_tasks_ms, default=0.0) for each in long.ours],
            peer=[max(each.long_tasks_ms, default=0.0) for each in long.streamlit],
            budget=Budget(most=_LONG_TASK_MS, statistic="p95"),
        ),
        Row(
            what=f"{lanes}: tasks of over 50 ms together, peer: Streamlit alone",
            samples=[sum(each.long_tasks_ms) for each in long.ours],
            peer=[sum(each.long_tasks_ms) for each in long.streamlit],
        ),
    ]


def _whole_row(lanes: str, count: int, rounds: Sequence[_Round], alone: Sequence[_Round]) -> Row:
    return Row(
        what=f"{lanes}: all answers whole, peer: 1 lane",
        samples=[each.whole_ms for each in rounds],
        peer=[each.whole_ms for each in alone],
        budget=Budget(most=1.05, of="times the peer") if count == 8 else None,
        compared="times the peer",
    )


def _first_token_row(what: str, rounds: Sequence[_Round]) -> Row:
    return Row(
        what=what,
        samples=[each.first_token_ms for each in rounds],
        peer=[each.bare_first_token_ms for each in rounds],
        budget=Budget(most=120, of="minus the peer"),
    )
