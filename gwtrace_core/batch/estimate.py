"""What a batch will cost, said before it starts: an estimate, and how it was made."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from gwtrace_core.batch.values import BatchRow
from gwtrace_core.gateway.prices import estimate_cost
from gwtrace_core.tools.tools import find_tool
from gwtrace_core.values.events import Usage
from gwtrace_core.values.request import Lane

CHARS_PER_TOKEN = 4
"""English text, roughly; other scripts and code take more tokens."""
ASSUMED_OUTPUT_TOKENS = 300
"""An answer's length where neither lane nor user says one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneEstimate:
    """What one lane's calls may take."""

    lane_name: str
    calls: int
    input_tokens: int
    """Of all its calls: characters of prompt, system prompt and tools, divided by four."""
    output_tokens: int
    """Of all its calls, at the lane's limit of output tokens or the assumed length."""
    amount_usd: float | None
    """None where it cannot be said; `reason` then says why."""
    reason: str = ""
    source: str = ""
    """Whose prices, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEstimate:
    """What the whole batch may take."""

    lanes: tuple[LaneEstimate, ...]

    @property
    def calls(self) -> int:
        """Calls of all lanes."""
        return sum(lane.calls for lane in self.lanes)

    @property
    def amount_usd(self) -> float | None:
        """The priced lanes together; None when none is."""
        known = [lane.amount_usd for lane in self.lanes if lane.amount_usd is not None]
        return sum(known) if known else None

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The lanes that `amount_usd` leaves out."""
        return tuple(lane.lane_name for lane in self.lanes if lane.amount_usd is None)


def estimate_batch(
    rows: Sequence[BatchRow],
    lanes: Sequence[tuple[str, Lane]],
    *,
    assumed_output_tokens: int = ASSUMED_OUTPUT_TOKENS,
) -> BatchEstimate:
    """The estimate for (name, lane) pairs. One model request for each call: further rounds of
    tools, reasoning beyond the assumed length and caches are not in it."""
    return BatchEstimate(
        lanes=tuple(_estimate_lane(rows, name, lane, assumed_output_tokens) for name, lane in lanes)
    )


def _estimate_lane(
    rows: Sequence[BatchRow], name: str, lane: Lane, assumed_output_tokens: int
) -> LaneEstimate:
    tools = _count_tool_chars(lane)
    inputs = [
        math.ceil(
            (len(row.prompt) + len(row.system or lane.system_prompt) + tools) / CHARS_PER_TOKEN
        )
        for row in rows
    ]
    output = lane.parameters.max_output_tokens or assumed_output_tokens
    # The price of an average call: some models cost more by the token in very long ones, so the
    # sum of all tokens must not be priced as if it were one.
    average = Usage(input_tokens=math.ceil(sum(inputs) / max(1, len(rows))), output_tokens=output)
    price = estimate_cost(lane.provider, lane.model, average)
    return LaneEstimate(
        lane_name=name,
        calls=len(rows),
        input_tokens=sum(inputs),
        output_tokens=output * len(rows),
        amount_usd=None if price is None else price.amount_usd * len(rows),
        reason="" if price is not None else f"No price is known for the model {lane.model!r}.",
        source="" if price is None else price.source,
    )


def _count_tool_chars(lane: Lane) -> int:
    tools = [tool for name in lane.tools if (tool := find_tool(name)) is not None]
    return sum(
        len(tool.name) + len(tool.description) + len(json.dumps(dict(tool.parameters)))
        for tool in tools
    )
