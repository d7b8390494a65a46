"""Hub and recorder, with autolog and MLflow's embedded store, against the bare async SDK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.bare import Bare, Call, Sdk, running_bare
from tests.bench.gateway import running_gateway
from tests.bench.hub import PATHS, Core, Turn, running_core
from tests.bench.report import Budget, Row, print_rows

_MODELS: dict[Sdk, str] = {"openai": "gpt-5.4-mini", "anthropic": "claude-haiku-4-5"}
_LABELS: dict[Sdk, str] = {"openai": "OpenAI chat", "anthropic": "Anthropic messages"}
_PACE = 0.75
"""On the models' own: 187 and 173 tokens a second."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The same calls both ways, one after the other in turns."""

    bare: list[Call] = field(default_factory=list[Call])
    core: list[Turn] = field(default_factory=list[Turn])


def _pairs(count: int, sdk: Sdk, prompt: str, core: Core, bare: Bare) -> _Pairs:
    pairs = _Pairs()
    model = _MODELS[sdk]

    def by_core() -> None:
        pairs.core.append(core.turn(sdk, model, prompt))

    def by_bare() -> None:
        pairs.bare.append(bare.call(sdk, model, prompt))

    ways: list[Callable[[], None]] = [by_core, by_bare]
    for _ in range(count):
        for way in ways:
            way()
        # Whoever comes second finds the machine in another state than the first.
        ways.reverse()
    if {turn.text for turn in pairs.core} != {call.text for call in pairs.bare}:
        raise RuntimeError("The two ways did not bring the same answer.")
    return pairs


def run(quick: bool) -> None:
    """Print the table."""
    shorts, longs, paced = (2, 1, 1) if quick else (30, 6, 2)
    tokens = 50 if quick else 1_000
    rows: list[Row] = []
    with (
        running_gateway(0) as unpaced,
        running_gateway(_PACE) as paced_gateway,
        running_core(unpaced.base_url, *PATHS.values()) as core,
        running_bare(unpaced.base_url) as bare,
        running_bare(paced_gateway.base_url) as paced_bare,
    ):
        paced_core = core.at(paced_gateway.base_url)
        for sdk in _MODELS:
            # The first calls import, connect and fill caches on both sides.
            for each_core, each_bare in ((core, bare), (paced_core, paced_bare)):
                _pairs(1 if quick else 3, sdk, "Write 20 tokens.", each_core, each_bare)
            rows += _without_waits(sdk, shorts, longs, tokens, core, bare)
            rows += _at_a_pace(sdk, paced, tokens, paced_core, paced_bare)
    print_rows("core: hub + recorder + autolog against the bare SDK, one gateway", rows)


def _without_waits(
    sdk: Sdk, shorts: int, longs: int, tokens: int, core: Core, bare: Bare
) -> list[Row]:
    short = _pairs(shorts, sdk, "Write 20 tokens.", core, bare)
    long = _pairs(longs, sdk, f"Write {tokens} tokens.", core, bare)
    return [
        Row(
            what=f"{_LABELS[sdk]}: first token, no waits",
            samples=[turn.first_token_ms for turn in short.core],
            peer=[call.first_token_ms for call in short.bare],
            budget=Budget(most=5, of="minus the peer"),
        ),
        Row(
            what=f"{_LABELS[sdk]}: {tokens:,} tokens, no waits",
            samples=[turn.duration_ms for turn in long.core],
            peer=[call.duration_ms for call in long.bare],
            compared="times the peer",
        ),
        Row(
            what=f"{_LABELS[sdk]}: end of stream → trace read back",
            samples=[turn.readable_ms for turn in short.core],
        ),
    ]


def _at_a_pace(sdk: Sdk, count: int, tokens: int, core: Core, bare: Bare) -> list[Row]:
    pairs = _pairs(count, sdk, f"Write {tokens} tokens.", core, bare)
    return [
        Row(
            what=f"{_LABELS[sdk]}: first token, at a model's pace",
            samples=[turn.first_token_ms for turn in pairs.core],
            peer=[call.first_token_ms for call in pairs.bare],
            budget=Budget(most=5, of="minus the peer"),
        ),
        Row(
            what=f"{_LABELS[sdk]}: {tokens:,} tokens, at a model's pace",
            samples=[turn.duration_ms for turn in pairs.core],
            peer=[call.duration_ms for call in pairs.bare],
            budget=Budget(most=1.03, of="times the peer"),
        ),
    ]
