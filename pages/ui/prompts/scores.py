"""What the versions of a prompt came to: their traces, how those were judged, time and cost."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gwtrace_core.prompts.outcomes import VersionOutcome, outcome_of
from gwtrace_core.prompts.registry import PromptHistory, PromptVersion
from gwtrace_core.trace.feedback import VERDICT
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import MISSING, count_text, duration_text, usd_text
from pages.ui.draw.messages import show_error
from pages.ui.session.services import services

_READ = 200
"""Traces of a version that are looked at, the newest."""
_VERSIONS = 8


def draw_version_scores(history: PromptHistory, version: PromptVersion) -> None:
    """The chosen version beside the newest others; a link to its traces."""
    chosen = [each for each in history.versions if each.version != version.version]
    rows = [version, *chosen[: _VERSIONS - 1]]
    try:
        with st.spinner("Reading the traces of each version"):
            outcomes = [(each, read_outcome(each)) for each in rows]
    except (TrackingError, RequestRefused) as error:
        show_error(error)
        return
    outcomes.sort(key=lambda pair: -pair[0].version)
    st.dataframe(
        [_make_row(each, outcome, is_chosen=each is version) for each, outcome in outcomes],
        hide_index=True,
        key=f"prompts.scores.{version.name}",
    )
    own = next(outcome for each, outcome in outcomes if each is version)
    if own.count == 0:
        st.caption(
            f"Version {version.version} has made no traces yet: use it in the chat or in a lane "
            "of Compare."
        )
    else:
        if st.button(
            f"Traces of v{version.version}", icon=":material/account_tree:", key="prompts.traces"
        ):
            st.switch_page(
                "traces.py", query_params={"prompt": f"{version.name}/{version.version}"}
            )
        st.caption(
            "By MLflow's link between trace and prompt, of this app's experiment. Scores are "
            "means of what stands; yes counts as 1."
        )
    if len(history.versions) > _VERSIONS:
        st.caption(f"The {_VERSIONS - 1} newest other versions are shown beside it.")


def read_outcome(version: PromptVersion) -> VersionOutcome:
    """Of the version's newest traces. Raises TrackingError and RequestRefused."""
    page = services().traces.list_traces(
        chosen=TraceFilter(prompt=f"{version.name}/{version.version}"), page_size=_READ
    )
    return outcome_of(page.rows, verdict=VERDICT, is_complete=page.next_token is None)


def _make_row(
    version: PromptVersion, outcome: VersionOutcome, *, is_chosen: bool
) -> dict[str, Any]:
    time_ms, cost = outcome.median_duration_ms, outcome.median_cost_usd
    row = {
        "Version": f"v{version.version}" + (" (this)" if is_chosen else ""),
        "Aliases": ", ".join(version.aliases),
        "Traces": count_text(outcome.count) + ("" if outcome.is_complete else "+"),
        "Failed": count_text(outcome.failed),
        "Good": count_text(outcome.good),
        "Bad": count_text(outcome.bad),
        "Median time": MISSING if time_ms is None else duration_text(time_ms),
        "Median cost": MISSING if cost is None else usd_text(cost),
    }
    for score in outcome.scores:
        row[score.name] = f"{score.mean:.2f} of {score.count}"
    return row
