from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from gwtrace_core.trace.columns import Flag, columns
from gwtrace_core.trace.tree import build_tree
from gwtrace_core.values.text import duration_text
from tests.browser.harness.shapes import SHAPES

HERE = Path(__file__).parent
_TREES = {"chat": 12, "kinds": 14, "broken": 3, "running": 6}
"""The shapes whose columns are written down, and of how many spans."""
_BOUNDS_US = (0, 49, 50, 249, 250, 999, 1000, 1999, 999_499, 999_500, 999_999, 1_000_000, 4_125_000)
_LONG_US = (4_674_999, 4_675_000, 5_165_000, 59_994_999, 59_995_000, 60_000_000, 90_500_000)
_BROKEN_US = (3_599_499_999, 3_599_500_000, 86_369_999_999, 86_370_000_000, 31_536_000_000_000)


def files() -> dict[str, dict[str, Any]]:
    """The JSON of each file by its name."""
    trees = {
        f"{shape}.json": columns(build_tree(SHAPES[shape](count, f"tr-{shape}")))
        for shape, count in _TREES.items()
    }
    flags = {str(flag.name): flag.value for flag in Flag}
    return {**trees, "flags.json": flags, "durations.json": _durations()}


def _durations() -> dict[str, str]:
    """How durations read, by their microseconds."""
    chance = random.Random(14)
    drawn = [int(10 ** chance.uniform(0, 16)) for _ in range(500)]
    durations_us = [*_BOUNDS_US, *_LONG_US, *_BROKEN_US, -1_500, *drawn]
    return {str(duration_us): duration_text(duration_us / 1000) for duration_us in durations_us}


def text_of(value: dict[str, Any]) -> str:
    """A line for each entry, so that a change can be read."""
    entries = [f"  {_short(key)}: {_short(each)}" for key, each in value.items()]
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
