"""The dialog that makes one file of a comparison: what leaves with it, then the download."""

from __future__ import annotations

import sys
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import streamlit as st

from gwtrace_core.chat import ChatRequest
from gwtrace_core.connection import Target
from gwtrace_core.errors import RequestRefused
from gwtrace_core.figures import compared
from gwtrace_core.format import bytes_text, plural
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.running.recording import TraceMissing, TraceRecorded
from gwtrace_core.secret import Secret
from pages.ui.calling import connection_of, request_for
from pages.ui.model_text import plain_label
from pages.ui.services import connections, current_user, services
from pages.ui.state import ChatTurn, CompareRound, CompareState
from pages.ui.trace_tree import CSS, HTML, JS
from pages.ui.turn_view import turn_figures

if TYPE_CHECKING:
    from gwtrace_core.export.report import (
        ExportedItem,
        ReportInput,
        ReportParts,
        ReportRound,
        ReportTurn,
    )

_TITLE_CHARS = 120
_PACKAGES = ("streamlit", "mlflow", "openai", "anthropic", "pydantic-ai-slim")


@st.dialog(
    "Report of this comparison", width="large", icon=":material/ios_share:", on_dismiss="rerun"
)
def report_dialog(state: CompareState) -> None:
    """Preview what the file would hold, leave parts out, and download it."""
    if state.is_hidden:
        st.info(
            "A blind round waits for its vote; the report would tell who answered what.",
            icon=":material/visibility_off:",
        )
        return
    if not state.rounds:
        st.caption("There is nothing to report yet: ask the lanes a question first.")
        return
    # Not at the top: few make a report, and everybody would wait for it.
    from gwtrace_core.export.report import rendered_report

    st.caption("One HTML file that opens anywhere, without a network. Nothing is sent from here.")
    if state.running_turns:
        count = plural(len(state.running_turns), "answer")
        st.warning(f"{count} still on the way, told as far as it has come.")
    title = st.text_input(
        "Title", _title(state), max_chars=_TITLE_CHARS, key="compare.report.title"
    )
    parts = _switches()
    try:
        now = datetime.now().astimezone()
        comparison = report_input(state, title=title, parts=parts, made_at=now)
    except RequestRefused as refused:
        st.error(plain_label(refused.message, limit=300), icon=":material/error:")
        return
    report = rendered_report(comparison)
    data = report.html.encode()
    st.download_button(
        f"Download, {bytes_text(len(data))}",
        data,
        file_name=f"gwtrace_report_{comparison.made_at:%Y-%m-%d}.html",
        mime="text/html",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        key="compare.report.download",
    )
    st.markdown("**What the file holds**")
    st.markdown("\n".join(_preview_line(item) for item in report.leaves))


def _switches() -> ReportParts:
    from gwtrace_core.export.report import ReportParts

    with st.container(horizontal=True, gap="medium"):
        return ReportParts(
            system_prompts=st.toggle("System prompts", True, key="compare.report.prompts"),
            trace_payloads=st.toggle(
                "Trace payloads",
                True,
                key="compare.report.payloads",
                help="Inputs, outputs, attributes and events of the spans. Without them the trees "
                "keep names, models, times, tokens, costs and error messages.",
            ),
            code=st.toggle("Code", True, key="compare.report.code"),
            user_name=st.toggle("User name", False, key="compare.report.user"),
        )


def _preview_line(item: ExportedItem) -> str:
    # With something invisible in it an address stays text; Markdown would make a link of it.
    detail = plain_label(item.detail, limit=200).replace("@", "@\ufeff")
    line = f"- **{item.name}**: {detail}"
    if not item.is_included:
        line += " :gray-badge[left out]"
    if item.masked:
        found = ", ".join(plural(mask.count, mask.what) for mask in item.masked)
        line += f" :orange-badge[masked: {found}]"
    return line


def _title(state: CompareState) -> str:
    lanes = [column.lane for column in state.lanes]
    models = list(dict.fromkeys(lane.model for lane in lanes))
    if len(models) == 1:
        return f"{models[0]}, {plural(len(lanes), 'lane')} compared"[:_TITLE_CHARS]
    return " · ".join(models)[:_TITLE_CHARS]


def report_input(
    state: CompareState, *, title: str, parts: ReportParts, made_at: datetime
) -> ReportInput:
    """The comparison as it stands. Raises RequestRefused for a lane whose connection is gone."""
    from gwtrace_core.export.code import CodeTracking
    from gwtrace_core.export.report import ReportInput, TreeComponent

    settings = services().settings
    return ReportInput(
        title=title.strip() or "Comparison",
        made_at=made_at,
        rounds=tuple(_round(state, round_) for round_ in state.rounds),
        tree=TreeComponent(html=HTML, css=CSS, js=JS),
        tracking=CodeTracking(
            tracking_uri=settings.tracking_uri, experiment_name=settings.experiment_name
        ),
        comparison_id=state.comparison_id,
        user=current_user(),
        parts=parts,
        secrets=_secrets(settings.tracking_uri),
        private_paths=_private_paths(),
        versions=_versions(),
    )


def _round(state: CompareState, round_: CompareRound) -> ReportRound:
    from gwtrace_core.export.report import ReportRound, ReportTurn

    asked = [
        (column.name, column.lane_id, turn)
        for column in state.lanes
        if (turn := round_.turns.get(column.lane_id)) is not None
    ]
    snapshots = [turn.snapshot() for _, _, turn in asked]
    ids = [lane_id for _, lane_id, _ in asked]
    baseline = ids.index(state.baseline_id) if state.baseline_id in ids else None
    strips = [
        turn_figures(turn, snapshot)
        for (_, _, turn), snapshot in zip(asked, snapshots, strict=True)
    ]
    turns: list[ReportTurn] = []
    for place, figures in enumerate(compared(strips, baseline=baseline)):
        name, lane_id, turn = asked[place]
        request, target = _call(state, round_, lane_id, turn)
        trace = snapshots[place].trace
        turns.append(
            ReportTurn(
                name=name,
                request=request,
                target=target,
                reply=snapshots[place].reply,
                figures=tuple(figures),
                trace=trace.trace if isinstance(trace, TraceRecorded) else None,
                trace_note=trace.reason if isinstance(trace, TraceMissing) else "",
                is_baseline=place == baseline,
            )
        )
    return ReportRound(question=round_.message, turns=tuple(turns))


def _call(
    state: CompareState, round_: CompareRound, lane_id: str, turn: ChatTurn
) -> tuple[ChatRequest, Target]:
    """What was sent, and where to."""
    if turn.run is not None:
        return turn.run.request, turn.run.target
    target = resolve(connection_of(turn.lane), turn.lane)
    return request_for(turn.lane, turn.message, state.history(lane_id, round_)), target


def _secrets(tracking_uri: str | None) -> tuple[Secret, ...]:
    """Every key and password that this session can know."""
    found = [*services().tracking.protected, *(each.api_key for each in connections())]
    for address in (tracking_uri, *(each.base_url for each in connections())):
        try:
            password = urlsplit(address or "").password
        except ValueError:
            continue
        if password:
            found += [Secret(password), Secret(unquote(password))]
    return tuple(found)


def _private_paths() -> tuple[str, ...]:
    folders = {Path.cwd(), Path.home(), Path(__file__).parents[2]}
    return (*map(str, sorted(folders)), sys.prefix, sys.base_prefix)


def _versions() -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for package in _PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return tuple(found)
