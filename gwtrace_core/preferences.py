"""Blind comparisons: what a vote says of each reply, and the running score. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["win", "loss", "tie", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One reply's outcome in one blind comparison."""

    model: str
    sdk_path: str
    outcome: str
    """An `Outcome`; another program may have stored something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The outcomes of one model, or of one SDK path."""

    name: str
    wins: int = 0
    losses: int = 0
    ties: int = 0
    bad: int = 0

    @property
    def votes(self) -> int:
        """How often it was judged."""
        return self.wins + self.losses + self.ties + self.bad

    @property
    def win_rate(self) -> float | None:
        """Wins with ties as halves, among the votes that preferred anything; None without any."""
        decided = self.wins + self.losses + self.ties
        return (self.wins + self.ties / 2) / decided if decided else None


def outcomes(vote: str, ids: Sequence[str]) -> dict[str, Outcome]:
    """What a vote says of each reply: `vote` is the best one's id, `tie` or `bad`."""
    match vote:
        case "tie":
            return dict.fromkeys(ids, "tie")
        case "bad":
            return dict.fromkeys(ids, "bad")
        case _:
            return {each: "win" if each == vote else "loss" for each in ids}


def vote_of(found: Mapping[str, str]) -> str | None:
    """The vote that `outcomes` was made from; None when these do not belong together."""
    if not found:
        return None
    winners = [each for each, outcome in found.items() if outcome == "win"]
    if len(winners) == 1:
        return winners[0]
    kinds = set(found.values())
    return kinds.pop() if kinds in ({"tie"}, {"bad"}) else None


def scores(named: Iterable[tuple[str, str]]) -> tuple[Score, ...]:
    """Scores from (name, outcome) pairs, the best win rate first; unknown outcomes do not count."""
    counts: dict[str, dict[str, int]] = {}
    for name, outcome in named:
        if outcome in ("win", "loss", "tie", "bad"):
            row = counts.setdefault(name, {"win": 0, "loss": 0, "tie": 0, "bad": 0})
            row[outcome] += 1
    found = [
        Score(name=name, wins=row["win"], losses=row["loss"], ties=row["tie"], bad=row["bad"])
        for name, row in counts.items()
    ]
    return tuple(
        sorted(found, key=lambda score: (-(score.win_rate or 0.0), -score.votes, score.name))
    )
