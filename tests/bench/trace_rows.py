"""Many traces in a database at once: rows as MLflow itself writes them, without its client.

Through the client 100,000 traces take hours. The content is what a turn of the chat page leaves:
tags, metadata and previews, two spans, a verdict on every tenth; every fifth is somebody else's.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlflow.store.tracking.dbmodels.models import (
    SqlAssessments,
    SqlSpan,
    SqlTraceInfo,
    SqlTraceMetadata,
    SqlTraceTag,
)
from sqlalchemy import create_engine, insert

_TABLES: tuple[Any, ...] = (SqlTraceInfo, SqlTraceTag, SqlTraceMetadata, SqlSpan, SqlAssessments)
_BATCH = 2_000
_NEWEST_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000)
_MODELS = ("gpt-4o-mini", "claude-haiku-4-5", "llama-3.3-70b", "gemini-2.5-flash")
_PATHS = ("openai-chat", "anthropic-messages", "openai-chat", "pydantic-ai")
_PROVIDERS = ("openai", "anthropic", "groq", "google-vertex")
RARE_WORD = "zanzibar"
"""In the preview of the oldest trace only."""

Rows = dict[Any, list[dict[str, Any]]]


def fill(database: Path, experiment_id: str, count: int) -> None:
    """Add `count` traces, one a second backwards from a fixed moment, to MLflow's database."""
    engine = create_engine(f"sqlite:///{database}")
    dice = random.Random(7)
    with engine.begin() as connection:
        for rows in _batches(int(experiment_id), count, dice):
            for table in _TABLES:
                if rows[table]:
                    connection.execute(insert(table.__table__), rows[table])
    engine.dispose()


def _batches(experiment_id: int, count: int, dice: random.Random) -> Iterator[Rows]:
    for first in range(0, count, _BATCH):
        rows: Rows = {table: [] for table in _TABLES}
        for number in range(first, min(first + _BATCH, count)):
            _add(rows, experiment_id, number, dice, is_last=number == count - 1)
        yield rows


def _add(
    rows: Rows, experiment_id: int, number: int, dice: random.Random, *, is_last: bool
) -> None:
    trace_id = f"tr-{dice.getrandbits(128):032x}"
    start_ms = _NEWEST_MS - number * 1000
    duration_ms = int(dice.lognormvariate(7, 1))
    which = dice.randrange(4)
    has_failed = number % 20 == 3
    question = f"Question {number} about {dice.choice(('rivers', 'tides', 'stars'))}"
    tokens_in, tokens_out = dice.randrange(10, 4000), dice.randrange(1, 900)
    rows[SqlTraceInfo].append(
        {
            "request_id": trace_id,
            "experiment_id": experiment_id,
            "timestamp_ms": start_ms,
            "execution_time_ms": duration_ms,
            "status": "ERROR" if has_failed else "OK",
            "client_request_id": None,
            "request_preview": f"{question} {RARE_WORD if is_last else ''}",
            "response_preview": f"Answer {number} " + "word " * 60,
            "db_payload_generation": 1,
            "trace_name": "chat turn",
            "session_id": f"{number // 6:032x}",
            "input_tokens": tokens_in,
            "output_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "input_cost": tokens_in * 1.5e-7,
            "output_cost": tokens_out * 6e-7,
            "total_cost": tokens_in * 1.5e-7 + tokens_out * 6e-7,
        }
    )
    tags = {"mlflow.artifactLocation": f"/tmp/{trace_id}"}  # a text, not a file
    tags["mlflow.trace.spansLocation"] = "TRACKING_STORE"
    if number % 5:
        tags |= {
            "gwtrace.sdk_path": _PATHS[which],
            "gwtrace.model": _MODELS[which],
            "gwtrace.provider": _PROVIDERS[which],
            "gwtrace.route": _PROVIDERS[which],
            "gwtrace.connection": "demo",
            "gwtrace.outcome": "failed" if has_failed else "finished",
        }
    _add_pairs(rows[SqlTraceTag], trace_id, tags)
    _add_pairs(
        rows[SqlTraceMetadata],
        trace_id,
        {
            "mlflow.source.name": "app.py",
            "mlflow.source.type": "LOCAL",
            "mlflow.trace.infoFinalized": "true",
            "mlflow.trace.sizeStats": '{"total_size_bytes": 2200, "num_spans": 2}',
            "mlflow.trace.user": f"user-{number % 50}",
            "mlflow.traceInputs": json.dumps({"messages": [{"content": question}]}),
            "mlflow.trace_schema.version": "3",
        },
    )
    _add_spans(rows[SqlSpan], experiment_id, trace_id, start_ms, duration_ms)
    if number % 10 == 0:
        rows[SqlAssessments].append(_verdict(experiment_id, trace_id, start_ms, number))


def _add_pairs(rows: list[dict[str, Any]], trace_id: str, pairs: dict[str, str]) -> None:
    rows += [{"request_id": trace_id, "key": key, "value": pairs[key]} for key in pairs]


