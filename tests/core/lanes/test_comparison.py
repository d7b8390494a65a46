"""The names by which comparisons are found again."""

from __future__ import annotations

from functools import partial
from string import ascii_uppercase

import pytest

from gwtrace_core.lanes.comparison import (
    COMPARISON,
    LANE,
    REPETITION,
    ROW,
    Place,
    choose_lane_name,
    make_comparison_session_id,
    make_comparison_tags,
    place_of,
)


def test_a_turn_is_filed_under_its_comparison_lane_and_round() -> None:
    tags = partial(make_comparison_tags, comparison_id="c1", lane_name="B", round_id="r1")
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
    assert make_comparison_session_id("c1", "l1") == "c1-l1"
    assert make_comparison_session_id("c1", "l1", repetition=1) == "c1-l1"
    assert make_comparison_session_id("c1", "l1", repetition=3) == "c1-l1-r3"
    assert make_comparison_session_id("c1", "l1", row=7) == "c1-l1-7"
    assert make_comparison_session_id("c1", "l1", repetition=3, row=7) == "c1-l1-7-r3"


def test_a_lane_gets_the_first_letter_that_nothing_on_the_page_bears() -> None:
    assert choose_lane_name([]) == "A"
    assert choose_lane_name(["B", "A"]) == "C"
    assert choose_lane_name(["B"], ["A", "B"]) == "C"
    assert choose_lane_name(["B"]) == "A"
    assert choose_lane_name(["A"], ascii_uppercase) == "B"


@pytest.mark.parametrize(
    "place",
    [
        Place(lane_id="0a1b2c3d", lane_name="B", round_id="11112222"),
        Place(lane_id="0a1b2c3d", lane_name="B", round_id="11112222", repetition=3),
        Place(lane_id="0a1b2c3d", lane_name="B", round_id="11112222", row=12, is_blind=True),
        Place(lane_id="0a1b2c3d", lane_name="B", round_id="11112222", row=12, repetition=2),
    ],
)
def test_a_place_is_read_back_from_tags_and_session(place: Place) -> None:
    tags = make_comparison_tags(
        comparison_id="c" * 32,
        lane_name=place.lane_name,
        round_id=place.round_id,
        repetition=place.repetition if place.repetition > 1 else None,
        row=place.row,
        is_blind=place.is_blind,
    )
    session_id = make_comparison_session_id(
        "c" * 32, place.lane_id, repetition=place.repetition, row=place.row
    )
    assert place_of(tags, session_id=session_id, turn_index=4) == place


def test_tags_of_before_and_of_others_have_a_place_too() -> None:
    old = {COMPARISON: "c", LANE: "A"}
    assert place_of(old, session_id="c-ab12", turn_index=2) == Place(
        lane_id="ab12", lane_name="A", round_id="turn2"
    )
    odd = {COMPARISON: "c", ROW: "x", REPETITION: ""}
    assert place_of(odd, session_id="", turn_index=0) == Place(
        lane_id="?", lane_name="?", round_id="turn0"
    )
