"""One large trace in our page and in MLflow's own, by the same Chromium, from the same server.

Each has a browser process of its own, which is ended when its time is up: a page that hangs or a
tab that crashes under the trace is a finding, and leaves what was measured before.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.bench.browser import chromium, starting_app
from tests.bench.report import Row

_SIDE_S = 150.0
"""How long one side may take with everything."""
_PATIENCE_MS = 120_000
_CLICKS = (4, 7, 11)
"""Which rows are clicked, counted from the top; all are in sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """A page that shows the trace, and how to tell that it does."""

    label: str
    url: str
    row: str
    """Selector of the rows of the tree."""
    name: str
    """JavaScript: the name of the span in `row`."""
    details: str
    """JavaScript: whether the details of a span called `name` are shown."""


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What was measured of a page; empty where it never came."""

    tree_ms: list[float] = field(default_factory=list[float])
    click_ms: list[float] = field(default_factory=list[float])
    heap_mb: list[float] = field(default_factory=list[float])
    nodes: list[float] = field(default_factory=list[float])


def page_rows(uri: str, experiment: str, experiment_id: str, trace_id: str) -> list[Row]:
    """Ours beside MLflow's; each in a fresh browser session, once."""
    env = {"MLFLOW_TRACKING_URI": uri, "MLFLOW_EXPERIMENT_NAME": experiment}
    with starting_app(env) as app:
        app.wait_healthy()
        ours = _measured(
            _Side(
                label="our page",
                url=f"{app.url}/traces?trace={trace_id}",
                row="[role=tree] .row",
                name="row => row.querySelector('.name').textContent",
                details="name => [...document.querySelectorAll('h5')]"
                ".some(each => each.textContent.trim() === name)",
            ),
            # MLflow is loaded then: that is a matter of the start and not of the trace.
            warm_up=(f"{app.url}/traces", ".st-key-traces-table"),
        )
    theirs = _measured(
        _Side(
            label="MLflow's page",
            url=f"{uri}/#/experiments/{experiment_id}/traces/{trace_id}",
            row="[data-testid^=span-title-row-]",
            name="row => row.textContent.trim()",
            # The name stands once more, over what the span recorded.
            details="name => [...document.querySelectorAll('span, h1, h2, h3, h4')].some(each"
            " => !each.children.length && each.textContent.trim() === name"
            " && !each.closest('[data-testid^=span-title-row-], [role=tree]'))",
        )
    )
    pairs = (
        ("navigation → tree", "ms", ours.tree_ms, theirs.tree_ms),
        ("click on a span → details", "ms", ours.click_ms, theirs.click_ms),
        ("JS heap", "MB", ours.heap_mb, theirs.heap_mb),
        ("nodes in the document", "", ours.nodes, theirs.nodes),
    )
    return [
        Row(
            what=what,
            samples=mine,
            unit=unit,
            peer=other,
            compared="times the peer" if other else "as it is",
        )
        for what, unit, mine, other in pairs
    ]


def _measured(side: _Side, *, warm_up: tuple[str, str] | None = None) -> _Seen:
    seen = _Seen()
    begun_s = time.perf_counter()
    try:
        with chromium() as browser, _ended_after(browser, _SIDE_S):
            if warm_up:
                _visit(browser, *warm_up)
            _look(browser, side, seen)
    except PlaywrightError as error:
        took_s = time.perf_counter() - begun_s
        why = error.message.splitlines()[0]
        if took_s >= _SIDE_S:
            why = "still not done, so the browser was ended"
        print(f"{side.label}: no more figures after {took_s:.0f} s: {why}", flush=True)
    return seen


def _visit(browser: Browser, url: str, selector: str) -> None:
    page = browser.new_page()
    page.goto(url)
    page.locator(selector).wait_for(timeout=_PATIENCE_MS)
    page.close()


def _look(browser: Browser, side: _Side, seen: _Seen) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(_PATIENCE_MS)
    begun_s = time.perf_counter()
    page.goto(side.url)
    page.locator(side.row).first.wait_for()
    seen.tree_ms.append((time.perf_counter() - begun_s) * 1000)
    print(f"{side.label}, tree after {seen.tree_ms[0]:,.0f} ms", flush=True)
    # What the page still does with the trace is no part of a click.
    page.wait_for_timeout(2_000)
    _weigh(page, seen)
    print(f"{side.label}, {seen.heap_mb[0]:,.0f} MB, {seen.nodes[0]:,.0f} nodes", flush=True)
    for place in _CLICKS:
        seen.click_ms.append(_click_ms(page, side, place))
        print(f"{side.label}, click {seen.click_ms[-1]:,.0f} ms", flush=True)
    page.close()


@contextmanager
def _ended_after(browser: Browser, limit_s: float) -> Iterator[None]:
    """End the browser when the block takes longer: a page that hangs answers no question at all."""
    found: Any = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    (pid,) = (each["id"] for each in found["processInfo"] if each["type"] == "browser")
    timer = threading.Timer(limit_s, os.kill, (pid, signal.SIGKILL))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _click_ms(page: Page, side: _Side, place: int) -> float:
    row = page.locator(side.row).nth(place)
    name = row.evaluate(side.name)
    begun_s = time.perf_counter()
    row.click()
    page.wait_for_function(side.details, arg=name, polling="raf")
    return (time.perf_counter() - begun_s) * 1000


def _weigh(page: Page, seen: _Seen) -> None:
    """Heap after a collection, and nodes, by the browser's own count."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    found = {
        each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]
    }
    seen.heap_mb.append(found["JSHeapUsedSize"] / 1e6)
    seen.nodes.append(float(found["Nodes"]))
