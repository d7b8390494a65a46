"""A real MLflow server that is killed or held while its page waits: told when the status is."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Iterator

import pytest

from gwtrace_core.mlflow_store.connection.tracking import Down, Ready, TrackingConfig
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.running.recorder import TraceMissing
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import TrackingError
from tests.browser.mlflow_server import Server
from tests.core.mlflow_store.conftest import EXPERIMENT, TurnsFactory
from tests.core.mlflow_store.support import Turns, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def served(
    server: Server, make_turns: TurnsFactory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Turns]:
    config = TrackingConfig(
        tracking_uri=server.url,
        experiment_name=EXPERIMENT,
        working_dir=tmp_path_factory.mktemp("app"),
    )
    with make_turns(config, retry_s=(0.2,)) as turns:
        yield turns


def refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (signal.SIGSTOP, "did not answer within 3 s"),
        # The last one: nobody starts it again.
        (signal.SIGKILL, "the connection was refused"),
    ],
)
def test_what_waits_for_a_trace_says_that_the_server_is_away_in_the_words_of_the_status(
    served: Turns, server: Server, trouble: signal.Signals, said: str
) -> None:
    wait_until(lambda: isinstance(served.tracking.state, Ready))
    traces = Traces(served.tracking)
    stored_id = served.ask(SdkPath.OPENAI_CHAT).trace.trace_id
    run = served.start(SdkPath.OPENAI_CHAT, model="fault-stall-midway")
    wait_until(lambda: run.poll().reply.chunk_count > 0)

    server.signal(trouble)
    if trouble is signal.SIGKILL:
        # Until the system has closed its socket, connections are taken and then reset.
        wait_until(lambda: refuses(server.port))
    # It says so at once where that is known by now, or when the trace is looked for.
    with pytest.raises(TrackingError) as caught:
        traces.open_trace(stored_id).view()
    run.stop()
    turn = served.settled(run)

    state = served.tracking.state
    assert isinstance(state, Down)
    assert said in state.reason
    assert (caught.value.message, caught.value.hint) == (state.reason, state.hint)
    assert turn.state == TraceMissing(reason=state.reason, trace_id=run.trace_id)
    if trouble is signal.SIGSTOP:
        server.signal(signal.SIGCONT)
        wait_until(lambda: isinstance(served.tracking.state, Ready))
        assert traces.open_trace(stored_id).view() is not None
