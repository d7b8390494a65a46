"""One round of a report: the question, and each lane with its set-up, figures and runs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup

from gwtrace_core.figures.repeated import describe_repetition, make_median_figures
from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.markdown.html import render_markdown
from gwtrace_core.report.answers import Answer, describe_answer
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.values import ReportInput, ReportRound, ReportTurn
from gwtrace_core.values.connection import ConnectionKind, Target
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Image, Lane, Message
from gwtrace_core.values.text import bytes_text

_KIND_LABELS = {
    ConnectionKind.DEMO: "simulated",
    ConnectionKind.GATEWAY: "Pydantic AI Gateway",
    ConnectionKind.CUSTOM: "custom gateway",
    ConnectionKind.DIRECT: "direct provider",
}
_SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
_LARGEST_IMAGE_BYTES = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a question."""

    words: str
    """What it is, or why it is not drawn."""
    source: str = ""
    """A `data:` address; empty for one that is not drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What all lanes were asked."""

    html: Markup
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPrompt:
    """What a lane was told beforehand."""

    html: Markup | None
    """None: it is left out of this file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneHead:
    """What is to be known of a lane at once."""

    name: str
    model: str
    path: str
    """SDK path, provider, and what is unusual about the way."""
    is_simulated: bool
    is_baseline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCard:
    """A lane with its answer."""

    head: LaneHead
    prompt: SystemPrompt | None
    """None where another place shows it, or there is none."""
    distinct_line: str
    answer: Answer
    figures: tuple[Figure, ...]
    setup: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionRow:
    """The runs of a prompt on one lane."""

    name: str
    runs: str
    medians: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionTable:
    """The runs of a prompt on every lane where there were several."""

    heads: tuple[str, ...]
    rows: tuple[RepetitionRow, ...]


def describe_question(question: Message, redactor: Redactor) -> Question:
    """The question as it is drawn."""
    return Question(
        html=render_markdown(redactor.mask(Section.QUESTIONS, question.text)),
        pictures=tuple(map(_describe_picture, question.images)),
    )


def _describe_picture(image: Image) -> Picture:
    size = bytes_text(len(image.data))
    signature = _SIGNATURES.get(image.media_type)
    if signature is None or not image.data.startswith(signature):
        return Picture(words=f"A picture that cannot be drawn, {size}.")
    if len(image.data) > _LARGEST_IMAGE_BYTES:
        return Picture(words=f"A picture, {image.media_type}, {size}: too large for this file.")
    data = base64.b64encode(image.data).decode("ascii")
    return Picture(
        words=f"Picture in the question, {size}", source=f"data:{image.media_type};base64,{data}"
    )


def find_shared_prompt(turns: tuple[ReportTurn, ...]) -> str | None:
    """The system prompt that all the turns have, None when they differ or have none."""
    prompts = {turn.request.lane.system_prompt.strip() for turn in turns}
    return (prompts.pop() or None) if len(prompts) == 1 else None


def describe_prompt(text: str, report: ReportInput, redactor: Redactor) -> SystemPrompt:
    """A system prompt that was sent, unless the file is to be without."""
    if not report.parts.system_prompts:
        redactor.omit(Section.SYSTEM_PROMPTS, "system prompt")
        return SystemPrompt(html=None)
    return SystemPrompt(html=render_markdown(redactor.mask(Section.SYSTEM_PROMPTS, text)))


def describe_lane(
    turn: ReportTurn, report: ReportInput, redactor: Redactor, *, has_own_prompt: bool
) -> LaneCard:
    """Head, answer, figures and set-up. `has_own_prompt`: no other place shows the prompt."""
    lane = turn.request.lane
    is_told = has_own_prompt and lane.system_prompt.strip()
    return LaneCard(
        head=describe_head(turn, redactor),
        prompt=describe_prompt(lane.system_prompt, report, redactor) if is_told else None,
        distinct_line=turn.request.distinct_line,
        answer=describe_answer(turn.reply, redactor),
        figures=mask_figures(turn.figures, redactor),
        setup=describe_setup(lane, turn.target, redactor, turn.reply),
    )


def describe_head(turn: ReportTurn, redactor: Redactor) -> LaneHead:
    """Name, model and path of a lane."""
    lane = turn.request.lane
    streamed = "" if lane.streamed else " · not streamed"
    route = "" if lane.route in ("", lane.provider.value) else f" · route {lane.route}"
    path = f"{lane.sdk_path.label} · {PROVIDER_LABELS[lane.provider]}{route}{streamed}"
    return LaneHead(
        name=turn.name,
        model=redactor.mask(Section.SETUP, lane.model),
        path=redactor.mask(Section.SETUP, path),
        is_simulated=turn.target.connection.is_simulated,
        is_baseline=turn.is_baseline,
    )


def mask_figures(figures: tuple[Figure, ...], redactor: Redactor) -> tuple[Figure, ...]:
    """The figures with their texts masked: a price's source may be anybody's words."""

    def mask(text: str) -> str:
        return redactor.mask(Section.FIGURES, text)

    return tuple(
        replace(
            figure,
            label=mask(figure.label),
            value=mask(figure.value),
            unit=mask(figure.unit),
            explanation=mask(figure.explanation),
            delta=mask(figure.delta),
        )
        for figure in figures
    )


def describe_setup(
    lane: Lane, target: Target, redactor: Redactor, reply: Reply | None = None
) -> tuple[tuple[str, str], ...]:
    """What was asked for and where; with a reply also what it tells of itself. Values masked."""
    values = (*_list_settings(lane, target, reply), *_list_parameters(lane), *_list_reported(reply))
    return tuple(
        (name, redactor.mask(Section.SETUP, str(value)))
        for name, value in values
        if value is not None
    )


def _list_settings(lane: Lane, target: Target, reply: Reply | None) -> Iterator[tuple[str, str]]:
    label, kind = target.connection.label, _KIND_LABELS[target.connection.kind]
    yield "Connection", label if label == kind else f"{label} ({kind})"
    yield "Base URL", target.base_url
    yield "Provider", PROVIDER_LABELS[lane.provider]
    yield "Route", lane.route or "none: no gateway in between"
    yield "SDK path", lane.sdk_path.label
    yield "Model", lane.model
    if reply is not None and reply.response_model and reply.response_model != lane.model:
        yield "Model that answered", reply.response_model
    yield "Streamed", "yes" if lane.streamed else "no"


def _list_parameters(lane: Lane) -> Iterator[tuple[str, object]]:
    taken = lane.parameters
    yield "Temperature", taken.temperature
    yield "Most output tokens", taken.max_output_tokens
    yield "Top-p", taken.top_p
    yield "Stop sequences", ", ".join(map(repr, taken.stop)) or None
    yield "Reasoning effort", taken.reasoning_effort
    yield "Tools", ", ".join(lane.tools) or None


def _list_reported(reply: Reply | None) -> Iterator[tuple[str, object]]:
    if reply is not None:
        yield "Finish reason", reply.finish_reason
        yield "Response id", reply.response_id
        yield "Request id", reply.request_id


def describe_repetitions(round_: ReportRound) -> RepetitionTable | None:
    """Every lane's runs summed up; None where no prompt was run more than once."""
    rows = tuple(
        RepetitionRow(
            name=turn.name,
            runs=describe_repetition(turn.repetition),
            medians=tuple(make_median_figures(turn.repetition)),
        )
        for turn in round_.turns
        if turn.repetition is not None
    )
    if not rows:
        return None
    labels = (figure.label for figure in rows[0].medians)
    medians = (f"{label[:1].upper()}{label[1:]}, median" for label in labels)
    return RepetitionTable(heads=("Lane", "Runs", *medians), rows=rows)
