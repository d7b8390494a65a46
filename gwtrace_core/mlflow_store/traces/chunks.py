"""MLflow's own pages of traces, and the place in them where a list of ours goes on."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import Any

from gwtrace_core.mlflow_store.connection.ask import Store
from gwtrace_core.mlflow_store.format.entities import summary_of
from gwtrace_core.trace.model import TraceSummary
from gwtrace_core.values.errors import TrackingError

CHUNK = 500
"""Traces that one request asks for; MLflow's own limit through a server."""
MOST_LOOKED_AT = 3_000
SEARCH_S = 4.0
"""Rows are read on for so long; what was found by then is a page, even an empty one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """Where a list goes on: in which of MLflow's pages, and how many of its rows are used up."""

    mlflow_token: str | None = None
    chunk: int = 0
    """How many rows MLflow's page has; 0: as many as are asked for."""
    skip: int = 0
    until_ms: int | None = None
    """Newer traces are left out, so that pages do not shift while new ones come in."""
    seen: tuple[str, ...] = ()
    """Digests of the sessions that were on earlier pages."""


class TraceSearch:
    """Questions for one page after another in one order."""

    def __init__(self, store: Store, order: str) -> None:
        self._client = store.client
        self._experiment_id = store.experiment_id
        self._order = order

    def read(
        self, text: str, token: str | None, size: int
    ) -> tuple[list[TraceSummary], str | None]:
        """One of MLflow's pages, and the token of the next. Raises MLflow's errors."""
        page = self._client.search_traces(
            locations=[self._experiment_id],
            filter_string=text or None,
            include_spans=False,
            max_results=size,
            order_by=[self._order],
            page_token=token,
        )
        # A store that this process opens itself gives bytes.
        next_token = page.token.decode() if isinstance(page.token, bytes) else page.token
        return [summary_of(trace.info) for trace in page], next_token or None


def place_from_token(token: str | None) -> ListPlace:
    """The place; the beginning for None. Raises TrackingError for what is no token of ours."""
    if token is None:
        return ListPlace()
    try:
        packed = base64.urlsafe_b64decode(token)
        data: Any = json.loads(zlib.decompressobj().decompress(packed, 1_000_000))
        mlflow_token, chunk, skip, until_ms, *seen = data
        return ListPlace(
            mlflow_token=mlflow_token,
            chunk=min(int(chunk), CHUNK),
            skip=int(skip),
            until_ms=None if until_ms is None else int(until_ms),
            seen=tuple(str(each) for each in seen),
        )
    except (binascii.Error, zlib.error, ValueError, TypeError, RecursionError) as exc:
        raise TrackingError(
            "The list cannot be carried on from there.", hint="Begin again at its first page."
        ) from exc


def token_of(place: ListPlace) -> str:
    """What a page hands out, and is handed again to go on."""
    data = [place.mlflow_token, place.chunk, place.skip, place.until_ms, *place.seen]
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(data).encode())).decode()
