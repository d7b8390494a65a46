"""The README's tables and commands are the code's own."""

from __future__ import annotations

import re
from pathlib import Path

from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.gateway.routes import ReachRow, reach_table
from gwtrace_core.settings.settings import VARIABLES
from gwtrace_core.values.connection import Provider

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def cell(row: ReachRow) -> str:
    if not row.api:
        return "no"
    limit = f" ({row.reason})" if row.reason else ""
    return f"{row.api} `{row.base_url}`{limit}"


def test_the_readme_lists_every_setting_as_the_code_reads_it() -> None:
    for variable in VARIABLES:
        assert f"| `{variable.name}` | {variable.purpose} | {variable.default} |\n" in README


def test_the_readme_says_which_path_reaches_which_provider() -> None:
    rows = reach_table()
    for provider in Provider:
        cells = " | ".join(cell(row) for row in rows if row.provider is provider)
        assert f"| {PROVIDER_LABELS[provider]} | {cells} |\n" in README


def test_every_file_that_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
