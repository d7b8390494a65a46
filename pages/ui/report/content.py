"""What every report is made of, whichever page it is of."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.running.recorder import TraceMissing, TraceRecorded
from gwtrace_core.running.run import RunSnapshot
from gwtrace_core.values.connection import Target
from gwtrace_core.values.request import ChatRequest
from pages.ui.components.trace_tree import CSS, HTML
from pages.ui.session.known_secrets import list_known_secrets
from pages.ui.session.services import current_user, services
from pages.ui.session.turns import ChatTurn
from pages.ui.trace.panel import read_settled

if TYPE_CHECKING:
    from gwtrace_core.figures.repeated import Repetition
    from gwtrace_core.report.values import (
        ReportInput,
        ReportParts,
        ReportRound,
        ReportTurn,
        TreeComponent,
    )

_PACKAGES = ("streamlit", "mlflow", "openai", "anthropic", "pydantic-ai-slim")


def build_input(
    rounds: tuple[ReportRound, ...],
    *,
    title: str,
    parts: ReportParts,
    made_at: datetime,
    comparison_id: str = "",
    session_id: str = "",
) -> ReportInput:
    """What a report is made of: these questions with their answers, and what this session knows."""
    from gwtrace_core.code.script import CodeTracking
    from gwtrace_core.report.values import ReportInput

    settings = services().settings
    return ReportInput(
        title=title,
        made_at=made_at,
        rounds=rounds,
        tree=build_tree_component(),
        tracking=CodeTracking(
            tracking_uri=settings.tracking_uri, experiment_name=settings.experiment_name
        ),
        comparison_id=comparison_id,
        session_id=session_id,
        user=current_user(),
        parts=parts,
        secrets=list_known_secrets(),
        private_paths=list_private_paths(),
        versions=list_versions(),
    )


def read_snapshot(turn: ChatTurn) -> RunSnapshot:
    """The turn with its trace, also of one that knows only the trace's id."""
    snapshot = turn.snapshot()
    return RunSnapshot(
        reply=snapshot.reply, trace=read_settled(snapshot.trace), is_settled=snapshot.is_settled
    )


def build_turn(
    name: str,
    snapshot: RunSnapshot,
    call: tuple[ChatRequest, Target],
    figures: Sequence[Figure],
    *,
    is_baseline: bool = False,
    summed: Repetition | None = None,
) -> ReportTurn:
    """One lane's answer; `call` is what was sent for it, and where to."""
    from gwtrace_core.report.values import ReportTurn

    trace = snapshot.trace
    return ReportTurn(
        name=name,
        request=call[0],
        target=call[1],
        reply=snapshot.reply,
        figures=tuple(figures),
        trace=trace.trace if isinstance(trace, TraceRecorded) else None,
        trace_note=trace.reason if isinstance(trace, TraceMissing) else "",
        is_baseline=is_baseline,
        repetition=summed,
    )


def build_tree_component() -> TreeComponent:
    """The tree of the pages, which the file brings along."""
    from gwtrace_core.report.values import TreeComponent

    return TreeComponent(html=HTML, css=CSS)


def list_private_paths() -> tuple[str, ...]:
    """Folders of this machine, which no file is to name."""
    folders = {Path.cwd(), Path.home(), Path(__file__).parents[3]}
    return (*map(str, sorted(folders)), sys.prefix, sys.base_prefix)


def list_versions() -> tuple[tuple[str, str], ...]:
    """The packages that calls and traces are made with, each with its version."""
    found: list[tuple[str, str]] = []
    for package in _PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return tuple(found)
