"""`python process.py PORT`: an `mlflow server` that goes with its parent.

The parent holds the other end of our standard input. However the parent ends, that end closes, and
the server and its worker are ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

_GRACE_S = 3.0


def main() -> int:
    """Run the server until it ends by itself or standard input closes."""
    port = sys.argv[1]
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            port,
            "--workers",
            "1",
            "--allowed-hosts",
            f"127.0.0.1:{port},localhost:{port}",
        ],
        stdin=subprocess.DEVNULL,
        # A group of its own, so that its workers can be ended with it.
        start_new_session=True,
    )

    def end_with_parent() -> None:
        sys.stdin.buffer.read()
        _end(server)

    threading.Thread(target=end_with_parent, daemon=True).start()
    return server.wait()


def _end(server: subprocess.Popen[bytes]) -> None:
    for number, grace_s in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, 0.0)):
        try:
            os.killpg(server.pid, number)
        except ProcessLookupError:
            return
        give_up_s = time.monotonic() + grace_s
        while server.poll() is None and time.monotonic() < give_up_s:
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
