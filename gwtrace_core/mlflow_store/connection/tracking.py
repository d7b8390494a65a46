"""The connection to MLflow: warmed up in the background, watched, and back by itself.

Light on purpose: nothing here imports mlflow when it is imported, because the first page shows
the state. One thread does everything slow, so nobody ever waits for a tracking server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gwtrace_core.values.secret import Secret
from gwtrace_core.values.uris import masked_message, masked_uri

if TYPE_CHECKING:
    from gwtrace_core.mlflow_store.connection.session import Session

DATABASE_FILE = "mlflow.db"
"""MLflow's own default, so that a plain `mlflow server` started beside it shows the same traces."""

_RETRY_S = (1.0, 2.0, 4.0, 8.0, 15.0)
"""How long after a failure MLflow is tried again; the last one repeats."""
_WATCH_S = 15.0
"""How often a server that works, MLflow's or a database's, is looked at, so that the page knows
before a turn is lost."""

FLUSH_LIMIT_S = 30.0
"""At the end of the process: three requests that take as long as MLflow's client lets them, which
is what a turn's last spans and its end need."""
_LOOK_LIMIT_S = 15.0
"""For a look at MLflow that is under way when the process ends."""
_IMPORT_LIMIT_S = 5.0
"""For MLflow's import, should the process end that soon: there is nothing to write out yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig:
    """Where traces go. User name, password and tokens stay in MLflow's own variables."""

    tracking_uri: str | None = field(repr=False)
    """None: the embedded store, `mlflow.db` in the working directory."""
    experiment_name: str
    working_dir: Path
    unusable: str = ""
    """Why what was configured cannot be used, a sentence. Nothing is recorded then: turns must not
    go to a store that nobody chose."""
    unusable_hint: str = ""

    @property
    def is_embedded(self) -> bool:
        """Whether nothing was configured."""
        return self.tracking_uri is None and not self.unusable

    @property
    def uri(self) -> str:
        """What MLflow is given; may hold a password."""
        if self.tracking_uri is not None:
            return self.tracking_uri
        return f"sqlite:///{(self.working_dir / DATABASE_FILE).absolute()}"

    @property
    def artifact_location(self) -> str | None:
        """Where pictures go that MLflow takes out of spans; None leaves it to the store.

        MLflow's own default is relative to wherever a process happens to run.
        """
        if not self.is_embedded:
            return None
        return (self.working_dir / "mlruns" / "gwtrace").absolute().as_uri()

    @property
    def shown_uri(self) -> str:
        """`uri` as it may be shown."""
        return masked_uri(self.uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """MLflow is being imported, or the experiment is being resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Turns are recorded."""

    uri: str
    """Fit to be shown: what it hides is masked."""
    experiment_id: str
    is_server: bool
    """Whether traces go through a server; else into a database that this process opens itself."""
    is_embedded: bool
    """Whether nothing was configured, so that MLflow's default is used."""

    @property
    def can_go_away(self) -> bool:
        """Whether it is a process of its own, and no file of this machine."""
        return not self.uri.startswith("sqlite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """Turns are not recorded, and why; chats go on."""

    reason: str
    hint: str
    since_s: float
    """Seconds since the Unix epoch."""
    is_retrying: bool
    """False when only a changed setting can help."""


TrackingState = Starting | Ready | Down


class Tracking:
    """One per process, because MLflow's own state is global to the process."""

    def __init__(
        self,
        config: TrackingConfig,
        *,
        protected: Iterable[Secret] = (),
        wall_clock: Callable[[], float] = time.time,
        retry_s: tuple[float, ...] = _RETRY_S,
    ) -> None:
        """`protected` keys are masked in everything that is recorded."""
        self.config = config
        self.protected = tuple(protected)
        self._wall_clock = wall_clock
        self._retry_s = retry_s
        self._changed = threading.Condition()
        self._state: TrackingState = Starting()
        self._looks = 0
        self._is_looking = False
        self._wake = threading.Event()
        self._is_closed = False
        self._flush_s = FLUSH_LIMIT_S
        self._has_session = False
        self._is_flushing = threading.Event()
        self._thread: threading.Thread | None = None
        if config.unusable:
            self._give_up(config.unusable, config.unusable_hint)

    def start(self) -> None:
        """Begin to import and connect in the background. Idempotent."""
        with self._changed:
            if self._thread is not None or self._is_closed or self.config.unusable:
                return
            self._thread = threading.Thread(
                target=self._serve, name="gwtrace-tracking", daemon=True
            )
        self._thread.start()

    @property
    def state(self) -> TrackingState:
        """As of the last look. Never blocks."""
        return self._state

    def wait_ready(self, timeout_s: float) -> TrackingState:
        """Block until the outcome of the warm-up is known, whatever it is, or until `close`;
        `start` is implied."""
        self.start()
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_closed or not isinstance(self._state, Starting), timeout_s
            )
        return self._state

    def look_again(self, timeout_s: float = 0.0) -> TrackingState:
        """Have MLflow looked at now instead of later; wait for the outcome up to `timeout_s`."""
        if self.config.unusable:
            return self._state
        with self._changed:
            # A look under way may have begun before whatever made the caller doubt.
            wanted = self._looks + (2 if self._is_looking else 1)
            self._wake.set()
            if timeout_s > 0:
                self._changed.wait_for(lambda: self._looks >= wanted, timeout_s)
        return self._state

    def close(self, timeout_s: float = FLUSH_LIMIT_S) -> None:
        """Write out what is still queued, waiting no longer than that, and end the thread."""
        with self._changed:
            self._is_closed = True
            self._flush_s = timeout_s
            # Whoever waits in a worker thread would keep the process from ending.
            self._changed.notify_all()
        self._wake.set()
        if self._thread is None:
            return
        look_s = _LOOK_LIMIT_S if self._has_session else _IMPORT_LIMIT_S
        if self._is_flushing.wait(min(timeout_s, look_s)):
            self._thread.join(timeout_s)

    def _serve(self) -> None:
        try:
            self._watch()
        finally:
            self._is_flushing.set()
            if not self._is_closed and not isinstance(self._state, Down):
                # A bug, whose traceback is in the log; nobody may wait for us any more.
                self._give_up("The connection to MLflow ended with a fault of gwtrace itself.", "")

    def _watch(self) -> None:
        try:
            # Imports mlflow: seconds, and the reason for this thread.
            from gwtrace_core.mlflow_store.connection.session import Session
        except ImportError as exc:
            self._give_up(
                f"MLflow could not be imported: {exc}.",
                "Install the requirements into the environment that runs the app.",
            )
            return
        session = Session(self.config, self.look_again)
        self._has_session = True
        failures = 0
        while not self._is_closed:
            with self._changed:
                self._wake.clear()
                self._is_looking = True
            failures = 0 if self._look(session) else failures + 1
            self._wake.wait(self._choose_pause_s(failures))
        self._is_flushing.set()
        session.close(self._flush_s)

    def _give_up(self, reason: str, hint: str) -> None:
        self._set(Down(reason=reason, hint=hint, since_s=self._wall_clock(), is_retrying=False))

    def _look(self, session: Session) -> bool:
        """Look at MLflow once; whether turns can be recorded."""
        problem = session.check() if isinstance(self._state, Ready) else session.connect()
        if problem is None:
            if not isinstance(self._state, Ready):
                self._set(
                    Ready(
                        uri=self.config.shown_uri,
                        experiment_id=session.experiment_id,
                        is_server=session.is_server,
                        is_embedded=self.config.is_embedded,
                    )
                )
            else:
                self._set(self._state)
            return True
        known = self._state
        self._set(
            Down(
                reason=masked_message(problem.message, self.config.uri),
                hint=masked_message(problem.hint, self.config.uri),
                since_s=known.since_s if isinstance(known, Down) else self._wall_clock(),
                is_retrying=problem.is_passing,
            )
        )
        return False

    def _choose_pause_s(self, failures: int) -> float | None:
        match self._state:
            case Down(is_retrying=True):
                return self._retry_s[min(failures, len(self._retry_s)) - 1]
            case Ready(can_go_away=True):
                return _WATCH_S
            case _:
                return None

    def _set(self, state: TrackingState) -> None:
        with self._changed:
            self._state = state
            self._looks += 1
            self._is_looking = False
            self._changed.notify_all()
