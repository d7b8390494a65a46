"""A trace of 10,000 spans: to rows and columns in Python, then on screen, then scrolled."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from playwright.sync_api import Browser

from gwtrace_core.trace.columns import columns
from gwtrace_core.trace.tree import build_tree
from tests.bench.browser import TimedPage, chromium, starting_app
from tests.bench.environment import REPOSITORY
from tests.bench.report import Budget, Row, print_rows
from tests.browser.harness.shapes import big

_HARNESS = REPOSITORY / "tests" / "browser" / "harness" / "tree_app.py"
_SPANS, _MANY_SPANS = 10_000, 50_000

_FRAMES = """async ([step, frames]) => {
    const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot);
    const scroll = roots.find((root) => root?.querySelector("[role=tree]"))
        .querySelector("[role=tree]");
    const frame = () => new Promise(requestAnimationFrame);
    const gaps = [];
    let before = await frame();
    for (let number = 0; number < frames; number++) {
        scroll.scrollTop += step;
        const at = await frame();
        gaps.push(at - before);
        before = at;
    }
    return gaps;
}"""


def run(quick: bool) -> None:
    """Print the tables."""
    spans, count, frames = (500, 1, 30) if quick else (_SPANS, 5, 600)
    print_rows(f"tree: {spans:,} spans, in Python", _in_python(spans, count))
    with starting_app(script=_HARNESS) as app, chromium() as browser:
        app.wait_healthy()
        rows = _in_browser(browser, app.url, spans, count, frames)
        if not quick:
            many = [_drawn_ms(browser, app.url, _MANY_SPANS)[0] for _ in range(2)]
            rows.append(
                Row(what=f"message there → tree drawn, {_MANY_SPANS:,} spans", samples=many)
            )
    print_rows(f"tree: {spans:,} spans, in Chromium", rows)


def _in_python(spans: int, count: int) -> list[Row]:
    trace = big(spans, "tr-bench")
    tree = build_tree(trace)
    payload = columns(tree)
    size_kb = len(json.dumps(payload, separators=(",", ":")).encode()) / 1000
    return [
        Row(what="build_tree", samples=_timed(lambda: build_tree(trace), count)),
        Row(what="columns", samples=_timed(lambda: columns(tree), count)),
        Row(what="size of the columns as JSON", samples=[size_kb], unit="kB"),
    ]


def _timed(work: Callable[[], object], count: int) -> list[float]:
    samples: list[float] = []
    for _ in range(count):
        begun_s = time.perf_counter()
        work()
        samples.append((time.perf_counter() - begun_s) * 1000)
    return samples


def _in_browser(browser: Browser, url: str, spans: int, count: int, frames: int) -> list[Row]:
    drawn: list[float] = []
    at_rest: list[float] = []
    slow: list[float] = []
    fast: list[float] = []
    for number in range(count):
        drawn_ms, page = _drawn_ms(browser, url, spans, keep=number == 0)
        drawn.append(drawn_ms)
        if page is not None:
            at_rest = _frames(page, 0, frames)
            slow = _frames(page, 30, frames)
            fast = _frames(page, 900, min(frames, spans // 40))
            page.close()
    budget = Budget(most=16.7, statistic="p95")
    return [
        Row(
            what="message there → tree drawn",
            samples=drawn,
            budget=Budget(most=1_000),
        ),
        Row(what="frames, nothing moves", samples=at_rest),
        Row(what="frames, one row a frame", samples=slow, budget=budget),
        Row(what="frames, thirty rows a frame", samples=fast, budget=budget),
    ]


def _drawn_ms(
    browser: Browser, url: str, spans: int, *, keep: bool = False
) -> tuple[float, TimedPage | None]:
    page = TimedPage(browser, f"{url}/?shape=big&n={spans}")
    marks = page.wait_for("drawn")
    if marks.bigMessage is None or marks.drawn is None:
        raise RuntimeError(f"No message was large enough to be the trace: {marks}")
    if not keep:
        page.close()
    return marks.drawn - marks.bigMessage, page if keep else None


def _frames(page: TimedPage, step: int, frames: int) -> list[float]:
    """Milliseconds from frame to frame, in the tenths that browsers give."""
    return [round(gap, 1) for gap in page.page.evaluate(_FRAMES, [step, frames])]
