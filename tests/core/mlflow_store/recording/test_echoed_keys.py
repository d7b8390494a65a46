"""A key that an upstream echoes, whole or letter by letter, is nowhere afterwards."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

import pytest

from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.secret import MASK
from tests.core.mlflow_store.echoes import echoing_upstream, forms, pieces, told
from tests.core.mlflow_store.recording.test_secrets import stored_bytes
from tests.core.mlflow_store.support import Turns

KEY = "pylf_v1_us_canary/+Qx7=0123456789"


def hidden(text: str) -> bool:
    return not any(form in text for form in forms(KEY))


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a JSON value, with the name that it has."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for inner, item in value.items():
            yield from leaves(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)


def joined_chunks(turns: Turns, trace_id: str) -> list[str]:
    """What one gets who joins the recorded chunks of each span: all texts of one name."""
    path = turns.tracking.config.working_dir / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT content FROM spans WHERE trace_id = ?", (trace_id,))
        contents = [json.loads(content) for (content,) in rows]
    assert contents
    joined: list[str] = []
    for span in contents:
        texts: defaultdict[str, list[str]] = defaultdict(list)
        for event in span.get("events", []):
            for value in event["attributes"].values():
                try:
                    read = json.loads(value)
                except (TypeError, ValueError):
                    read = value
                for name, text in leaves(read):
                    texts[name].append(text)
        joined += ["".join(each) for each in texts.values()]
    return joined


@pytest.mark.parametrize("path", SdkPath)
@pytest.mark.parametrize("size", [1, 7, None], ids=["letters", "sevens", "whole"])
def test_an_echoed_key_is_neither_told_nor_stored(
    embedded: Turns, path: SdkPath, size: int | None
) -> None:
    with echoing_upstream(size or 1) as base_url:
        turn = embedded.ask(path, key=KEY, base_url=base_url, streamed=size is not None)
    reply = turn.reply
    assert MASK in reply.text and "So much for that." in reply.text
    everything = json.dumps([asdict(reply), asdict(turn.trace)], default=str, ensure_ascii=False)
    assert hidden(everything)
    stored = stored_bytes(embedded)
    assert not any(form.encode() in stored for form in forms(KEY))
    chunks = joined_chunks(embedded, turn.trace.trace_id)
    assert all(hidden(text) for text in chunks)
    if size is not None and path in (SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES):
        # Nothing else was lost from the recorded pieces.
        assert any(MASK in text and "So much for that." in text for text in chunks)


def test_the_pieces_of_an_answer_with_a_key_are_counted_and_timed_as_they_came(
    embedded: Turns,
) -> None:
    with echoing_upstream(3) as base_url:
        turn = embedded.ask(SdkPath.OPENAI_CHAT, key=KEY, base_url=base_url)
    assert turn.reply.chunk_count == 2 * len(pieces(told(KEY), 3))
    assert turn.reply.first_token_ms is not None
