"""Blind comparisons: what a vote says of each reply, and the running score. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["win", "loss", "tie", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One reply's outcome in one vote."""

    vote: str
    """The same for all replies of the vote, and for none of another."""
    model: str
    sdk_path: str
    outcome: str
    """An `Outcome`; another program may have stored something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The votes on one model, or on one SDK path."""

    name: str
    wins: int = 0
    losses: int = 0
    ties: int = 0
    bad: int = 0

    @property
    def votes(self) -> int:
        """How many votes it stood in, against others."""
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


def scores(named: Iterable[tuple[str, str, str]]) -> tuple[Score, ...]:
    """Scores from (vote, name, outcome), the best win rate first.

    A vote counts once for a name, however many replies had it: as won when any of them won. It
    does not count when all replies had one name, for nobody wins or loses against himself. Unknown
    outcomes do not count either.
    """
    votes: dict[str, list[tuple[str, str]]] = {}
    for vote, name, outcome in named:
        if outcome in ("win", "loss", "tie", "bad"):
            votes.setdefault(vote, []).append((name, outcome))
    counts: dict[str, dict[str, int]] = {}
    for replies in votes.values():
        best: dict[str, str] = {}
        for name, outcome in replies:
            if outcome == "win" or name not in best:
                best[name] = outcome
        if len(best) == 1 < len(replies):
            continue
        for name, outcome in best.items():
            row = counts.setdefault(name, {"win": 0, "loss": 0, "tie": 0, "bad": 0})
            row[outcome] += 1
    found = [
        Score(name=name, wins=row["win"], losses=row["loss"], ties=row["tie"], bad=row["bad"])
        for name, row in counts.items()
    ]
    return tuple(
        sorted(found, key=lambda score: (-(score.win_rate or 0.0), -score.votes, score.name))
    )
