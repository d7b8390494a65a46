"""Picks a lane: connection, provider, SDK path, model, and a gear for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gwtrace_core.demo_gateway.common.faults import fault_description, find_fault
from gwtrace_core.gateway.offers import listed_models, offered_models, offered_providers
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.gateway.routes import why_unreachable
from gwtrace_core.lanes.lanes import move_lane
from gwtrace_core.values.connection import Connection, Provider, SdkPath
from gwtrace_core.values.request import Lane
from pages.ui.draw.price_risk import say_lane_risk
from pages.ui.lane.prompt_pick import ask_for_prompt_if_wanted, gear_key, take_picked_prompt
from pages.ui.lane.settings import pick_settings, route_key
from pages.ui.session.kept import picker_ages
from pages.ui.session.services import offered_routes

JUDGE_PICKER = "evaluate.judge"
LANE_PICKERS = "compare.lane"
"""Keys of pickers: of the judges' model, and what those of a comparison's lanes begin with."""


def forget_picker(key: str) -> None:
    """Let the picker show the lane it is given instead of what was last picked in it.

    Its widgets get new keys: a browser goes on sending what it holds for the old ones.
    """
    for name in [name for name in st.session_state if str(name).startswith(f"{key}.")]:
        del st.session_state[name]
    picker_ages()[key] = picker_ages().get(key, 0) + 1


def connection_key(key: str) -> str:
    """The key under which the picker of this key has its connection now."""
    return f"{_aged(key)}.connection"


def _aged(key: str) -> str:
    age = picker_ages().get(key, 0)
    return f"{key}.again-{age}" if age else key


def lane_picker(
    lane: Lane,
    connections: Sequence[Connection],
    *,
    key: str,
    notes: DeltaGenerator | None = None,
) -> Lane:
    """Draw the picker in one row and return the lane that it shows.

    What is to be said of the lane stands in `notes`, else below the row.
    """
    lane, key = _with_picked_prompt(lane, key), _aged(key)
    with st.container(key=f"lane-row-{key}"):
        widths = [1.35, 0.95, 1.25, 1.6, 0.42]
        columns = st.columns(widths, vertical_alignment="bottom", gap="small")
    gear = columns[4].popover(
        "",
        icon=":material/tune:",
        help="Settings of this lane",
        width="stretch",
        key=gear_key(key),
        on_change="rerun",
    )
    lane = _pick(lane, connections, columns[:4], gear, key=key)
    with notes or nullcontext():
        _say_fault(lane, connections)
        say_lane_risk(lane, connections)
    return lane


def stacked_lane_picker(lane: Lane, connections: Sequence[Connection], *, key: str) -> Lane:
    """The same below each other, for a narrow column."""
    lane, key = _with_picked_prompt(lane, key), _aged(key)
    places = [st.container() for _ in range(4)]
    gear = st.popover(
        "Settings",
        icon=":material/tune:",
        width="stretch",
        key=gear_key(key),
        on_change="rerun",
    )
    lane = _pick(lane, connections, places, gear, key=key)
    with places[3]:
        _say_fault(lane, connections)
    return lane


def _say_fault(lane: Lane, connections: Sequence[Connection]) -> None:
    """What a model of the demo gateway does that fails on purpose."""
    if (fault := find_fault(lane.model)) is None:
        return
    if any(each.id == lane.connection_id and each.is_simulated for each in connections):
        st.caption(f":material/bug_report: Simulated fault. {fault_description(fault)}")


def _with_picked_prompt(lane: Lane, key: str) -> Lane:
    picked = take_picked_prompt(_aged(key))
    if picked is None:
        return lane
    forget_picker(key)
    return replace(lane, system_prompt=picked[0], prompt=picked[1])


def _pick(
    lane: Lane,
    connections: Sequence[Connection],
    places: Sequence[DeltaGenerator],
    gear: PopoverContainer,
    *,
    key: str,
) -> Lane:
    """Fill four places (connection, provider, SDK path, model) and the settings."""
    by_id = {connection.id: connection for connection in connections}
    labels = {each.id: each.label for each in connections}
    # A lane that came with a link or from MLflow stays what it is until another is picked.
    labels.setdefault(lane.connection_id, f"{lane.connection_id} (not configured)")
    with places[0]:
        picked = st.selectbox(
            "Connection",
            list(labels),
            index=list(labels).index(lane.connection_id),
            format_func=labels.__getitem__,
            key=f"{key}.connection",
            persist_state="session",
        )
    connection = by_id.get(picked)
    if connection is None:
        with places[1]:
            st.caption(
                "Not configured here: pick another, or add its key under Connections if it "
                "takes keys."
            )
        return lane
    with places[1]:
        provider = _pick_provider(lane, connection, key=key)
    lane = move_lane(lane, connection, provider, offered_routes)
    if gear.open:
        # As the browser has it now: the models are the route's.
        lane = replace(lane, route=st.session_state.get(route_key(lane, key=key)) or lane.route)
    with places[2]:
        lane = replace(lane, sdk_path=_pick_path(lane, connection, key=key))
    with places[3]:
        lane = replace(lane, model=_pick_model(lane, connection, key=key))
    # Drawn only when open: a dozen widgets a lane would go to the browser with every click.
    if gear.open:
        with gear:
            lane = pick_settings(lane, connection, key=key)
    ask_for_prompt_if_wanted(key)
    return lane


def _pick_provider(lane: Lane, connection: Connection, *, key: str) -> Provider:
    """A menu of those that the key has a route for; a lane that came otherwise keeps its own."""
    options = list(offered_providers(connection, offered_routes(connection)))
    # As the browser has it now: what was picked there is not in `lane` before the next draw.
    provider = st.session_state.get(f"{key}.provider.{connection.id}") or lane.provider
    is_routed = provider in options or connection.id != lane.connection_id
    if not is_routed:
        options = [provider, *options]
    return st.selectbox(
        "Provider" if is_routed else "Provider, not on the key's list",
        options,
        index=options.index(lane.provider) if lane.provider in options else 0,
        format_func=PROVIDER_LABELS.__getitem__,
        key=f"{key}.provider.{connection.id}",
        persist_state="session",
        disabled=len(options) == 1,
    )


def _pick_path(lane: Lane, connection: Connection, *, key: str) -> SdkPath:
    """A menu of four; what cannot reach the provider is disabled and says why."""
    with st.container(gap=None):
        st.markdown(":small[SDK path]")
        st.space(4)
        return _path_menu(lane, connection, key=key)


def _path_menu(lane: Lane, connection: Connection, *, key: str) -> SdkPath:
    menu_key, picked_key = f"{key}.paths", f"{key}.path"
    picked = st.session_state.pop(picked_key, lane.sdk_path)
    menu = st.popover(picked.label, width="stretch", key=menu_key, on_change="rerun")
    if not menu.open:
        return picked
    with menu:
        for path in SdkPath:
            reason = why_unreachable(
                connection,
                lane.provider,
                path,
                route=lane.route,
                offered=offered_routes(connection),
            )
            st.button(
                path.label,
                key=f"{key}.path.{path}",
                width="stretch",
                disabled=reason is not None,
                type="primary" if path is picked else "secondary",
                on_click=_pick_path_and_close,
                args=(path, picked_key, menu_key),
            )
            if reason is not None:
                st.caption(reason)
    return picked


def _pick_path_and_close(path: SdkPath, picked_key: str, menu_key: str) -> None:
    st.session_state[picked_key] = path
    st.session_state[menu_key] = False


def _pick_model(lane: Lane, connection: Connection, *, key: str) -> str:
    offered = offered_routes(connection)
    options = offered_models(connection, lane.provider, lane.route, offered)
    listed = listed_models(lane.provider, lane.route, offered)
    key = f"{key}.model.{connection.id}.{lane.provider}"
    # As the browser has it now: what was picked there is not in `lane` before the next draw.
    model = st.session_state.get(key) or lane.model
    is_usable = not listed or model in listed
    if model not in options:
        options = [model, *options]
    return (
        st.selectbox(
            "Model" if is_usable else "Model, not on the key's list",
            options,
            index=options.index(model),
            accept_new_options=True,
            key=key,
            persist_state="session",
            help="Pick one or type any model id."
            + (
                " Those named `fault-…` simulate a fault: once picked, it is said which."
                if connection.is_simulated
                else ""
            ),
        )
        or model
    )
