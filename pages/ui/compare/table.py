"""All turns and lanes as a table, as CSV, and as a picture of time against cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from gwtrace_core.figures.repeated import Spread, summarise_runs
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.values.endings import ended_words
from gwtrace_core.values.text import MISSING, count_text, duration_text, usd_text
from pages.ui.compare.cell import run_facts
from pages.ui.compare.state import CompareLane, CompareRound, CompareState
from pages.ui.draw.tables import table_csv
from pages.ui.session.known_secrets import list_known_secrets
from pages.ui.session.turns import ChatTurn

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

_CACHED = "from gateway's cache"
"""Whether the answer is; of several runs how many are."""
_WHERE_ANY = (_CACHED, "cached input tokens")
"""Columns that the page leaves out where they say nothing."""
_SHOWN: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "status": ("Status", lambda status: _capitalise(str(status))),
    _CACHED: ("From cache", lambda found: _cached_words(found)),
    "first token (ms)": ("First token", duration_text),
    "total (ms)": ("Total", duration_text),
    "speed (tok/s)": ("Speed", lambda speed: f"{speed:,.0f} tok/s"),
    "input tokens": ("Tokens in", lambda count: count_text(round(count))),
    "cached input tokens": ("Cached of these", lambda count: count_text(round(count))),
    "output tokens": ("Tokens out", lambda count: count_text(round(count))),
    "cost (USD)": ("Cost", usd_text),
}
"""By their names in the CSV: how the page names and writes them, figures as under an answer."""


_SECONDS = {"title": "Total (s)", "labelExpr": "datum.value / 1000", "tickCount": 10}
_DOLLARS = {"title": "Cost", "format": "$~f", "tickCount": 6}


def draw_comparison_table(state: CompareState) -> None:
    """Draw the table, its download and the plot."""
    frame = make_comparison_frame(state)
    st.subheader("All turns and lanes", anchor=False)
    is_repeated = "runs" in frame
    if is_repeated:
        st.caption(
            "Where a prompt ran several times: the median of the runs that finished, and from the "
            "lowest (min) to the highest (max) of them. One run alone proves little; the wider "
            "the two are apart, the less a difference between lanes says."
        )
    # The browser takes its word for what is missing from here, not from the table's formats.
    st.dataframe(style_table(frame), hide_index=True, placeholder=MISSING, key="compare.table")
    # Now: what was typed is known while the page is drawn, and not when the file is made.
    secrets = list_known_secrets()
    st.download_button(
        "CSV",
        lambda: table_csv(frame, secrets),
        file_name="gwtrace_comparison.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="compare.csv",
    )
    _draw_plot(frame, is_repeated=is_repeated)


def style_table(frame: pd.DataFrame) -> Styler:
    """The table in the page's words; its columns are sorted by the numbers behind those."""
    idle = [
        name
        for name in map(str, frame.columns)
        if _find_measure(name) in _WHERE_ANY and not any(frame[name].fillna(0))
    ]
    frame = frame.drop(columns=idle)
    titles: dict[str, str] = {}
    formats: dict[str, Callable[[Any], str]] = {}
    for name in map(str, frame.columns):
        measure, comma, end = name.partition(", ")
        title, written = _SHOWN.get(measure, (_capitalise(measure), None))
        titles[name] = f"{title}{comma}{end}"
        if written is not None and end != "n":
            formats[titles[name]] = written
    styled = frame.rename(columns=titles).style
    styled.format(dict(formats), na_rep=MISSING)
    return styled


def _find_measure(column: str) -> str:
    return column.partition(", ")[0]


def _cached_words(found: bool | int) -> str:
    return ("Yes" if found else "No") if isinstance(found, bool) else count_text(found)


def _capitalise(words: str) -> str:
    return words[:1].upper() + words[1:]


def _draw_plot(frame: pd.DataFrame, *, is_repeated: bool) -> None:
    """Time against cost, a letter at each point; lines from min to max where there are several."""
    points = make_plot_points(frame)
    if len(points) < 2:
        return
    # Not at the top: they take a while to load, and a comparison comes first.
    import altair as alt
    import pandas as pd

    words = "Time against cost: down and to the left is quick and cheap."
    if is_repeated:
        words += " Points are medians, lines go from the lowest to the highest run."
    st.caption(words)
    axes = {
        name: alt.Scale(domain=[0, 1.12 * max(point[f"{name}_max"] for point in points)])
        for name in ("total_ms", "cost_usd")
    }
    base = alt.Chart(pd.DataFrame(points)).encode(
        x=alt.X("total_ms:Q", axis=_SECONDS, scale=axes["total_ms"]),
        y=alt.Y("cost_usd:Q", axis=_DOLLARS, scale=axes["cost_usd"]),
        color=alt.Color("lane:N", title="Lane"),
    )
    lines = (
        base.mark_rule(opacity=0.5).encode(x="total_ms_min:Q", x2="total_ms_max:Q"),
        base.mark_rule(opacity=0.5).encode(y="cost_usd_min:Q", y2="cost_usd_max:Q"),
    )
    dots = base.mark_point(filled=True, size=110, opacity=0.8).encode(
        tooltip=[
            alt.Tooltip(f"{name}:N", title=title)
            for name, title in (
                ("lane", "Lane"),
                ("turn", "Turn"),
                ("model", "Model"),
                ("total", "Total"),
                ("cost", "Cost"),
            )
        ]
    )
    letters = base.mark_text(dx=9, dy=-9, align="left", fontWeight="bold").encode(text="label:N")
    layers = [*(lines if is_repeated else ()), dots, letters]
    st.altair_chart(alt.layer(*layers).properties(height=300), key="compare.plot")


