"""What is behind a lane's gear: system prompt, streaming, tools, parameters and route."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gwtrace_core.gateway.catalog import Capabilities, capabilities
from gwtrace_core.gateway.offers import default_route, is_listed_route, routes_of
from gwtrace_core.lanes.lanes import TOOL_NAMES
from gwtrace_core.values.connection import Connection
from gwtrace_core.values.request import Lane, Parameters, ReasoningEffort
from pages.ui.lane.prompt_pick import pick_system_prompt
from pages.ui.session.services import offered_routes

_EFFORTS: tuple[ReasoningEffort, ...] = ("minimal", "low", "medium", "high")


def pick_settings(lane: Lane, connection: Connection, *, key: str) -> Lane:
    """Draw the settings and return the lane as they have it; `key` is the picker's."""
    takes = capabilities(lane.provider, lane.model)
    lane = pick_system_prompt(lane, key=key)
    lane = replace(
        lane,
        streamed=st.toggle(
            "Stream the answer",
            value=lane.streamed,
            key=f"{key}.streamed",
            persist_state="session",
        ),
        tools=_pick_tools(lane, takes, key=key),
        parameters=_pick_parameters(lane.parameters, takes, key=key),
    )
    if connection.is_gateway:
        lane = replace(lane, route=_pick_route(lane, connection, key=key))
    return lane


def route_key(lane: Lane, *, key: str) -> str:
    """The key of the route's menu; `key` is the picker's."""
    return f"{key}.route.{lane.connection_id}.{lane.provider}"


def _pick_route(lane: Lane, connection: Connection, *, key: str) -> str:
    """A menu of the key's routes for the provider; any other can be typed."""
    offered = offered_routes(connection)
    found = routes_of(lane.provider, offered)
    options = [each.route for each in found] or [default_route(connection, lane.provider, offered)]
    options = options if lane.route in options else [lane.route, *options]
    # A route that speaks the provider's API and is another's, such as Azure's, says whose it is.
    labels = {
        each.route: f"{each.route} · {each.provider}"
        for each in found
        if each.provider not in (None, lane.provider.value, each.route)
    }
    is_listed = not offered or is_listed_route(lane.provider, lane.route, offered)
    route = st.selectbox(
        "Route" if is_listed else "Route, not on the key's list",
        options,
        index=options.index(lane.route),
        format_func=lambda route: labels.get(str(route), str(route)),
        accept_new_options=True,
        key=route_key(lane, key=key),
        persist_state="session",
        help="The path segment behind the gateway's root, which the hosted gateway calls an "
        "endpoint: a provider or a group of them. Pick one of the key's, or type any. The gateway "
        "does not report which member of a group answered.",
    )
    return route or lane.route


def _pick_tools(lane: Lane, takes: Capabilities, *, key: str) -> tuple[str, ...]:
    if not takes.tools:
        st.caption("This model takes no tools.")
        return ()
    picked = st.pills(
        "Tools",
        TOOL_NAMES,
        selection_mode="multi",
        default=[name for name in lane.tools if name in TOOL_NAMES],
        key=f"{key}.tools",
        persist_state="session",
        help="Safe and local: they run inside gwtrace.",
    )
    return tuple(name for name in TOOL_NAMES if name in picked)


def _pick_parameters(parameters: Parameters, takes: Capabilities, *, key: str) -> Parameters:
    not_taken = "This model does not take it, so it is not sent."
    left, right = st.columns(2)
    temperature = left.number_input(
        "Temperature",
        min_value=0.0,
        max_value=2.0,
        value=parameters.temperature,
        step=0.1,
        placeholder="not sent",
        disabled=not takes.temperature,
        help=None if takes.temperature else not_taken,
        key=f"{key}.temperature",
        persist_state="session",
    )
    top_p = right.number_input(
        "Top-p",
        min_value=0.0,
        max_value=1.0,
        value=parameters.top_p,
        step=0.05,
        placeholder="not sent",
        disabled=not takes.top_p,
        help=None if takes.top_p else not_taken,
        key=f"{key}.top_p",
        persist_state="session",
    )
    max_tokens = left.number_input(
        "Max output tokens",
        min_value=1,
        max_value=1_000_000,
        value=parameters.max_output_tokens,
        step=100,
        placeholder="not sent",
        key=f"{key}.max_tokens",
        persist_state="session",
    )
    effort = right.selectbox(
        "Reasoning effort",
        _EFFORTS,
        index=None
        if parameters.reasoning_effort is None
        else _EFFORTS.index(parameters.reasoning_effort),
        placeholder="not sent",
        disabled=not takes.reasoning,
        help=None if takes.reasoning else not_taken,
        key=f"{key}.effort",
        persist_state="session",
    )
    stop = st.text_input(
        "Stop at (separated by |)",
        value="|".join(parameters.stop),
        placeholder="not sent",
        disabled=not takes.stop,
        help=None if takes.stop else not_taken,
        key=f"{key}.stop",
        persist_state="session",
    )
    return Parameters(
        temperature=temperature,
        top_p=top_p,
        max_output_tokens=max_tokens,
        reasoning_effort=effort,
        stop=tuple(part for part in (stop or "").split("|") if part),
    )
