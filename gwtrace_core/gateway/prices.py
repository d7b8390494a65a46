"""What a call costs by the price table inside genai-prices; nothing is looked up on the network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gwtrace_core.values.connection import Provider
from gwtrace_core.values.events import Usage

_PROVIDER_IDS: dict[Provider, str] = {
    Provider.OPENAI: "openai",
    Provider.ANTHROPIC: "anthropic",
    Provider.GROQ: "groq",
    Provider.GOOGLE: "google",
    Provider.BEDROCK: "aws",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What a call costs at list price."""

    amount_usd: float
    source: str
    """Whose table, in words."""
    price_model: str
    """The model whose price was taken, as the table names it."""


def estimate_cost(provider: Provider, model: str, usage: Usage) -> CostEstimate | None:
    """List price of `usage`; None when the model is not in the table or no tokens are known."""
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    priced = PricedUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    try:
        price = calc_price(priced, model, provider_id=_PROVIDER_IDS[provider])
    except (LookupError, ValueError):
        # Not in the table, or counts that contradict each other (more cached than there were).
        return None
    return CostEstimate(
        amount_usd=float(price.total_price), source=_source(), price_model=price.model.id
    )


def load_prices() -> None:
    """Import the price table, which takes a moment, before a page asks for a price."""
    import genai_prices

    del genai_prices


@cache
def is_priced(provider: Provider, model: str) -> bool:
    """Whether the table has a price for the model."""
    return estimate_cost(provider, model, Usage(input_tokens=1, output_tokens=1)) is not None


@cache
def _source() -> str:
    from importlib.metadata import version

    return f"list price, genai-prices {version('genai-prices')}"
