"""A duration reads alike in the tree, which its JavaScript draws, and everywhere else."""

from __future__ import annotations

import random

from playwright.sync_api import Browser

from gwtrace_core.values.text import duration_text
from tests.browser.support import REPOSITORY

MODEL = REPOSITORY / "pages/ui/components/trace_tree/model.js"
BOUNDS_US = (0, 49, 50, 249, 250, 999, 1000, 1999, 999_499, 999_500, 999_999, 1_000_000, 4_125_000)
BROKEN_US = (3_599_499_999, 3_599_500_000, 86_369_999_999, 86_370_000_000, 31_536_000_000_000)
LONG_US = (4_674_999, 4_675_000, 5_165_000, 59_994_999, 59_995_000, 60_000_000, 90_500_000)


def test_a_duration_reads_alike_in_the_tree_and_beside_it(chromium: Browser) -> None:
    chance = random.Random(14)
    drawn = [int(10 ** chance.uniform(0, 16)) for _ in range(2000)]
    durations_us = [*BOUNDS_US, *LONG_US, *BROKEN_US, -1_500, *drawn]
    page = chromium.new_page()
    try:
        page.add_script_tag(content=MODEL.read_text(encoding="utf-8"))
        told = page.evaluate("durations => durations.map(durationText)", durations_us)
    finally:
        page.close()
    assert told == [duration_text(duration_us / 1000) for duration_us in durations_us]
    # As MLflow has the duration of a whole trace: in whole milliseconds, the rest dropped.
    assert told[1:] == [
        duration_text(duration_us // 1000 if duration_us >= 1000 else duration_us / 1000)
        for duration_us in durations_us[1:]
    ]
