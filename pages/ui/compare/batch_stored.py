"""A batch as MLflow has it: read back with what was planned, and gone on with in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from gwtrace_core.batch.live import LiveBatch
from gwtrace_core.batch.plan import KeptBatch, Place
from gwtrace_core.batch.record import BatchRecord
from gwtrace_core.batch.results import BatchCall, BatchResults, make_results
from gwtrace_core.batch.runner import adapt_lane, list_known_calls
from gwtrace_core.mlflow_store.conversations.comparisons import ComparisonTurn, StoredComparison
from gwtrace_core.mlflow_store.conversations.conversations import EXPECTED_RESPONSE
from gwtrace_core.values.errors import RequestRefused, TrackingError
from gwtrace_core.values.text import plural
from pages.ui.compare import batch_actions as act
from pages.ui.compare.batch_state import StoredBatch
from pages.ui.session.kept import batch
from pages.ui.session.services import services


def read_again(comparison_id: str) -> None:
    """In a callback: show the batch as MLflow has it by now."""
    state = batch()
    state.problem = None
    try:
        stored = services().store.comparison(comparison_id)
        kept = services().batches.find(comparison_id)
    except TrackingError as error:
        state.problem = error
        return
    state.stored = stored_batch(stored, kept)


def go_on(stored: StoredBatch, retries_failed: bool) -> None:
    """In a callback: make what is left of it, or what has failed, from here.

    By what MLflow has now: no call that is recorded is made again, but for failed ones.
    """
    state = batch()
    state.problem = None
    try:
        kept = _free(services().batches.find(stored.comparison_id))
        calls = stored.calls
        if any(place not in calls for place in kept.calls):
            calls = _calls(services().store.comparison(stored.comparison_id))
    except (RequestRefused, TrackingError) as error:
        state.problem = error
        return
    record = BatchRecord(services().batches, kept.plan, kept=kept)
    run = act.new_run(kept.plan, record, list_known_calls(kept, calls))
    live = LiveBatch(batch=run, file_name=kept.plan.file_name)
    services().live_batches.add(run.comparison_id, live)
    act.show_live(run.comparison_id)
    if retries_failed:
        act.retry_failed()
    else:
        act.resume()


def _free(kept: KeptBatch | None) -> KeptBatch:
    if kept is None:
        raise RequestRefused(
            "What was planned of this batch is not in MLflow any more.",
            hint="Its run may have been deleted. Start the file as a new batch.",
        )
    if kept.is_alive:
        raise RequestRefused(
            "Another process has gone on with this batch since it was read.",
            hint="Read it again to see how far it is.",
        )
    return kept


def stored_batch(stored: StoredComparison, kept: KeptBatch | None) -> StoredBatch:
    """What the page keeps of a batch that was read back, with what was planned of it."""
    calls = _calls(stored)
    results = make_results(calls.values() if kept is None else _planned(kept, calls))
    return StoredBatch(
        comparison_id=stored.comparison_id,
        results=results,
        calls=calls,
        kept=kept,
        note=_note(stored, results if kept is None else None),
    )


def _calls(stored: StoredComparison) -> dict[Place, BatchCall]:
    """The stored calls, lane by lane."""
    turns = sorted(stored.turns, key=lambda each: each.place.lane_name)
    return {
        (each.place.row, each.place.lane_id): BatchCall(
            row=each.place.row,
            lane_name=each.place.lane_name,
            lane=each.turn.lane,
            prompt=each.turn.message.text,
            expected=_expected(each),
            reply=each.turn.reply,
            trace_id=each.turn.trace_id,
        )
        for each in turns
        if each.place.row is not None
    }


def _planned(kept: KeptBatch, calls: Mapping[Place, BatchCall]) -> Iterator[BatchCall]:
    """Every call that there was to be: as it was read, as it is known of, or missing."""
    for row, lane in product(kept.plan.rows, kept.plan.lanes):
        place = row.number, lane.lane_id
        recorded, call = kept.calls.get(place), calls.get(place)
        if call is not None:
            yield replace(call, expected=row.expected)
        else:
            yield BatchCall(
                row=row.number,
                lane_name=lane.name,
                lane=adapt_lane(row, lane),
                prompt=row.prompt,
                expected=row.expected,
                trace_id=None if recorded is None else recorded.trace_id,
                unread="missing" if recorded is None else recorded.outcome,
            )


def _expected(each: ComparisonTurn) -> str | None:
    found = [
        str(assessment.value)
        for assessment in each.turn.assessments
        if assessment.kind == "expectation"
        and assessment.name == EXPECTED_RESPONSE
        and assessment.is_valid
    ]
    return found[-1] if found else None


def _note(stored: StoredComparison, unplanned: BatchResults | None) -> str:
    """What a reader might miss; `unplanned` are the results where no plan tells what is missing."""
    words: list[str] = []
    if unplanned is not None:
        missing = sum(len(unplanned.lane_names) - len(row.cells) for row in unplanned.rows)
        if missing:
            words.append(f"{plural(missing, 'call')} of these rows not in MLflow.")
        words.append("What was planned is not in MLflow, so that more may be missing.")
    if stored.skipped:
        reason = stored.skipped[0].reason
        words.append(f"{plural(len(stored.skipped), 'trace')} could not be read: {reason}")
    if not stored.is_whole:
        words.append("There is more in MLflow than could be read at once: the newest is shown.")
    return " ".join(words)
