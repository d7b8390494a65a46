"""No key reaches the store, wherever a library, a gateway or a person puts it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gwtrace_core.demo_gateway.serving import listen, make_server
from gwtrace_core.mlflow_store.recording.masking import SpanMasker
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.secret import Secret
from tests.core.mlflow_store.conftest import PROTECTED
from tests.core.mlflow_store.support import Turns, wait_until

# Quotes and a backslash: JSON writes such a key in another form than it was given in.
CANARY = 'canary-"key"-\\of-the-connection'
ECHOED = "paig_canary_0123456789"


@contextmanager
def echoing_gateway() -> Iterator[str]:
    """Refuses every call and names the credential that it came with."""

    async def refuse(request: Request) -> Response:
        told = request.headers.get("authorization") or request.headers.get("x-api-key") or ""
        message = f"Incorrect API key provided: {told}"
        return JSONResponse({"error": {"message": message, "type": "auth"}}, status_code=401)

    app = Starlette(routes=[Route("/{path:path}", refuse, methods=["POST"])])
    server = make_server(app)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/proxy"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def stored_bytes(turns: Turns) -> bytes:
    """The embedded store's file, with everything in it that the write-ahead log holds."""
    path = turns.tracking.config.working_dir / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        wait_until(
            lambda: database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        )
    return path.read_bytes()


@pytest.mark.parametrize("path", SdkPath)
@pytest.mark.parametrize("streamed", [True, False])
def test_a_key_that_the_gateway_echoes_is_not_stored(
    embedded: Turns, path: SdkPath, streamed: bool
) -> None:
    with echoing_gateway() as base_url:
        turn = embedded.ask(path, key=ECHOED, base_url=base_url, streamed=streamed)
    assert turn.reply.status == "failed"
    told = json.dumps([span.status_message for span in turn.trace.spans], ensure_ascii=False)
    assert "Incorrect API key provided" in told
    assert ECHOED.encode() not in stored_bytes(embedded)


@pytest.mark.parametrize("path", SdkPath)
def test_a_key_in_the_messages_is_not_stored(embedded: Turns, path: SdkPath) -> None:
    turn = embedded.ask(
        path,
        text=f"My key is {CANARY}, and the other one {PROTECTED.reveal()}. Remember this marker.",
        system_prompt=f"The key is {CANARY}.",
        key=CANARY,
        user=f"user {CANARY}",
        tags={"gwtrace.note": f"with {CANARY}"},
        tools=("calculator",),
    )
    assert turn.trace.summary.request_preview.startswith("My key is ••••, and")
    stored = stored_bytes(embedded)
    assert b"Remember this marker" in stored
    for form in (CANARY, json.dumps(CANARY)[1:-1], PROTECTED.reveal()):
        assert form.encode() not in stored
        assert json.dumps(form)[1:-1].encode() not in stored


def test_a_password_in_the_base_url_is_not_stored(embedded: Turns) -> None:
    base_url = embedded.base_url.replace("http://", "http://user:canary-password@")
    turn = embedded.ask(SdkPath.PYDANTIC_AI, base_url=base_url)
    assert turn.trace.spans
    assert b"canary-password" not in stored_bytes(embedded)


def test_short_values_are_not_taken_for_keys() -> None:
    masker = SpanMasker(Masker([Secret("demo"), Secret(""), Secret("a-long-enough-key")]))
    assert masker.mask_text("a demo of a-long-enough-key") == "a demo of ••••"
