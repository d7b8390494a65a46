"""What a batch may cost: by whose tokens, by whose prices, and where nothing can be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gwtrace_core.batch.estimate import ASSUMED_OUTPUT_TOKENS, LaneEstimate, estimate_batch
from gwtrace_core.batch.values import BatchRow
from gwtrace_core.gateway.prices import estimate_cost
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.events import Usage
from gwtrace_core.values.request import Lane, Parameters

LANE = Lane(
    connection_id="demo",
    provider=Provider.OPENAI,
    route="openai",
    sdk_path=SdkPath.OPENAI_CHAT,
    model="gpt-4o-mini",
)
ROWS = (BatchRow(number=1, prompt="a" * 400), BatchRow(number=2, prompt="a" * 397))


def price(input_tokens: int, output_tokens: int, model: str = "gpt-4o-mini") -> float:
    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    cost = estimate_cost(Provider.OPENAI, model, usage)
    assert cost is not None
    return cost.amount_usd


def only(rows: tuple[BatchRow, ...], lane: Lane, assumed: int = 300) -> LaneEstimate:
    (estimate,) = estimate_batch(rows, [("A", lane)], assumed_output_tokens=assumed).lanes
    return estimate


def test_four_characters_are_a_token_and_an_answer_has_the_assumed_length() -> None:
    estimate = only(ROWS, LANE)
    assert ASSUMED_OUTPUT_TOKENS == 300
    assert (estimate.calls, estimate.input_tokens, estimate.output_tokens) == (2, 200, 600)
    assert estimate.amount_usd == pytest.approx(2 * price(100, 300))
    assert estimate.source.startswith("list price, genai-prices ")


def test_the_lanes_own_limit_goes_before_the_assumed_length() -> None:
    lane = replace(LANE, parameters=Parameters(max_output_tokens=50))
    assert only(ROWS, lane, assumed=1_000).output_tokens == 100
    assert only(ROWS, LANE, assumed=1_000).output_tokens == 2_000


def test_a_rows_system_prompt_counts_instead_of_the_lanes() -> None:
    lane = replace(LANE, system_prompt="s" * 40)
    rows = (
        BatchRow(number=1, prompt="a" * 40),
        BatchRow(number=2, prompt="a" * 40, system="s" * 400),
    )
    assert only(rows, lane).input_tokens == 20 + 110


def test_tools_are_sent_with_every_call() -> None:
    plain, tooled = only(ROWS, LANE), only(ROWS, replace(LANE, tools=("calculator",)))
    assert tooled.input_tokens > plain.input_tokens + 2 * 20


def test_a_lane_without_a_price_is_not_free() -> None:
    estimate = estimate_batch(ROWS, [("A", LANE), ("B", replace(LANE, model="nobody-knows-it"))])
    priced, unpriced = estimate.lanes
    assert (unpriced.amount_usd, unpriced.reason) == (
        None,
        "No price is known for the model 'nobody-knows-it'.",
    )
    assert (estimate.calls, estimate.unpriced) == (4, ("B",))
    assert estimate.amount_usd == priced.amount_usd


def test_without_any_price_there_is_no_total() -> None:
    estimate = estimate_batch(ROWS, [("A", replace(LANE, model="nobody-knows-it"))])
    assert estimate.amount_usd is None


def test_long_contexts_are_not_priced_as_if_all_calls_were_one() -> None:
    # Such a model costs more by the token beyond 200,000 in one call; the calls are short.
    lane = replace(LANE, provider=Provider.GOOGLE, model="gemini-2.5-pro")
    rows = tuple(BatchRow(number=n, prompt="a" * 40_000) for n in range(1, 101))
    one, many = only(rows[:1], lane).amount_usd, only(rows, lane).amount_usd
    assert one is not None
    assert many == pytest.approx(100 * one)
