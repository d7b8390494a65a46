"""Why autolog's recording differs from what was on the wire, as a table.

Measured with MLflow 3.17. To be shortened when MLflow catches up; it explains and decides nothing,
so a line that has become wrong is never shown.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from gwtrace_core.trace.parity.values import Aspect, Verdict
from gwtrace_core.values.connection import SdkPath

_CHAT, _RESPONSES = SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES
_ANTHROPIC, _AGENT = SdkPath.ANTHROPIC_MESSAGES, SdkPath.PYDANTIC_AI
_TOKENS = frozenset(
    {
        Aspect.INPUT_TOKENS,
        Aspect.OUTPUT_TOKENS,
        Aspect.CACHE_READ_TOKENS,
        Aspect.CACHE_WRITE_TOKENS,
        Aspect.REASONING_TOKENS,
    }
)
_OF_AN_ANSWER = _TOKENS | {
    Aspect.MODEL_ANSWERED,
    Aspect.COST,
    Aspect.ANSWER,
    Aspect.TOOL_CALLS,
    Aspect.FINISH_REASON,
}
_OF_A_REQUEST = _OF_AN_ANSWER | {
    Aspect.SPANS,
    Aspect.MODEL_ASKED,
    Aspect.PROVIDER,
    Aspect.ERROR,
    Aspect.STREAMING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One gap; an empty set or None fits everything."""

    aspects: Set[Aspect]
    verdict: Verdict
    reason: str
    paths: Set[SdkPath] = field(default_factory=frozenset[SdkPath])
    streamed: bool | None = None
    status: str | None = None
    """Of the reply."""


_TABLE: tuple[_Known, ...] = (
    _Known(
        aspects={Aspect.FIRST_TOKEN},
        verdict=Verdict.FILLED,
        reason="Autolog does not note when the first piece came; gwtrace adds it to the span.",
    ),
    _Known(
        aspects={Aspect.ERROR},
        verdict=Verdict.FILLED,
        paths={_CHAT, _RESPONSES},
        status="stopped",
        reason="Autolog never ends the span of a stream that is not read to its end, and MLflow "
        "then withholds the whole trace.",
    ),
    _Known(
        aspects={Aspect.ERROR},
        verdict=Verdict.FILLED,
        paths={_AGENT},
        status="stopped",
        reason="Autolog records a cancelled run of the agent as successful.",
    ),
    _Known(
        aspects=_OF_AN_ANSWER,
        verdict=Verdict.FILLED,
        paths={_RESPONSES},
        streamed=True,
        status="finished",
        reason="Autolog leaves out the answer and the usage of a streamed response that ended "
        "early.",
    ),
    _Known(
        aspects={Aspect.ANSWER},
        verdict=Verdict.FILLED,
        paths={_CHAT, _RESPONSES, _AGENT},
        reason="Autolog writes an answer down when it is complete; gwtrace fills in what had come "
        "by then.",
    ),
    _Known(
        aspects=_OF_A_REQUEST,
        verdict=Verdict.FILLED,
        paths={_ANTHROPIC},
        streamed=True,
        reason="Autolog does not patch messages.stream(), and records create(stream=True) as "
        "finished at its first byte.",
    ),
    _Known(
        aspects={Aspect.SPANS, Aspect.TOOL_RUNS},
        verdict=Verdict.FILLED,
        paths={_CHAT, _RESPONSES, _ANTHROPIC},
        reason="The tools run in the application, which an SDK's autolog does not see.",
    ),
    _Known(
        aspects={Aspect.TOOL_CALLS},
        verdict=Verdict.FILLED,
        paths={_CHAT},
        streamed=True,
        reason="Autolog rebuilds a streamed completion from its text alone and loses its tool "
        "calls; MLflow 3.18 mends it.",
    ),
    _Known(
        aspects={Aspect.FINISH_REASON},
        verdict=Verdict.FILLED,
        paths={_CHAT},
        streamed=True,
        reason='Autolog writes "stop" for every streamed completion, whatever the reason was.',
    ),
    _Known(
        aspects={Aspect.ERROR},
        verdict=Verdict.FILLED,
        paths={_CHAT, _RESPONSES},
        streamed=True,
        reason="Autolog takes a stream that was cut for a complete answer.",
    ),
    _Known(
        aspects={Aspect.STREAMING},
        verdict=Verdict.FILLED,
        paths={_AGENT},
        reason="Autolog records a streamed request of the agent like one that was not; only the "
        "turn's own span says so.",
    ),
    _Known(
        aspects={Aspect.MODEL_ANSWERED},
        verdict=Verdict.MISSING,
        status="failed",
        reason="The answer broke off, and autolog wrote down nothing of it.",
    ),
    _Known(
        aspects={Aspect.PROVIDER},
        verdict=Verdict.MISSING,
        paths={_CHAT, _RESPONSES},
        reason="OpenAI's autolog names no provider: it cannot know who serves the route.",
    ),
    _Known(
        aspects={Aspect.CACHE_READ_TOKENS, Aspect.CACHE_WRITE_TOKENS},
        verdict=Verdict.MISSING,
        paths={_AGENT},
        reason="The agent's autolog leaves cache counts out.",
    ),
    _Known(
        aspects={Aspect.REASONING_TOKENS},
        verdict=Verdict.MISSING,
        reason="MLflow's token usage has no field for reasoning.",
    ),
    _Known(
        aspects={Aspect.COST},
        verdict=Verdict.MISSING,
        reason="MLflow prices a span that has usage and a model of its price list.",
    ),
    _Known(
        aspects={Aspect.STREAMING},
        verdict=Verdict.MISSING,
        paths={_ANTHROPIC},
        reason="Autolog does not patch messages.stream().",
    ),
)


def find_known_reason(
    aspect: Aspect, verdict: Verdict, *, path: SdkPath, streamed: bool, status: str
) -> str:
    """Why this is so, as far as it is known; empty when it is not."""
    for known in _TABLE:
        if (
            aspect in known.aspects
            and verdict is known.verdict
            and (not known.paths or path in known.paths)
            and known.streamed in (None, streamed)
            and known.status in (None, status)
        ):
            return known.reason
    return ""
