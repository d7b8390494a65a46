"""A batch that this process still holds, as it is found again by its comparison."""

from __future__ import annotations

from dataclasses import dataclass

from gwtrace_core.batch.estimate import BatchEstimate
from gwtrace_core.batch.runner import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBatch:
    """A batch with what a page says of it."""

    batch: Batch
    file_name: str
    estimate: BatchEstimate | None = None
    """As it was when the batch was started; None for one that was begun elsewhere."""
