"""What is configured, from where, and a test for each connection that names the failing part."""

from __future__ import annotations

import asyncio

import streamlit as st

from gwtrace_core.gateway.checks import CheckStep, check_connection
from gwtrace_core.gateway.offers import (
    default_route,
    offered_models,
    offered_providers,
    routes_of,
)
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.gateway.sure_models import first_model
from gwtrace_core.values.connection import Connection, Provider
from gwtrace_core.values.text import duration_text
from pages.ui.connections.coding_tools import draw_coding_tools
from pages.ui.connections.state import ConnectionsState
from pages.ui.connections.typed_keys import forget_typed
from pages.ui.draw.model_text import plain_label
from pages.ui.draw.price_risk import say_price_risk
from pages.ui.session.kept import recall
from pages.ui.session.services import connections, key_ring, offered_routes, services

_ICONS = {
    "ok": ":green[:material/check_circle:]",
    "failed": ":red[:material/error:]",
    "skipped": ":gray[:material/remove_circle_outline:]",
}


def draw_connection_cards() -> None:
    """One card for each connection, and what is wrong with the settings above them."""
    for problem in services().settings.problems:
        text = (
            f"{plain_label(problem.message, limit=400)}  \n*{plain_label(problem.hint, limit=400)}*"
        )
        if problem.severity == "error":
            st.error(text, icon=":material/settings_alert:")
        else:
            st.warning(text, icon=":material/settings_alert:")
    for connection in connections():
        _draw_card(connection)
    if not services().settings.connections and not key_ring().connections:
        hint = "Set `PYDANTIC_AI_GATEWAY_API_KEY` before the start"
        if services().settings.takes_typed:
            hint += ", or type one under *A key for this browser session*"
        st.caption(f"No key is configured, so only the demo gateway is offered. {hint}.")


def _draw_card(connection: Connection) -> None:
    with st.container(border=True, key=f"connections.card.{connection.id}"):
        title = f"**{plain_label(connection.label)}**"
        if connection.is_simulated:
            title += " :orange-badge[simulated]"
        st.markdown(title)
        st.caption(
            f"`{connection.base_url}` ({plain_label(connection.base_url_source)}) · "
            f"key: {plain_label(connection.key_source)}"
        )
        left, right = st.columns([1, 1.7], gap="small")
        offered = offered_routes(connection)
        providers = list(offered_providers(connection, offered))
        provider = left.selectbox(
            "Provider",
            providers,
            format_func=PROVIDER_LABELS.__getitem__,
            key=f"connections.provider.{connection.id}",
            disabled=len(providers) == 1,
        )
        route = _pick_route(connection, provider)
        models = list(offered_models(connection, provider, route, offered))
        first = first_model(connection, provider, route, offered)
        model = right.selectbox(
            "Model",
            models,
            index=models.index(first) if first in models else 0,
            key=f"connections.model.{connection.id}.{route or provider}",
            accept_new_options=True,
        )
        say_price_risk(connection, provider, model or "", route=route)
        with st.container(horizontal=True, gap="small"):
            free = st.button(
                "Test",
                key=f"connections.test.{connection.id}",
                icon=":material/network_check:",
                help="Host, key and route. Costs nothing.",
            )
            paid = st.button(
                "Test with a call",
                key=f"connections.call.{connection.id}",
                icon=":material/send:",
                help="Also makes one tiny call to the model"
                + ("." if connection.is_simulated else ", which is charged."),
            )
            if key_ring().find(connection.id) is not None:
                st.button(
                    "Forget",
                    key=f"connections.forget.{connection.id}",
                    help="Ends what is under way with this key.",
                    on_click=forget_typed,
                    args=(connection.id,),
                )
        tested = recall(ConnectionsState).tested
        if free or paid:
            with st.spinner("Testing"):
                tested[connection.id] = asyncio.run(
                    _test(connection, provider, route, model if paid else None)
                )
        for step in tested.get(connection.id, ()):
            _draw_step(step)
        draw_coding_tools(connection)


def _pick_route(connection: Connection, provider: Provider) -> str:
    """The key's route for the provider; a menu where it has several."""
    offered = offered_routes(connection)
    first = default_route(connection, provider, offered)
    routes = [route.route for route in routes_of(provider, offered)]
    if not connection.is_gateway or len(routes) < 2:
        return first
    return st.selectbox(
        "Route", routes, key=f"connections.route.{connection.id}.{provider}", width=260
    )


async def _test(
    connection: Connection, provider: Provider, route: str, model: str | None
) -> list[CheckStep]:
    found = check_connection(connection, provider=provider, route=route, model=model)
    return [step async for step in found]


def _draw_step(step: CheckStep) -> None:
    took = "" if step.duration_ms is None else f" :gray[:small[{duration_text(step.duration_ms)}]]"
    lines = [f"{_ICONS[step.status]} **{step.part}** {plain_label(step.message, limit=400)}{took}"]
    if step.hint:
        lines.append(f":small[{plain_label(step.hint, limit=400)}]")
    if step.routes:
        lines.append(
            f":small[Routes of this key: {plain_label(', '.join(step.routes), limit=300)}]"
        )
    st.markdown("  \n".join(lines))
