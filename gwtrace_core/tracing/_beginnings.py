"""A turn's question in the store from the turn's beginning, so that a killed process leaves it.

MLflow stores a trace when it ends. Here it is stored once more, shortly after it began, in progress
and with its root span so far; what is stored at the end is written over it.

All of it goes through MLflow's own writer, in the order in which it was handed over, so that a
beginning can never overwrite an end. Where the operator has given MLflow several writers, or none,
there is no such order, and nothing is stored at the beginning.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy.exc
from mlflow import MlflowClient
from mlflow.entities.span import LiveSpan
from mlflow.exceptions import MlflowException
from mlflow.tracing.client import TracingClient
from mlflow.tracing.export.async_export_queue import Task

from gwtrace_core.tracing import _names, _processes, _spans

BEGIN_AFTER_S = 0.1
"""A turn that ends sooner is stored once only, as ever. And by then the request is on its way: what
is written costs the first token no time."""
SIGN_EVERY_S = 15.0
"""Often enough that four signs in a row are not missed by chance, see `_processes.SILENT_MS`."""

_TROUBLE = (MlflowException, sqlalchemy.exc.SQLAlchemyError, NotImplementedError)


class Beginning:
    """The storing of one turn's beginning, and the signs of life after it. On the hub's loop."""

    def __init__(
        self,
        root: LiveSpan,
        *,
        experiment_id: str,
        uri: str,
        mask: Callable[[str], str],
        doubt: Callable[[], Any],
    ) -> None:
        """`doubt` is called, in MLflow's writer, when the store did not take it."""
        self._root = root
        self._experiment_id = experiment_id
        self._uri = uri
        self._mask = mask
        self._doubt = doubt
        self._loop = asyncio.get_running_loop()
        self._is_over = False
        _processes.open_here.add(root.trace_id)
        self._timer = self._loop.call_later(BEGIN_AFTER_S, self._begin)

    def end(self) -> None:
        """To be called before the root ends: what has not been handed over by now will not be."""
        self._is_over = True
        self._timer.cancel()
        _processes.open_here.discard(self._root.trace_id)

    def _begin(self) -> None:
        if _hand_over(self._store):
            self._timer = self._loop.call_later(SIGN_EVERY_S, self._sign)

    def _sign(self) -> None:
        _hand_over(self._give_sign)
        self._timer = self._loop.call_later(SIGN_EVERY_S, self._sign)

    def _store(self) -> None:
        """In MLflow's writer. The end of the turn is behind us in its queue."""
        if self._is_over:
            return
        unfinished = _spans.unfinished(self._root, self._mask)
        if unfinished is None:
            return
        info, span = unfinished
        client = TracingClient(self._uri)
        try:
            # In this order a reader never meets the question without the session that it is of.
            client.start_trace(info)
            client.log_spans(self._experiment_id, [span])
        except _TROUBLE:
            self._doubt()

    def _give_sign(self) -> None:
        if self._is_over:
            return
        try:
            MlflowClient(tracking_uri=self._uri).set_trace_tag(
                self._root.trace_id, _names.ALIVE, str(time.time_ns() // 1_000_000)
            )
        except _TROUBLE:
            self._doubt()


def _hand_over(work: Callable[[], None]) -> bool:
    """Whether MLflow has one writer, which will do the work in its turn."""
    queue = _spans.writer_queue()
    if queue is None:
        return False
    queue.put(Task(handler=work, args=(), error_msg="Failed to store a turn's beginning."))
    return True
