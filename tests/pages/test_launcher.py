from __future__ import annotations

import json
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


# What each address leads to, on an app that answers everything with a page, as Streamlit does.
ADDRESSES = """
import asyncio, json, sys
from starlette.responses import HTMLResponse
from app import NestedAddresses

async def answer_of(address, accept, root_path):
    path, _, query = address.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(),
             "root_path": root_path, "headers": [(b"accept", accept.encode())]}
    sent = []
    async def send(message):
        sent.append(message)
    await NestedAddresses(HTMLResponse("page"))(scope, None, send)
    return sent[0]["status"], dict(sent[0]["headers"]).get(b"location", b"").decode()

for case in json.load(sys.stdin):
    print(json.dumps(asyncio.run(answer_of(*case))))
"""
PAGE = "text/html,*/*"


def test_an_address_below_a_page_leads_to_it_also_under_a_prefix() -> None:
    expected = {
        ("/", PAGE, ""): [200, ""],
        ("/traces", PAGE, ""): [200, ""],
        ("/traces/", PAGE, ""): [200, ""],
        ("/traces/a/b?x=1&y=%20", PAGE, ""): [307, "/traces?x=1&y=%20"],
        ("/nothing/here", PAGE, ""): [307, "/nothing"],
        ("//evil.example/x", PAGE, ""): [307, "/evil.example"],
        ("/a b\r\n\u00e9/x", PAGE, ""): [307, "/a%20b%0D%0A%C3%A9"],
        ("/static/js/gone.js", "*/*", ""): [200, ""],
        ("/team/traces", PAGE, "/team"): [200, ""],
        ("/team/traces/a", PAGE, "/team"): [307, "/team/traces"],
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ADDRESSES],
        cwd=ROOT,
        input=json.dumps([*expected]),
        capture_output=True,
        text=True,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert dict(zip(expected, found, strict=True)) == expected
