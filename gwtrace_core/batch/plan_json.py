"""The plan of a batch as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, cast

from gwtrace_core.batch.plan import BatchPlan
from gwtrace_core.batch.values import BatchLane, BatchRow
from gwtrace_core.trace.messages.parts import as_list, as_mapping
from gwtrace_core.values import as_json
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.unicode_text import clean_json, clean_text


def plan_to_json(plan: BatchPlan, secrets: Iterable[Secret] = ()) -> str:
    """The plan as one text, in which these secrets are masked should a prompt hold one."""
    found = {
        "comparison_id": plan.comparison_id,
        "round_id": plan.round_id,
        "file_name": plan.file_name,
        "user": plan.user,
        "at_once": plan.at_once,
        "lanes": [
            {"id": each.lane_id, "name": each.name, "lane": as_json.lane_to_json(each.lane)}
            for each in plan.lanes
        ],
        "rows": [_write_row(row) for row in plan.rows],
    }
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return clean_text(Masker(secrets).text(text))


def plan_from_json(text: str) -> BatchPlan | None:
    """The opposite; None when the text is no plan, or one of a newer version."""
    try:
        found = as_mapping(clean_json(json.loads(text)))
        return BatchPlan(
            comparison_id=str(found["comparison_id"]),
            round_id=str(found["round_id"]),
            file_name=str(found["file_name"]),
            user=str(found["user"]),
            at_once=int(cast(int, found["at_once"])),
            lanes=tuple(_read_lane(as_mapping(each)) for each in as_list(found["lanes"])),
            rows=tuple(BatchRow(**as_mapping(each)) for each in as_list(found["rows"])),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _write_row(row: BatchRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if value is not None}


def _read_lane(found: Mapping[str, Any]) -> BatchLane:
    return BatchLane(
        lane_id=str(found["id"]),
        name=str(found["name"]),
        lane=as_json.lane_from_json(found["lane"]),
    )
