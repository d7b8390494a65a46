"""What a batch says of lanes whose answers and costs are the demo gateway's."""

from __future__ import annotations

from collections.abc import Iterable

from gwtrace_core.settings.settings import is_demo_connection
from gwtrace_core.values.request import Lane
from gwtrace_core.values.text import plural

DEMO_BADGE = ":orange-badge[:material/science: Demo · simulated]"


def is_simulated(lane: Lane) -> bool:
    """Whether it calls a demo gateway."""
    return bool(list_simulated([("", lane)]))


def list_simulated(lanes: Iterable[tuple[str, Lane]]) -> tuple[str, ...]:
    """The names of those lanes that call a demo gateway."""
    return tuple(name for name, lane in lanes if is_demo_connection(lane.connection_id))


def demo_words(simulated: tuple[str, ...], lane_count: int, what: str) -> str:
    """A line that says what of such lanes is simulated; empty where there are none."""
    if not simulated:
        return ""
    whose = ""
    if len(simulated) < lane_count:
        noun = plural(len(simulated), "lane").partition(" ")[2]
        whose = f" of {noun} {', '.join(simulated)}"
    return f"{DEMO_BADGE} :small[{what}{whose} are simulated; the demo charges nothing.]"
