"""Which traces are judged: brought along, the newest, a comparison, a session, a dataset."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

from gwtrace_core.batch.example import write_csv
from gwtrace_core.batch.reader import MAX_FILE_BYTES, read_table
from gwtrace_core.evaluation.datasets import DatasetSummary, make_batch_rows
from gwtrace_core.evaluation.sources import (
    MOST_SUBJECTS,
    ComparisonTraces,
    DatasetTraces,
    FoundSubjects,
    MatchingTraces,
    SessionTraces,
    SubjectSource,
    describe_found,
)
from gwtrace_core.evaluation.subjects import is_judges_session
from gwtrace_core.mlflow_store.conversations.comparisons import ComparisonSummary
from gwtrace_core.mlflow_store.evaluations.evaluations import DatasetsUnsupported
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.trace.listing import ListedSession
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.values.errors import FileRefused, RequestRefused, TrackingError
from gwtrace_core.values.text import count_text, plural
from pages.ui.compare import batch_actions
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.evaluate.dataset import save_as_dataset
from pages.ui.evaluate.state import NEWEST, EvaluateState, From
from pages.ui.evaluate.words import moment_text
from pages.ui.session.services import services
from pages.ui.session.waiting import waited

_T = TypeVar("_T")
_WORDS: dict[From, str] = {
    "handed over": "Chosen before",
    "newest": "Newest traces",
    "comparison": "Comparison or batch",
    "session": "Session",
    "dataset": "Dataset",
}
_LISTED = 50
_MODELS = 2
_UPLOAD = "evaluate.file"


def choose_traces(state: EvaluateState) -> FoundSubjects | None:
    """Draw the choice and what it comes to; None while there is nothing to judge."""
    offered = [each for each in _WORDS if each != "handed over" or state.handed_over is not None]
    picked = st.segmented_control(
        "Traces from",
        offered,
        default=state.came_from,
        required=True,
        format_func=lambda each: _WORDS[each],
        key=f"evaluate.from.{state.handovers}",
        label_visibility="collapsed",
        persist_state="session",
    )
    state.came_from = cast(From, picked)
    source = _pick(state)
    if source is None:
        return None
    if state.found is None or state.found_for != source:
        try:
            state.found = waited(
                lambda: services().evaluations.subjects(source),
                words="Reading the traces",
                skeleton_px=60,
            )
        except (TrackingError, RequestRefused) as error:
            show_error(error)
            st.button("Try again", icon=":material/refresh:", key="evaluate.traces.retry")
            return None
        state.found_for = source
    _say_found(state.found, source)
    if state.found.untraced_count and isinstance(source, DatasetTraces):
        _offer_batch(source)
    if state.found.subjects and not isinstance(source, DatasetTraces):
        save_as_dataset(state, state.found)
    return state.found if state.found.subjects else None


def _pick(state: EvaluateState) -> SubjectSource | None:
    match state.came_from:
        case "handed over":
            return state.handed_over
        case "newest":
            count = st.number_input(
                "How many",
                min_value=1,
                max_value=MOST_SUBJECTS,
                value=NEWEST,
                key="evaluate.newest",
                persist_state="session",
                width=180,
                help=f"At most {MOST_SUBJECTS}. Judges' own calls are left out.",
            )
            return MatchingTraces(chosen=TraceFilter(), most=int(count))
        case "comparison":
            return _pick_comparison(state)
        case "session":
            return _pick_session(state)
        case "dataset":
            return _pick_dataset(state)


def _asked(known: _T | None, ask: Callable[[], _T], *, words: str) -> _T | None:
    """What is known, else what MLflow says; None when it cannot, which is said."""
    if known is not None:
        return known
    try:
        return waited(ask, words=words, skeleton_px=60)
    except (TrackingError, RequestRefused) as error:
        show_error(error)
        if not isinstance(error, DatasetsUnsupported):
            st.button("Try again", icon=":material/refresh:", key="evaluate.lists.retry")
        return None


def _pick_comparison(state: EvaluateState) -> SubjectSource | None:
    store = services().store
    state.comparisons = found = _asked(
        state.comparisons,
        lambda: store.comparisons(limit=_LISTED),
        words="Reading the comparisons",
    )
    if found is None:
        return None
    if not found:
        st.caption("MLflow holds no comparisons yet: ask something on the Compare page.")
        return None
    picked = st.selectbox(
        "Comparison",
        found,
        format_func=_comparison_words,
        key="evaluate.comparison",
        label_visibility="collapsed",
        persist_state="session",
    )
    return ComparisonTraces(comparison_id=picked.comparison_id)


def _comparison_words(found: ComparisonSummary) -> str:
    kind = "Batch" if found.is_batch else "Comparison"
    title = " ".join(found.title.split())[:70] or "untitled"
    return f"{title} · {kind}, {plural(found.lane_count, 'lane')} · {moment_text(found.last_ms)}"


def _pick_session(state: EvaluateState) -> SubjectSource | None:
    traces = services().traces
    state.sessions = found = _asked(
        state.sessions,
        lambda: tuple(
            each
            for each in traces.session_page(page_size=_LISTED).sessions
            if not is_judges_session(each.session_id)
        ),
        words="Reading the sessions",
    )
    if found is None:
        return None
    if not found:
        st.caption("MLflow holds no sessions yet: a conversation on the chat page is one.")
        return None
    picked = st.selectbox(
        "Session",
        found,
        format_func=_session_words,
        key="evaluate.session",
        label_visibility="collapsed",
        persist_state="session",
    )
    return SessionTraces(session_id=picked.session_id)


def _session_words(found: ListedSession) -> str:
    title = " ".join(preview_text(found.title).split())[:70] or "untitled"
    about = [title, plural(found.turn_count, "turn"), moment_text(found.last_ms)]
    # Lanes of a comparison were all asked the same.
    about[1:1] = [f"Lane {found.lane}"] if found.lane else []
    about[-1:-1] = [", ".join(found.models[:_MODELS])] if found.models else []
    return " · ".join(about)


def _pick_dataset(state: EvaluateState) -> SubjectSource | None:
    own = services().evaluations
    state.datasets = found = _asked(state.datasets, own.datasets, words="Reading the datasets")
    source: SubjectSource | None = None
    if found:
        picked = st.selectbox(
            "MLflow dataset",
            found,
            format_func=_dataset_words,
            key="evaluate.dataset",
            persist_state="session",
        )
        source = DatasetTraces(dataset_id=picked.dataset_id, name=picked.name)
    elif found is not None:
        st.caption("MLflow holds no evaluation datasets of this experiment yet.")
    with st.expander("From a CSV or JSONL file", type="compact", expanded=source is None):
        _take_file()
    return source


def _dataset_words(found: DatasetSummary) -> str:
    records = "" if found.record_count is None else f" · {plural(found.record_count, 'record')}"
    return f"{found.name}{records} · {moment_text(found.changed_ms)}"


def _take_file() -> None:
    """A file holds questions and no answers: the batch asks them, and leads back here."""
    st.caption(
        "A file holds questions, and answers that are expected; lanes have to answer them first. "
        "Compare's batch asks them, and its *Evaluate* leads back here."
    )
    file = st.file_uploader(
        "CSV or JSONL",
        type=["csv", "tsv", "txt", "jsonl", "ndjson"],
        key=_UPLOAD,
        max_upload_size=MAX_FILE_BYTES // 1_000_000,
        label_visibility="collapsed",
    )
    if file is not None:
        _hand_to_batch(file.name, file.getvalue())


def _hand_to_batch(name: str, data: bytes) -> None:
    """Show it there, or say here what is wrong with it: a batch under way is then left alone."""
    try:
        read_table(name, data)
    except FileRefused as refused:
        show_error(refused)
        return
    batch_actions.drop_file()
    batch_actions.take_file(name, data)
    batch_actions.show_file()
    st.switch_page("compare.py")


def _offer_batch(source: DatasetTraces) -> None:
    if not st.button(
        "Ask them in Compare",
        icon=":material/view_column_2:",
        key="evaluate.ask",
        help="As a batch: every question to every lane.",
    ):
        return
    own = services().evaluations
    try:
        rows = waited(
            lambda: make_batch_rows(own.dataset_rows(source.dataset_id)),
            words="Reading the dataset",
            skeleton_px=60,
        )
    except TrackingError as error:
        show_error(error)
        return
    _hand_to_batch(f"{source.name}.csv", write_csv(rows).encode())


def _say_found(found: FoundSubjects, source: SubjectSource) -> None:
    """How many there are, and what was left out and why."""
    words = [f"**{plain_label(describe_found(source, found))}**"]
    if not found.is_complete:
        is_bound = len(found.subjects) == MOST_SUBJECTS
        words.append(
            f"there are more, and at most {MOST_SUBJECTS} are judged at once"
            if is_bound
            else "there are more"
        )
    with_expected = sum(subject.expected is not None for subject in found.subjects)
    if with_expected:
        words.append(f"{count_text(with_expected)} with an expected answer")
    left_out = {
        "made by judges": found.judge_count,
        "still being written": found.unfinished_count,
        "cut off without an answer": found.cut_count,
        "replaced by newer answers": found.replaced_count,
        "of another experiment": found.elsewhere_count,
        "deleted since": len(found.missing),
    }
    gone = [f"{count_text(count)} {what}" for what, count in left_out.items() if count]
    if gone:
        words.append(f"left out: {', '.join(gone)}")
    st.markdown(":material/account_tree: " + " · ".join(words))
    if found.untraced_count:
        st.caption(
            f"{plural(found.untraced_count, 'record')} of the dataset were not made from traces: "
            "they have no answers yet, and have to be asked first."
        )
    elif not found.subjects:
        st.caption("There is nothing to judge. Choose other traces, or ask something first.")
