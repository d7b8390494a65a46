from __future__ import annotations

import logging
import threading

import pytest

from gwtrace_core.background.ending import Step, end_in_order


def test_every_step_is_taken_in_order_whatever_becomes_of_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    taken: list[str] = []
    hanging = threading.Event()

    def fail() -> None:
        taken.append("failing")
        raise OSError("the first")

    def hang() -> None:
        hanging.wait(5)

    steps = [
        Step(name="one", end=lambda: taken.append("one"), limit_s=5),
        Step(name="the failing", end=fail, limit_s=5),
        Step(name="the hanging", end=hang, limit_s=0.01),
        Step(name="last", end=lambda: taken.append("last"), limit_s=5),
    ]
    with caplog.at_level(logging.ERROR), pytest.raises(OSError, match="the first"):
        end_in_order(steps)
    hanging.set()
    assert taken == ["one", "failing", "last"]
    assert [record.message for record in caplog.records] == [
        "Ending the failing failed.",
        "Ending the hanging failed.",
    ]
    told = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert [str(each) for each in told] == [
        "the first",
        "Ending the hanging took longer than 0.01 s.",
    ]


def test_an_end_without_failures_raises_nothing() -> None:
    end_in_order([Step(name="one", end=lambda: None, limit_s=5)])
