"""The import rules of the design, read from the source: who may know whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORE = "gwtrace_core/"
UI = "pages/ui/"
SCREENS = {"chat", "compare", "traces", "prompts", "evaluate", "connections"}
PAGES_OF = {"evaluation": "evaluate", "new_evaluation": "evaluate"}
"""Pages that are a part of a screen with another name."""
COMPOSITION = "pages/main.py"
"""Puts what screens know into the frame around them."""
SDKS = {"openai", "anthropic", "pydantic_ai", "groq", "google"}
SDK_MODULES = {
    "gwtrace_core/sdk_paths/openai_chat.py": {"openai"},
    "gwtrace_core/sdk_paths/openai_responses.py": {"openai"},
    "gwtrace_core/sdk_paths/anthropic_messages.py": {"anthropic"},
}


@cache
def files() -> dict[str, str]:
    """The text of every Python file of the product, by its path from the root."""
    found = (path for folder in ("gwtrace_core", "pages") for path in (ROOT / folder).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted(found)}


@cache
def imports(path: str) -> frozenset[str]:
    """Every module that the file imports, at its top and inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(files()[path])):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def importers(*modules: str, among: str = "") -> set[str]:
    """The files below `among` that import one of the modules, or anything in them."""
    return {
        path
        for path in files()
        if path.startswith(among)
        and any(
            name == each or name.startswith(f"{each}.")
            for each in modules
            for name in imports(path)
        )
    }


def core_packages(path: str) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("gwtrace_core.")}


def ui_rooms(path: str) -> set[str]:
    return {name.split(".")[2] for name in imports(path) if name.startswith("pages.ui.")}


def room_of(path: str) -> str:
    """The room of a file below `pages/`; of a page, the room of its screen."""
    if path.startswith(UI):
        return path.removeprefix(UI).partition("/")[0]
    name = path.removeprefix("pages/").removesuffix(".py")
    return PAGES_OF.get(name, name)


def find_circle(below: dict[str, set[str]]) -> set[str]:
    """The rooms in a circle, or above one; none where what nothing is left below of can be taken
    away again and again until all are gone.
    """
    left = set(below)
    while free := {room for room in left if not below[room] & left}:
        left -= free
    return left


def test_the_core_knows_neither_streamlit_nor_the_pages() -> None:
    assert importers("streamlit", "pages", "app", among="gwtrace_core/") == set()


def test_only_the_store_imports_mlflow() -> None:
    assert {"/".join(path.split("/")[:2]) for path in importers("mlflow")} == {
        "gwtrace_core/mlflow_store"
    }


def test_the_rooms_of_the_core_make_no_circle() -> None:
    below: dict[str, set[str]] = {}
    for path in files():
        if path.startswith(CORE) and path.count("/") > 1:
            room = path.split("/")[1]
            below.setdefault(room, set()).update(core_packages(path) - {room})
    assert find_circle(below) == set()


def test_rooms_within_a_room_make_no_circle() -> None:
    below: dict[str, dict[str, set[str]]] = {}
    for path in files():
        if path.startswith(CORE) and path.count("/") > 2:
            room, inner = path.split("/")[1:3]
            known = (name.split(".") for name in imports(path))
            within = {names[2] for names in known if names[1:2] == [room] and len(names) > 3}
            below.setdefault(room, {}).setdefault(inner, set()).update(within - {inner})
    circles = {room: find_circle(inner) for room, inner in below.items()}
    assert {room for room, circle in circles.items() if circle} == set()


def test_the_rooms_of_the_pages_make_no_circle() -> None:
    below: dict[str, set[str]] = {}
    for path in files():
        if path.startswith(UI) and path.count("/") > 2:
            room = room_of(path)
            below.setdefault(room, set()).update(ui_rooms(path) - {room})
    assert find_circle(below) == set()


