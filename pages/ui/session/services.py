"""Builds the core's services once for the process; the only user of `st.cache_*`."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from gwtrace_core.background.ending import Step, end_in_order, end_of_main_thread
from gwtrace_core.background.heartbeat import stop_all_pulses
from gwtrace_core.background.ordered_writes import wait_all_written
from gwtrace_core.background.recent import Newest
from gwtrace_core.batch.live import LiveBatch
from gwtrace_core.demo_gateway.common.faults import DEMO_KEY
from gwtrace_core.demo_gateway.process import DemoGateway
from gwtrace_core.gateway.catalog import (
    FetchedModels,
    OfferedModels,
    OfferedRoute,
    demo_routes,
    fetch_models,
)
from gwtrace_core.gateway.prices import load_prices
from gwtrace_core.lanes.key_ring import KeyRing, RingWatch
from gwtrace_core.mlflow_store.batches.batches import Batches
from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig
from gwtrace_core.mlflow_store.conversations.conversations import TraceStore
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from gwtrace_core.mlflow_store.judges.judging import Judging
from gwtrace_core.mlflow_store.pages.server import MlflowUi
from gwtrace_core.mlflow_store.prompts.prompts import Prompts
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.running.hub import ENDED, Hub
from gwtrace_core.settings.logs import keep_out_of_logs
from gwtrace_core.settings.settings import Settings, make_demo_connection
from gwtrace_core.values.connection import Connection, ConnectionKind
from gwtrace_core.values.masking import secrets_of_environment
from gwtrace_core.values.unicode_text import clean_text
from pages.ui.session.kept import recall

if TYPE_CHECKING:
    from gwtrace_core.evaluation.runner import Evaluation

_AFTER_FIRST_PAGE_S = 0.7
"""The browser still fetches parts of the page from us when its script has ended."""
_UNVISITED_S = 5.0
_WRITES_LIMIT_S = 15.0

_LISTING = frozenset({ConnectionKind.GATEWAY, ConnectionKind.CUSTOM})
"""Connections that are asked what they offer."""


class Demo:
    """The demo gateway's process, replaced should it die."""

    def __init__(self, *, pace: float) -> None:
        """`pace` is a factor for its waits."""
        self._pace = pace
        self._lock = threading.Lock()
        self._gateway = DemoGateway.start(pace=pace)

    def connection(self, api_key: str = DEMO_KEY) -> Connection:
        """The connection to it; waits the moment that it takes to listen."""
        with self._lock:
            if not self._gateway.alive:
                self._gateway = DemoGateway.start(pace=self._pace)
            return make_demo_connection(self._gateway.base_url, api_key=api_key)

    def stop(self) -> None:
        """End the process."""
        self._gateway.stop()


class ModelLists:
    """What gateways and custom servers list, asked once in the background; nobody waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[bytes, FetchedModels | None] = {}
        self._salt = os.urandom(16)

    def routes(self, connection: Connection) -> tuple[OfferedRoute, ...]:
        """The routes that the key may use; empty while or where it is not known."""
        if connection.is_simulated:
            return demo_routes(connection.id)
        fetched = self._find_fetched(connection)
        return fetched.routes if isinstance(fetched, OfferedModels) else ()

    def is_awaited(self, connection: Connection) -> bool:
        """Whether the connection has been asked for its list and has not answered yet."""
        return connection.kind in _LISTING and self._find_fetched(connection) is None

    def forget(self, connection: Connection) -> None:
        """Drop what is known by this key."""
        with self._lock:
            self._known.pop(self._name(connection), None)

    def _name(self, connection: Connection) -> bytes:
        # Not the key itself, which may be gone from here at any time.
        text = f"{connection.base_url}\n{connection.api_key.reveal()}"
        return hashlib.blake2b(text.encode(), key=self._salt).digest()

    def _find_fetched(self, connection: Connection) -> FetchedModels | None:
        if connection.kind not in _LISTING:
            return None
        name = self._name(connection)
        with self._lock:
            if name not in self._known:
                self._known[name] = None
                threading.Thread(target=self._ask, args=(connection,), daemon=True).start()
            return self._known[name]

    def _ask(self, connection: Connection) -> None:
        fetched = asyncio.run(fetch_models(connection))
        # The first choice looks at prices; not while a page waits for it.
        load_prices()
        with self._lock:
            if (name := self._name(connection)) in self._known:
                self._known[name] = fetched


class WarmUp:
    """Loads MLflow and the SDKs in the background, once: after the first page, or unvisited.

    The imports keep the interpreter busy for seconds, and beside them the first page would take
    twice as long. A message that is sent before they have begun begins them itself.
    """

    def __init__(
        self,
        begin: Callable[[], None],
        *,
        after_page_s: float = _AFTER_FIRST_PAGE_S,
        unvisited_s: float = _UNVISITED_S,
    ) -> None:
        self._begin = begin
        self._after_page_s = after_page_s
        self._lock = threading.Lock()
        self._is_page_drawn = False
        self._timer = self._start_timer(unvisited_s)

    def note_page_drawn(self) -> None:
        """A page's script has come to its end; the first time, it is time to begin."""
        with self._lock:
            if self._is_page_drawn:
                return
            self._is_page_drawn = True
            # Beginning twice does no harm, should the other timer be at it already.
            self._timer.cancel()
            self._timer = self._start_timer(self._after_page_s)

    def cancel(self) -> None:
        """Do not begin any more."""
        with self._lock:
            self._timer.cancel()

    def _start_timer(self, after_s: float) -> threading.Timer:
        timer = threading.Timer(after_s, self._begin)
        timer.daemon = True
        timer.start()
        return timer


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the pages work with. Shared by all sessions, holds nothing of any of them."""

    settings: Settings
    demo: Demo
    tracking: Tracking
    hub: Hub
    store: TraceStore
    traces: Traces
    prompts: Prompts
    mlflow_ui: MlflowUi
    model_lists: ModelLists
    batches: Batches
    live_batches: Newest[LiveBatch]
    evaluations: Evaluations
    judging: Judging
    live_evaluations: Newest[Evaluation]
    ring_watch: RingWatch
    """Of the sessions' key rings, which are not held here."""
    warm_up: WarmUp

    def close(self) -> None:
        """End what was started, in order. What fails is raised when everything has been tried.

        Whoever may still need something ends before it: calls before the demo gateway that answers
        them, what is told of them before the connection to MLflow.
        """
        end_of_main_thread.remove(self.close)
        end_in_order(
            [
                Step(name="the warm-up", end=self.warm_up.cancel, limit_s=1),
                Step(name="the taking of new runs", end=self.hub.refuse_runs, limit_s=1),
                # Before the keys go: they shall say that gwtrace was ended, not that a key is gone.
                Step(name="batches and evaluations", end=self._stop_queues, limit_s=5),
                Step(name="the use of typed keys", end=self.ring_watch.close, limit_s=5),
                Step(name="the runs under way", end=self.hub.close, limit_s=20),
                Step(name="what MLflow is told of them", end=_finish_writes, limit_s=20),
                Step(name="the recording", end=self.tracking.close, limit_s=50),
                Step(name="MLflow's own pages", end=self.mlflow_ui.stop, limit_s=15),
                Step(name="the demo gateway", end=self.demo.stop, limit_s=10),
                Step(name="the signs of life", end=stop_all_pulses, limit_s=1),
            ]
        )

    def _stop_queues(self) -> None:
        for live in self.live_batches.all:
            live.batch.stop(ENDED)
        for evaluation in self.live_evaluations.all:
            evaluation.stop(ENDED)


