"""Values that a trace recorded: pretty, safe, and never more than a browser can carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import streamlit as st

from gwtrace_core.trace.messages import is_unset
from gwtrace_core.values.text import bytes_text, plural

SHOWN_CHARS = 20_000
"""Longer values are shown in part."""
_OPEN_LEVELS = 2


def clean_text(text: str) -> str:
    """`text` without lone surrogates, which no browser takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def without_unset(value: Any) -> tuple[Any, int]:
    """`value` without arguments that were not given (see `is_unset`), and how many those were."""
    if not isinstance(value, Mapping):
        return value, 0
    recorded = cast(Mapping[str, Any], value)
    given = {name: each for name, each in recorded.items() if not is_unset(each)}
    return given, len(recorded) - len(given)


def draw_value(value: Any, *, name: str, key: str) -> None:
    """JSON as a tree that folds, anything else as text; a long value in part, with a download."""
    given, left_out = without_unset(value)
    if isinstance(given, str):
        draw_long_text(given, name=name, key=key)
    elif isinstance(given, dict | list):
        text = json.dumps(given, indent=2, default=str)
        if len(text) > SHOWN_CHARS:
            readable = json.dumps(given, indent=2, default=str, ensure_ascii=False)
            draw_long_text(readable, name=name, key=key, extension="json")
        else:
            # As text: a lone surrogate stays an escape until the browser reads it.
            st.json(text, expanded=_OPEN_LEVELS)
    else:
        st.code(json.dumps(given, default=str), language="json")
    if left_out:
        st.caption(f"{plural(left_out, 'argument')} left out: recorded as not given.")


def draw_long_text(text: str, *, name: str, key: str, extension: str = "txt") -> None:
    """Text as it is; beyond `SHOWN_CHARS` its beginning, its size and a download."""
    text = clean_text(text)
    language = "json" if extension == "json" else None
    st.code(text[:SHOWN_CHARS] or " ", language=language, wrap_lines=True)
    if len(text) > SHOWN_CHARS:
        download_rest(text, name=name, key=key, extension=extension)


def download_rest(text: str, *, name: str, key: str, extension: str = "txt") -> None:
    """Say that a text was shown in part, and offer the whole."""
    data = text.encode()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"The first {SHOWN_CHARS:,} of {plural(len(text), 'character')} are shown.")
        st.download_button(
            f"Download all, {bytes_text(len(data))}",
            lambda: data,
            file_name=f"{name}.{extension}",
            mime="application/json" if extension == "json" else "text/plain",
            key=f"{key}.download",
            icon=":material/download:",
            on_click="ignore",
            type="tertiary",
        )
