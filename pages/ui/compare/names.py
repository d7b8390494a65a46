"""What stands beside a lane's letter over its answers: no more than tells the lanes apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.prompts.use import use_words
from gwtrace_core.values.request import Lane

_PARTS: tuple[Callable[[Lane], str], ...] = (
    lambda lane: lane.model,
    lambda lane: lane.sdk_path.label,
    lambda lane: "system prompt" if lane.prompt is None else use_words(lane.prompt),
    lambda lane: "streamed" if lane.streamed else "not streamed",
    lambda lane: PROVIDER_LABELS[lane.provider],
    lambda lane: f"route {lane.route}" if lane.route else "no route",
)


def list_short_names(lanes: Sequence[Lane]) -> list[str]:
    """What each lane of a round is told by, beside its letter; all else stands in the lane's head.

    Plain words, to be escaped where Markdown is drawn.
    One thing, such as the model, where that is another in every lane; else all in which they
    differ. The model where they differ in nothing that is a word.
    """
    told = [[part(lane) for lane in lanes] for part in _PARTS]
    differing = [texts for texts in told if len(set(texts)) > 1]
    for texts in differing:
        if len(set(texts)) == len(lanes):
            return texts
    return [" · ".join(texts) for texts in zip(*(differing or told[:1]), strict=True)]