def _finish_writes() -> None:
    if not wait_all_written(_WRITES_LIMIT_S):
        raise TimeoutError("MLflow was not told in time how batches and evaluations stand.")


@st.cache_resource(show_spinner=False)
def services() -> Services:
    """The services of this process; nothing slow is on the way to the first page."""
    settings = Settings.from_env(os.environ, secrets=_secrets())
    demo = Demo(pace=settings.demo_pace)
    protected = [connection.api_key for connection in settings.connections]
    protected += secrets_of_environment(os.environ)
    problem = settings.tracking_problem
    tracking = Tracking(
        TrackingConfig(
            tracking_uri=settings.tracking_uri,
            experiment_name=settings.experiment_name,
            working_dir=Path.cwd(),
            unusable=problem.message if problem else "",
            unusable_hint=problem.hint if problem else "",
        ),
        protected=protected,
    )
    keep_out_of_logs(protected, uris=[tracking.config.uri])
    hub = Hub(MlflowRecorder(tracking))
    own = Services(
        settings=settings,
        demo=demo,
        tracking=tracking,
        hub=hub,
        store=TraceStore(tracking),
        traces=Traces(tracking),
        prompts=Prompts(tracking),
        mlflow_ui=MlflowUi(tracking),
        model_lists=ModelLists(),
        batches=Batches(tracking),
        live_batches=Newest(),
        evaluations=Evaluations(tracking),
        judging=Judging(tracking, hub),
        live_evaluations=Newest(),
        ring_watch=RingWatch(),
        warm_up=WarmUp(hub.warm_up),
    )
    # For a process that just ends, without the launcher's shutdown.
    end_of_main_thread.add(own.close)
    return own


def close_services() -> None:
    """End what `services` started, when the process ends; see `Services.close`."""
    try:
        services().close()
    finally:
        services.clear()


@dataclass(slots=True, kw_only=True)
class OfferedFaultKeys:
    """The demo gateway's failing keys that this browser session wants to show."""

    keys: list[str] = field(default_factory=list[str])


def connections() -> tuple[Connection, ...]:
    """Every connection that this browser session can use, the one to begin with first.

    Gateways and typed keys come before the demo, and so does the only real connection that there
    is. Of several providers none is meant before the others.
    """
    configured = services().settings.connections
    gateways = [connection for connection in configured if connection.is_gateway]
    others = [connection for connection in configured if not connection.is_gateway]
    typed = key_ring().connections
    demo_keys = (DEMO_KEY, *recall(OfferedFaultKeys).keys)
    demos = [services().demo.connection(key) for key in demo_keys]
    if len(others) == 1 and not gateways and not typed:
        return (*others, *demos)
    return (*gateways, *typed, *demos, *others)


def key_ring() -> KeyRing:
    """The connections that were typed in this browser session."""
    # Nothing else may hold it: it ends with the session.
    return recall(KeyRing, _make_key_ring)


def _make_key_ring() -> KeyRing:
    own = services()

    def end_use(connection: Connection) -> None:
        own.hub.forget(connection)
        own.model_lists.forget(connection)

    return KeyRing(end_use)


def offered_routes(connection: Connection) -> tuple[OfferedRoute, ...]:
    """What the connection's key may use, by the gateway's list; empty where it has none."""
    return services().model_lists.routes(connection)


def current_user() -> str:
    """Who the traces and verdicts are filed under."""
    if st.user.get("is_logged_in"):
        return clean_text(str(st.user.get("email") or st.user.get("name") or "signed in"))
    return services().settings.user


def _secrets() -> Mapping[str, str]:
    """Streamlit's secrets at the top level; none without a secrets file."""
    try:
        return {name: value for name, value in st.secrets.items() if isinstance(value, str)}
    except StreamlitSecretNotFoundError:
        return {}
