"""The import rules of the design, read from the source: who may know whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SDKS = {"openai", "anthropic", "pydantic_ai", "groq", "google"}
SDK_MODULES = {
    "gwtrace_core/sdk_paths/openai_chat.py": {"openai"},
    "gwtrace_core/sdk_paths/openai_responses.py": {"openai"},
    "gwtrace_core/sdk_paths/anthropic_messages.py": {"anthropic"},
}
VALUES = {
    *("secret", "errors", "connection", "chat", "events", "format", "text_diff", "unicode_text"),
    *("uris", "masking"),
}


def sources(*folders: str) -> list[str]:
    """The Python files below the folders, relative to the root."""
    return [
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def imports(path: str) -> set[str]:
    """Every module that the file imports, at its top and inside functions."""
    tree = ast.parse((ROOT / path).read_text())
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def roots(path: str) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def core_packages(path: str) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("gwtrace_core.")} - {""}


@pytest.mark.parametrize("path", sources("gwtrace_core"))
def test_the_core_knows_neither_streamlit_nor_the_pages(path: str) -> None:
    assert not roots(path) & {"streamlit", "pages", "app"}


@pytest.mark.parametrize("path", sources("gwtrace_core", "pages"))
def test_only_tracing_imports_mlflow(path: str) -> None:
    if not path.startswith("gwtrace_core/tracing/"):
        assert "mlflow" not in roots(path)


@pytest.mark.parametrize("path", sources("pages"))
def test_no_page_imports_an_sdk(path: str) -> None:
    assert not roots(path) & SDKS


@pytest.mark.parametrize("path", SDK_MODULES)
def test_an_sdk_path_knows_one_sdk(path: str) -> None:
    assert roots(path) & SDKS <= SDK_MODULES[path]


@pytest.mark.parametrize("path", [path for path in sources("pages") if path.count("/") == 1])
def test_pages_never_import_each_other(path: str) -> None:
    assert not {
        name
        for name in imports(path)
        if name.startswith("pages.") and not name.startswith("pages.ui")
    }


@pytest.mark.parametrize("path", sources("pages/ui"))
def test_what_pages_are_drawn_with_does_not_know_the_pages(path: str) -> None:
    assert not {
        name
        for name in imports(path)
        if name.startswith("pages.") and not name.startswith("pages.ui")
    }


@pytest.mark.parametrize("path", [f"gwtrace_core/{name}.py" for name in sorted(VALUES)])
def test_values_know_only_values(path: str) -> None:
    assert core_packages(path) <= VALUES


@pytest.mark.parametrize("path", sources("gwtrace_core/trace"))
def test_the_trace_view_model_is_pure(path: str) -> None:
    # A reply is a value too, and so is how it ended: what a run saw is held against its trace.
    values = {name for name in imports(path) if name.startswith("gwtrace_core.running.reply")}
    allowed = VALUES | {"trace", "endings"} | ({"running"} if values else set())
    assert core_packages(path) <= allowed
    assert not {name for name in imports(path) if name.startswith("gwtrace_core.running")} - values


@pytest.mark.parametrize("path", sources("gwtrace_core/gateway"))
def test_the_gateway_package_knows_neither_runs_nor_traces(path: str) -> None:
    assert not core_packages(path) & {"running", "tracing", "trace", "sdk_paths", "export"}


@pytest.mark.parametrize("path", sources("gwtrace_core/running", "gwtrace_core/sdk_paths"))
def test_runs_do_not_know_the_tracing_package(path: str) -> None:
    assert "tracing" not in core_packages(path)


@pytest.mark.parametrize("path", sources("pages"))
def test_session_state_is_read_for_kept_values_in_one_module_only(path: str) -> None:
    # A component keeps what it has told the browser under its own name.
    if path not in {"pages/ui/state.py", "pages/ui/trace_tree/__init__.py"}:
        assert '"kept.' not in (ROOT / path).read_text()


@pytest.mark.parametrize("path", sources("pages"))
def test_caches_live_in_one_module(path: str) -> None:
    if path != "pages/ui/services.py":
        assert "st.cache_" not in (ROOT / path).read_text()


def test_the_first_page_loads_no_sdk_and_no_mlflow() -> None:
    """What is imported before the first paint decides how soon the page can be used."""
    slow = {"google.genai", "mlflow", "pydantic", "httpx", "httpx2", "jsonschema"}
    heavy = sorted(SDKS - {"google"} | slow)
    program = (
        "import sys, pages.ui.services, pages.ui.lane_picker, pages.ui.turn_view, "
        "pages.ui.trace_panel, pages.ui.status_line, pages.ui.bottom_bar, pages.ui.dialogs, "
        "pages.ui.sessions, pages.ui.batch_line, pages.ui.evaluate_line\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"
