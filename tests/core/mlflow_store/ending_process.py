"""The app with a turn under way, to be ended by a test in one way or another.

`python -m tests.core.mlflow_store.ending_process served` is the app as uvicorn serves it; with
`unserved` its services are used without a server, and the interpreter just ends. Either says the
turn's trace and the process's children in one line of JSON once the answer has begun.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import uvicorn

from app import app
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext

LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="fault-stall-midway",
)
_LIMIT_S = 120.0


def main(way: str) -> None:
    """Serve until a signal comes, or end as soon as the turn is under way."""
    if way == "unserved":
        begin_turn()
        return
    # Streamlit brings a log of its own.
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))

    def begin_when_served() -> None:
        _wait(lambda: server.started)
        begin_turn()

    threading.Thread(target=begin_when_served, daemon=True).start()
    server.run()


def begin_turn() -> None:
    """Ask, and say so when the answer has begun that will not end by itself."""
    # Streamlit's caches look for a running server when a module that uses them is imported.
    from pages.ui.session.services import services

    own = services()
    own.tracking.wait_ready(_LIMIT_S)
    connection = own.demo.connection()
    run = own.hub.start(
        ChatRequest(lane=LANE, messages=(Message(role="user", text="Begin"),)),
        resolve(connection, LANE),
        TurnContext(session_id="ending", user="ada"),
    )
    _wait(lambda: run.reply.chunk_count > 0)
    tasks = Path("/proc/self/task").iterdir()
    children = [pid for task in tasks for pid in (task / "children").read_text().split()]
    said = {"trace_id": run.trace_id, "text": run.reply.text, "children": children}
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


def _wait(holds: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + _LIMIT_S
    while not holds():
        assert time.monotonic() < give_up_s, "It did not come about in time."
        time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
