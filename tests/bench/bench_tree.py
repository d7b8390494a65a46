"""A trace of 10,000 spans: to rows and columns in Python, then on screen, scrolled and zoomed.

Of 50,000 spans also the longest tasks in the browser, in which it answers to nobody.
"""

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
_TEXTS = ["t", "to", "too", "tool", "tool step 5", "no such span", ""]

_TREE = """
    const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot);
    const tree = roots.find((root) => root?.querySelector("[role=tree]"));
    const scroll = tree.querySelector("[role=tree]");
    const frame = () => new Promise(requestAnimationFrame);
"""
_FRAMES = f"""async ([step, frames]) => {{{_TREE}
    const gaps = [];
    let before = await frame();
    for (let number = 0; number < frames; number++) {{
        scroll.scrollTop += step;
        const at = await frame();
        gaps.push(at - before);
        before = at;
    }}
    return gaps;
}}"""
# In and out around the middle of the bars, as a wheel with Ctrl does.
_ZOOM_FRAMES = f"""async (frames) => {{{_TREE}
    const lane = tree.querySelector(".lane").getBoundingClientRect();
    const gaps = [];
    let before = await frame();
    for (let number = 0; number < frames; number++) {{
        const deltaY = number % 40 < 20 ? -50 : 50;
        const clientX = lane.left + lane.width / 2;
        scroll.dispatchEvent(new WheelEvent("wheel",
            {{ deltaY, clientX, ctrlKey: true, bubbles: true, cancelable: true }}));
        const at = await frame();
        gaps.push(at - before);
        before = at;
    }}
    return gaps;
}}"""
# From the key press to the frame that shows what was found.
_FILTER = f"""async (texts) => {{{_TREE}
    const input = tree.querySelector(".filter");
    const took = [];
    for (const text of texts) {{
        await frame();
        const begun = performance.now();
        input.value = text;
        input.dispatchEvent(new InputEvent("input", {{ bubbles: true }}));
        await frame();
        took.push(performance.now() - begun);
    }}
    return took;
}}"""
# Tasks over 50 ms that began once the trace was there, until the page has been at rest for a while.
_LONG_TASKS = """async (since) => {
    const took = [];
    const watch = new PerformanceObserver((list) => {
        for (const task of list.getEntries()) {
            if (performance.timeOrigin + task.startTime >= since) took.push(task.duration);
        }
    });
    watch.observe({ type: "longtask", buffered: true });
    await new Promise((tell) => setTimeout(tell, 1500));
    watch.disconnect();
    return took;
}"""


def run(quick: bool) -> None:
    """Print the tables."""
    spans, count, frames = (500, 1, 30) if quick else (_SPANS, 5, 600)
    print_rows(f"tree: {spans:,} spans, in Python", _in_python(spans, count))
    with starting_app(script=_HARNESS) as app, chromium() as browser:
        app.wait_healthy()
        rows = _in_browser(browser, app.url, spans, count, frames)
        if not quick:
            rows += _of_many(browser, app.url)
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
    zoom: list[float] = []
    filtered: list[float] = []
    for number in range(count):
        drawn_ms, page = _drawn_ms(browser, url, spans, keep=number == 0)
        drawn.append(drawn_ms)
        if page is not None:
            at_rest = _frames(page, 0, frames)
            slow = _frames(page, 30, frames)
            fast = _frames(page, 900, min(frames, spans // 40))
            zoom = _rounded(page.page.evaluate(_ZOOM_FRAMES, frames))
            filtered = _rounded(page.page.evaluate(_FILTER, _TEXTS))
            page.close()
    budget = Budget(most=16.7, statistic="p95")
    return [
        Row(
            what="message there → tree drawn",
            samples=drawn,
            budget=Budget(most=1_000),
        ),
        Row(what="frames, nothing moves", samples=at_rest),
        Row(what="frames, one row a frame", samples=slow, peer=at_rest, budget=budget),
        Row(what="frames, thirty rows a frame", samples=fast, peer=at_rest, budget=budget),
        Row(what="frames, the wheel zooms", samples=zoom, peer=at_rest, budget=budget),
        Row(what="a letter in the filter → rows drawn", samples=filtered),
    ]


def _of_many(browser: Browser, url: str) -> list[Row]:
    """The most spans that the page has to open."""
    drawn: list[float] = []
    tasks: list[float] = []
    filtered: list[float] = []
    for _ in range(3):
        drawn_ms, page = _drawn_ms(browser, url, _MANY_SPANS, keep=True)
        if page is None:
            continue
        drawn.append(drawn_ms)
        found = page.page.evaluate(_LONG_TASKS, page.marks.bigMessage)
        tasks.append(max(found, default=0.0))
        filtered += _rounded(page.page.evaluate(_FILTER, _TEXTS))
        page.close()
    many = f"{_MANY_SPANS:,} spans"
    return [
        Row(what=f"message there → tree drawn, {many}", samples=drawn),
        Row(what=f"longest task since the message, {many}", samples=tasks, budget=Budget(most=200)),
        Row(what=f"a letter in the filter → rows drawn, {many}", samples=filtered),
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
    """Milliseconds from frame to frame."""
    return _rounded(page.page.evaluate(_FRAMES, [step, frames]))


def _rounded(milliseconds: list[float]) -> list[float]:
    """In the tenths that browsers give."""
    return [round(each, 1) for each in milliseconds]
