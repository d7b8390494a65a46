"""`python -m gwtrace_core.demo_gateway --port N`: the demo gateway by hand."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

import uvicorn

from gwtrace_core.demo_gateway.server import PREFIX, create_app
from gwtrace_core.demo_gateway.serving import listen, make_server


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted. Prints the base URL when it listens; 1 if the port is taken."""
    options = _parser().parse_args(arguments)
    try:
        listener = listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"Cannot listen on {options.host}:{options.port}: {error}\n")
        return 1
    host, port = listener.getsockname()[:2]
    prefix = "" if options.no_prefix else PREFIX
    sys.stdout.write(f"http://{host}:{port}{prefix}\n")
    sys.stdout.flush()
    server = make_server(create_app(pace=options.pace, prefix=prefix))
    if options.exit_with_stdin:
        threading.Thread(target=_exit_with_stdin, args=(server,), daemon=True).start()
    # Uvicorn raises the interrupt again at its end; whether it still reaches us is chance.
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    return 0


def _exit_with_stdin(server: uvicorn.Server) -> None:
    """The parent holds the other end of the pipe; however it dies, reading then ends."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    server.should_exit = True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gwtrace_core.demo_gateway",
        description="A Pydantic AI Gateway with simulated providers. The key is 'demo'.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="factor for all simulated waits, 0 for none"
    )
    parser.add_argument(
        "--no-prefix",
        action="store_true",
        help="serve the routes at the root, as the open gateway does, in place of /proxy",
    )
    parser.add_argument("--exit-with-stdin", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
