"""The models that the demo offers: real ids and list prices, simulated pace and manner.

Light on purpose: the model picker reads this table without starting anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["thorough", "brisk", "terse", "friendly"]
Family = Literal["openai", "anthropic", "groq", "google-vertex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoModel:
    """One simulated model."""

    id: str
    family: Family
    style: Style
    first_token_ms: int
    tokens_per_s: int
    jitter: float
    """How much single gaps differ from the mean: 0.3 means by up to 30 %."""
    tokens_per_chunk: int
    """How much text one stream event carries."""
    context_window: int
    input_usd_per_mtok: float
    cached_usd_per_mtok: float
    output_usd_per_mtok: float
    reasons: Literal["never", "if asked", "always"] = "if asked"
    snapshot: str | None = None
    """The dated id that answers name, where the provider does so."""

    @property
    def response_model(self) -> str:
        """The model id that answers carry."""
        return self.snapshot or self.id


def _model(  # noqa: PLR0913 - one row of the table below
    id: str,
    family: Family,
    style: Style,
    pace: tuple[int, int, float, int],
    context_window: int,
    usd_per_mtok: tuple[float, float, float],
    reasons: Literal["never", "if asked", "always"] = "if asked",
    snapshot: str | None = None,
) -> DemoModel:
    first_token_ms, tokens_per_s, jitter, tokens_per_chunk = pace
    input_usd, cached_usd, output_usd = usd_per_mtok
    return DemoModel(
        id=id,
        family=family,
        style=style,
        first_token_ms=first_token_ms,
        tokens_per_s=tokens_per_s,
        jitter=jitter,
        tokens_per_chunk=tokens_per_chunk,
        context_window=context_window,
        input_usd_per_mtok=input_usd,
        cached_usd_per_mtok=cached_usd,
        output_usd_per_mtok=output_usd,
        reasons=reasons,
        snapshot=snapshot,
    )


# pace: first token in ms, tokens per second, jitter, tokens per chunk
# usd_per_mtok: input, cached input, output (list prices; a test holds them to genai-prices)
# fmt: off
DEMO_MODELS: tuple[DemoModel, ...] = (
    _model("gpt-5.2", "openai", "thorough", (700, 75, 0.3, 1), 400_000, (1.75, 0.175, 14.0)),
    _model("gpt-5.4-mini", "openai", "brisk", (350, 140, 0.3, 1), 400_000, (0.75, 0.075, 4.5)),
    _model("gpt-4o-mini", "openai", "terse", (450, 85, 0.4, 1), 128_000, (0.15, 0.075, 0.6),
           "never", "gpt-4o-mini-2024-07-18"),
    _model("claude-sonnet-4-6", "anthropic", "friendly", (900, 65, 0.5, 4), 1_000_000, (3.0, 0.3, 15.0)),
    _model("claude-haiku-4-5", "anthropic", "brisk", (450, 130, 0.5, 4), 200_000, (1.0, 0.1, 5.0),
           "if asked", "claude-haiku-4-5-20251001"),
    _model("claude-opus-4-8", "anthropic", "thorough", (1300, 45, 0.5, 4), 1_000_000, (5.0, 0.5, 25.0)),
    _model("gemini-3-flash-preview", "google-vertex", "friendly", (600, 170, 0.6, 24), 1_000_000,
           (0.5, 0.05, 3.0), "always"),
    _model("gemini-2.5-flash", "google-vertex", "brisk", (400, 200, 0.6, 32), 1_048_576, (0.3, 0.03, 2.5)),
    _model("openai/gpt-oss-120b", "groq", "thorough", (180, 450, 0.2, 2), 131_072, (0.15, 0.075, 0.6),
           "always"),
    _model("llama-3.3-70b-versatile", "groq", "terse", (150, 300, 0.2, 2), 131_072, (0.59, 0.59, 0.79),
           "never"),
)
# fmt: on

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
