"""Leads from one screen to another, with what the other one is to do there.

The sending screen says it as a value and knows no more; the receiving one takes the value when it
is drawn, and acts on it with its own actions. Of several that were sent to a screen it gets the
newest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

import streamlit as st

from gwtrace_core.evaluation.sources import SubjectSource
from gwtrace_core.lanes.open_in_chat import OpenedConversation
from gwtrace_core.prompts.use import ReadyPrompt
from gwtrace_core.trace.model import Span
from pages.ui.session.kept import recall

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """Go on with a session of MLflow's."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecordedCall:
    """Begin a conversation with what a trace recorded of a call."""

    conversation: OpenedConversation
    span: Span
    """The call."""
    trace_id: str
    """Of the trace that the span is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginWithPrompt:
    """Begin a conversation with a prompt in its place."""

    prompt: ReadyPrompt


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenComparison:
    """Show a comparison or a batch again."""

    comparison_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferToLanes:
    """Put a message that was filled from a prompt into the box for all lanes."""

    prompt: ReadyPrompt


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLane:
    """Add a lane whose system prompt was filled from a prompt."""

    prompt: ReadyPrompt


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginBatch:
    """Show a file of questions, to be asked as a batch."""

    file_name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateTraces:
    """Begin an evaluation of these traces."""

    source: SubjectSource


ForChat = OpenSession | OpenRecordedCall | BeginWithPrompt
ForCompare = OpenComparison | OfferToLanes | AddLane | BeginBatch


@dataclass(slots=True, kw_only=True)
class _Inbox(Generic[_T]):
    """What waits for a screen that is to take it."""

    waiting: _T | None = None

    def receive(self, act: Callable[[_T], None]) -> None:
        """On the screen, before it draws anything: act on what waits, and draw the page with it.

        A click that cuts `act` short has it called again in the next run, so to do it twice must
        come to the same.
        """
        if self.waiting is None:
            return
        try:
            act(self.waiting)
        except Exception:
            # It would fail in every run to come, and the screen be lost. What cuts a run short is
            # no `Exception`.
            self.waiting = None
            raise
        self.waiting = None
        # What stands above the page was drawn before.
        st.rerun()


class ChatInbox(_Inbox[ForChat]):
    """Of the chat."""


class CompareInbox(_Inbox[ForCompare]):
    """Of Compare."""


class EvaluationInbox(_Inbox[EvaluateTraces]):
    """Of the form of a new evaluation."""


@dataclass(slots=True, kw_only=True)
class ComparedLanes:
    """What other screens need to know of Compare."""

    count: int = 0
    """How many lanes it has; 0 until it was drawn for the first time."""


def lead_to_chat(value: ForChat) -> NoReturn:
    """Show the chat, which takes the value. Ends the run of the script."""
    recall(ChatInbox).waiting = value
    asked = {"session": value.session_id} if isinstance(value, OpenSession) else None
    st.switch_page("chat.py", query_params=asked)


def lead_to_compare(value: ForCompare) -> NoReturn:
    """Show Compare, which takes the value. Ends the run of the script."""
    recall(CompareInbox).waiting = value
    asked = {"comparison": value.comparison_id} if isinstance(value, OpenComparison) else None
    st.switch_page("compare.py", query_params=asked)


def lead_to_evaluation(value: EvaluateTraces) -> NoReturn:
    """Show the form of a new evaluation, which takes the value. Ends the run of the script."""
    recall(EvaluationInbox).waiting = value
    st.switch_page("new_evaluation.py")
