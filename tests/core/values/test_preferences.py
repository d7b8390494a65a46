from __future__ import annotations

import pytest

from gwtrace_core.values.preferences import Score, outcomes, scores, vote_of


@pytest.mark.parametrize(
    ("vote", "expected"),
    [
        ("b", {"a": "loss", "b": "win", "c": "loss"}),
        ("tie", {"a": "tie", "b": "tie", "c": "tie"}),
        ("bad", {"a": "bad", "b": "bad", "c": "bad"}),
    ],
)
def test_a_vote_says_something_of_every_answer(vote: str, expected: dict[str, str]) -> None:
    assert outcomes(vote, ["a", "b", "c"]) == expected


def test_scores_count_ties_as_halves_and_put_the_best_first() -> None:
    named = [
        *(("1", "m", "win"), ("1", "n", "loss")),
        *(("2", "m", "loss"), ("2", "n", "win")),
        *(("3", "n", "tie"), ("3", "o", "tie")),
        *(("4", "n", "win"), ("4", "m", "loss")),
        *(("5", "o", "bad"), ("5", "m", "bad")),
        ("6", "n", "something else"),
    ]
    found = scores(named)
    assert found == (
        Score(name="n", wins=2, losses=1, ties=1),
        Score(name="o", ties=1, bad=1),
        Score(name="m", wins=1, losses=2, bad=1),
    )
    assert [score.win_rate for score in found] == [0.625, 0.5, pytest.approx(1 / 3)]
    assert [score.votes for score in found] == [4, 2, 4]
    assert [score.win_rate for score in scores([("1", "o", "bad"), ("1", "m", "bad")])] == [
        None
    ] * 2


@pytest.mark.parametrize("vote", ["a", "tie", "bad"])
def test_nobody_wins_or_loses_against_himself(vote: str) -> None:
    cast = outcomes(vote, ["a", "b"])
    assert scores(("1", "m", outcome) for outcome in cast.values()) == ()


@pytest.mark.parametrize(
    ("vote", "expected"),
    [
        ("a", (Score(name="m", wins=1), Score(name="n", losses=1))),
        ("c", (Score(name="n", wins=1), Score(name="m", losses=1))),
        ("tie", (Score(name="m", ties=1), Score(name="n", ties=1))),
    ],
)
def test_one_vote_counts_once_for_a_model_with_two_lanes(
    vote: str, expected: tuple[Score, ...]
) -> None:
    names = {"a": "m", "b": "m", "c": "n"}
    cast = outcomes(vote, list(names))
    assert scores(("1", names[each], outcome) for each, outcome in cast.items()) == expected


@pytest.mark.parametrize("vote", ["a", "b", "tie", "bad"])
def test_a_vote_is_read_back_from_its_outcomes(vote: str) -> None:
    assert vote_of(outcomes(vote, ["a", "b", "c"])) == vote


@pytest.mark.parametrize(
    "found", [{}, {"a": "win", "b": "win"}, {"a": "loss"}, {"a": "tie", "b": "bad"}]
)
def test_outcomes_that_no_vote_has_are_none(found: dict[str, str]) -> None:
    assert vote_of(found) is None
