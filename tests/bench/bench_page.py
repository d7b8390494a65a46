"""The page at one lane: click → first token painted, last token → trace tree, in Chromium."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.bare import Bare, Call, running_bare
from tests.bench.browser import (
    ChatPage,
    chromium,
    free_port,
    gateway_settings,
    starting_app,
    wait_for_http,
    wall_ms,
)
from tests.bench.environment import child_environment
from tests.bench.gateway import Gateway, running_gateway
from tests.bench.report import Budget, Row, print_rows

_MODEL = "gpt-5.4-mini"
_PROMPT = "Write 80 tokens."
_END_CHARS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """Milliseconds of one turn, and of the same call by the bare SDK right after it."""

    is_first: bool
    """The session's first, where the browser loads the components as well."""
    to_request_ms: float
    first_token_ms: float
    bare_ms: float
    painted_ms: float
    """Last token sent → painted."""
    tree_ms: float
    """Last token sent → trace tree on screen."""


def run(quick: bool) -> None:
    """Print one table for the embedded store and one for a server."""
    pages, turns = (1, 1) if quick else (3, 5)
    with running_gateway(1) as gateway, running_bare(gateway.base_url) as bare:
        reference = bare.call("openai", _MODEL, _PROMPT)
        if reference.text.count(reference.text[-_END_CHARS:]) != 1:
            raise RuntimeError("The answer's end stands in its middle too.")
        measured = _measure(pages, turns, gateway, bare, reference)
        print_rows("page, embedded store", _rows(measured, tree_budget_ms=300))
        if quick:
            return
        with _mlflow_server() as uri:
            measured = _measure(2, turns, gateway, bare, reference, MLFLOW_TRACKING_URI=uri)
        print_rows("page, real MLflow server", _rows(measured, tree_budget_ms=500))


def _measure(
    pages: int, turns: int, gateway: Gateway, bare: Bare, reference: Call, **env: str
) -> list[_Turn]:
    measured: list[_Turn] = []
    with (
        starting_app(gateway_settings(gateway.base_url, **env)) as app,
        chromium() as browser,
    ):
        app.wait_healthy()
        for number in range(pages + 1):
            page = ChatPage(browser, app.url)
            page.pick_model(_MODEL)
            # The first page's turn waits for the SDKs and MLflow to load; it does not count.
            for turn in range(turns if number else 1):
                timed = _turn(page, gateway, bare, reference, is_first=turn == 0)
                measured += [timed] if number else []
            page.close()
    return measured


def _turn(
    page: ChatPage, gateway: Gateway, bare: Bare, reference: Call, *, is_first: bool
) -> _Turn:
    mark = gateway.mark()
    page.send(_PROMPT, first=reference.first_text, last=reference.text[-_END_CHARS:])
    marks = page.wait_for("tree")
    page.wait_idle()
    request = gateway.ended(mark)
    bare_call = bare.call("openai", _MODEL, _PROMPT)
    if marks.click is None or marks.firstToken is None or marks.lastToken is None:
        raise RuntimeError(f"The page shows a tree without an answer before it: {marks}")
    if marks.tree is None or request.ended_s is None:
        raise RuntimeError("The turn has not ended.")
    sent_ms = wall_ms(request.ended_s)
    return _Turn(
        is_first=is_first,
        to_request_ms=wall_ms(request.arrived_s) - marks.click,
        first_token_ms=marks.firstToken - marks.click,
        bare_ms=bare_call.first_token_ms,
        painted_ms=marks.lastToken - sent_ms,
        tree_ms=marks.tree - sent_ms,
    )


def _rows(turns: list[_Turn], *, tree_budget_ms: float) -> list[Row]:
    first = [turn for turn in turns if turn.is_first]
    later = [turn for turn in turns if not turn.is_first]
    rows = [Row(what="click → request at the gateway", samples=[t.to_request_ms for t in turns])]
    for words, some in (("session's first turn", first), ("later turns", later)):
        rows += [
            Row(
                what=f"click → first token painted, {words}",
                samples=[turn.first_token_ms for turn in some],
                peer=[turn.bare_ms for turn in some],
                budget=Budget(most=120, of="minus the peer"),
            )
        ]
    rows += [Row(what="last token sent → painted", samples=[turn.painted_ms for turn in turns])]
    for words, some in (("session's first turn", first), ("later turns", later)):
        rows += [
            Row(
                what=f"last token sent → tree visible, {words}",
                samples=[turn.tree_ms for turn in some],
                budget=Budget(most=tree_budget_ms),
            )
        ]
    return rows


@contextmanager
def _mlflow_server() -> Iterator[str]:
    """A real `mlflow server` with one worker, as a small deployment runs it."""
    port = free_port()
    with TemporaryDirectory(prefix="gwtrace-bench-", ignore_cleanup_errors=True) as name:
        log = Path(name) / "server.log"
        store = f"sqlite:///{name}/mlflow.db"
        command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--port", str(port), "--backend-store-uri", store],
                cwd=name,
                env=child_environment(
                    MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
                    MLFLOW_MODEL_CATALOG_URI="",
                    MLFLOW_DISABLE_TELEMETRY="true",
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Its workers are ended with it, as a group.
                start_new_session=True,
            )
        try:
            wait_for_http(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