def _add_spans(
    rows: list[dict[str, Any]], experiment_id: int, trace_id: str, start_ms: int, duration_ms: int
) -> None:
    start_ns, end_ns = start_ms * 1_000_000, (start_ms + duration_ms) * 1_000_000
    for name, span_id, parent in (("turn", "a" * 16, None), ("Completions", "b" * 16, "a" * 16)):
        rows.append(
            {
                "trace_id": trace_id,
                "experiment_id": experiment_id,
                "span_id": span_id,
                "parent_span_id": parent,
                "name": name,
                "type": "CHAT_MODEL" if parent else "CHAIN",
                "status": "OK",
                "start_time_unix_nano": start_ns,
                "end_time_unix_nano": end_ns,
                "content": json.dumps({"name": name, "attributes": {"filler": "text " * 200}}),
            }
        )


def _verdict(experiment_id: int, trace_id: str, start_ms: int, number: int) -> dict[str, Any]:
    return {
        "assessment_id": f"a-{number:032x}",
        "trace_id": trace_id,
        "name": "verdict",
        "assessment_type": "feedback",
        "value": "true" if number % 20 else "false",
        "created_timestamp": start_ms,
        "last_updated_timestamp": start_ms,
        "experiment_id": experiment_id,
        "trace_timestamp_ms": start_ms,
        "is_numeric_value": False,
        "source_type": "HUMAN",
        "source_id": "ada",
        "valid": True,
    }


def fill_large(database: Path, experiment_id: str, spans: int) -> str:
    """Add one trace of so many spans, with messages and a tenth of them failed; its id."""
    dice = random.Random(spans)
    trace_id = f"tr-{dice.getrandbits(128):032x}"
    start_ns = _NEWEST_MS * 1_000_000
    ids: list[str] = []
    rows: list[dict[str, Any]] = []
    for number in range(spans):
        parent = ids[dice.randrange(max(0, number - 20), number)] if number else None
        ids.append(f"{dice.getrandbits(64):016x}")
        rows.append(_large_span(trace_id, int(experiment_id), ids[-1], parent, number, start_ns))
    size = sum(len(row["content"]) for row in rows)
    info: Rows = {table: [] for table in _TABLES}
    _add(info, int(experiment_id), 0, dice, is_last=False)
    made = info[SqlTraceInfo][0]
    made |= {"request_id": trace_id, "execution_time_ms": spans, "trace_name": "large"}
    sizes = json.dumps({"total_size_bytes": size, "num_spans": spans})
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(insert(SqlTraceInfo.__table__), [made])
        _insert_pairs(
            connection, SqlTraceTag, trace_id, {"mlflow.trace.spansLocation": "TRACKING_STORE"}
        )
        _insert_pairs(connection, SqlTraceMetadata, trace_id, {"mlflow.trace.sizeStats": sizes})
        connection.execute(insert(SqlSpan.__table__), rows)
    engine.dispose()
    return trace_id


def _insert_pairs(connection: Any, table: Any, trace_id: str, pairs: dict[str, str]) -> None:
    rows: list[dict[str, Any]] = []
    _add_pairs(rows, trace_id, pairs)
    connection.execute(insert(table.__table__), rows)


def _large_span(
    trace_id: str, experiment_id: int, span_id: str, parent: str | None, number: int, base_ns: int
) -> dict[str, Any]:
    kind = ("CHAT_MODEL", "TOOL", "CHAIN", "AGENT")[number % 4]
    status = "ERROR" if number % 10 == 9 else "OK"
    attributes: dict[str, Any] = {
        "mlflow.traceRequestId": trace_id,
        "mlflow.spanType": kind,
        "mlflow.spanInputs": {"messages": [{"role": "user", "content": "word " * 80}]},
        "mlflow.spanOutputs": {
            "choices": [{"message": {"role": "assistant", "content": "answer " * 50}}]
        },
    }
    if kind == "CHAT_MODEL":
        usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
        attributes |= {"mlflow.llm.model": "gpt-4o-mini", "mlflow.chat.tokenUsage": usage}
    start_ns = base_ns + number * 1_000_000
    content = {
        "trace_id": _base64(trace_id.removeprefix("tr-")),
        "span_id": _base64(span_id),
        "parent_span_id": None if parent is None else _base64(parent),
        "name": f"step {number % 50}",
        "start_time_unix_nano": start_ns,
        "end_time_unix_nano": start_ns + 5_000_000,
        "events": [],
        "status": {"code": f"STATUS_CODE_{status}", "message": ""},
        "attributes": {name: json.dumps(value) for name, value in attributes.items()},
        "links": [],
    }
    return {
        "trace_id": trace_id,
        "experiment_id": experiment_id,
        "span_id": span_id,
        "parent_span_id": parent,
        "name": content["name"],
        "type": kind,
        "status": status,
        "start_time_unix_nano": start_ns,
        "end_time_unix_nano": start_ns + 5_000_000,
        "content": json.dumps(content),
    }


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()
