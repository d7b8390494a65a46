"""The first call of a fresh process against its second: what an SDK builds late is not the model's.

Each process loads one path as the app's warm-up does, then makes the same call twice, recorded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product

from tests.bench.environment import REPOSITORY, child_environment
from tests.bench.gateway import running_gateway
from tests.bench.report import Budget, Row, print_rows
from tests.core.sdk_paths.support import WAYS


def run(quick: bool) -> None:
    """Print the table."""
    ways = WAYS[:1] if quick else WAYS
    rows: list[Row] = []
    with running_gateway(0) as gateway:
        for way, streamed in product(ways, (True, False)):
            pairs = [_pair(way.name, streamed, gateway.base_url) for _ in range(1 if quick else 5)]
            rows.append(
                Row(
                    what=f"{way.name}, {'streamed' if streamed else 'whole'}",
                    samples=[first_ms for first_ms, _ in pairs],
                    peer=[second_ms for _, second_ms in pairs],
                    budget=Budget(most=20, of="minus the peer"),
                )
            )
    print_rows("first: first token of a process's first call, peer: of its second", rows)


def _pair(way: str, streamed: bool, base_url: str) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.first_calls", way, str(int(streamed)), base_url],
        cwd=REPOSITORY,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    first_ms, second_ms = json.loads(done.stdout.splitlines()[-1])
    return first_ms, second_ms
