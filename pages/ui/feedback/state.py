"""Where the feedback form is open, and what it offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gwtrace_core.trace.feedback_summary.summary import FeedbackName
from pages.ui.session.kept import recall


@dataclass(slots=True, kw_only=True)
class _FormState:
    """The feedback form of one browser session."""

    open_at: tuple[str, str] | None = None
    """A place on a page, and the id of the turn or trace there; None while the form is closed."""
    names: tuple[FeedbackName, ...] = ()
    names_for: tuple[object, ...] | None = None
    """What the names were asked for."""


def open_form(place: str, of: str) -> None:
    """Have the form drawn, from this run until it is closed."""
    recall(_FormState).open_at = (place, of)


def find_open_form() -> tuple[str, str] | None:
    """The place of the open form and the id of its turn or trace; None while it is closed."""
    return recall(_FormState).open_at


def close_form() -> None:
    """Have the form drawn no more."""
    recall(_FormState).open_at = None


def recall_names(
    of: tuple[object, ...], ask: Callable[[], tuple[FeedbackName, ...]]
) -> tuple[FeedbackName, ...]:
    """The names that were asked for `of`, until they are wanted for something else."""
    state = recall(_FormState)
    if state.names_for != of:
        state.names, state.names_for = ask(), of
    return state.names
