"""Process start → health, first page usable, everything loaded; and the memory at each."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playwright.sync_api import Browser

from tests.bench.browser import (
    AppProcess,
    ChatPage,
    chromium,
    gateway_settings,
    starting_app,
    wall_ms,
)
from tests.bench.gateway import Gateway, running_gateway
from tests.bench.report import Budget, Row, print_rows

_WINDOW_S = 2.0
_IDLE_SHARE = 0.06
"""A process that uses less of one processor for this long has nothing left to load."""
_LOAD_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    healthy_ms: float
    usable_ms: float
    usable_cpu_ms: float
    loaded_ms: float
    usable_mb: float
    loaded_mb: float


def run(quick: bool) -> None:
    """Print the table."""
    count = 1 if quick else 3
    with chromium() as browser, running_gateway(0) as gateway:
        starts = [_start(browser) for _ in range(count)]
        firsts_ms = [_first_request_ms(browser, gateway) for _ in range(count)]
    rows = [
        Row(what="process start → /_stcore/health", samples=[s.healthy_ms for s in starts]),
        Row(
            what="process start → message box usable",
            samples=[start.usable_ms for start in starts],
            budget=Budget(most=3_000),
        ),
        Row(
            what="the app's processor time until then",
            samples=[start.usable_cpu_ms for start in starts],
        ),
        Row(
            what="process start → SDKs and MLflow loaded (process idle)",
            samples=[start.loaded_ms for start in starts],
        ),
        Row(
            what="process start → request of a message sent at once",
            samples=firsts_ms,
            budget=Budget(most=7_000),
        ),
        Row(
            what="memory, first page usable",
            samples=[start.usable_mb for start in starts],
            unit="MB",
        ),
        Row(
            what="memory, idle, before the first chat",
            samples=[start.loaded_mb for start in starts],
            unit="MB",
            budget=Budget(most=400),
        ),
    ]
    print_rows("start: `streamlit run app.py` in an empty directory", rows)


def _start(browser: Browser) -> _Start:
    with starting_app() as app:
        healthy_s = app.wait_healthy()
        page = ChatPage(browser, app.url)
        usable_mb, usable_cpu_ms = app.resident_mb, app.cpu_s * 1000
        loaded_s = _wait_idle(app)
        loaded_mb = app.resident_mb
        page.close()
        return _Start(
            healthy_ms=(healthy_s - app.started_s) * 1000,
            usable_ms=page.usable_ms - wall_ms(app.started_s),
            usable_cpu_ms=usable_cpu_ms,
            loaded_ms=(loaded_s - app.started_s) * 1000,
            usable_mb=usable_mb,
            loaded_mb=loaded_mb,
        )


def _wait_idle(app: AppProcess) -> float:
    """Wait until the process rests; when its rest began, by `time.monotonic()`."""
    give_up_s = time.monotonic() + _LOAD_LIMIT_S
    while time.monotonic() < give_up_s:
        begun_s, used_s = time.monotonic(), app.cpu_s
        while app.cpu_s - used_s < _IDLE_SHARE * _WINDOW_S:
            if time.monotonic() - begun_s > _WINDOW_S:
                return begun_s
            time.sleep(0.05)
    raise TimeoutError(f"The app is still busy after {_LOAD_LIMIT_S:g} s.")


def _first_request_ms(browser: Browser, gateway: Gateway) -> float:
    """How long after the process's start a message leaves that is sent as soon as one can."""
    mark = gateway.mark()
    with starting_app(gateway_settings(gateway.base_url)) as app:
        app.wait_healthy()
        page = ChatPage(browser, app.url)
        page.send("Hello", first="", last="")
        arrived_s = gateway.arrived(mark).arrived_s
        page.close()
        return (arrived_s - app.started_s) * 1000
