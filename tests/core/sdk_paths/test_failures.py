"""Every way to fail is told as what it is, once, and what had arrived is kept.

What each answer of a gateway and of a provider means is proven in full in `tests/core/gateway/
test_failures.py`; here that it gets there through the SDKs, pair by pair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import closing
from itertools import product
from operator import itemgetter
from typing import Any

import pytest

from gwtrace_core.demo_gateway.serving import listen
from gwtrace_core.sdk_paths import http
from gwtrace_core.values.connection import Provider
from gwtrace_core.values.events import Failed, StreamEvent
from tests.conftest import Demo
from tests.core.sdk_paths.support import WAYS, Way, answers, ask, gateway, lane_of, said, shape
from tests.pairwise import pairwise

pytestmark = pytest.mark.anyio

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)


def pair(rows: Iterable[tuple[Any, ...]], *, places: tuple[int, ...]) -> list[tuple[Any, ...]]:
    """Of rows that begin with a way: every path and every provider with each value at `places`."""
    paths_and_providers = (lambda row: row[0].sdk_path, lambda row: row[0].provider)
    return pairwise(rows, *paths_and_providers, *map(itemgetter, places))


def name_case(value: object) -> str | None:
    """A way, and whether it is streamed, in the name of a case."""
    if isinstance(value, bool):
        return "streamed" if value else "plain"
    return value.name if isinstance(value, Way) else None


KEYS = [
    ("demo-unknown", "key unknown", 401),
    ("demo-disabled", "key disabled", 403),
    ("demo-expired", "key expired", 403),
    ("demo-blocked", "key blocked", 403),
    ("demo-rate-limited", "rate limited", 429),
]


@pytest.mark.parametrize(
    ("way", "key", "cause", "status"),
    pair(
        [(way, *key) for way in WAYS for key in KEYS],
        places=(1,),
    ),
    ids=name_case,
)
async def test_a_key_that_fails_is_the_gateways_word(
    demo: Demo, way: Way, key: str, cause: str, status: int
) -> None:
    mark = demo.exchanges.mark
    events = await ask(gateway(demo.base_url, key), lane_of(way), "Hello")
    assert shape(events) == [
        ("request", 0, way.model),
        ("failed", "gateway", cause, status),
    ]
    assert len(demo.exchanges.since(mark)) == 1, "no hidden second attempt"


UPSTREAM: list[tuple[str, str, str, int]] = [
    ("fault-unpriced", "gateway", "model without a price", 404),
    ("fault-unreachable", "gateway", "upstream unreachable", 500),
    ("fault-upstream-401", "provider", "key rejected", 401),
    ("fault-upstream-429", "provider", "rate limited", 429),
    ("fault-upstream-500", "provider", "upstream error", 500),
    ("fault-upstream-503", "provider", "upstream overloaded", 503),
]


@pytest.mark.parametrize(
    ("way", "streamed", "model", "source", "cause", "status"),
    pair(
        [(way, streamed, *row) for way in WAYS for streamed in (True, False) for row in UPSTREAM],
        places=(
            1,
            2,
        ),
    ),
    ids=name_case,
)
async def test_an_upstream_failure_isname_case_apart_from_the_gateways(
    demo: Demo, way: Way, streamed: bool, model: str, source: str, cause: str, status: int
) -> None:
    mark = demo.exchanges.mark
    events = await ask(gateway(demo.base_url), lane_of(way, model=model, streamed=streamed), "Hi")
    assert shape(events) == [("request", 0, model), ("failed", source, cause, status)]
    assert len(demo.exchanges.since(mark)) == 1, "no hidden second attempt"


@every_way
async def test_the_wait_that_a_provider_asks_for_is_kept(demo: Demo, way: Way) -> None:
    lane = lane_of(way, model="fault-upstream-429")
    failure = _failure(await ask(gateway(demo.base_url), lane, "Hi"))
    assert (failure.failure.retry_after_s or 0) > 0


@pytest.mark.parametrize(
    ("way", "streamed"),
    pair(
        product(WAYS, (True, False)),
        places=(1,),
    ),
    ids=name_case,
)
async def test_a_key_that_a_server_echoes_is_masked(demo: Demo, way: Way, streamed: bool) -> None:
    lane = lane_of(way, model="fault-echo-key", streamed=streamed)
    key = "demo-blockable"
    failure = _failure(await ask(gateway(demo.base_url, key), lane, "Hi")).failure
    assert failure.body is not None
    assert "••••" in failure.body
    assert key not in failure.body
    assert key not in failure.message


@every_way
async def test_a_cut_stream_is_recognised(demo: Demo, way: Way) -> None:
    events = await ask(gateway(demo.base_url), lane_of(way, model="fault-cut-stream"), "Hello")
    assert said(events)
    assert [row for row in shape(events) if row[0] not in ("text", "reasoning")] == [
        ("request", 0, "fault-cut-stream"),
        ("answer", 0, None, False),
        ("failed", "provider", "stream cut", None),
    ]
    [answer] = answers(events)
    assert (answer.usage, answer.finish_reason) == (None, None)


@every_way
async def test_a_connection_that_breaks_midway_keeps_the_text(demo: Demo, way: Way) -> None:
    events = await ask(gateway(demo.base_url), lane_of(way, model="fault-reset-stream"), "Hello")
    assert said(events)
    assert shape(events)[-1] == ("failed", "network", "stream cut", None)
    assert answers(events) == []


@every_way
async def test_an_error_inside_the_stream_keeps_the_text(demo: Demo, way: Way) -> None:
    events = await ask(gateway(demo.base_url), lane_of(way, model="fault-stream-error"), "Hello")
    assert said(events)
    assert shape(events)[-1] == ("failed", "provider", "error inside the stream", None)
    failure = _failure(events).failure
    assert "overloaded" in (failure.body or "").lower() or "capacity" in (failure.body or "")
    assert answers(events) == []


@pytest.mark.parametrize(
    # Anthropic's SDK passes over an event that has no name, and reads on.
    "way",
    [way for way in WAYS if way.provider is not Provider.ANTHROPIC],
    ids=lambda way: way.name,
)
async def test_a_broken_event_is_an_unreadable_answer(demo: Demo, way: Way) -> None:
    events = await ask(gateway(demo.base_url), lane_of(way, model="fault-bad-json"), "Hello")
    assert said(events)
    assert shape(events)[-1] == ("failed", "provider", "answer not understood", None)


EARLY = {
    "fault-length": {"length", "max_output_tokens", "max_tokens", "MAX_TOKENS"},
    "fault-content-filter": {"content_filter", "refusal", "SAFETY"},
}


@pytest.mark.parametrize(
    ("way", "streamed", "model"),
    pair(
        [
            (way, streamed, model)
            for way, streamed, model in product(WAYS, (True, False), EARLY)
            # Groq has no content filter.
            if (way.provider, model) != (Provider.GROQ, "fault-content-filter")
        ],
        places=(1, 2),
    ),
    ids=name_case,
)
async def test_an_answer_that_stops_early_is_an_answer_and_says_why(
    demo: Demo, way: Way, streamed: bool, model: str
) -> None:
    events = await ask(gateway(demo.base_url), lane_of(way, model=model, streamed=streamed), "Hi")
    *_, answer, finished = shape(events)
    assert finished == ("finished", answer[2])
    assert answer[2] in EARLY[model]


@every_way
async def test_a_host_that_refuses_isname_case(way: Way) -> None:
    with closing(listen("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    events = await ask(gateway(f"http://127.0.0.1:{port}/proxy"), lane_of(way), "Hello")
    assert shape(events) == [
        ("request", 0, way.model),
        ("failed", "network", "host unreachable", None),
    ]


@every_way
async def test_a_host_without_tls_isname_case(demo: Demo, way: Way) -> None:
    base_url = demo.base_url.replace("http://", "https://")
    events = await ask(gateway(base_url), lane_of(way), "Hello")
    assert shape(events) == [("request", 0, way.model), ("failed", "network", "TLS failed", None)]


@every_way
@pytest.mark.parametrize("model", ["fault-stall", "fault-stall-midway"])
async def test_a_host_that_hangs_is_given_up(
    demo: Demo, way: Way, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(http._SILENCE_S, "streamed", 0.2)  # pyright: ignore[reportPrivateUsage] - nobody waits two minutes for a test
    mark = demo.exchanges.mark
    events = await ask(gateway(demo.base_url), lane_of(way, model=model), "Hello")
    assert shape(events)[-1] == ("failed", "network", "timeout", None)
    assert bool(said(events)) == (model == "fault-stall-midway")
    assert len(demo.exchanges.since(mark)) == 1
    assert demo.exchanges.wait_ended(since=mark).ending == "client disconnected"


@every_way
async def test_an_answer_in_one_piece_is_waited_for_longer_than_a_stream_may_be_silent(
    demo: Demo, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = http._SILENCE_S  # pyright: ignore[reportPrivateUsage] - nobody waits ten minutes for a test
    assert limits == {"streamed": 120.0, "whole": 600.0}
    monkeypatch.setitem(limits, "whole", 0.2)
    async with asyncio.timeout(60):
        lane = lane_of(way, model="fault-stall", streamed=False)
        events = await ask(gateway(demo.base_url), lane, "Hello")
    assert shape(events)[-1] == ("failed", "network", "timeout", None)


def _failure(events: list[StreamEvent]) -> Failed:
    failed: Any = events[-1]
    assert isinstance(failed, Failed)
    return failed
