"""What is installed is what is used: the app's requirements without those of tests and checks."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"app", "gwtrace_core", "pages"}


def required(name: str) -> set[str]:
    """The packages that the file asks for by name."""
    return set(re.findall(r"^([a-z][\w.-]*)", (ROOT / name).read_text(), re.MULTILINE))


def imported() -> Iterator[str]:
    """The package of every import of the app, at the top of a file and inside functions."""
    files = (path for room in ("gwtrace_core", "pages") for path in (ROOT / room).rglob("*.py"))
    for path in (ROOT / "app.py", *files):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield node.module.split(".")[0]


def test_all_that_the_app_imports_is_required_by_name() -> None:
    foreign = set(imported()) - set(sys.stdlib_module_names) - OURS
    assert "streamlit" in foreign
    app = required("requirements.in")
    brings = {
        name: {each.lower().replace("_", "-") for each in distributions}
        for name, distributions in packages_distributions().items()
    }
    assert {name for name in foreign if app.isdisjoint(brings[name])} == set()


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_requirement_is_pinned_and_no_index_is_named(name: str) -> None:
    compiled = (ROOT / f"{name}.txt").read_text()
    wanted = required(f"{name}.in")
    assert wanted
    assert {each for each in wanted if f"\n{each}==" not in compiled} == set()
    assert "://" not in compiled


def test_tests_and_checks_run_on_the_versions_that_the_app_runs_on() -> None:
    app, dev = (
        dict(re.findall(r"^([a-z][\w.-]*)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    both = app.keys() & dev.keys()
    assert both
    assert {name: app[name] for name in both} == {name: dev[name] for name in both}
