"""The gateway's response cache: what was asked before is answered without asking the provider."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

from gwtrace_core.demo_gateway.formats.answer_forms import PlainAnswer, StreamAnswer

_CAPACITY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What makes two requests the same: all of it but the headers."""

    key: str
    path: str
    query: str
    body: bytes


@dataclass(slots=True)
class ResponseCache:
    """The newest answers, as the provider gave them."""

    _answers: OrderedDict[Asked, PlainAnswer | StreamAnswer] = field(
        default_factory=OrderedDict[Asked, PlainAnswer | StreamAnswer]
    )

    def find(self, asked: Asked) -> PlainAnswer | StreamAnswer | None:
        """The answer to the same request, to be sent at once; None when there is none."""
        found = self._answers.get(asked)
        match found:
            case None:
                return None
            case PlainAnswer():
                return replace(found, generation=None)
            case StreamAnswer():
                frames = [replace(frame, tokens=0) for frame in found.frames]
                return replace(found, frames=frames, is_stored=True)

    def store(self, asked: Asked, answer: PlainAnswer | StreamAnswer) -> None:
        """Keep an answer that was sent whole."""
        self._answers[asked] = answer
        if len(self._answers) > _CAPACITY:
            self._answers.popitem(last=False)
