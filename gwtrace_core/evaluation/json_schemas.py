"""Answers held against a JSON schema of the user: in a process of its own, which can be ended.

Neither `jsonschema` nor the patterns in a schema can be told when to give up, whatever keyword it
is that takes for ever, and both would keep every page of the app waiting meanwhile.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from functools import cache, lru_cache
from pathlib import Path

from gwtrace_core.evaluation.patterns import TooSlowError

LIMIT_S = 2.0
_MOST_SCHEMA_CHARS = 50_000
_START_LIMIT_S = 60.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class SchemaUnusableError(Exception):
    """Only when used does the schema show that it cannot be."""


def check_schema(schema_text: str) -> str:
    """What is wrong with the schema, and where; empty when it can be used."""
    if len(schema_text) > _MOST_SCHEMA_CHARS:
        return (
            f"The schema has {len(schema_text):,} characters; at most {_MOST_SCHEMA_CHARS:,} can "
            "be used."
        )
    try:
        return _check_text(schema_text)
    except TooSlowError:
        return f"The schema takes longer than {LIMIT_S:g} s to be read."
    except SchemaUnusableError as exc:
        return str(exc)


@lru_cache(maxsize=64)
def _check_text(schema_text: str) -> str:
    # What is raised is not kept: the next time may find more time or memory.
    return _open_checker().ask(schema_text, None)["schema"]


def find_faults(schema_text: str, answer: str) -> str:
    """The first fault of the answer, and how many more there are; empty when it fits.

    For a schema without `schema_problem`. Raises TooSlowError after `LIMIT_S`, SchemaUnusableError
    for references that lead nowhere or in circles.
    """
    found = _open_checker().ask(schema_text, answer)
    if found["use"]:
        raise SchemaUnusableError(found["use"])
    return found["fault"]


class _Checker:
    """The process, replaced when it had to be ended. It answers one question at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, schema_text: str, answer: str | None) -> dict[str, str]:
        """What it finds, see `json_schema_process`. Raises TooSlowError, SchemaUnusableError."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = _start()
            question = json.dumps({"schema": schema_text, "answer": answer})
            line = _ask_checker(self._process, question, limit_s=LIMIT_S)
        if not line:
            raise SchemaUnusableError(
                "The check broke off: the schema or the answer takes more memory than it may."
            )
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.communicate()


@cache
def _open_checker() -> _Checker:
    checker = _Checker()
    atexit.register(checker.close)
    return checker


def _start() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gwtrace_core.evaluation.json_schema_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=_PACKAGE_ROOT,
        # Ctrl-C is for the parent, with which it ends.
        start_new_session=True,
    )
    _ask_checker(process, "", limit_s=_START_LIMIT_S)
    return process


def _ask_checker(process: subprocess.Popen[str], question: str, *, limit_s: float) -> str:
    """The line that answers the question; empty when the process has ended instead.

    Raises TooSlowError when it took longer than it may; the process is then gone.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    is_late = threading.Event()

    def give_up() -> None:
        is_late.set()
        process.kill()

    timer = threading.Timer(limit_s, give_up)
    timer.start()
    try:
        if question:
            process.stdin.write(f"{question}\n")
            process.stdin.flush()
        line = process.stdout.readline()
    except BrokenPipeError:
        line = ""
    finally:
        timer.cancel()
        # It may just be ending a process that has answered in the last moment.
        timer.join()
    if not line or is_late.is_set():
        process.communicate()
    if not line and is_late.is_set():
        raise TooSlowError(f"the schema took longer than {limit_s:g} s")
    return line
