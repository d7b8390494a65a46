"""Waiting for an answer of MLflow: says what for, and lets go when the user clicks something."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import streamlit as st

from gwtrace_core.background.future import start
from gwtrace_core.mlflow_store.connection.tracking import Starting
from gwtrace_core.values.text import duration_text
from pages.ui.session.kept import yield_to_clicks
from pages.ui.session.services import services

_T = TypeVar("_T")
_TICK_S = 0.1
_TOLD_AFTER_S = 1.0


def wait_for(work: Callable[[], _T], *, words: str, skeleton_px: int) -> _T:
    """The result of `work`, which must not touch Streamlit; raises what it raises.

    Until it is there, a skeleton stands in its place. A click ends the waiting and not the work,
    which has a time limit of its own.
    """
    tracking = services().tracking
    slot = st.empty()
    with slot.container():
        line = st.empty()
        st.skeleton(height=skeleton_px)
    answer = start(work, name="gwtrace-page-question")
    begun_s = time.monotonic()
    while not _is_there(answer):
        waited_s = time.monotonic() - begun_s
        if isinstance(tracking.state, Starting):
            line.markdown(":shimmer[MLflow is starting; that takes some seconds, once]")
        elif waited_s > _TOLD_AFTER_S:
            line.markdown(f":shimmer[{words}] · {duration_text(waited_s * 1000)}")
        yield_to_clicks()
    slot.empty()
    return answer.result()


def _is_there(answer: Future[_T]) -> bool:
    try:
        answer.exception(_TICK_S)
    except TimeoutError:
        return False
    return True