def test_no_screen_and_no_shared_room_imports_a_screen() -> None:
    others = {
        path: (ui_rooms(path) & SCREENS) - {room_of(path)}
        for path in files()
        if path.startswith("pages/") and path != COMPOSITION
    }
    assert {path: screens for path, screens in others.items() if screens} == {}


def test_no_page_imports_an_sdk() -> None:
    assert importers(*SDKS, among="pages/") == set()


def test_an_sdk_path_knows_one_sdk() -> None:
    known = {path: {sdk for sdk in SDKS if path in importers(sdk)} for path in SDK_MODULES}
    assert known == SDK_MODULES


def test_neither_pages_nor_what_they_are_drawn_with_import_a_page() -> None:
    screens = [
        path.removesuffix(".py").replace("/", ".") for path in files() if path.count("/") == 1
    ]
    assert importers(*(name for name in screens if name.startswith("pages."))) == set()


def test_values_know_only_values() -> None:
    known = {path: core_packages(path) for path in files() if path.startswith(f"{CORE}values/")}
    assert {path for path, packages in known.items() if packages - {"values"}} == set()


def test_the_trace_view_model_is_pure() -> None:
    known = {path: core_packages(path) for path in files() if path.startswith(f"{CORE}trace/")}
    assert {path for path, packages in known.items() if packages - {"trace", "values"}} == set()


def test_the_gateway_package_knows_neither_runs_nor_traces() -> None:
    others = ("running", "mlflow_store", "trace", "sdk_paths", "code", "report")
    modules = [f"gwtrace_core.{name}" for name in others]
    assert importers(*modules, among=f"{CORE}gateway/") == set()


def test_runs_do_not_know_the_store() -> None:
    for folder in ("running", "sdk_paths"):
        assert importers("gwtrace_core.mlflow_store", among=f"{CORE}{folder}/") == set()


def test_values_are_kept_in_one_module_only() -> None:
    # A component keeps what it has told the browser under its own name.
    assert {path for path, text in files().items() if '"kept.' in text} == {
        "pages/ui/session/kept.py",
        "pages/ui/components/trace_tree/__init__.py",
    }


def test_caches_live_in_one_module() -> None:
    assert {path for path, text in files().items() if "st.cache_" in text} == {
        "pages/ui/session/services.py"
    }


def test_the_first_page_loads_no_sdk_and_no_mlflow() -> None:
    """What is imported before the first paint decides how soon the page can be used."""
    slow = {"google.genai", "mlflow", "pydantic", "httpx", "httpx2", "jsonschema"}
    heavy = sorted(SDKS - {"google"} | slow)
    program = (
        "import sys, pages.ui.frame.address, pages.ui.session.services, pages.ui.lane.picker, "
        "pages.ui.turn.view, pages.ui.trace.panel, pages.ui.frame.status_line, "
        "pages.ui.turn.message_box, pages.ui.turn.dialogs, pages.ui.chat.sessions, "
        "pages.ui.frame.batch_under_way, pages.ui.frame.evaluations_under_way\n"
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


def literals(path: str) -> set[str]:
    """The texts that the file's code holds; what documents it is none of them."""
    tree = ast.parse(files()[path])
    documents = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documents
    }


def test_the_names_on_traces_stand_in_one_module() -> None:
    holders = {
        path for path in files() if any(each.startswith("gwtrace.") for each in literals(path))
    }
    assert holders == {"gwtrace_core/values/trace_names.py"}


def test_what_asks_mlflow_imports_it_late() -> None:
    """The rooms of the store that may import it at their top; pages import none of these."""
    assert importers("mlflow") == {
        *(
            f"gwtrace_core/mlflow_store/connection/{name}.py"
            for name in ("database_trouble", "probe", "session")
        ),
        *(
            f"gwtrace_core/mlflow_store/format/{name}.py"
            for name in ("live_spans", "mlflow_imports")
        ),
        "gwtrace_core/mlflow_store/judges/builtin.py",
        *(path for path in importers("mlflow") if "/recording/" in path),
    }
