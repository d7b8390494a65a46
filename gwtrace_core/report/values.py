"""What a report is made of and what leaves with it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gwtrace_core.code.script import CodeTracking
from gwtrace_core.figures.repeated import Repetition
from gwtrace_core.figures.reply_figures import Figure
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.connection import Target
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, Message
from gwtrace_core.values.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTurn:
    """One lane's answer to a question, and all that belongs to it."""

    name: str
    """The lane's name in the comparison, such as `A`."""
    request: ChatRequest
    """As it was sent, the conversation that led to it included."""
    target: Target
    """Its connection's key is masked wherever it turns up, and written nowhere."""
    reply: Reply
    figures: tuple[Figure, ...]
    """Those of an ended reply, as `gwtrace_core.figures.reply_figures.compared` marks them."""
    trace: Trace | None = None
    trace_note: str = ""
    """Why there is no trace."""
    is_baseline: bool = False
    repetition: Repetition | None = None
    """All runs of this prompt on this lane, where there were several; this turn is one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRound:
    """One question and the answer of every lane that was asked."""

    question: Message
    turns: tuple[ReportTurn, ...]
    vote: str = ""
    """What was voted, in words; empty where who answered what was not hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportParts:
    """What the reader of the preview may leave out."""

    system_prompts: bool = True
    trace_payloads: bool = True
    """Inputs, outputs, attributes and events of the spans."""
    code: bool = True
    user_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeComponent:
    """What the report's script draws trees with, the same that the app draws with."""

    html: str
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """A comparison, or a chat as a comparison with a single lane."""

    title: str
    made_at: datetime
    """Knows its time zone."""
    rounds: tuple[ReportRound, ...]
    tree: TreeComponent
    tracking: CodeTracking = field(default_factory=CodeTracking)
    """Where the traces are kept; also what the scripts say."""
    comparison_id: str = ""
    session_id: str = ""
    """Of a chat."""
    user: str = ""
    parts: ReportParts = ReportParts()
    secrets: tuple[Secret, ...] = ()
    """Every key that this process knows, not only those of the lanes."""
    private_paths: tuple[str, ...] = ()
    """Folders of this machine: working directory, home, where Python and its packages live."""
    versions: tuple[tuple[str, str], ...] = ()
    """Packages worth naming, each with its version."""

    @property
    def turns(self) -> tuple[ReportTurn, ...]:
        """The turns of all rounds."""
        return tuple(turn for round_ in self.rounds for turn in round_.turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """Something that was masked or removed, and how often."""

    what: str
    """`key`, `password`, `path`, `system prompt` or `user name`."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedItem:
    """One sort of thing that the file may hold."""

    name: str
    detail: str
    """How much of it, or which."""
    is_included: bool = True
    masked: tuple[Masked, ...] = ()
    """What of it was masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedReport:
    """The file and what it contains."""

    html: str
    leaves: tuple[ExportedItem, ...]
    left_out: tuple[str, ...] = ()
    """What was too much for one file, a sentence each."""
