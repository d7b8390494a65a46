"""What a newcomer reads is true: tables, commands and paths are the code's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.gateway.routes import ReachRow, reach_table
from gwtrace_core.settings.settings import VARIABLES
from gwtrace_core.values.connection import Provider

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
PROVIDERS = (ROOT / "docs" / "providers.md").read_text()
TURN = (ROOT / "docs" / "turn.md").read_text()
PAGES = {
    page.relative_to(ROOT).as_posix(): page.read_text()
    for folder in ("docs", "tests", "")
    for page in sorted((ROOT / folder).glob("**/*.md" if folder else "*.md"))
}
FILES = [
    f"/{path.relative_to(ROOT).as_posix()}"
    for folder in ("gwtrace_core", "pages", "tests", "docs", ".ci", ".streamlit")
    for path in [ROOT / folder, *(ROOT / folder).rglob("*")]
] + [f"/{path.name}" for path in ROOT.iterdir()]
OF_THE_USER = {".streamlit/secrets.toml", "mlflow.db"}


def cell(row: ReachRow) -> str:
    if not row.api:
        return "no"
    limit = f" ({row.reason})" if row.reason else ""
    return f"{row.api} `{row.base_url}`{limit}"


def paths_in(text: str) -> Iterator[str]:
    """What the text names as a file or folder of ours, between backticks, whole or by its end."""
    for code in re.findall(r"`([^`\n]+)`", text):
        is_file = re.fullmatch(r"[\w./-]+\.(py|js|css|html|md|toml|in|txt|db)", code)
        is_folder = re.fullmatch(r"(?:gwtrace_core|pages|tests|docs)/[\w./-]+", code)
        if is_file or is_folder:
            yield code.rstrip("/")


def slugs_of(text: str) -> set[str]:
    """What the headings of a page are linked by."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command(words: str) -> str:
    """The first command of the README with these words in it."""
    return next(line for line in README.splitlines() if words in line and "&&" in line)


def test_the_settings_are_listed_as_the_code_reads_them() -> None:
    rows = [
        f"| `{variable.name}` | {variable.purpose} | {variable.default} |" for variable in VARIABLES
    ]
    assert [line for line in SETTINGS.splitlines() if line.startswith("| `")] == rows
    short = [line for line in README.splitlines() if line.startswith("| `")]
    assert short
    assert [line for line in short if line not in rows] == []


def test_it_is_said_which_path_reaches_which_provider() -> None:
    rows = reach_table()
    for provider in Provider:
        cells = " | ".join(cell(row) for row in rows if row.provider is provider)
        assert f"| {PROVIDER_LABELS[provider]} | {cells} |\n" in PROVIDERS


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)", PAGES[page])
    targets = [((ROOT / page).parent / path if path else ROOT / page, part) for path, part in links]
    assert [path for path, _ in targets if not path.exists()] == []
    assert [part for path, part in targets if part and part not in slugs_of(path.read_text())] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_is_named_exists(page: str) -> None:
    named = set(paths_in(PAGES[page])) - OF_THE_USER
    assert {path for path in named if not any(file.endswith(f"/{path}") for file in FILES)} == set()


def test_every_variable_of_ours_that_is_named_is_read_somewhere() -> None:
    read = {
        name
        for folder in ("gwtrace_core", "pages", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__)
        for name in re.findall(r"GWTRACE_[A-Z_]*[A-Z]\b", path.read_text())
    }
    named = {
        name for text in PAGES.values() for name in re.findall(r"GWTRACE_[A-Z_]*[A-Z]\b", text)
    }
    assert named - read == set()


def test_the_way_of_a_turn_takes_at_most_forty_files_each_named_once() -> None:
    steps = re.findall(r"^(\d+)\. `([^`]+)` ", TURN, re.MULTILINE)
    assert [number for number, _ in steps] == [str(n) for n in range(1, len(steps) + 1)]
    assert len({path for _, path in steps}) == len(steps) <= 40


def test_the_layout_names_folders_that_exist() -> None:
    block = README.split("## Layout\n")[1].split("```")[1]
    parents: list[str] = []
    named: list[Path] = []
    for line in block.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        entries = re.match(r"\s*((?:[\w.|/]+/(?:\s(?=\w))?|app\.py)+)", line)
        assert entries, line
        for entry in entries[1].split():
            for name in _alternatives(entry):
                named.append(ROOT.joinpath(*parents[:depth], name))
        parents[depth:] = [entries[1].split()[0].rstrip("/")]
    assert [path for path in named if not path.exists()] == []
    rooms = {path.name for path in (ROOT / "gwtrace_core").iterdir() if path.is_dir()}
    assert rooms - {"__pycache__"} <= {path.name for path in named}


def _alternatives(entry: str) -> Iterator[str]:
    """`ui/chat|compare/` are `ui/chat` and `ui/compare`."""
    head, _, last = entry.rstrip("/").rpartition("/")
    for name in last.split("|"):
        yield f"{head}/{name}" if head else name


def test_the_app_is_run_with_its_own_requirements_and_tested_with_both() -> None:
    app = "install -q --no-deps -r requirements.txt &&"
    both = "install -q --no-deps -r requirements.txt -r requirements-dev.txt &&"
    assert app in command("pip install -q --no-deps -r requirements.txt && .venv/bin/streamlit")
    assert app in command("uv pip install")
    assert both in command("python -m pytest")
