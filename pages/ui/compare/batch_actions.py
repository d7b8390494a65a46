"""What happens in a batch: a file taken, its columns chosen, the calls started and stopped."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace

import streamlit as st

from gwtrace_core.batch.estimate import BatchEstimate, estimate_batch
from gwtrace_core.batch.example import EXAMPLE_NAME, EXAMPLE_ROWS, write_csv
from gwtrace_core.batch.live import LiveBatch
from gwtrace_core.batch.plan import BatchPlan
from gwtrace_core.batch.reader import guess_columns, make_rows, read_table
from gwtrace_core.batch.record import BatchRecord
from gwtrace_core.batch.runner import Batch
from gwtrace_core.batch.values import BatchLane, BatchRow, Columns
from gwtrace_core.running.calls import CallSnapshot
from gwtrace_core.values.errors import FileRefused, RequestRefused
from gwtrace_core.values.request import Message
from pages.ui.compare.state import CompareState
from pages.ui.lane.call import Reach, check_lane, reach_of
from pages.ui.lane.wait_for_pickers import with_picks
from pages.ui.session.kept import batch, compare
from pages.ui.session.known_secrets import known_secrets
from pages.ui.session.services import current_user, services

UPLOAD = "batch.file"
NO_COLUMN = -1
"""The position of a column that the file does not have."""
_MODE = "compare.mode"
_ONE_QUESTION, _BATCH = "One question", "Batch"


def mode_switch() -> None:
    """One question to all lanes, or a file of them."""
    # A default beside what `show_mode` has set is something that Streamlit warns of.
    st.session_state.setdefault(_MODE, _BATCH if batch().is_shown else _ONE_QUESTION)
    st.segmented_control(
        "Mode",
        [_ONE_QUESTION, _BATCH],
        required=True,
        key=_MODE,
        label_visibility="collapsed",
        persist_state="session",
        on_change=_mode_switched,
    )


def show_mode(*, is_batch: bool) -> None:
    """Show the batch or the board; before the switch is drawn."""
    batch().is_shown = is_batch
    st.session_state[_MODE] = _BATCH if is_batch else _ONE_QUESTION


def _mode_switched() -> None:
    batch().is_shown = st.session_state.get(_MODE) == _BATCH


def uploaded() -> None:
    """Take the file that was just given."""
    file = st.session_state.get(UPLOAD)
    if file is not None:
        take_file(file.name, file.getvalue())


def take_example() -> None:
    """Begin with the example."""
    take_file(EXAMPLE_NAME, write_csv(EXAMPLE_ROWS).encode())


def take_file(name: str, data: bytes) -> None:
    """Read a file; one that is refused is said to be, and what was there before is gone."""
    state = batch()
    state.file_name, state.table, state.problem = name, None, None
    state.columns, state.skips_empty = Columns(prompt=None), False
    try:
        state.table = read_table(name, data)
    except FileRefused as refused:
        state.problem = refused
        return
    state.columns = guess_columns(state.table)


def drop_file() -> None:
    """Back to where a file is asked for."""
    state = batch()
    state.file_name, state.table, state.problem, state.run = "", None, None, None


def rows() -> tuple[BatchRow, ...]:
    """The rows of the file as it is to be read. Raises FileRefused."""
    state = batch()
    if state.table is None:
        return ()
    return make_rows(state.table, state.columns, skips_empty=state.skips_empty)


def estimate(state: CompareState, rows: tuple[BatchRow, ...]) -> BatchEstimate:
    """What these rows may cost on the lanes as they are picked now."""
    return estimate_batch(
        rows,
        [(column.name, column.lane) for column in state.lanes],
        assumed_output_tokens=batch().assumed_output_tokens,
    )


def start() -> None:
    """Start the calls of all rows on the lanes as they are picked now."""
    with_picks("compare", _start)


def _start() -> None:
    # Not at the top: it imports pydantic, and the first page does not need it.
    from gwtrace_core.batch.plan_json import plan_to_json

    state, comparison = batch(), compare()
    state.problem = None
    try:
        found = rows()
        lanes = _lanes(comparison, found[0].prompt)
    except (FileRefused, RequestRefused) as refused:
        state.problem = refused
        return
    plan = BatchPlan(
        comparison_id=uuid.uuid4().hex,
        round_id=uuid.uuid4().hex[:8],
        file_name=state.file_name,
        user=current_user(),
        rows=found,
        lanes=tuple(lanes),
        at_once=state.at_once,
    )
    record = BatchRecord(services().batches, plan, plan_text=plan_to_json(plan, known_secrets()))
    state.estimate = estimate(comparison, found)
    state.run = new_run(plan, record)
    services().live_batches.add(
        state.run.comparison_id,
        LiveBatch(batch=state.run, file_name=state.file_name, estimate=state.estimate),
    )
    state.run.resume(reach(state.run).found)


def new_run(
    plan: BatchPlan,
    record: BatchRecord,
    known: Mapping[tuple[int, str], CallSnapshot] | None = None,
) -> Batch:
    """A batch of this process, which is still to be started. Its calls are this user's."""
    user, store = current_user(), services().store
    return Batch(
        services().hub,
        lambda trace_id, expected: store.set_expectation(trace_id, value=expected, user=user),
        plan,
        record=record,
        user=user,
        known=known,
    )


