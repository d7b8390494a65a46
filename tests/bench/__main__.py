"""`python -m tests.bench [NAME[:PART] …] [--quick]`: print each figure beside peer and budget."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from importlib import import_module

from tests.bench.environment import REPOSITORY, child_environment
from tests.bench.report import print_header

NAMES = (
    "core",
    "page",
    "lanes",
    "start",
    "first",
    "sessions",
    "stop",
    "tree",
    "traces",
    "shapes",
)
_PARTS = ("traces:list", "traces:large", "traces:pages")


def main() -> int:
    """Run the benchmarks named, each in a process of its own; 1 if one of them broke."""
    options = _parser().parse_args()
    if options.alone:
        name, _, part = options.alone.partition(":")
        module = import_module(f"tests.bench.bench_{name}")
        if part:
            module.run(options.quick, part)
        else:
            module.run(options.quick)
        return 0
    print_header()
    failed: list[str] = []
    for name in options.names or NAMES:
        begun_s = time.monotonic()
        command = [sys.executable, "-m", "tests.bench", "--alone", name]
        # What one benchmark has imported and left in memory must not be in the next one's figures.
        done = subprocess.run(
            [*command, "--quick"] if options.quick else command,
            cwd=REPOSITORY,
            env=child_environment(),
            check=False,
        )
        print(f"({name} took {time.monotonic() - begun_s:.0f} s)", flush=True)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"These did not run to their end: {', '.join(failed)}.")
    return 1 if failed else 0


def _name(text: str) -> str:
    if text not in NAMES + _PARTS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(NAMES + _PARTS)}.")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", type=_name, help=", ".join((*NAMES, *_PARTS))
    )
    parser.add_argument(
        "--quick", action="store_true", help="few samples: shows that it runs, not how fast"
    )
    parser.add_argument("--alone", type=_name, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
