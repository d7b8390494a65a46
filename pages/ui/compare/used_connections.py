"""Which connections the lanes ask, and which the answers came by that are shown."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from gwtrace_core.lanes.link import read_link
from pages.ui.compare.state import CompareState
from pages.ui.lane.picker import LANE_PICKERS, find_picked_connection
from pages.ui.session.kept import recall
from pages.ui.session.services import connections


def list_compare_connections() -> tuple[str, ...]:
    """Their ids, each once."""
    return tuple(dict.fromkeys(_list_ids(recall(CompareState))))


def _list_ids(state: CompareState) -> Iterable[str]:
    for column in state.lanes:
        yield find_picked_connection(f"{LANE_PICKERS}.{column.lane_id}", column.lane)
    for turn in state.all_turns:
        yield turn.lane.connection_id
    if not state.lanes:
        yield from _list_linked_ids()


def _list_linked_ids() -> Iterable[str]:
    """Before the page has been drawn once, what its address says."""
    link = st.query_params.get("lanes")
    if link is not None:
        return [lane.connection_id for lane in read_link(link)]
    return () if "comparison" in st.query_params else (connections()[0].id,)
