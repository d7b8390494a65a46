"""A turn's question in the store from the turn's beginning, so that a killed process leaves it.

MLflow stores a trace when it ends. Here its root is stored once more, shortly after it began and
then again and again as a sign of life; what is stored at the end is written over it.

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
from mlflow.entities.span import LiveSpan
from mlflow.exceptions import MlflowException
from mlflow.tracing.client import TracingClient
from mlflow.tracing.export.async_export_queue import Task

from gwtrace_core.background.heartbeat import PULSE_S
from gwtrace_core.mlflow_store.format import live_spans, processes
from gwtrace_core.values import trace_names

BEGIN_AFTER_S = 0.1
"""A turn that ends sooner is stored once only, as ever. And by then the request is on its way: what
is written costs the first token no time."""

_TROUBLE = (MlflowException, sqlalchemy.exc.SQLAlchemyError, NotImplementedError)


class Beginning:
    """The storing of one turn before it ends. Lives on the hub's loop."""

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
        self._is_over = False
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(BEGIN_AFTER_S, self._hand_over)
        processes.open_here.add(root.trace_id)

    def end(self) -> None:
        """To be called before the root ends: what has not been handed over by now will not be."""
        self._is_over = True
        self._timer.cancel()
        processes.open_here.discard(self._root.trace_id)

    def _hand_over(self) -> None:
        queue = live_spans.find_writer_queue()
        if queue is None:
            return
        queue.put(Task(handler=self._store, args=(), error_msg="A turn under way is not stored."))
        self._timer = self._loop.call_later(PULSE_S, self._hand_over)

    def _store(self) -> None:
        """In MLflow's writer."""
        if self._is_over:
            # The end stands behind us in the queue.
            return
        span = live_spans.make_unfinished(
            self._root,
            mask=self._mask,
            more_tags={
                trace_names.PROCESS: processes.name_this_process(),
                trace_names.ALIVE: str(time.time_ns() // 1_000_000),
            },
        )
        if span is None:
            return
        try:
            TracingClient(self._uri).log_spans(self._experiment_id, [span])
        except _TROUBLE:
            self._doubt()
