"""Lanes whose prompt was picked by an alias follow it to the version it stands for when sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gwtrace_core.prompts.registry import PromptHistory, PromptVersion
from gwtrace_core.prompts.template import variables_of
from gwtrace_core.prompts.use import prepare_prompt
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Lane, PromptUse
from pages.ui.lane.prompt_values import FilledValues
from pages.ui.session.kept import recall
from pages.ui.session.services import services


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The lanes as they are to be sent, and what to tell about it."""

    lanes: tuple[Lane, ...]
    notes: tuple[str, ...] = ()


def follow_aliases(lanes: Sequence[Lane]) -> Followed:
    """Look the aliases up, for a moment at most: where MLflow does not answer, all stays as it is.

    A lane whose text cannot be filled anew (its values are not known here, or the version needs
    others) keeps the version that it has, which the notes say.
    """
    found: dict[str, PromptHistory | None] = {}
    followed: list[Lane] = []
    notes: list[str] = []
    for lane in lanes:
        use = lane.prompt
        if use is None or not use.alias:
            followed.append(lane)
            continue
        if use.name not in found:
            # Once MLflow has kept one lane waiting, the others do not wait as well.
            is_away = None in found.values()
            found[use.name] = None if is_away else services().prompts.read_history_soon(use.name)
        lane, note = _follow(lane, use, found[use.name])
        followed.append(lane)
        if note:
            notes.append(note)
    return Followed(lanes=tuple(followed), notes=tuple(dict.fromkeys(notes)))


def _follow(lane: Lane, use: PromptUse, history: PromptHistory | None) -> tuple[Lane, str]:
    number = None if history is None else history.summary.aliases.get(use.alias)
    new = None if history is None else history.version(number)
    old = None if history is None else history.version(use.version)
    if new is None or new.version == use.version:
        return lane, ""
    text = None
    if old is not None and _fill(old) == lane.system_prompt:
        text = _fill(new)
    moved = f"{use.alias} of {use.name} stands for v{new.version} now"
    if text is None:
        return lane, f"{moved}; v{use.version} was sent, as it was picked."
    return (
        replace(lane, system_prompt=text, prompt=replace(use, version=new.version)),
        f"{moved}, which was sent.",
    )


def _fill(version: PromptVersion) -> str | None:
    """The version with the values that were typed last; None when they do not fit."""
    kept = recall(FilledValues).by_prompt.get(version.name, {})
    values = {name: kept.get(name, "") for name in variables_of(version.template)}
    try:
        ready = prepare_prompt(version, values, place="system")
    except RequestRefused:
        return None
    return None if ready.message or ready.earlier else ready.system_prompt
