"""The names by which comparisons are found again."""

from __future__ import annotations

from functools import partial
from string import ascii_uppercase

from gwtrace_core.comparison import comparison_session_id, comparison_tags, next_lane_name


def test_a_turn_is_filed_under_its_comparison_lane_and_round() -> None:
    tags = partial(comparison_tags, comparison_id="c1", lane_name="B", round_id="r1")
    plain = {
        "gwtrace.comparison": "c1",
        "gwtrace.comparison.lane": "B",
        "gwtrace.comparison.round": "r1",
    }
    assert tags() == plain
    assert tags(repetition=2, row=7) == plain | {
        "gwtrace.comparison.repetition": "2",
        "gwtrace.comparison.row": "7",
    }


def test_each_lane_row_and_repetition_is_a_session_of_its_own() -> None:
    assert comparison_session_id("c1", "l1") == "c1-l1"
    assert comparison_session_id("c1", "l1", repetition=1) == "c1-l1"
    assert comparison_session_id("c1", "l1", repetition=3) == "c1-l1-r3"
    assert comparison_session_id("c1", "l1", row=7) == "c1-l1-7"
    assert comparison_session_id("c1", "l1", repetition=3, row=7) == "c1-l1-7-r3"


def test_a_lane_gets_the_first_letter_that_nothing_on_the_page_bears() -> None:
    assert next_lane_name([]) == "A"
    assert next_lane_name(["B", "A"]) == "C"
    assert next_lane_name(["B"], ["A", "B"]) == "C"
    assert next_lane_name(["B"]) == "A"
    assert next_lane_name(["A"], ascii_uppercase) == "B"