def make_plot_points(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows that have a time and a cost, but not those that the gateway's cache answered.

    Equal points share one label, which names them all.
    """
    known = frame.dropna(subset=["total (ms)", "cost (USD)"]).to_dict("records")
    rows = [row for row in known if row.get(_CACHED) is not True]
    has_turns = len({row["turn"] for row in rows}) > 1
    points: list[dict[str, Any]] = []
    first_at: dict[tuple[int, float], dict[str, Any]] = {}
    for row in rows:
        total_ms, cost_usd = row["total (ms)"], row["cost (USD)"]
        point = {
            "lane": row["lane"],
            "turn": row["turn"],
            "model": row["model"],
            "label": f"{row['lane']}{row['turn']}" if has_turns else row["lane"],
            "total": duration_text(total_ms),
            "cost": usd_text(cost_usd),
            "total_ms": total_ms,
            "total_ms_min": row.get("total (ms), min", total_ms),
            "total_ms_max": row.get("total (ms), max", total_ms),
            "cost_usd": cost_usd,
            "cost_usd_min": row.get("cost (USD), min", cost_usd),
            "cost_usd_max": row.get("cost (USD), max", cost_usd),
        }
        same = first_at.setdefault((round(total_ms / 20), round(cost_usd, 6)), point)
        if same is not point:
            same["label"] += f", {point['label']}"
            point["label"] = ""
        points.append(point)
    return points


def make_comparison_frame(state: CompareState) -> pd.DataFrame:
    """A row for each turn and lane; with medians, ends and counts where a prompt was repeated."""
    # Not at the top: pandas takes a while to load, and a comparison comes first.
    import pandas as pd

    is_repeated = any(round_.repeated for round_ in state.rounds)
    rows = [
        _make_row(number, round_, column, turn, is_repeated=is_repeated)
        for number, round_ in enumerate(state.rounds, 1)
        if not round_.is_hidden
        for column in state.lanes
        if (turn := round_.lead(column.lane_id)) is not None
    ]
    return pd.DataFrame(rows)


def _make_row(
    number: int, round_: CompareRound, column: CompareLane, turn: ChatTurn, *, is_repeated: bool
) -> dict[str, Any]:
    reply, lane = turn.snapshot().reply, turn.lane
    row: dict[str, Any] = {
        "turn": number,
        "lane": column.name,
        "model": lane.model,
        "SDK path": lane.sdk_path.label,
        "provider": PROVIDER_LABELS[lane.provider],
        "streamed": lane.streamed,
        "status": ended_words(reply),
    }
    return (
        row
        | (_sum_all_runs(round_, column) if is_repeated else _sum_one_run(turn))
        | {
            "answer": reply.text,
            "trace": turn.trace_id,
        }
    )


def _sum_one_run(turn: ChatTurn) -> dict[str, Any]:
    facts = run_facts(turn)
    reply, usage = facts.reply, facts.reply.usage
    return {
        _CACHED: reply.is_from_cache,
        "first token (ms)": reply.first_token_ms,
        "total (ms)": reply.duration_ms,
        "speed (tok/s)": reply.output_tokens_per_s,
        "input tokens": None if usage is None else usage.input_tokens,
        "cached input tokens": None if usage is None else usage.cache_read_tokens,
        "output tokens": None if usage is None else usage.output_tokens,
        "cost (USD)": facts.cost_usd,
    }


def _sum_all_runs(round_: CompareRound, column: CompareLane) -> dict[str, Any]:
    """Medians under the plain names, so that a spreadsheet reads both kinds of table."""
    runs = round_.runs_of(column.lane_id)
    repeated = round_.repeated.get(column.lane_id)
    planned = len(runs) if repeated is None else repeated.planned
    summed = summarise_runs([run_facts(turn) for turn in runs], planned=planned)
    row: dict[str, Any] = {
        "runs": planned,
        "finished": summed.finished,
        _CACHED: summed.cached,
        "failed": summed.failed,
        "stopped": summed.stopped,
        "not made": summed.not_made,
    }
    for name, found in (
        ("first token (ms)", summed.first_token_ms),
        ("total (ms)", summed.duration_ms),
        ("speed (tok/s)", summed.output_tokens_per_s),
        ("input tokens", summed.input_tokens),
        ("cached input tokens", summed.cached_tokens),
        ("output tokens", summed.output_tokens),
        ("cost (USD)", summed.cost_usd),
    ):
        row |= _spread_columns(name, found)
    return row


def _spread_columns(name: str, found: Spread | None) -> dict[str, Any]:
    return {
        name: None if found is None else found.median,
        f"{name}, min": None if found is None else found.lowest,
        f"{name}, max": None if found is None else found.highest,
        f"{name}, n": 0 if found is None else found.count,
    }
