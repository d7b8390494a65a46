"""The batch in place of the board: a file is asked for, priced, run, and shown as a table."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.batch.estimate import CHARS_PER_TOKEN, BatchEstimate
from gwtrace_core.batch.example import EXAMPLE_ROWS, write_csv, write_jsonl
from gwtrace_core.batch.reader import MAX_FILE_BYTES, find_empty_lines
from gwtrace_core.batch.runner import MOST_AT_ONCE
from gwtrace_core.batch.values import MAX_ROWS, BatchRow, PromptTable
from gwtrace_core.values.errors import FileRefused
from gwtrace_core.values.text import MISSING, bytes_text, count_text, plural, usd_text
from pages.ui.compare import batch_actions as act
from pages.ui.compare.batch_history import draw_stored
from pages.ui.compare.batch_run import draw_run
from pages.ui.compare.batch_state import BatchState
from pages.ui.compare.batch_table import cell_text
from pages.ui.compare.state import CompareState
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.draw.simulated import demo_words, simulated_lanes
from pages.ui.session.kept import batch

_SHOWN_ROWS = 5
_MOST_OUTPUT_TOKENS = 100_000
_COLUMN_LABELS = {
    "prompt": "Prompts",
    "expected": "Expected answers",
    "system": "System prompts",
}


def batch_view(comparison: CompareState) -> None:
    """Draw what is next: the file, the start, or the run."""
    state = batch()
    if state.stored is not None:
        draw_stored(state, state.stored)
    elif state.run is not None:
        draw_run(state, state.run)
    elif state.table is not None:
        _draw_set_up(comparison, state, state.table)
    else:
        _draw_empty(state)


def _draw_empty(state: BatchState) -> None:
    """Ask for a file, and say what is in one."""
    with st.container(border=True, key="batch-ask"):
        st.subheader("A file of prompts, every lane", anchor=False)
        st.caption(
            "Every row goes to every lane as a question of its own, a few calls at once. Stop and "
            "resume as you like; each call has its own trace, filed under one comparison."
        )
        st.file_uploader(
            "CSV or JSONL",
            type=["csv", "tsv", "txt", "jsonl", "ndjson"],
            key=act.UPLOAD,
            on_change=act.uploaded,
            max_upload_size=MAX_FILE_BYTES // 1_000_000,
            help=f"UTF-8, up to {bytes_text(MAX_FILE_BYTES)} and {count_text(MAX_ROWS)} rows.",
        )
        if state.problem is not None:
            show_error(state.problem)
        _draw_example()


def _draw_example() -> None:
    st.markdown(
        "A column `prompt`; where you like, a column `expected` with the answer that you expect "
        "and a column `system` with a system prompt for that row alone. A CSV has them in its "
        "header, a JSONL in the object on each line."
    )
    with st.container(horizontal=True, gap="small", key="batch-examples"):
        st.button(
            "Try an example",
            icon=":material/play_circle:",
            key="batch.example",
            type="primary",
            on_click=act.take_example,
        )
        st.download_button(
            "Example as CSV",
            lambda: write_csv(EXAMPLE_ROWS),
            file_name="gwtrace_example.csv",
            mime="text/csv",
            icon=":material/download:",
            key="batch.example.csv",
            on_click="ignore",
        )
        st.download_button(
            "Example as JSONL",
            lambda: write_jsonl(EXAMPLE_ROWS),
            file_name="gwtrace_example.jsonl",
            mime="application/jsonl",
            icon=":material/download:",
            key="batch.example.jsonl",
            on_click="ignore",
        )


def _draw_set_up(comparison: CompareState, state: BatchState, table: PromptTable) -> None:
    """The file as it was read, what it will cost, and Start."""
    with st.container(border=True, key="batch-setup"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f":material/table: **{plain_label(state.file_name)}** "
                f":small[{plural(len(table.records), 'row')} · {table.format}]",
                width="stretch",
            )
            st.button(
                "Other file",
                icon=":material/folder_open:",
                key="batch.other",
                type="tertiary",
                on_click=act.drop_file,
            )
        _draw_columns(state, table)
        rows = _draw_rows(state, table)
        if rows:
            _draw_options(state)
            estimate = act.estimate(comparison, rows)
            simulated = simulated_lanes((each.name, each.lane) for each in comparison.lanes)
            _draw_estimate(estimate, simulated, state.assumed_output_tokens)
            if state.problem is not None:
                show_error(state.problem)
            st.button(
                f"Start {plural(estimate.calls, 'call')}",
                icon=":material/play_arrow:",
                key="batch.start",
                type="primary",
                on_click=act.start,
            )


def _draw_columns(state: BatchState, table: PromptTable) -> None:
    with st.container(horizontal=True, gap="small", key="batch-columns"):
        for what, label in _COLUMN_LABELS.items():
            is_prompt = what == "prompt"
            # By position: any text, even an empty one, can be a column's name.
            options = range(0 if is_prompt else act.NO_COLUMN, len(table.columns))
            chosen = getattr(state.columns, what)
            index = act.NO_COLUMN if chosen is None else table.columns.index(chosen)
            key = f"batch.column.{what}.{state.file_name}"
            st.selectbox(
                label,
                options,
                index=options.index(index) if index in options else None,
                key=key,
                format_func=lambda at: "None" if at == act.NO_COLUMN else table.columns[at],
                placeholder="Choose a column",
                width=220,
                on_change=act.choose_column,
                args=(what, key),
            )


def _draw_rows(state: BatchState, table: PromptTable) -> tuple[BatchRow, ...]:
    """The first rows as they will be sent; none when the file cannot be used like that."""
    if state.columns.prompt is None:
        st.info(
            "None of the columns is named like a prompt. Choose the one that holds the prompts.",
            icon=":material/info:",
        )
        return ()
    try:
        lines = find_empty_lines(table, state.columns.prompt)
        if lines:
            first = ", ".join(count_text(line) for line in lines[:5])
            more = f" and {count_text(len(lines) - 5)} more" if len(lines) > 5 else ""
            state.skips_empty = st.checkbox(
                f"Skip {plural(len(lines), 'row')} without a prompt "
                f"({'line' if len(lines) == 1 else 'lines'} {first}{more})",
                value=state.skips_empty,
                key="batch.skip",
            )
        rows = act.rows()
    except FileRefused as refused:
        show_error(refused)
        return ()
    shown: list[dict[str, str | int]] = [
        {
            "row": row.number,
            "prompt": cell_text(row.prompt),
            "expected": cell_text(row.expected or ""),
            "system": cell_text(row.system or ""),
        }
        for row in rows[:_SHOWN_ROWS]
    ]
    used = {
        "prompt": True,
        "expected": state.columns.expected is not None,
        "system": state.columns.system is not None,
    }
    st.dataframe(
        shown,
        hide_index=True,
        column_order=["row", *(name for name, is_used in used.items() if is_used)],
        column_config={
            "row": st.column_config.NumberColumn("Row", width=60),
            "prompt": "Prompt",
            "expected": "Expected",
            "system": "System prompt",
        },
        key="batch.preview",
    )
    if len(rows) > _SHOWN_ROWS:
        st.caption(f"The first {_SHOWN_ROWS} of {count_text(len(rows))} rows.")
    return rows


def _draw_options(state: BatchState) -> None:
    with st.container(horizontal=True, gap="small", key="batch-options"):
        state.at_once = int(
            st.number_input(
                "Calls at once",
                min_value=1,
                max_value=MOST_AT_ONCE,
                value=state.at_once,
                key="batch.at_once",
                width=220,
                help="Of all lanes together. A lane never takes more than its share, so one that "
                "hangs does not hold up the others.",
            )
        )
        state.assumed_output_tokens = int(
            st.number_input(
                "Tokens of an answer",
                min_value=1,
                max_value=_MOST_OUTPUT_TOKENS,
                value=state.assumed_output_tokens,
                key="batch.output_tokens",
                width=220,
                help="For the estimate only, where a lane sets no limit of output tokens. "
                "Nothing is cut off at it.",
            )
        )


def _draw_estimate(
    estimate: BatchEstimate, simulated: tuple[str, ...], assumed_output_tokens: int
) -> None:
    """Cost before it starts: by lane, in all, and how it was reckoned."""
    total = MISSING if estimate.amount_usd is None else f"about {usd_text(estimate.amount_usd)}"
    without = (
        f", without {plural(len(estimate.unpriced), 'lane')} that cannot be priced"
        if estimate.unpriced and estimate.amount_usd is not None
        else ""
    )
    is_real = len(simulated) < len(estimate.lanes)
    said = "estimated cost" if is_real else "which would cost"
    # Two prices in one line would be drawn as mathematics.
    st.markdown(
        f"**{plural(estimate.calls, 'call')}, {said} {total.replace('$', chr(92) + '$')}**{without}"
    )
    if words := demo_words(simulated, len(estimate.lanes), "The costs"):
        st.markdown(words)
    st.dataframe(
        [
            {
                "lane": lane.lane_name,
                "calls": count_text(lane.calls),
                "input tokens": f"about {count_text(lane.input_tokens)}",
                "output tokens": f"about {count_text(lane.output_tokens)}",
                "cost": MISSING if lane.amount_usd is None else usd_text(lane.amount_usd),
                "by": lane.reason or lane.source,
            }
            for lane in estimate.lanes
        ],
        hide_index=True,
        column_config={
            "lane": "Lane",
            "calls": "Calls",
            "input tokens": "Input tokens",
            "output tokens": "Output tokens",
            "cost": "Cost",
            "by": "By",
        },
        key="batch.estimate",
    )
    st.caption(
        f"An estimate: input is the characters of prompt, system prompt and tools divided by "
        f"{CHARS_PER_TOKEN}, output the lane's limit or {count_text(assumed_output_tokens)} tokens "
        "an answer. Further rounds of tools, longer reasoning and caches are not in it."
    )
