"""Comparisons as they are read back, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gwtrace_core.lanes.comparison import Place
from gwtrace_core.mlflow_store.conversations.stored_turns import SkippedTrace, StoredTurn
from gwtrace_core.mlflow_store.conversations.verdicts import PREFERENCE
from gwtrace_core.trace.model import Assessment, Trace
from gwtrace_core.values.preferences import vote_of
from gwtrace_core.values.request import Lane, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSummary:
    """A comparison as a list shows it."""

    comparison_id: str
    title: str
    """The beginning of its first question, as far back as the list looks; may be empty."""
    last_ms: int
    """When its newest turn began, milliseconds since the Unix epoch; a batch: its first row."""
    models: tuple[str, ...]
    """The lanes' models, by the lanes' names; each once."""
    lane_count: int
    round_count: int | None
    """How many questions were asked; None for a batch, whose rows are not counted here."""

    @property
    def is_batch(self) -> bool:
        """Whether its questions came from a file."""
        return self.round_count is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTurn:
    """One lane's answer to one question, with its trace and its place in the comparison."""

    place: Place
    turn: StoredTurn
    trace: Trace
    answers_before: tuple[str, ...] = ()
    """The answers that it went on from: its lane's own, or those of one that was promoted."""

    @property
    def question(self) -> str | int:
        """What the answers to one question have in common: the row, else the round."""
        return self.place.round_id if self.place.row is None else self.place.row


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVote:
    """What a person said of a blind round."""

    vote: str
    """The best answer's lane id, `tie` or `bad`."""
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRound:
    """One question, and of every lane and repetition the newest answer."""

    round_id: str
    turns: tuple[ComparisonTurn, ...]
    """By lane name, then repetition. Never empty."""

    @property
    def message(self) -> Message:
        """The question."""
        return self.turns[0].turn.message

    @property
    def row(self) -> int | None:
        """Number of the batch file's row."""
        return self.turns[0].place.row

    @property
    def is_blind(self) -> bool:
        """Whether who answered what was hidden until a vote."""
        return any(
            turn.place.is_blind or preferences_of(turn.turn.assessments) for turn in self.turns
        )

    def find_vote(self, user: str) -> StoredVote | None:
        """That user's vote on a blind round, else somebody else's; None before there is one."""
        given: dict[str, dict[str, str]] = {}
        for turn in self.turns:
            for each in preferences_of(turn.turn.assessments):
                given.setdefault(each.source_id, {})[turn.place.lane_id] = str(each.value)
        for voter in sorted(given, key=lambda each: each != user):
            if (vote := vote_of(given[voter])) is not None:
                return StoredVote(vote=vote, user=voter)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredComparison:
    """A comparison read back; nothing is left out without being named or counted."""

    comparison_id: str
    rounds: tuple[StoredRound, ...]
    """In the order in which they were asked; those of a batch by row."""
    replaced_count: int = 0
    """Answers that were asked again since; their traces stay in MLflow."""
    skipped: tuple[SkippedTrace, ...] = ()
    is_whole: bool = True
    """False when there was more than could be read at once: the newest are here."""

    @property
    def is_batch(self) -> bool:
        """Whether its questions came from a file."""
        return any(round_.row is not None for round_ in self.rounds)

    @property
    def turns(self) -> tuple[ComparisonTurn, ...]:
        """The turns of all rounds."""
        return tuple(turn for round_ in self.rounds for turn in round_.turns)

    @property
    def lanes(self) -> tuple[tuple[Place, Lane], ...]:
        """The newest place and set-up of every lane, by the lanes' names."""
        last = {turn.place.lane_id: turn for turn in self.turns}
        found = [(turn.place, turn.turn.lane) for turn in last.values()]
        return tuple(sorted(found, key=lambda each: each[0].lane_name))


def preferences_of(assessments: Iterable[Assessment]) -> tuple[Assessment, ...]:
    """The valid outcomes of blind votes among a trace's assessments."""
    return tuple(each for each in assessments if each.name == PREFERENCE and each.is_valid)


def group_rounds(turns: Iterable[ComparisonTurn]) -> tuple[tuple[StoredRound, ...], int]:
    """The turns by question, and how many were left out because a newer one replaced them."""
    newest: dict[tuple[str | int, str, int], ComparisonTurn] = {}
    replaced = 0
    for turn in sorted(turns, key=lambda each: each.turn.start_ms):
        place = (turn.question, turn.place.lane_id, turn.place.repetition)
        replaced += place in newest
        newest[place] = turn
    grouped: dict[str | int, list[ComparisonTurn]] = {}
    for turn in newest.values():
        grouped.setdefault(turn.question, []).append(turn)
    rounds = [
        StoredRound(
            round_id=found[-1].place.round_id,
            turns=tuple(
                sorted(found, key=lambda each: (each.place.lane_name, each.place.repetition))
            ),
        )
        for found in grouped.values()
    ]
    return tuple(sorted(rounds, key=_make_sort_key)), replaced


def find_promoted_lanes(rounds: Sequence[StoredRound]) -> dict[str, str]:
    """By round id, the lane whose answer every lane went on from, where that was not its own.

    It shows in the next question only: before that nobody has gone on from anything.
    """
    found: dict[str, str] = {}
    for index, (round_, following) in enumerate(pairwise(rounds)):
        heard = {
            turn.place.lane_id: turn.answers_before[index]
            for turn in following.turns
            if len(turn.answers_before) == index + 1
        }
        said = {turn.place.lane_id: turn.turn.reply.text for turn in reversed(round_.turns)}
        if not heard or all(said.get(lane) == text for lane, text in heard.items()):
            continue
        texts = set(heard.values())
        if lane := next((lane for lane, text in said.items() if texts == {text}), None):
            found[round_.round_id] = lane
    return found


def _make_sort_key(round_: StoredRound) -> tuple[int, int, int]:
    turns = [each.turn for each in round_.turns]
    return (
        round_.row or 0,
        min(turn.turn_index for turn in turns),
        min(turn.start_ms for turn in turns),
    )
