"""Comparisons in MLflow: the names of their lanes, and the tags that file a trace under them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from string import ascii_uppercase

from gwtrace_core.values import trace_names


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
    tags = {
        trace_names.COMPARISON: comparison_id,
        trace_names.COMPARISON_LANE: lane_name,
        trace_names.COMPARISON_ROUND: round_id,
    }
    if repetition is not None:
        tags[trace_names.COMPARISON_REPETITION] = str(repetition)
    if row is not None:
        tags[trace_names.COMPARISON_ROW] = str(row)
    if is_blind:
        tags[trace_names.COMPARISON_BLIND] = "true"
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
    name = tags.get(trace_names.COMPARISON_LANE, "?")
    own = session_id.removeprefix(f"{tags.get(trace_names.COMPARISON, '')}-").split("-")[0]
    return Place(
        lane_id=own or name,
        lane_name=name,
        # Before rounds had ids, the number of the turn told them apart.
        round_id=tags.get(trace_names.COMPARISON_ROUND) or f"turn{turn_index}",
        repetition=_number(tags.get(trace_names.COMPARISON_REPETITION)) or 1,
        row=_number(tags.get(trace_names.COMPARISON_ROW)),
        is_blind=trace_names.COMPARISON_BLIND in tags,
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
