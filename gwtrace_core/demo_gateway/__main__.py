"""`python -m gwtrace_core.demo_gateway --port N`: the demo gateway by hand."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from gwtrace_core.demo_gateway.server import PREFIX, create_app
from gwtrace_core.demo_gateway.serving import listen, make_server


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted. Prints the base URL when it listens; 1 if the port is taken."""
    options = _parser().parse_args(arguments)
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        reason = error.strerror or str(error)
        sys.stderr.write(f"Cannot listen on {options.host}:{options.port}: {reason}\n")
        return 1
    host, port = listener.getsockname()[:2]
    sys.stdout.write(f"http://{host}:{port}{PREFIX}\n")
    sys.stdout.flush()
    server = make_server(create_app(pace=options.pace))

    async def serve() -> None:
        if options.exit_with_stdin:
            # The parent holds the other end; however it dies, the pipe ends.
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), leave)
        await server.serve(sockets=[listener])

    def leave() -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            server.should_exit = True

    asyncio.run(serve())
    return 0


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
    parser.add_argument("--exit-with-stdin", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
