"""What all paths make of a request before it becomes one SDK's own: checks, texts, images."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from gwtrace_core.gateway.catalog import Capabilities, capabilities
from gwtrace_core.tools.tools import Tool, find_tool
from gwtrace_core.values.connection import Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest, Image, Message, Parameters


def checked_capabilities(request: ChatRequest, target: Target) -> Capabilities:
    """What the model takes; raises RequestRefused for what cannot be left out silently."""
    lane = request.lane
    if not lane.model.strip():
        raise RequestRefused("No model is chosen.", hint="Choose a model or type its id.")
    if not request.messages or request.messages[-1].role != "user":
        raise RequestRefused("There is no message to send.", hint="Type a message first.")
    if not sendable_messages(request.messages[-1:]):
        raise RequestRefused("The message is empty.", hint="Type a message first.")
    able = capabilities(target.provider, lane.model)
    if not able.images and any(message.images for message in request.messages):
        raise RequestRefused(
            f"The model {lane.model!r} does not take images, and the conversation has some.",
            hint="Choose a model that takes images, or start a new session without them.",
        )
    return able


def taken_parameters(request: ChatRequest, able: Capabilities) -> Parameters:
    """The lane's parameters without those that the model does not take."""
    wanted = request.lane.parameters
    effort = wanted.reasoning_effort
    if effort not in able.reasoning_efforts:
        effort = None
    is_sampled = effort is None or not able.sampling_excludes_reasoning
    temperature = wanted.temperature if able.temperature and is_sampled else None
    takes_top_p = able.top_p and is_sampled
    if able.temperature_excludes_top_p and temperature is not None:
        takes_top_p = False
    return Parameters(
        temperature=temperature,
        max_output_tokens=wanted.max_output_tokens,
        top_p=wanted.top_p if takes_top_p else None,
        stop=wanted.stop if able.stop else (),
        reasoning_effort=effort,
    )


def sendable_messages(messages: Iterable[Message]) -> list[Message]:
    """The messages without empty ones, which providers refuse: a turn that failed leaves one."""
    return [message for message in messages if message.text.strip() or message.images]


def chosen_tools(request: ChatRequest, able: Capabilities) -> list[Tool]:
    """The lane's tools; none for a model that takes none. Raises RequestRefused for an unknown."""
    tools: list[Tool] = []
    for name in request.lane.tools:
        tool = find_tool(name)
        if tool is None:
            raise RequestRefused(f"There is no tool {name!r}.", hint="Choose tools from the list.")
        tools.append(tool)
    return tools if able.tools else []


def base64_data(image: Image) -> str:
    """The picture as base64."""
    return base64.b64encode(image.data).decode("ascii")


def data_url(image: Image) -> str:
    """The picture as a data URL."""
    return f"data:{image.media_type};base64,{base64_data(image)}"
