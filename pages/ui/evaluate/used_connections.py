"""Which connection judges are asked through."""

from __future__ import annotations

from pages.ui.evaluate.state import EvaluateState
from pages.ui.lane.picker import JUDGE_PICKER, find_picked_connection
from pages.ui.session.kept import recall


def list_judge_connections() -> tuple[str, ...]:
    """Its id; none before judges are set up."""
    lane = recall(EvaluateState).lane
    return () if lane is None else (find_picked_connection(JUDGE_PICKER, lane),)
