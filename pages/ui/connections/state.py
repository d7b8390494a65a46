"""What the connections page keeps of one browser session."""

from __future__ import annotations

from dataclasses import dataclass, field

from gwtrace_core.gateway.checks import CheckStep
from gwtrace_core.mlflow_store.check import TrackingStep


@dataclass(slots=True, kw_only=True)
class ConnectionsState:
    """The connections page of one browser session."""

    tested: dict[str, list[CheckStep]] = field(default_factory=dict[str, list[CheckStep]])
    """What each connection's last test found, by connection id."""
    tracking_tested: tuple[TrackingStep, ...] = ()
    """What the tracking server's last test found."""
    keys_typed: int = 0
    """How many keys were typed: the box for the next one has the number in its key."""
