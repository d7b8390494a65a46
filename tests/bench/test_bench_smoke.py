from __future__ import annotations

import subprocess
import sys

from tests.bench.environment import REPOSITORY, child_environment


def test_the_core_benchmark_runs_and_prints_a_figure_in_every_row() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "core", "--quick"],
        cwd=REPOSITORY,
        env=child_environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines if " ms" in line] == [
        f"{sdk}: {what}"
        for sdk in ("OpenAI chat", "Anthropic messages")
        for what in (
            "first token, no waits",
            "50 tokens, no waits",
            "end of stream → trace read back",
            "first token, at a model's pace",
            "50 tokens, at a model's pace",
        )
    ]
    assert "CPUs, load average" in lines[0]
    assert "not measured" not in done.stdout
