"""Tables to look things up in: what reaches what, settings, demo failures, versions."""

from __future__ import annotations

from importlib.metadata import version

import streamlit as st

from gwtrace_core.demo_gateway.common.faults import FAULT_KEYS, FAULT_MODELS
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.gateway.routes import reach_table
from gwtrace_core.settings.settings import VARIABLES
from gwtrace_core.values.connection import Provider, SdkPath
from pages.ui.draw.model_text import plain_label
from pages.ui.session.kept import recall
from pages.ui.session.services import OfferedFaultKeys, services

_PACKAGES = (
    "streamlit",
    "mlflow",
    "openai",
    "anthropic",
    "pydantic-ai-slim",
    "groq",
    "google-genai",
    "genai-prices",
)
_FAULT_KEYS_KEY = "connections.fault_keys"


def _draw_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    lines = [" | ".join(header), " | ".join("---" for _ in header)]
    lines += [" | ".join(cell.replace("|", "\\|") or " " for cell in row) for row in rows]
    st.markdown("\n".join(f"| {line} |" for line in lines))


def draw_reach_matrix() -> None:
    """Providers down, SDK paths across: the base URL behind the gateway's root, or why not."""
    cells = {(row.provider, row.sdk_path): row for row in reach_table()}
    rows: list[tuple[str, ...]] = []
    for provider in Provider:
        texts = [PROVIDER_LABELS[provider]]
        for path in SdkPath:
            row = cells[provider, path]
            if row.api:
                limit = f" :small[({row.reason})]" if row.reason else ""
                texts.append(f":green[:material/check:] {row.api} `{row.base_url}`{limit}")
            else:
                texts.append(
                    f":gray[:material/close:] :small[{plain_label(row.reason, limit=200)}]"
                )
        rows.append(tuple(texts))
    _draw_table(("Provider", *(path.label for path in SdkPath)), rows)
    st.caption(
        "Base URLs hang on the gateway's root, which ends in `/proxy`. The agent is given the "
        "root and appends the route itself. A route with a name of its own takes the place of the "
        "provider's. The gateway never translates between APIs."
    )


def draw_variables_table() -> None:
    """Every setting: what for, default, and whether and where it is set."""
    sources = services().settings.sources
    _draw_table(
        ("Variable", "For", "Default", "Set"),
        [
            (
                f"`{variable.name}`",
                plain_label(variable.purpose, limit=200),
                plain_label(variable.default, limit=100),
                plain_label(sources[variable.name])
                if variable.name in sources
                else ":gray[not set]",
            )
            for variable in VARIABLES
        ],
    )


def draw_demo_faults() -> None:
    """The demo's failing models and keys; keys can be offered in the picker."""
    with st.expander("Models that fail", icon=":material/bug_report:"):
        _draw_table(
            ("Model", "What happens"),
            [
                (f"`{fault.id}`", plain_label(fault.description, limit=300))
                for fault in FAULT_MODELS
            ],
        )
        st.caption("Pick one as the model of any lane on the demo gateway.")
    with st.expander("Keys that fail, and others to try", icon=":material/key_off:"):
        _draw_table(
            ("Key", "What happens"),
            [(f"`{fault.key}`", plain_label(fault.description, limit=300)) for fault in FAULT_KEYS],
        )
        st.multiselect(
            "Offer these as connections",
            [fault.key for fault in FAULT_KEYS],
            default=list(recall(OfferedFaultKeys).keys),
            key=_FAULT_KEYS_KEY,
            on_change=_offer_fault_keys,
        )


def _offer_fault_keys() -> None:
    # In a callback, so that the cards above, which are drawn first, know of it too.
    recall(OfferedFaultKeys).keys = list(st.session_state[_FAULT_KEYS_KEY])


def draw_versions_table() -> None:
    """What is installed."""
    st.caption(" · ".join(f"{name} {version(name)}" for name in _PACKAGES))
