"""The models that the demo offers: real ids and list prices, simulated pace and manner.

Light on purpose: the model picker reads this table without starting anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["thorough", "brisk", "terse", "friendly"]
Family = Literal["openai", "anthropic", "groq", "google-vertex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a model's tokens come."""

    first_token_ms: int
    tokens_per_s: int
    jitter: float
    """How much single gaps differ from the mean: 0.3 means by up to 30 %."""
    tokens_per_chunk: int
    """How much text one stream event carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """List prices in US dollars for a million tokens."""

    input: float
    cached_input: float
    output: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoModel:
    """One simulated model."""

    id: str
    family: Family
    style: Style
    pace: Pace
    context_window: int
    """In tokens."""
    usd_per_mtok: Prices
    reasons: Literal["never", "if asked", "always"] = "if asked"
    snapshot: str | None = None
    """The dated id that answers name, where the provider does so."""

    @property
    def response_model(self) -> str:
        """The model id that answers carry."""
        return self.snapshot or self.id


# Pace and prices as people quote them. A test holds the prices to genai-prices.
DEMO_MODELS: tuple[DemoModel, ...] = (
    DemoModel(
        id="gpt-5.2",
        family="openai",
        style="thorough",
        pace=Pace(first_token_ms=700, tokens_per_s=75, jitter=0.3, tokens_per_chunk=1),
        context_window=400_000,
        usd_per_mtok=Prices(input=1.75, cached_input=0.175, output=14.0),
    ),
    DemoModel(
        id="gpt-5.4-mini",
        family="openai",
        style="brisk",
        pace=Pace(first_token_ms=350, tokens_per_s=140, jitter=0.3, tokens_per_chunk=1),
        context_window=400_000,
        usd_per_mtok=Prices(input=0.75, cached_input=0.075, output=4.5),
    ),
    DemoModel(
        id="gpt-4o-mini",
        family="openai",
        style="terse",
        pace=Pace(first_token_ms=450, tokens_per_s=85, jitter=0.4, tokens_per_chunk=1),
        context_window=128_000,
        usd_per_mtok=Prices(input=0.15, cached_input=0.075, output=0.6),
        reasons="never",
        snapshot="gpt-4o-mini-2024-07-18",
    ),
    DemoModel(
        id="claude-sonnet-4-6",
        family="anthropic",
        style="friendly",
        pace=Pace(first_token_ms=900, tokens_per_s=65, jitter=0.5, tokens_per_chunk=4),
        context_window=1_000_000,
        usd_per_mtok=Prices(input=3.0, cached_input=0.3, output=15.0),
    ),
    DemoModel(
        id="claude-haiku-4-5",
        family="anthropic",
        style="brisk",
        pace=Pace(first_token_ms=450, tokens_per_s=130, jitter=0.5, tokens_per_chunk=4),
        context_window=200_000,
        usd_per_mtok=Prices(input=1.0, cached_input=0.1, output=5.0),
        snapshot="claude-haiku-4-5-20251001",
    ),
    DemoModel(
        id="claude-opus-4-8",
        family="anthropic",
        style="thorough",
        pace=Pace(first_token_ms=1300, tokens_per_s=45, jitter=0.5, tokens_per_chunk=4),
        context_window=1_000_000,
        usd_per_mtok=Prices(input=5.0, cached_input=0.5, output=25.0),
    ),
    DemoModel(
        id="gemini-3-flash-preview",
        family="google-vertex",
        style="friendly",
        pace=Pace(first_token_ms=600, tokens_per_s=170, jitter=0.6, tokens_per_chunk=24),
        context_window=1_000_000,
        usd_per_mtok=Prices(input=0.5, cached_input=0.05, output=3.0),
        reasons="always",
    ),
    DemoModel(
        id="gemini-2.5-flash",
        family="google-vertex",
        style="brisk",
        pace=Pace(first_token_ms=400, tokens_per_s=200, jitter=0.6, tokens_per_chunk=32),
        context_window=1_048_576,
        usd_per_mtok=Prices(input=0.3, cached_input=0.03, output=2.5),
    ),
    DemoModel(
        id="openai/gpt-oss-120b",
        family="groq",
        style="thorough",
        pace=Pace(first_token_ms=180, tokens_per_s=450, jitter=0.2, tokens_per_chunk=2),
        context_window=131_072,
        usd_per_mtok=Prices(input=0.15, cached_input=0.075, output=0.6),
        reasons="always",
    ),
    DemoModel(
        id="llama-3.3-70b-versatile",
        family="groq",
        style="terse",
        pace=Pace(first_token_ms=150, tokens_per_s=300, jitter=0.2, tokens_per_chunk=2),
        context_window=131_072,
        usd_per_mtok=Prices(input=0.59, cached_input=0.59, output=0.79),
        reasons="never",
    ),
)

_BY_NAME = {name: model for model in DEMO_MODELS for name in (model.id, model.response_model)}


def find_model(name: str, family: Family) -> DemoModel | None:
    """The model of that family by its id or its dated id, None if there is none."""
    model = _BY_NAME.get(name)
    return model if model is not None and model.family == family else None


def default_model(family: Family) -> DemoModel:
    """The model whose pace and price a fault model of that family borrows."""
    return next(model for model in DEMO_MODELS if model.family == family)


def models_of(family: Family) -> tuple[DemoModel, ...]:
    """The family's models in the order of the table."""
    return tuple(model for model in DEMO_MODELS if model.family == family)
