"""Errors as people read them: what happened, whose fault it is, what to do next."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.values.errors import Failure, FailureCause, FailureSource, GwtraceError
from pages.ui.draw.model_text import plain_label

_WHOSE_FAULT = {
    FailureSource.GATEWAY: ("Gateway", ":material/router:"),
    FailureSource.PROVIDER: ("Provider", ":material/cloud_off:"),
    FailureSource.NETWORK: ("Network", ":material/wifi_off:"),
    FailureSource.TRACKING: ("Tracking server", ":material/monitoring:"),
    FailureSource.SETTINGS: ("Settings", ":material/settings_alert:"),
    FailureSource.APP: ("gwtrace", ":material/power_off:"),
}


def show_failure(failure: Failure) -> None:
    """A failed call: a box with source, cause and hint, and the raw answer behind a twisty."""
    source, icon = _WHOSE_FAULT[failure.source]
    status = "" if failure.status is None else f" · HTTP {failure.status}"
    lines = [f"**{source}: {failure.cause}**{status}", plain_label(failure.message, limit=600)]
    if failure.hint:
        lines.append(f"*{plain_label(failure.hint, limit=600)}*")
    if failure.retry_after_s is not None:
        lines.append(f"It asked to wait {failure.retry_after_s:.0f} s.")
    # What another process is at has not failed.
    box = st.info if failure.cause is FailureCause.UNDER_WAY else st.error
    box("  \n".join(lines), icon=icon)
    if failure.body:
        with st.expander("The answer as it came", type="compact"):
            st.code(failure.body, language=None, wrap_lines=True)


def show_error(error: GwtraceError) -> None:
    """An expected problem of the app's own."""
    hint = f"  \n*{plain_label(error.hint, limit=600)}*" if error.hint else ""
    st.error(plain_label(error.message, limit=600) + hint, icon=":material/error:")
