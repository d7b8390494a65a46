"""What is imported while the browser still loads is what the first message needs anyway."""

from __future__ import annotations

import json
import subprocess
import sys

from pages.ui.session.services import EARLY_LIBRARIES
from tests.seeded_traces import REPOSITORY

_PROGRAM = """
import json, sys
import gwtrace_core.mlflow_store.connection.session
import gwtrace_core.sdk_paths.openai_chat
print(json.dumps(sorted(sys.modules)))
"""


def test_the_libraries_that_are_imported_early_are_mlflows_and_the_first_sdks() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert {*EARLY_LIBRARIES} <= {*json.loads(done.stdout.splitlines()[-1])}
