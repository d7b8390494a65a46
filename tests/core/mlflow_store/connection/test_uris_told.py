"""Whatever a tracking URI hides is in no reason, no check, no log and no address."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import SQLAlchemyError

from gwtrace_core.mlflow_store.check import check_tracking
from gwtrace_core.mlflow_store.connection.tracking import Down, Ready, TrackingConfig
from gwtrace_core.mlflow_store.format.errors import translate_errors
from gwtrace_core.mlflow_store.pages.server import MlflowUi, UiReady
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.secret import MASK
from tests.core.mlflow_store.conftest import EXPERIMENT, TurnsFactory
from tests.core.mlflow_store.line import Line

CANARIES = ("canary-pw", "canary%2Dpw", "canary-token")
BROKEN = {
    "a port": "http://127.0.0.1:9/?token=canary-token&password=canary%2Dpw",
    "user info": "http://ada:canary-pw@127.0.0.1:9",
    "no address": "postgresql://ada:canary-pw/x@127.0.0.1:port/db?token=canary-token",
    "wide signs": "http://ada:canary-pw@h\N{FULLWIDTH NUMBER SIGN}x/?token=canary-token",
    "no scheme of MLflow's": "gopher://ada:canary-pw@h/?token=canary-token",
    "a file": "sqlite:////nowhere/at/all.db?token=canary-token&password=canary-pw",
    "a driver": "postgresql+nodriver://127.0.0.1:9/db?user=ada&password=canary-pw",
    "a database": "mysql://ada@127.0.0.1:9/db?passwd=canary-pw&token=canary-token",
}


def told(*values: Any) -> str:
    return json.dumps([asdict(value) for value in values], default=str, ensure_ascii=False)


@pytest.mark.parametrize("kind", BROKEN)
def test_a_store_that_cannot_be_reached_is_named_without_its_password(
    make_turns: TurnsFactory,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    uri = BROKEN[kind]
    config = TrackingConfig(tracking_uri=uri, experiment_name=EXPERIMENT, working_dir=tmp_path)
    with make_turns(config) as turns:
        state = turns.tracking.state
        turn = turns.ask(SdkPath.OPENAI_CHAT)
    assert isinstance(state, Down), state
    check = check_tracking(config)
    assert not check.is_ok
    seen = told(state, turn.state, check) + repr(config) + caplog.text + "".join(capfd.readouterr())
    assert not [canary for canary in CANARIES if canary in seen]
    assert MASK in seen


def test_a_server_that_works_is_shown_and_linked_without_its_password(
    make_turns: TurnsFactory, line: Line, tmp_path: Path
) -> None:
    uri = line.url.replace("http://", "http://ada:canary-pw@")
    config = TrackingConfig(tracking_uri=uri, experiment_name=EXPERIMENT, working_dir=tmp_path)
    with make_turns(config) as turns:
        state = turns.tracking.state
        turn = turns.ask(SdkPath.OPENAI_CHAT, text="The password is canary-pw, it seems.")
        assert MlflowUi(turns.tracking).state == UiReady(base_url=line.url)
    assert isinstance(state, Ready)
    assert state.uri == line.url.replace("http://", f"http://ada:{MASK}@")
    assert "canary-pw" not in told(state, turn.trace)


@pytest.mark.filterwarnings("ignore:Query string argument:sqlalchemy.exc.SAWarning")
def test_a_database_that_works_is_shown_without_its_password(
    make_turns: TurnsFactory,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    uri = f"sqlite:///{tmp_path}/x.db?token=canary-token&password=canary%2Dpw&timeout=20"
    config = TrackingConfig(tracking_uri=uri, experiment_name=EXPERIMENT, working_dir=tmp_path)
    with make_turns(config) as turns:
        state = turns.tracking.state
        turn = turns.ask(SdkPath.OPENAI_CHAT, text="It is canary-token, said canary-pw.")
        check = check_tracking(config)
    assert isinstance(state, Ready)
    assert check.is_ok
    assert state.uri == (f"sqlite:///{tmp_path}/x.db?token={MASK}&password={MASK}&timeout=20")
    seen = told(state, turn.trace, check) + caplog.text + "".join(capfd.readouterr())
    assert not [canary for canary in CANARIES if canary in seen]


def test_what_mlflow_says_of_a_question_is_told_without_addresses() -> None:
    uri = "postgresql://a:canary-pw@h/d?token=T"
    with pytest.raises(TrackingError) as raised, translate_errors("read it", uri=uri):
        raise SQLAlchemyError(f"no route to {uri}")
    assert raised.value.message == (
        f"MLflow could not read it: no route to postgresql://a:{MASK}@h/d?token={MASK}"
    )
