"""A program that is killed in the middle of turns: hub, recorder and store as in the app.

`python -m tests.core.mlflow_store.cut_process <tracking URI or empty> <directory> <demo gateway>`
says `under way` when every turn has come to the stage that its session is named after.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gwtrace_core.mlflow_store.connection.tracking import Tracking, TrackingConfig
from gwtrace_core.mlflow_store.recording.recorder import MlflowRecorder
from gwtrace_core.running import hub as hub_module
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.secret import Secret
from tests.core.mlflow_store.support import Turns

EXPERIMENT = "Pydantic AI Gateway"
PROTECTED = "protected-canary-of-another-connection"

STAGES: dict[str, dict[str, Any]] = {
    "waiting": {"model": "fault-stall"},
    "streaming": {"model": "fault-stall-midway"},
    "tool": {"text": "What is 17 * 23?", "tools": ("calculator",)},
    "not-streamed": {"model": "fault-stall", "streamed": False},
}
"""What is asked in the session `<stage>-<SDK path>`."""


def main(uri: str, directory: str, base_url: str) -> None:
    """Ask, wait until every turn is where it is to be killed, and stay there."""
    tracking = Tracking(
        TrackingConfig(
            tracking_uri=uri or None, experiment_name=EXPERIMENT, working_dir=Path(directory)
        ),
        protected=[Secret(PROTECTED)],
    )
    tracking.wait_ready(120)
    recorder = MlflowRecorder(tracking)
    turns = Turns(hub=Hub(recorder), recorder=recorder, tracking=tracking, base_url=base_url)
    turns.ask(SdkPath.OPENAI_CHAT, session_id="finished", text="A question that was answered")
    hub_module._run_tool = _endless_tool  # pyright: ignore[reportPrivateUsage]
    begun = [
        (stage, turns.start(path, **_asked(stage, path))) for stage in STAGES for path in SdkPath
    ]
    _wait(lambda: all(_is_there(stage, run) for stage, run in begun))
    _say("under way")
    # Answers that end while the process is killed.
    for number in range(1_000):
        run = turns.start(
            SdkPath.OPENAI_CHAT, session_id=f"ending-{number}", text=f"Write {60 + number} tokens."
        )
        _wait(lambda run=run: not run.poll().reply.running)
        _say(f"ended {number}")
        turns.settled(run)


def _asked(stage: str, path: SdkPath) -> dict[str, Any]:
    asked = {"text": f"{stage} {PROTECTED}"} | STAGES[stage]
    return {**asked, "session_id": name(stage, path), "turn_index": 0, "user": "grace"}


def name(stage: str, path: SdkPath) -> str:
    """The session's."""
    return f"{stage}-{path.value}"


def _is_there(stage: str, run: Run) -> bool:
    snapshot = run.poll()
    if stage in ("waiting", "not-streamed"):
        return snapshot.is_begun
    return (
        snapshot.reply.chunk_count > 0 if stage == "streaming" else bool(snapshot.reply.tool_calls)
    )


async def _endless_tool(*_: Any) -> Any:
    await asyncio.Event().wait()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _wait(holds: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < give_up_s, "It did not come about in time."
        time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
