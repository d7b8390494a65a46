"""Answers from a gateway's cache on the compare page: said, counted, and held against nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.batch.results import BatchCall, make_results
from gwtrace_core.lanes.lanes import choose_default_lane
from gwtrace_core.running.hub import Hub
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.trace.listing import ListedTrace
from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.values.connection import Connection, Provider, Target
from gwtrace_core.values.events import (
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    StreamEvent,
    TextDelta,
    Usage,
)
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import ChatRequest
from gwtrace_core.values.secret import Secret
from pages.ui.compare.batch_table import long_frame
from pages.ui.compare.table import comparison_frame, plot_points, shown_table, table_csv
from pages.ui.lane import call
from pages.ui.traces.table import status_word
from tests.pages.compare_page import NoRecorder, Page

SAID = (
    ":material/cached: From the gateway's cache. Its times and cost are not the model's, so they "
    "count in no comparison."
)
USAGE = Usage(input_tokens=1_200, output_tokens=2, cache_read_tokens=1_024)


class KeepingPath:
    """Answers by a model the first time it is asked something, and after that from a cache."""

    def __init__(self) -> None:
        self.asked: set[tuple[str, str]] = set()

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncIterator[StreamEvent]:
        question = (request.system_prompt, request.messages[-1].text)
        is_kept = question in self.asked
        self.asked.add(question)
        yield ModelRequestStarted(index=0, model=request.lane.model)
        yield TextDelta(text="Yes.")
        yield ModelRequestFinished(
            index=0,
            finish_reason="stop",
            usage=USAGE,
            response_model=request.lane.model,
            gateway_cost_usd=0.0 if is_kept else 0.25,
            is_from_cache=is_kept,
        )
        yield Finished(finish_reason="stop")

    async def open(self, target: Target) -> None:
        pass

    def load(self, provider: Provider) -> None:
        pass

    async def forget(self, key: Secret) -> None:
        pass

    async def aclose(self) -> None:
        pass


@pytest.fixture
def page(demo_connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Two lanes that ask the same, three times each, one lane after the other."""
    path = KeepingPath()
    hub = Hub(NoRecorder(), open_client=lambda _: path)
    monkeypatch.setattr(call, "services", lambda: SimpleNamespace(hub=hub))
    lane = replace(choose_default_lane(demo_connection), tools=())
    lanes = [lane, replace(lane, system_prompt="Be short.")]
    yield Page(*lanes, more={"runs": "3"})
    hub.close()


def captions(page: Page) -> list[str]:
    return [text for text in page.texts if "cache" in text]


def test_runs_from_the_cache_are_said_and_in_no_median(page: Page) -> None:
    page.ask("Hello")
    words = "3 of 3 runs finished, 2 of them from the gateway's cache, left out of the medians"
    assert captions(page) == [f"{words}. Median (lowest to highest):"] * 2
    frame = comparison_frame(page.state)
    assert list(frame["from gateway's cache"]) == [2, 2]
    assert list(frame["cost (USD)"]) == [0.25, 0.25]
    assert list(frame["cost (USD), n"]) == [1, 1]
    assert list(frame["cached input tokens"]) == [1_024, 1_024]
    page.test.toggle(key="compare.distinct").set_value(True)
    page.run()
    page.ask("And now?")
    assert list(comparison_frame(page.state)["from gateway's cache"]) == [2, 2, 0, 0]


def test_an_answer_from_the_cache_is_marked_and_wins_nothing(page: Page) -> None:
    page.test.selectbox(key="compare.runs").set_value(1)
    page.run()
    page.ask("Hello")
    assert captions(page) == []
    frame = comparison_frame(page.state)
    assert {"From cache", "Cached of these"} & set(shown_table(frame).data) == {"Cached of these"}
    first = len(plot_points(frame))
    page.ask("Hello")
    assert captions(page) == [SAID, SAID]
    frame = comparison_frame(page.state)
    assert list(frame["from gateway's cache"]) == [False, False, True, True]
    assert list(frame["cost (USD)"]) == [0.25, 0.25, 0, 0]
    assert len(plot_points(frame)) == first == 2
    shown = shown_table(frame)
    head, *rows = [line.split("|") for line in shown.to_string(delimiter="|").splitlines()]
    assert [row[head.index("From cache")] for row in rows] == ["No", "No", "Yes", "Yes"]
    assert "from gateway's cache" in table_csv(frame).splitlines()[0]


def test_a_batch_says_which_answers_came_from_the_cache(page: Page) -> None:
    asked = Reply(status="finished", blocks=(TextBlock(text="Yes."),), usage=USAGE)
    kept = replace(asked, gateway_cost_usd=0.0, cached_request_count=1)
    lane = page.lanes[0]
    results = make_results(
        BatchCall(row=row, lane_name="A", lane=lane, prompt="Hello", reply=reply)
        for row, reply in ((1, asked), (2, kept))
    )
    frame = long_frame(results)
    assert list(frame["from gateway's cache"]) == [False, True]
    assert list(frame["cached input tokens"]) == [1_024, 1_024]
    assert list(frame["outcome"]) == ["finished", "finished, from cache"]

    def script() -> None:
        import streamlit as st

        from pages.ui.compare.batch_run import summary_table
        from pages.ui.compare.batch_table import draw_results

        summary_table(st.session_state["results"])
        draw_results(st.session_state["results"])

    test = AppTest.from_function(script)
    test.session_state["results"] = results
    test.run()
    assert not test.exception
    summary, rows = (element.value for element in test.dataframe)
    assert summary[["ok", "cached", "tokens in → out"]].to_numpy().tolist() == [
        [2, 1, "1,200 (1,024 cached) → 2"]
    ]
    assert list(rows["A · answer"]) == ["Yes.", "(finished, from cache) Yes."]


def test_the_list_of_traces_says_what_came_from_the_cache() -> None:
    summary = TraceSummary(
        trace_id="tr-1",
        experiment_id="1",
        status="ok",
        start_ms=1,
        duration_ms=1.0,
        tags={"gwtrace.from_gateway_cache": "true"},
    )
    words = [
        status_word(ListedTrace(summary=each, outcome=outcome))
        for each, outcome in (
            (summary, "finished"),
            (replace(summary, status="error"), "failed"),
            (replace(summary, status="error"), "stopped"),
            (replace(summary, tags={}), "finished"),
        )
    ]
    assert words == ["Cached", "Error", "Stopped", "OK"]
