"""What the page keeps of a batch: the file, how it is to be read, and the run of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gwtrace_core.batch.estimate import ASSUMED_OUTPUT_TOKENS, BatchEstimate
from gwtrace_core.batch.plan import KeptBatch
from gwtrace_core.batch.results import BatchCall, BatchResults
from gwtrace_core.batch.runner import AT_ONCE, Batch
from gwtrace_core.batch.values import Columns, PromptTable
from gwtrace_core.trace.model import Trace
from gwtrace_core.values.errors import GwtraceError
from pages.ui.session.kept import recall


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """A batch that was read back from MLflow."""

    comparison_id: str
    results: BatchResults
    calls: Mapping[tuple[int, str], BatchCall] = field(
        default_factory=dict[tuple[int, str], BatchCall]
    )
    """Those whose answers were read, by the row's number and the lane's id."""
    kept: KeptBatch | None = None
    """What was planned; None where MLflow does not have it."""
    note: str = ""
    """What a reader might miss."""


@dataclass(slots=True, kw_only=True)
class BatchState:
    """The batch of one browser session."""

    is_shown: bool = False
    """Whether the compare page shows it in place of the board."""
    file_name: str = ""
    table: PromptTable | None = None
    """The file as it was read; None before there is one."""
    columns: Columns = field(default_factory=lambda: Columns(prompt=None))
    skips_empty: bool = False
    problem: GwtraceError | None = None
    """Why the file, or the start, was refused."""
    at_once: int = AT_ONCE
    assumed_output_tokens: int = ASSUMED_OUTPUT_TOKENS
    estimate: BatchEstimate | None = None
    """As it was when the run was started."""
    run: Batch | None = None
    stored: StoredBatch | None = None
    """An earlier batch, shown in place of this one."""
    report_traces: Mapping[str, Trace] | None = None
    """By trace id, of the batch whose report is open; None before they were read for it."""


def find_batch_elsewhere(*, is_compare: bool) -> Batch | None:
    """The session's batch, unless the page shows it; `is_compare` is whether Compare is drawn."""
    state = recall(BatchState)
    is_shown = is_compare and state.is_shown and state.stored is None
    return None if is_shown else state.run
