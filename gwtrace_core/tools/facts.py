"""A small table of facts that do not change, for demonstrating a tool that looks something up."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from gwtrace_core.tools.error import ToolError

_FACTS: Mapping[str, str] = {
    "Mercury": "Mercury is the innermost planet: 4,879 km across, 88 days a year, no moons.",
    "Venus": "Venus is the hottest planet, about 465 °C at its surface; it has no moons.",
    "Earth": "Earth is 12,742 km across on average, 149.6 million km from the Sun, with one moon.",
    "Mars": (
        "Mars is 6,779 km across, its year lasts 687 Earth days, its day 24 h 37 min. "
        "It has two moons, Phobos and Deimos."
    ),
    "Jupiter": "Jupiter is the largest planet: 139,820 km across; its day lasts just under 10 h.",
    "Saturn": "Saturn is 116,460 km across; its mean density is lower than that of water.",
    "Uranus": "Uranus rotates on its side: its axis is tilted by about 98 degrees.",
    "Neptune": "Neptune is the outermost planet; its year lasts about 165 Earth years.",
    "Moon": "The Moon is 3,474 km across and on average 384,400 km from Earth.",
    "Netherlands": "The capital of the Netherlands is Amsterdam; its government sits in The Hague.",
    "France": "The capital of France is Paris.",
    "Germany": "The capital of Germany is Berlin.",
    "United Kingdom": "The capital of the United Kingdom is London.",
    "Japan": "The capital of Japan is Tokyo.",
    "Australia": "The capital of Australia is Canberra, not Sydney.",
    "Brazil": "The capital of Brazil is Brasília, since 1960.",
    "Kenya": "The capital of Kenya is Nairobi.",
    "speed of light": "The speed of light in vacuum is exactly 299,792,458 m/s.",
    "speed of sound": "In dry air at 20 °C sound travels at about 343 m/s.",
    "Mount Everest": "Mount Everest is 8,848.86 m high, as surveyed in 2020.",
    "Eiffel Tower": "The Eiffel Tower was opened in 1889; with its antennas it is 330 m high.",
    "HTTP 429": "HTTP status 429 means Too Many Requests; it is defined in RFC 6585.",
    "OpenTelemetry": (
        "OpenTelemetry was formed in 2019 by merging OpenTracing and OpenCensus; "
        "a trace id has 16 bytes and a span id 8."
    ),
}
TOPICS: tuple[str, ...] = tuple(_FACTS)

_BY_LOWER = {topic.lower(): topic for topic in TOPICS}


def look_up(topic: str) -> str:
    """The fact about a topic, without regard to case; raises ToolError with the nearest topics."""
    lower = topic.strip().lower().removeprefix("the ").removeprefix("capital of ")
    lower = lower.removeprefix("the ")
    if lower in _BY_LOWER:
        return _FACTS[_BY_LOWER[lower]]
    close = get_close_matches(lower[:60], _BY_LOWER, n=3)
    nearest = [_BY_LOWER[name] for name in close] or list(TOPICS)
    raise ToolError(f"There is no fact about {topic[:60]!r}. Topics: {', '.join(nearest)}.")
