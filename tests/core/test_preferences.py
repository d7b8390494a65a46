from __future__ import annotations

import pytest

from gwtrace_core.preferences import Score, outcomes, scores, vote_of


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
        ("m", "win"),
        ("m", "loss"),
        ("n", "win"),
        ("n", "tie"),
        ("o", "bad"),
        ("n", "something else"),
    ]
    assert scores(named) == (
        Score(name="n", wins=1, ties=1),
        Score(name="m", wins=1, losses=1),
        Score(name="o", bad=1),
    )
    assert [score.win_rate for score in scores(named)] == [0.75, 0.5, None]
    assert [score.votes for score in scores(named)] == [2, 2, 1]


@pytest.mark.parametrize("vote", ["a", "b", "tie", "bad"])
def test_a_vote_is_read_back_from_its_outcomes(vote: str) -> None:
    assert vote_of(outcomes(vote, ["a", "b", "c"])) == vote


@pytest.mark.parametrize(
    "found", [{}, {"a": "win", "b": "win"}, {"a": "loss"}, {"a": "tie", "b": "bad"}]
)
def test_outcomes_that_no_vote_has_are_none(found: dict[str, str]) -> None:
    assert vote_of(found) is None
