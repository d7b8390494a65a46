"""Parity of real turns: every SDK path, every way to end, every cell of the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.mlflow_store.connection.tracking import Ready, TrackingConfig
from gwtrace_core.trace.model import Span, Trace
from gwtrace_core.trace.parity.parity import (
    Aspect,
    Cell,
    Parity,
    Verdict,
    describe_differences,
    parity,
)
from gwtrace_core.values.as_json import lane_from_json, reply_from_json
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.events import Usage
from gwtrace_core.values.reply import Reply, TextBlock
from gwtrace_core.values.request import Lane
from tests.conftest import Demo
from tests.core.mlflow_store.conftest import EXPERIMENT, open_turns
from tests.core.mlflow_store.support import Turn, Turns
from tests.core.trace.traces import any_trace

CHAT, RESPONSES = SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES
ANTHROPIC, AGENT = SdkPath.ANTHROPIC_MESSAGES, SdkPath.PYDANTIC_AI

TOOL_QUESTION = "What is 17 * 23? Use the calculator."
LETTERS = {
    Verdict.RECORDED: "R",
    Verdict.FILLED: "F",
    Verdict.MISSING: "m",
    Verdict.WRONG: "W",
    Verdict.NOT_APPLICABLE: ".",
}
SCENARIOS: dict[str, dict[str, Any]] = {
    "plain": {"streamed": False},
    "stream": {},
    "tools": {"streamed": False, "text": TOOL_QUESTION, "tools": ("calculator",)},
    "stream+tools": {"text": TOOL_QUESTION, "tools": ("calculator",)},
    "error": {"streamed": False, "model": "fault-upstream-500"},
    "stream+error": {"model": "fault-upstream-500"},
    "cut": {"model": "fault-cut-stream"},
    "length": {"model": "fault-length"},
    "stop": {"model": "fault-stall-midway"},
}
# Columns: spans, model asked, model answered, provider | answer | input, output, cache-read,
# cache-write, reasoning tokens, cost | tool calls, tool runs | finish reason, error, streaming,
# first token.
TABLE = {
    (CHAT, "plain"): "RRRm R RRR.RR .. R...",
    (CHAT, "stream"): "RRRm R RRR.RR .. R.RF",
    (CHAT, "tools"): "FRRm R RRR.RR RF R...",
    (CHAT, "stream+tools"): "FRRm R RRR.RR FF F.RF",
    (CHAT, "error"): "RR.m . ...... .. .R..",
    (CHAT, "stream+error"): "RR.m . ...... .. .RR.",
    (CHAT, "cut"): "RRRm R ...... .. .FRF",
    (CHAT, "length"): "RRRm R RRR.Rm .. F.RF",
    (CHAT, "stop"): "RR.m F ...... .. .FRF",
    (RESPONSES, "plain"): "RRRm R RRRRRR .. R...",
    (RESPONSES, "stream"): "RRRm R RRRRRR .. R.RF",
    (RESPONSES, "tools"): "FRRm R RRRRRR RF R...",
    (RESPONSES, "stream+tools"): "FRRm R RRRRRR RF R.RF",
    (RESPONSES, "error"): "RR.m . ...... .. .R..",
    (RESPONSES, "stream+error"): "RR.m . ...... .. .RR.",
    (RESPONSES, "cut"): "RRmm F ...... .. .FRF",
    (RESPONSES, "length"): "RRFm F FFFFFm .. F.RF",
    (RESPONSES, "stop"): "RR.m F ...... .. .FRF",
    (ANTHROPIC, "plain"): "RRRR R RRRR.R .. R...",
    (ANTHROPIC, "stream"): "FFFF F FFFF.F .. F.FF",
    (ANTHROPIC, "tools"): "FRRR R RRRR.R RF R...",
    (ANTHROPIC, "stream+tools"): "FFFF F FFFF.F FF F.FF",
    (ANTHROPIC, "error"): "RR.R . ...... .. .R..",
    (ANTHROPIC, "stream+error"): "FF.F . ...... .. .FF.",
    (ANTHROPIC, "cut"): "FFFF F ...... .. .FFF",
    (ANTHROPIC, "length"): "FFFF F FFFF.m .. F.FF",
    (ANTHROPIC, "stop"): "FF.F F ...... .. .FFF",
    (AGENT, "plain"): "RRRR R RR..RR .. R...",
    (AGENT, "stream"): "RRRR R RR..RR .. R.FF",
    (AGENT, "tools"): "RRRR R RR..RR RR R...",
    (AGENT, "stream+tools"): "RRRR R RR..RR RR R.FF",
    (AGENT, "error"): "RR.R . ...... .. .R..",
    (AGENT, "stream+error"): "RR.R . ...... .. .RF.",
    (AGENT, "cut"): "RRmR F ...... .. .RFF",
    (AGENT, "length"): "RRRR R RR..Rm .. R.FF",
    (AGENT, "stop"): "RR.R F ...... .. .FFF",
}


@pytest.fixture(scope="module")
def turns(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Turns]:
    config = TrackingConfig(
        tracking_uri=None,
        experiment_name=EXPERIMENT,
        working_dir=tmp_path_factory.mktemp("parity"),
    )
    with open_turns(demo, config) as turns:
        assert isinstance(turns.tracking.state, Ready), turns.tracking.state
        yield turns


@pytest.fixture(scope="module")
def turn_of(turns: Turns) -> Any:
    """A turn of a path and a scenario, made once."""

    @cache
    def make(path: SdkPath, scenario: str) -> Turn:
        if scenario == "stop":
            return turns.stop_after_first_piece(path, **SCENARIOS[scenario])
        return turns.ask(path, **SCENARIOS[scenario])

    return make


def parity_of(turn: Turn) -> Parity:
    return parity(turn.reply, turn.trace, lane_from_json(stored(turn.trace, "gwtrace.lane")))


def stored(trace: Trace, name: str) -> Any:
    return next(span.attributes[name] for span in trace.spans if name in span.attributes)


def letters(found: Parity) -> str:
    return "".join(LETTERS[cell.verdict] for cell in found.cells)


@pytest.mark.parametrize(("path", "scenario"), TABLE)
def test_every_cell_of_a_real_turn_has_its_verdict(
    turn_of: Any, path: SdkPath, scenario: str
) -> None:
    found = parity_of(turn_of(path, scenario))
    assert [cell.aspect for cell in found.cells] == list(Aspect)
    assert letters(found) == TABLE[path, scenario].replace(" ", "")
    for cell in found.cells:
        if cell.verdict is Verdict.NOT_APPLICABLE:
            assert (cell.seen, cell.held) == (None, None), cell
        elif cell.verdict is not Verdict.RECORDED:
            assert cell.reason, cell


def told(cell: Cell) -> tuple[str | None, str | None, str | None]:
    return cell.seen, cell.held, cell.autolog


def test_cells_say_what_was_seen_and_what_each_of_the_two_recorded(turn_of: Any) -> None:
    found = parity_of(turn_of(CHAT, "stream+tools"))
    call = '1: calculator({"expression": "17 * 23"})'
    assert told(found.cell(Aspect.SPANS)) == (
        "2 model requests, 1 tool run",
        "4 spans: 1 chain, 2 chat models, 1 tool",
        "2 spans: 2 chat models",
    )
    assert told(found.cell(Aspect.TOOL_CALLS)) == (call, call, None)
    assert told(found.cell(Aspect.PROVIDER)) == ("openai", None, None)
    assert told(found.cell(Aspect.INPUT_TOKENS)) == ("176", "176", "176")
    assert told(found.cell(Aspect.FINISH_REASON)) == ("stop", "stop", None)
    assert "loses its tool calls" in found.cell(Aspect.TOOL_CALLS).reason
    assert found.summary == "9 recorded · 5 filled by gwtrace · 1 missing"


def test_the_cost_is_held_against_the_gateways_own(turn_of: Any) -> None:
    cost = parity_of(turn_of(ANTHROPIC, "plain")).cell(Aspect.COST)
    assert told(cost) == ("$0.000283", "$0.000283", "$0.000283")
    turn = turn_of(CHAT, "stream")
    assert told(parity_of(turn).cell(Aspect.COST)) == ("$0.000034", "$0.000034", "$0.000034")

    def cost_of(**reply: Any) -> Cell:
        reply_of = replace(turn.reply, gateway_cost_usd=None, **reply)
        return parity_of(replace(turn, reply=reply_of)).cell(Aspect.COST)

    unsaid = cost_of()
    assert (unsaid.seen, unsaid.verdict) == (None, Verdict.RECORDED)
    assert "nothing to hold it against" in unsaid.reason
    # Rounded by an older gateway: within half of the fourth decimal.
    rounded = cost_of(rounded_cost_usd=0.0)
    assert (rounded.seen, rounded.verdict) == ("below $0.000050", Verdict.RECORDED)
    other = cost_of(rounded_cost_usd=0.0002)
    assert (other.seen, other.verdict) == ("$0.000200, rounded", Verdict.WRONG)


def test_what_mlflow_prices_of_a_cached_answer_was_not_charged(turn_of: Any) -> None:
    turn = turn_of(CHAT, "stream")
    kept = replace(turn.reply, gateway_cost_usd=0.0, cached_request_count=1)
    cost = parity_of(replace(turn, reply=kept)).cell(Aspect.COST)
    assert (cost.seen, cost.held, cost.verdict) == ("$0", "$0.000034", Verdict.WRONG)
    assert "answered from its cache" in cost.reason


def test_an_error_is_recorded_with_its_words(turn_of: Any) -> None:
    error = parity_of(turn_of(AGENT, "error")).cell(Aspect.ERROR)
    assert error.held is not None
    assert error.held.startswith("ModelServerError: status_code: 500")
    assert error.seen is not None


def test_a_stored_reply_gives_the_same_table_when_the_trace_is_opened_later(turn_of: Any) -> None:
    turn = turn_of(CHAT, "stream+tools")
    later = reply_from_json(stored(turn.trace, "gwtrace.reply"))
    lane = lane_from_json(stored(turn.trace, "gwtrace.lane"))
    assert parity(later, turn.trace, lane) == parity_of(turn)


def changed(turn: Turn, kind: str, **fields: Any) -> Turn:
    """The turn with other figures on the spans of that kind."""
    spans = tuple(
        replace(span, **fields) if span.kind == kind else span for span in turn.trace.spans
    )
    return _with_spans(turn, spans)


def _with_spans(turn: Turn, spans: tuple[Span, ...]) -> Turn:
    assert turn.state is not None
    trace = replace(turn.trace, spans=spans)
    return replace(turn, state=replace(turn.state, trace=trace))  # pyright: ignore[reportCallIssue]  # `trace` has asserted the state's kind


def test_a_figure_that_differs_is_wrong(turn_of: Any) -> None:
    turn = turn_of(CHAT, "plain")
    usage = Usage(input_tokens=8, output_tokens=99)
    wrong = changed(
        turn,
        "CHAT_MODEL",
        cost_usd=0.5,
        provider="azure",
        outputs={"model": "other"},
        usage=usage,
    )
    found = parity_of(wrong)
    assert letters(found) == "RRWW F RWm.mW .. m...".replace(" ", "")
    assert told(found.cell(Aspect.MODEL_ANSWERED)) == ("gpt-4o-mini-2024-07-18", "other", "other")


def test_an_answer_of_the_same_length_that_is_another_is_told_from_it(turn_of: Any) -> None:
    turn = turn_of(CHAT, "stream")
    text = turn.reply.text
    lane = lane_from_json(stored(turn.trace, "gwtrace.lane"))
    same = parity(turn.reply, turn.trace, lane).cell(Aspect.ANSWER)
    backwards = replace(turn.reply, blocks=(TextBlock(text=text[::-1]),))
    other = parity(backwards, turn.trace, lane).cell(Aspect.ANSWER)
    count = len("".join(text.split()))
    assert told(same)[:2] == (f"{count} characters", f"{count} characters")
    assert told(other)[:2] == (f"{count} characters", f"{count} characters, not the same")
    assert (same.verdict, other.verdict) == (Verdict.RECORDED, Verdict.WRONG)


def test_a_call_that_two_autologs_recorded_is_seen(turn_of: Any) -> None:
    turn = turn_of(AGENT, "stream")
    (model,) = (span for span in turn.trace.spans if span.kind == "LLM")
    twin = replace(model, span_id="twin", kind="CHAT_MODEL", name="AsyncResponses")
    assert model.usage is not None
    summary = replace(
        turn.trace.summary, cost_usd=2 * (model.cost_usd or 0), usage=model.usage + model.usage
    )
    doubled = _with_spans(turn, (*turn.trace.spans, twin))
    found = parity(
        turn.reply,
        replace(doubled.trace, summary=summary),
        lane_from_json(stored(turn.trace, "gwtrace.lane")),
    )
    wrong = [cell.aspect for cell in found.cells if cell.verdict is Verdict.WRONG]
    assert wrong == [
        Aspect.SPANS,
        Aspect.ANSWER,
        Aspect.INPUT_TOKENS,
        Aspect.OUTPUT_TOKENS,
        Aspect.COST,
    ]
    assert "more than once" in found.cell(Aspect.SPANS).reason
    assert "counts one call twice" in found.cell(Aspect.COST).reason
    once = parity(turn.reply, doubled.trace, lane_from_json(stored(turn.trace, "gwtrace.lane")))
    assert once.cell(Aspect.INPUT_TOKENS).verdict is Verdict.RECORDED


def test_a_trace_without_gwtraces_marks_is_all_autologs(turn_of: Any) -> None:
    turn = turn_of(AGENT, "stream+tools")
    (root,) = (span for span in turn.trace.spans if span.parent_id is None)
    foreign = tuple(
        replace(span, parent_id=None if span.parent_id == root.span_id else span.parent_id)
        for span in turn.trace.spans
        if span is not root
    )
    lane = lane_from_json(stored(turn.trace, "gwtrace.lane"))
    found = parity(turn.reply, replace(turn.trace, spans=foreign), lane)
    assert letters(found) == "RRRR R RR..RR RR R.mF".replace(" ", "")


def test_a_trace_without_spans_holds_nothing(turn_of: Any) -> None:
    turn = turn_of(CHAT, "stream+tools")
    lane = lane_from_json(stored(turn.trace, "gwtrace.lane"))
    found = parity(turn.reply, replace(turn.trace, spans=()), lane)
    assert {cell.verdict for cell in found.cells} == {Verdict.MISSING, Verdict.NOT_APPLICABLE}
    untouched = parity(Reply(), replace(turn.trace, spans=()), lane)
    assert untouched.summary == "nothing to record"


def test_differences_are_told_apart_by_whose_they_are(turn_of: Any) -> None:
    chat, agent = (parity_of(turn_of(path, "plain")) for path in (CHAT, AGENT))
    assert describe_differences([("a", chat), ("b", agent)]) == (
        "What differs in how it was recorded: spans, provider. Set aside: 0 in one lane and no "
        "figure in another (cache-read tokens); two words for the same end (stop, completed)."
    )
    claude = parity_of(turn_of(ANTHROPIC, "plain"))
    assert describe_differences([("a", chat), ("b", claude)]) == (
        "What differs by choice: model asked, provider; in what the models did: model that "
        "answered, answer, output tokens, cost; in how it was recorded: provider. Set aside: 0 "
        "in one lane and no figure in another (cache-write tokens, reasoning tokens); two words "
        "for the same end (stop, end_turn)."
    )
    assert describe_differences([("a", chat), ("b", chat)]) == (
        "The lanes differ in nothing, neither on the wire nor in what was recorded."
    )
    assert describe_differences([("a", chat)]) == ""


def test_what_is_not_taken_for_a_difference_is_named(turn_of: Any) -> None:
    chat, responses = (parity_of(turn_of(path, "plain")) for path in (CHAT, RESPONSES))
    assert chat.summary != responses.summary
    assert describe_differences([("a", chat), ("b", responses)]) == (
        "The lanes differ in nothing that matters, neither on the wire nor in what was recorded. "
        "Set aside: 0 in one lane and no figure in another (cache-write tokens); two words for the "
        "same end (stop, completed)."
    )


def test_only_streaming_or_not_is_a_choice(turn_of: Any) -> None:
    chat, claude = (parity_of(turn_of(path, "stream")) for path in (CHAT, ANTHROPIC))
    told = describe_differences([("a", chat), ("b", claude)])
    by_choice, by_models, _ = told.split("; ", 2)
    assert by_choice == "What differs by choice: model asked, provider"
    deeds = by_models.removeprefix("in what the models did: ").split(", ")
    # Two first tokens may well come after as many milliseconds.
    assert [each for each in deeds if each != "first token"] == [
        "model that answered",
        "answer",
        "output tokens",
        "cost",
        "pieces streamed",
    ]
    plain = parity_of(turn_of(CHAT, "plain"))
    assert "by choice: streaming;" in describe_differences([("a", chat), ("b", plain)])


def test_two_wrong_values_differ_although_the_fact_is_one(turn_of: Any) -> None:
    turn = turn_of(CHAT, "plain")
    one, two = (
        parity_of(changed(turn, "CHAT_MODEL", provider=name)) for name in ("azure", "vertex")
    )
    assert describe_differences([("a", one), ("b", two)]) == (
        "What differs in how it was recorded: provider."
    )


def test_a_wrong_value_that_gwtrace_filled_in_is_not_called_autologs(turn_of: Any) -> None:
    wrong = parity_of(changed(turn_of(ANTHROPIC, "stream"), "CHAT_MODEL", provider="azure"))
    cell = wrong.cell(Aspect.PROVIDER)
    assert (cell.verdict, *told(cell)) == (Verdict.WRONG, "anthropic", "azure", None)
    by_autolog = parity_of(changed(turn_of(ANTHROPIC, "plain"), "CHAT_MODEL", provider="azure"))
    assert told(by_autolog.cell(Aspect.PROVIDER)) == ("anthropic", "azure", "azure")


@given(any_trace, st.sampled_from(SdkPath), st.booleans())
def test_no_trace_is_too_broken_to_be_checked(
    recorded: Trace, path: SdkPath, streamed: bool
) -> None:
    lane = Lane(
        connection_id="demo",
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=path,
        model="m",
        streamed=streamed,
    )
    reply = Reply(status="finished", model_request_count=1, usage=Usage(input_tokens=3))
    found = parity(reply, recorded, lane)
    assert [cell.aspect for cell in found.cells] == list(Aspect)
    assert describe_differences([("a", found), ("b", parity(Reply(), recorded, lane))])
