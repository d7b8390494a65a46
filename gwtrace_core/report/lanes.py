"""One round of a report: the question, and each lane's answer with its set-up and figures."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from gwtrace_core.figures.reply_figures import Figure, describe_cache
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.redaction import LEFT_OUT, Redactor, Section
from gwtrace_core.report.setup import setup_facts, setup_values
from gwtrace_core.report.text import model_text, plain_block
from gwtrace_core.report.values import ReportInput, ReportTurn
from gwtrace_core.values.endings import answer_notes
from gwtrace_core.values.errors import Failure, FailureSource
from gwtrace_core.values.reply import Block, ReasoningBlock, Reply, TextBlock, ToolBlock
from gwtrace_core.values.request import Image, Lane, Message
from gwtrace_core.values.text import bytes_text, duration_text

_WHOSE_FAULT = {
    FailureSource.GATEWAY: "Gateway",
    FailureSource.PROVIDER: "Provider",
    FailureSource.NETWORK: "Network",
    FailureSource.TRACKING: "Tracking server",
    FailureSource.SETTINGS: "Settings",
    FailureSource.APP: "gwtrace",
}
_SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
_LARGEST_IMAGE_BYTES = 300_000


def question_card(question: Message, redactor: Redactor) -> Html:
    """What all lanes were asked."""
    pictures = [_picture(image) for image in question.images]
    return element(
        "div",
        element("h3", "Question", class_="label"),
        model_text(redactor.text(Section.QUESTIONS, question.text)),
        *([element("div", *pictures, class_="pictures")] if pictures else []),
        class_="question",
    )


def _picture(image: Image) -> Html:
    size = bytes_text(len(image.data))
    signature = _SIGNATURES.get(image.media_type)
    if signature is None or not image.data.startswith(signature):
        return element("p", f"A picture that cannot be drawn, {size}.", class_="note")
    if len(image.data) > _LARGEST_IMAGE_BYTES:
        note = f"A picture, {image.media_type}, {size}: too large for this file."
        return element("p", note, class_="note")
    data = base64.b64encode(image.data).decode("ascii")
    return element(
        "img", src=f"data:{image.media_type};base64,{data}", alt=f"Picture in the question, {size}"
    )


def prompts_shared(turns: tuple[ReportTurn, ...]) -> str | None:
    """The system prompt that all the turns have, None when they differ or have none."""
    prompts = {turn.request.lane.system_prompt.strip() for turn in turns}
    return (prompts.pop() or None) if len(prompts) == 1 else None


def system_prompt(text: str, comparison: ReportInput, redactor: Redactor) -> Html:
    """The prompt behind a twisty, or a word that it was left out."""
    if not comparison.parts.system_prompts:
        redactor.omit(Section.SYSTEM_PROMPTS, "system prompt")
        return element("p", "A system prompt was sent; it is left out here.", class_="note")
    return element(
        "details",
        element("summary", "System prompt"),
        model_text(redactor.text(Section.SYSTEM_PROMPTS, text)),
        class_="system-prompt",
    )


def lane_card(
    turn: ReportTurn, comparison: ReportInput, redactor: Redactor, *, own_prompt: bool
) -> Html:
    """The lane's name, answer, figures and set-up. `own_prompt`: no other place shows it."""
    lane = turn.request.lane
    parts: list[Html] = [lane_head(turn, redactor)]
    if own_prompt and lane.system_prompt.strip():
        parts.append(system_prompt(lane.system_prompt, comparison, redactor))
    if line := turn.request.distinct_line:
        said = f"The system prompt of this run ended in: {line}"
        parts.append(element("p", said, class_="note"))
    parts.append(answer(turn.reply, redactor))
    parts.append(_strip(masked_figures(turn.figures, redactor)))
    values = setup_values(lane, turn.target, turn.reply)
    parts.append(
        element(
            "details", element("summary", "Set-up"), setup_facts(values, redactor), class_="setup"
        )
    )
    return element("article", *parts, class_="lane", id=f"lane-{turn.name}")


def lane_head(turn: ReportTurn, redactor: Redactor) -> Html:
    """Name, model and path of a lane, and what is to be known of it at once."""
    lane = turn.request.lane
    badges: list[Html] = []
    if turn.target.connection.is_simulated:
        badges.append(element("span", "Simulated", class_="badge simulated"))
    if turn.is_baseline:
        badges.append(element("span", "Baseline", class_="badge"))
    return element(
        "header",
        element("span", turn.name, class_="letter"),
        element(
            "div",
            element("h3", redactor.text(Section.SETUP, lane.model)),
            element("p", path_caption(lane, redactor), class_="path"),
            element("p", *badges, class_="badges") if badges else "",
        ),
    )


def path_caption(lane: Lane, redactor: Redactor) -> str:
    """SDK path, provider, and what is unusual about the way."""
    streamed = "" if lane.streamed else " · not streamed"
    route = "" if lane.route in ("", lane.provider.value) else f" · route {lane.route}"
    caption = f"{lane.sdk_path.label} · {PROVIDER_LABELS[lane.provider]}{route}{streamed}"
    return redactor.text(Section.SETUP, caption)


def answer(reply: Reply, redactor: Redactor) -> Html:
    """All that came of a call: reasoning, tools and text in their order, and how it ended."""
    return element("div", *_answer(reply, redactor), class_="answer")


