"""One large trace in our page and in MLflow's own, in the same Chromium, from the same server."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.bench.browser import chromium, starting_app
from tests.bench.report import Row

_PATIENCE_MS = 180_000
_CLICKS = (4, 7, 11)
"""Which rows are clicked, counted from the top; all are in sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """A page that shows the trace, and how to tell that it does."""

    url: str
    row: str
    """Selector of the rows of the tree."""
    name: str
    """JavaScript: the name of the span in `row`."""
    details: str
    """JavaScript: whether the details of a span called `name` are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was measured of a page; empty where it never came."""

    tree_ms: tuple[float, ...] = ()
    click_ms: tuple[float, ...] = ()
    heap_mb: tuple[float, ...] = ()
    nodes: tuple[float, ...] = ()


def page_rows(uri: str, experiment: str, experiment_id: str, trace_id: str) -> list[Row]:
    """Ours beside MLflow's; each in a fresh browser session, once."""
    env = {"MLFLOW_TRACKING_URI": uri, "MLFLOW_EXPERIMENT_NAME": experiment}
    with chromium() as browser, starting_app(env) as app:
        app.wait_healthy()
        _warm_up(browser, f"{app.url}/traces")
        ours = _measured(
            browser,
            _Side(
                url=f"{app.url}/traces?trace={trace_id}",
                row="[role=tree] .row",
                name="row => row.querySelector('.name').textContent",
                details="name => [...document.querySelectorAll('h5')]"
                ".some(each => each.textContent.trim() === name)",
            ),
        )
        theirs = _measured(
            browser,
            _Side(
                url=f"{uri}/#/experiments/{experiment_id}/traces/{trace_id}",
                row="[data-testid^=span-title-row-]",
                name="row => row.textContent.trim()",
                # The name stands once more, over what the span recorded.
                details="name => [...document.querySelectorAll('span, h1, h2, h3, h4')].some(each"
                " => !each.children.length && each.textContent.trim() === name"
                " && !each.closest('[data-testid^=span-title-row-], [role=tree]'))",
            ),
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


def _warm_up(browser: Browser, url: str) -> None:
    """Until MLflow is loaded: that is a matter of the start and not of the trace."""
    page = browser.new_page()
    page.goto(url)
    page.locator(".st-key-traces-table").wait_for(timeout=_PATIENCE_MS)
    page.close()


def _measured(browser: Browser, side: _Side) -> _Seen:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(_PATIENCE_MS)
    try:
        begun_s = time.perf_counter()
        page.goto(side.url)
        page.locator(side.row).first.wait_for()
        tree_ms = (time.perf_counter() - begun_s) * 1000
        # What the page still does with the trace is no part of a click.
        page.wait_for_timeout(2_000)
        clicks = tuple(_click_ms(page, side, place) for place in _CLICKS)
        return _Seen(tree_ms=(tree_ms,), click_ms=clicks, **_weight(page))
    except PlaywrightError as error:
        # A tab that crashes under the trace is a result too.
        print(f"{side.url}: {error.message.splitlines()[0]}", flush=True)
        return _Seen()
    finally:
        page.close()


def _click_ms(page: Page, side: _Side, place: int) -> float:
    row = page.locator(side.row).nth(place)
    name = row.evaluate(side.name)
    begun_s = time.perf_counter()
    row.click()
    page.wait_for_function(side.details, arg=name, polling="raf")
    return (time.perf_counter() - begun_s) * 1000


def _weight(page: Page) -> dict[str, Any]:
    """Heap after a collection, and nodes, by the browser's own count."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    found = {
        each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]
    }
    return {"heap_mb": (found["JSHeapUsedSize"] / 1e6,), "nodes": (float(found["Nodes"]),)}
