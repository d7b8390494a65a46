"""Which SDK is there when: nobody waits for one that his call does not use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[4]
_PROGRAM = """
import json, sys
from pathlib import Path

from gwtrace_core.values.connection import SdkPath
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig

SDKS = ("openai", "anthropic", "pydantic_ai")


def seen():
    from mlflow.utils.autologging_utils import autologging_is_disabled

    imported = [name for name in SDKS if name in sys.modules]
    return imported, [name for name in SDKS if not autologging_is_disabled(name)]


tracking = Tracking(
    TrackingConfig(tracking_uri=URI, experiment_name="test", working_dir=Path.cwd()),
    retry_s=(60.0,),
)
recorder = MlflowRecorder(tracking)
steps = [(type(tracking.wait_ready(120)).__name__, *seen())]
for path in (SdkPath.OPENAI_CHAT, SdkPath.OPENAI_RESPONSES, SdkPath.ANTHROPIC_MESSAGES,
             SdkPath.PYDANTIC_AI):
    recorder.prepare(path)
    steps.append((path.value, *seen()))
print(json.dumps(steps))
tracking.close()
"""


def _steps(folder: Path, uri: str | None) -> list[list[object]]:
    program = _PROGRAM.replace("URI", repr(uri), 1)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_mlflow_is_ready_before_any_sdk_and_each_path_brings_its_own(tmp_path: Path) -> None:
    assert _steps(tmp_path, None) == [
        ["Ready", [], []],
        ["openai-chat", ["openai"], ["openai"]],
        ["openai-responses", ["openai"], ["openai"]],
        ["anthropic-messages", ["openai", "anthropic"], ["openai", "anthropic"]],
        [
            "pydantic-ai",
            ["openai", "anthropic", "pydantic_ai"],
            ["openai", "anthropic", "pydantic_ai"],
        ],
    ]


def test_a_server_that_is_away_keeps_no_path_from_being_recorded_later(tmp_path: Path) -> None:
    steps = _steps(tmp_path, "http://127.0.0.1:9")
    assert steps[:2] == [["Down", [], []], ["openai-chat", ["openai"], ["openai"]]]


def test_nothing_is_imported_for_a_tracking_uri_that_cannot_work(tmp_path: Path) -> None:
    steps = _steps(tmp_path, "nonsense")
    assert [step[1:] for step in steps] == [[[], []]] * 5