def show_live(comparison_id: str) -> bool:
    """Return to a batch that this process still knows; False when it does not, or when another
    process knows better."""
    live = services().live_batches.find(comparison_id)
    if live is None or live.batch.is_taken:
        return False
    state = batch()
    if state.run is not live.batch:
        # The file that is here, if any, is another one.
        state.table, state.problem = None, None
    state.run, state.stored = live.batch, None
    state.file_name, state.estimate = live.file_name, live.estimate
    show_mode(is_batch=True)
    return True


def _lanes(comparison: CompareState, prompt: str) -> list[BatchLane]:
    lanes: list[BatchLane] = []
    for column in comparison.lanes:
        try:
            check_lane(column.lane, Message(role="user", text=prompt))
        except RequestRefused as refused:
            message = f"Lane {column.name}: {refused.message}"
            raise RequestRefused(message, hint=refused.hint) from refused
        lanes.append(BatchLane(lane_id=column.lane_id, name=column.name, lane=column.lane))
    return lanes


def choose_column(what: str, key: str) -> None:
    """Take a column for the prompts, the expected answers or the system prompts."""
    state = batch()
    position = st.session_state.get(key)
    if state.table is None or position is None:
        return
    name = None if position == NO_COLUMN else state.table.columns[position]
    state.columns = replace(state.columns, **{what: name})
    state.problem = None


def reach(run: Batch) -> Reach:
    """The lanes that this session can go on with: whoever goes on does so with their own keys."""
    return reach_of_lanes(run.lanes)


def reach_of_lanes(lanes: Iterable[BatchLane]) -> Reach:
    """The same of lanes that no batch of this process has."""
    return reach_of((lane.lane_id, lane.lane) for lane in lanes)


def stop() -> None:
    """Stop what runs, keep what waits."""
    if (run := batch().run) is not None:
        run.stop()


def resume() -> None:
    """Go on."""
    if (run := batch().run) is not None:
        run.resume(reach(run).found)


def retry_failed() -> None:
    """Make the failed calls once more."""
    if (run := batch().run) is not None:
        run.retry_failed(reach(run).found)


def stop_lane(lane_id: str) -> None:
    """Leave out the rest of a lane."""
    if (run := batch().run) is not None:
        run.stop_lane(lane_id)


def resume_lane(lane_id: str) -> None:
    """Go on with a lane that was stopped."""
    run = batch().run
    if run is not None and (find_target := reach(run).found.get(lane_id)) is not None:
        run.resume_lane(lane_id, find_target)


def new_batch() -> None:
    """The same file once more, with the lanes as they are picked now."""
    stop()
    batch().run = None


def show_file() -> None:
    """Show the file that was taken, in place of any batch that was read back."""
    batch().stored = None
    show_mode(is_batch=True)
