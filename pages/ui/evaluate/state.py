"""What the evaluate page keeps of one browser session."""

from __future__ import annotations

import uuid
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gwtrace_core.evaluation.datasets import DatasetSummary
from gwtrace_core.evaluation.sources import FoundSubjects, SubjectSource
from gwtrace_core.evaluation.stored import StoredEvaluation
from gwtrace_core.evaluation.values import AT_ONCE, Scorer
from gwtrace_core.mlflow_store.conversations.comparisons import ComparisonSummary
from gwtrace_core.trace.listing import ListedSession
from gwtrace_core.values.errors import GwtraceError
from gwtrace_core.values.request import Lane
from pages.ui.session.kept import recall

if TYPE_CHECKING:
    # It brings what checks JSON schemas with it, which the first page would wait for.
    from gwtrace_core.evaluation.runner import Evaluation

From = Literal["handed over", "newest", "comparison", "session", "dataset"]

NEWEST = 20
"""Traces to begin with."""


@dataclass(slots=True, kw_only=True)
class DraftScorer:
    """A scorer that is being set up; its inputs have its id in their keys."""

    scorer: Scorer
    draft_id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])


@dataclass(slots=True, kw_only=True)
class EvaluateState:
    """The evaluate page of one browser session."""

    came_from: From = "newest"
    handed_over: SubjectSource | None = None
    """The traces that somebody chose elsewhere and came with."""
    handovers: int = 0
    """How often that was: the choice is then drawn anew."""
    found: FoundSubjects | None = None
    """The traces of `found_for`, as they were read."""
    found_for: SubjectSource | None = None
    comparisons: tuple[ComparisonSummary, ...] | None = None
    sessions: tuple[ListedSession, ...] | None = None
    datasets: tuple[DatasetSummary, ...] | None = None
    """To pick from; None until they are asked for."""
    scorers: list[DraftScorer] = field(default_factory=list[DraftScorer])
    lane: Lane | None = None
    """What judges are asked through; None until it is drawn for the first time."""
    at_once: int = AT_ONCE
    starting: Future[Evaluation] | None = None
    """An evaluation that MLflow is being told of."""
    problem: GwtraceError | None = None
    """Why the last start, or going on, was refused."""
    runs: dict[str, Evaluation] = field(default_factory=dict)
    """Those that this session has started or looked at while they ran, by their id."""
    opened: dict[str, StoredEvaluation] = field(default_factory=dict[str, StoredEvaluation])
    """Those that were read from MLflow, by their id; the two newest."""
    reads_again: str = ""
    """One that ended here and is to be read from MLflow, as people have said more of it since."""
    reading: dict[str, str] = field(default_factory=dict[str, str])
    """The trace that is read closely, by the table it was chosen in."""
    listed_ids: tuple[str, ...] = ()
    """Of the list's rows, as they were drawn last."""
    clicked_id: str | None = None
    """Of the list's row whose name was just clicked."""

    def ask_again(self) -> None:
        """Have what can be chosen read anew."""
        self.found = self.found_for = None
        self.comparisons = self.sessions = self.datasets = None

    def keep_opened(self, stored: StoredEvaluation) -> None:
        """Remember it, and forget the oldest."""
        self.opened.pop(stored.summary.evaluation_id, None)
        self.opened[stored.summary.evaluation_id] = stored
        while len(self.opened) > 2:
            del self.opened[next(iter(self.opened))]


def list_evaluations_elsewhere(*, shown_id: str | None) -> list[Evaluation]:
    """Those of the session but for the one whose page is shown."""
    runs = recall(EvaluateState).runs.values()
    return [run for run in runs if run.evaluation_id != shown_id]
