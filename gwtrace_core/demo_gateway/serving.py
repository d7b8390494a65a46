"""Runs the demo gateway with uvicorn on a socket that is already listening."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette

# A stalled stream never ends by itself, so a stopping server does not wait for it for long.
_GRACE_S = 1


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. Raises `OSError` if it cannot be had."""
    listener = socket.create_server((host, port), backlog=256)
    # What it accepts inherits this. asyncio sets it only on sockets that name their protocol, and
    # without it every token waits for the client to acknowledge the one before, up to 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def make_server(app: Starlette) -> uvicorn.Server:
    """A quiet server for `app`: `run(sockets=[…])` serves, `should_exit` ends it."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_keep_alive=30,
    )
    return uvicorn.Server(config)
