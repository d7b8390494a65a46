"""Pages of conversations, put together of the traces of their turns."""

from __future__ import annotations

import time
from dataclasses import replace
from hashlib import blake2b
from typing import cast

from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.traces.chunks import (
    CHUNK,
    MOST_LOOKED_AT,
    SEARCH_S,
    ListPlace,
    TraceSearch,
    place_from_token,
    token_of,
)
from gwtrace_core.mlflow_store.traces.filter_language import ORDERS
from gwtrace_core.mlflow_store.traces.listing import model_of
from gwtrace_core.trace.ending import is_cut
from gwtrace_core.trace.listing import ListedSession, SessionPage
from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.trace.preview import preview_text
from gwtrace_core.values import trace_names
from gwtrace_core.values.events import Usage

_TITLE_CHARS = 120


class SessionPages(Questions):
    """What the Traces page asks of conversations."""

    @question("list the sessions", limit_s=10.0)
    def list_session_page(
        self,
        store: Store,
        experiment_id: str | None = None,
        *,
        page_token: str | None = None,
        page_size: int = 25,
    ) -> SessionPage:
        """Conversations, that with the newest turn first, from at most some 3,000 traces a page.

        The turns of one: `list_traces` with `TraceFilter(session_id=…)`, `order="oldest"`.
        """
        place = place_from_token(page_token)
        search = TraceSearch(store.choose_experiment(experiment_id), ORDERS["newest"])
        clause = f"metadata.`{trace_names.SESSION}` IS NOT NULL"
        turns: dict[str, list[TraceSummary]] = {}
        end: ListPlace | None = None
        looked_at = 0
        mlflow_token: str | None = place.mlflow_token
        until_ms = place.until_ms
        skip = place.skip
        give_up_s = time.monotonic() + SEARCH_S
        while True:
            text = clause if until_ms is None else f"{clause} AND trace.timestamp_ms <= {until_ms}"
            found, next_token = search.read(text, mlflow_token, CHUNK)
            if until_ms is None and page_token is None and found:
                until_ms = found[0].start_ms
            is_of_page = False
            for number, summary in enumerate(found[skip:], start=skip):
                looked_at += 1
                session_id = summary.session_id or ""
                if _make_digest(session_id) in place.seen:
                    continue
                if session_id not in turns and len(turns) == page_size:
                    # The next page begins here; what is still read completes this one's counts.
                    end = end or ListPlace(
                        mlflow_token=mlflow_token, chunk=CHUNK, skip=number, until_ms=until_ms
                    )
                    continue
                turns.setdefault(session_id, []).append(summary)
                is_of_page = True
            mlflow_token, skip = next_token, 0
            # So many turns of others in a row: what the page's sessions still have is far behind.
            is_complete = end is not None and not is_of_page
            is_enough = looked_at >= MOST_LOOKED_AT or time.monotonic() > give_up_s or is_complete
            if next_token is None or is_enough:
                break
        if end is None and next_token is not None:
            end = ListPlace(mlflow_token=next_token, chunk=CHUNK, until_ms=until_ms)
        seen = (*place.seen, *(_make_digest(session_id) for session_id in turns))
        return SessionPage(
            sessions=tuple(_list_session(key, found) for key, found in turns.items()),
            next_token=None if end is None else token_of(replace(end, seen=seen)),
            looked_at=looked_at,
            is_whole=next_token is None,
        )


def _make_digest(session_id: str) -> str:
    return blake2b(session_id.encode(), digest_size=6).hexdigest()


def _list_session(session_id: str, newest_first: list[TraceSummary]) -> ListedSession:
    models = map(model_of, newest_first)
    usages = [summary.usage for summary in newest_first if summary.usage is not None]
    costs = [summary.cost_usd for summary in newest_first if summary.cost_usd is not None]
    users = (summary.user for summary in newest_first)
    paths = (summary.tags.get(trace_names.SDK_PATH) for summary in newest_first)
    tags = newest_first[-1].tags
    return ListedSession(
        session_id=session_id,
        title=preview_text(newest_first[-1].request_preview)[:_TITLE_CHARS],
        turn_count=len(newest_first),
        first_ms=newest_first[-1].start_ms,
        last_ms=newest_first[0].start_ms,
        models=tuple(dict.fromkeys(model for model in models if model)),
        users=tuple(dict.fromkeys(user for user in users if user)),
        sdk_paths=tuple(dict.fromkeys(path for path in paths if path)),
        lane=tags.get(trace_names.COMPARISON_LANE, ""),
        comparison_id=tags.get(trace_names.COMPARISON, ""),
        failed_count=sum(_has_failed(summary) for summary in newest_first),
        usage=sum(usages[1:], start=usages[0]) if usages else cast("Usage | None", None),
        cost_usd=sum(costs) if costs else None,
    )


def _has_failed(summary: TraceSummary) -> bool:
    is_error = summary.status == "error" and summary.tags.get(trace_names.OUTCOME) != "stopped"
    return is_error or is_cut(summary)
