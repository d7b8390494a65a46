from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

# By Streamlit's own guard around every run of a page's script.
PROGRAM = """
import sys
from app import app
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path

folders = list(sys.path)
with modified_sys_path(str(app.script_path)):
    print(sys.path == folders, str(app.script_path.parent) in folders)
print(sys.path == folders)
"""


def test_no_run_of_a_page_moves_the_folders_that_other_threads_import_from() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True", "True", "True"]
