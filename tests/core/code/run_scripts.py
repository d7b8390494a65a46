"""Runs scripts one after the other, with a line after each that tells their outputs apart."""

from __future__ import annotations

import runpy
import sys

END = "=== end of "


def main(paths: list[str]) -> None:
    for path in paths:
        runpy.run_path(path, run_name="__main__")
        sys.stdout.write(f"\n{END}{path}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
