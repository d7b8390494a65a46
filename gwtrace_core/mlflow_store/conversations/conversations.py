"""What the chat and compare pages ask of MLflow, in one object; the questions stand in the modules
that it is put together of."""

from __future__ import annotations

from gwtrace_core.mlflow_store.connection.ask import Store, question
from gwtrace_core.mlflow_store.conversations.comparison_reading import Comparisons
from gwtrace_core.mlflow_store.conversations.sessions import Sessions
from gwtrace_core.mlflow_store.conversations.setups import Setups
from gwtrace_core.mlflow_store.conversations.verdicts import Verdicts
from gwtrace_core.mlflow_store.format.find import find_trace
from gwtrace_core.trace.model import Trace


class TraceStore(Sessions, Verdicts, Comparisons, Setups):
    """Sessions, verdicts, comparisons and saved set-ups, in the app's own experiment."""

    @question("read the trace", limit_s=8.0)
    def find_trace(self, store: Store, trace_id: str) -> Trace | None:
        """The whole trace, None when MLflow has none of that id."""
        return find_trace(store.uri, trace_id)