def _answer(reply: Reply, redactor: Redactor) -> Iterator[Html]:
    if words := describe_cache(reply):
        yield element("p", words, class_="note")
    for block in reply.blocks:
        yield _block(block, redactor)
    if reply.failure is not None:
        yield _failure_box(reply.failure, redactor)
    elif reply.status == "stopped":
        reason = redactor.text(Section.ERRORS, reply.stop_reason or "It was stopped.")
        yield element("p", reason, class_="note stopped")
    elif reply.status == "running":
        yield element("p", "The answer was still on its way.", class_="note")
    for note in answer_notes(reply):
        yield element("p", redactor.text(Section.ANSWERS, note), class_="note stopped")


def _block(block: Block, redactor: Redactor) -> Html:
    match block:
        case TextBlock(text=text):
            return model_text(redactor.text(Section.ANSWERS, text))
        case ReasoningBlock(text=text):
            return element(
                "details",
                element("summary", "Reasoning"),
                model_text(redactor.text(Section.ANSWERS, text)),
                class_="reasoning",
            )
        case ToolBlock():
            return _tool(block, redactor)
        case _:
            assert_never(block)


def _tool(tool: ToolBlock, redactor: Redactor) -> Html:
    def masked(text: str) -> str:
        return redactor.text(Section.TOOLS, text)

    took = ""
    if tool.started_ms is not None and tool.finished_ms is not None:
        took = f" · {duration_text(tool.finished_ms - tool.started_ms)}"
    arguments = tool.arguments_text or "{}"
    if tool.arguments is not None:
        arguments = json.dumps(dict(tool.arguments), indent=2, ensure_ascii=False, default=str)
    outcome = "The tool refused" if tool.is_error else "Answer"
    answer = "No answer came." if tool.content is None else tool.content
    return element(
        "details",
        element(
            "summary",
            "Tool ",
            element("strong", masked(tool.name or "tool")),
            took,
            element("span", " refused", class_="refused") if tool.is_error else "",
        ),
        element("p", "Arguments", class_="label"),
        plain_block(masked(arguments)),
        element("p", outcome, class_="label"),
        plain_block(masked(answer)),
        class_="tool",
    )


def _failure_box(failure: Failure, redactor: Redactor) -> Html:
    def masked(text: str) -> str:
        return redactor.text(Section.ERRORS, text)

    status = "" if failure.status is None else f" · HTTP {failure.status}"
    lines = [
        element("p", element("strong", f"{_WHOSE_FAULT[failure.source]}: {failure.cause}"), status),
        element("p", masked(failure.message)),
    ]
    if failure.hint:
        lines.append(element("p", masked(failure.hint), class_="hint"))
    if failure.retry_after_s is not None:
        lines.append(element("p", f"It asked to wait {failure.retry_after_s:.0f} s."))
    if failure.routes:
        lines.append(element("p", masked(f"Routes that exist: {', '.join(failure.routes)}.")))
    if failure.body:
        body = plain_block(masked(failure.body))
        lines.append(element("details", element("summary", "The answer as it came"), body))
    return element("div", *lines, class_="failure")


def _strip(figures: tuple[Figure, ...]) -> Html:
    if not figures:
        return fragment()
    explained = [
        fragment(element("dt", figure.label), element("dd", figure.explanation))
        for figure in figures
        if figure.explanation
    ]
    return fragment(
        element("dl", *[_figure(figure) for figure in figures], class_="figures"),
        element(
            "details",
            element("summary", "How these were measured"),
            element("dl", *explained, class_="facts"),
        )
        if explained
        else "",
    )


def _figure(figure: Figure) -> Html:
    state = " best" if figure.is_best else " missing" if figure.is_missing else ""
    return element(
        "div",
        element("dt", figure.label),
        element("dd", *figure_text(figure)),
        class_=f"figure{state}",
        title=figure.explanation or None,
    )


def masked_figures(figures: tuple[Figure, ...], redactor: Redactor) -> tuple[Figure, ...]:
    """The figures with their texts masked: a price's source may be anybody's words."""

    def masked(text: str) -> str:
        return redactor.text(Section.FIGURES, text)

    return tuple(
        replace(
            figure,
            label=masked(figure.label),
            value=masked(figure.value),
            unit=masked(figure.unit),
            explanation=masked(figure.explanation),
            delta=masked(figure.delta),
        )
        for figure in figures
    )


def figure_text(figure: Figure) -> list[str]:
    """Value, unit, delta and the mark of the best, as they stand beside each other."""
    parts: list[str] = [figure.value]
    if figure.unit:
        parts.append(element("span", f" {figure.unit}", class_="unit"))
    if figure.delta:
        parts.append(element("span", f" {figure.delta}", class_="delta"))
    if figure.is_best:
        parts.append(element("span", " best", class_="best-mark"))
    return parts


def omitted_prompts(comparison: ReportInput, prompts: Iterable[str]) -> list[tuple[str, str]]:
    """The texts to leave out everywhere when system prompts are not to leave."""
    if comparison.parts.system_prompts:
        return []
    distinct = {prompt.strip() for prompt in prompts}
    return [(prompt, "system prompt") for prompt in distinct if len(prompt) > len(LEFT_OUT)]
