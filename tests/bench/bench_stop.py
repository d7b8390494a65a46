"""Stop → the upstream connection is closed, while the stream is stalled."""

from __future__ import annotations

import time

from tests.bench.bare import Bare, Sdk, running_bare
from tests.bench.browser import (
    ChatPage,
    chromium,
    gateway_settings,
    starting_app,
    wall_ms,
)
from tests.bench.gateway import Gateway, running_gateway
from tests.bench.hub import PATHS, Core, running_core
from tests.bench.report import Budget, Row, print_rows

_BUDGET = Budget(most=500)
_PROMPT = "Write 80 tokens."
_SILENT, _MIDWAY = "fault-stall", "fault-stall-midway"
_STALLED_S = 0.3
"""After so long nothing of the answer is on its way any more."""
_LABELS: dict[Sdk, str] = {"openai": "OpenAI chat", "anthropic": "Anthropic messages"}


def run(quick: bool) -> None:
    """Print the tables."""
    count = 1 if quick else 5
    with running_gateway(0) as gateway, running_bare(gateway.base_url) as bare:
        rows: list[Row] = []
        with running_core(gateway.base_url, *PATHS.values()) as core:
            for sdk, label in _LABELS.items():
                for model, words in ((_SILENT, "before the first token"), (_MIDWAY, "midway")):
                    core.turn(sdk, _model_of(sdk), _PROMPT)
                    bare.call(sdk, _model_of(sdk), _PROMPT)
                    rows.append(
                        Row(
                            what=f"hub, {label}, stalled {words}",
                            samples=[_by_hub(sdk, model, core, gateway) for _ in range(count)],
                            peer=[_by_bare(sdk, model, bare, gateway) for _ in range(count)],
                            compared="minus the peer",
                            budget=_BUDGET,
                        )
                    )
        print_rows("stop: Stop → upstream connection closed", rows)
        first = bare.call("openai", _model_of("openai"), _PROMPT).first_text
        clicked = _by_page(1 if quick else 5, first, gateway)
    print_rows(
        "stop: through the page",
        [Row(what="click on Stop → connection closed, midway", samples=clicked, budget=_BUDGET)],
    )


def _model_of(sdk: Sdk) -> str:
    return {"openai": "gpt-5.4-mini", "anthropic": "claude-haiku-4-5"}[sdk]


def _by_hub(sdk: Sdk, model: str, core: Core, gateway: Gateway) -> float:
    mark = gateway.mark()
    run, moments = core.start(sdk, model, _PROMPT)
    if model == _MIDWAY:
        moments.has_text.wait(30)
    gateway.arrived(mark)
    time.sleep(_STALLED_S)
    stopped_s = time.monotonic()
    run.stop()
    closed_s = gateway.ended(mark).ended_s or 0.0
    run.wait_settled(30)
    return (closed_s - stopped_s) * 1000


def _by_bare(sdk: Sdk, model: str, bare: Bare, gateway: Gateway) -> float:
    mark = gateway.mark()
    call = bare.call(sdk, model, _PROMPT, cancel_after_s=2 * _STALLED_S)
    return ((gateway.ended(mark).ended_s or 0.0) - call.cancelled_s) * 1000


def _by_page(count: int, first: str, gateway: Gateway) -> list[float]:
    measured: list[float] = []
    with starting_app(gateway_settings(gateway.base_url)) as app, chromium() as browser:
        app.wait_healthy()
        page = ChatPage(browser, app.url)
        page.pick_model(_MIDWAY)
        for _ in range(count):
            mark = gateway.mark()
            page.send(_PROMPT, first=first, last=first)
            page.wait_for("firstToken")
            time.sleep(_STALLED_S)
            clicked_ms = page.stop()
            measured.append(wall_ms(gateway.ended(mark).ended_s or 0.0) - clicked_ms)
            page.wait_for("tree")
            page.wait_idle()
        page.close()
    return measured
