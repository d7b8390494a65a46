"""Comparisons in MLflow: the names of their lanes, and the tags that file a trace under them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from string import ascii_uppercase

COMPARISON = "gwtrace.comparison"
"""Tag: the comparison's id, 32 hexadecimal digits."""
LANE = "gwtrace.comparison.lane"
"""Tag: the lane's name, a letter; it stays when the lane is moved."""
ROUND = "gwtrace.comparison.round"
"""Tag: the id of the question that went to all lanes, 8 hexadecimal digits."""
REPETITION = "gwtrace.comparison.repetition"
"""Tag: `1` to `k`, only where a prompt is run more than once."""
ROW = "gwtrace.comparison.row"
"""Tag: the number of a batch file's row, counted from 1, only in a batch."""

BLIND = "gwtrace.comparison.blind"
"""Tag: `true` where who answered what was hidden until a vote."""


def make_comparison_tags(
    *,
    comparison_id: str,
    lane_name: str,
    round_id: str,
    repetition: int | None = None,
    row: int | None = None,
    is_blind: bool = False,
) -> dict[str, str]:
    """The trace tags of one turn; a repetition or row that there is not has no tag."""
    tags = {COMPARISON: comparison_id, LANE: lane_name, ROUND: round_id}
    if repetition is not None:
        tags[REPETITION] = str(repetition)
    if row is not None:
        tags[ROW] = str(row)
    if is_blind:
        tags[BLIND] = "true"
    return tags


def make_comparison_session_id(
    comparison_id: str, lane_id: str, *, repetition: int = 1, row: int | None = None
) -> str:
    """The session of one lane: its conversation, one batch row of it, or one repetition."""
    session_id = f"{comparison_id}-{lane_id}"
    if row is not None:
        session_id += f"-{row}"
    return session_id if repetition == 1 else f"{session_id}-r{repetition}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a comparison a turn belongs."""

    lane_id: str
    lane_name: str
    round_id: str
    repetition: int = 1
    row: int | None = None
    is_blind: bool = False


def place_of(tags: Mapping[str, str], *, session_id: str, turn_index: int) -> Place:
    """The place that `comparison_tags` and `comparison_session_id` describe."""
    name = tags.get(LANE, "?")
    own = session_id.removeprefix(f"{tags.get(COMPARISON, '')}-").split("-")[0]
    return Place(
        lane_id=own or name,
        lane_name=name,
        # Before rounds had ids, the number of the turn told them apart.
        round_id=tags.get(ROUND) or f"turn{turn_index}",
        repetition=_number(tags.get(REPETITION)) or 1,
        row=_number(tags.get(ROW)),
        is_blind=BLIND in tags,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def choose_lane_name(lane_names: Collection[str], round_names: Collection[str] = ()) -> str:
    """The first letter that neither a lane nor a round that is shown bears.

    Once all 26 were given, a removed lane's letter is given again.
    """
    for used in (set(lane_names) | set(round_names), set(lane_names)):
        for name in ascii_uppercase:
            if name not in used:
                return name
    raise ValueError("There are more lanes than letters.")
