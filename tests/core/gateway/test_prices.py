from __future__ import annotations

import subprocess
import sys

import pytest

from gwtrace_core.gateway.prices import estimate_cost
from gwtrace_core.values.connection import Provider
from gwtrace_core.values.events import Usage


@pytest.mark.parametrize(
    ("provider", "model", "usd_per_mtok"),
    [
        (Provider.OPENAI, "gpt-5.2", (1.75, 0.175, 14.0)),
        (Provider.OPENAI, "gpt-4o-mini-2024-07-18", (0.15, 0.075, 0.6)),
        (Provider.ANTHROPIC, "claude-sonnet-4-6", (3.0, 0.3, 15.0)),
        (Provider.GROQ, "openai/gpt-oss-120b", (0.15, 0.075, 0.6)),
        (Provider.GOOGLE, "gemini-2.5-flash", (0.3, 0.03, 2.5)),
    ],
)
def test_a_call_costs_what_the_list_says(
    provider: Provider, model: str, usd_per_mtok: tuple[float, float, float]
) -> None:
    input_usd, cached_usd, output_usd = usd_per_mtok
    usage = Usage(input_tokens=1_000, output_tokens=500, cache_read_tokens=400)
    estimate = estimate_cost(provider, model, usage)
    assert estimate is not None
    expected_usd = (600 * input_usd + 400 * cached_usd + 500 * output_usd) / 1e6
    assert estimate.amount_usd == pytest.approx(expected_usd)
    assert estimate.source.startswith("list price, genai-prices ")


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        ("never-heard-of", Usage(input_tokens=1, output_tokens=1)),
        ("gpt-5.2", Usage()),
        ("gpt-5.2", Usage(input_tokens=10, output_tokens=1, cache_read_tokens=1_000)),
    ],
)
def test_what_cannot_be_priced_is_none_rather_than_nothing(model: str, usage: Usage) -> None:
    assert estimate_cost(Provider.OPENAI, model, usage) is None


def test_nothing_heavy_is_imported_before_a_price_is_asked_for() -> None:
    heavy = ["genai_prices", "httpx2", "httpx", "openai", "anthropic", "pydantic_ai", "mlflow"]
    program = (
        "import sys, gwtrace_core.settings.settings, gwtrace_core.gateway.catalog, "
        "gwtrace_core.gateway.routes, gwtrace_core.gateway.prices, gwtrace_core.gateway.checks, "
        "gwtrace_core.gateway.failures\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
