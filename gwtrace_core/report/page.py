"""The frame of a file that is handed on: policy, styles, script, and where it comes from."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from gwtrace_core.report.html import Html, data_block, element, fragment
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.values import TreeComponent
from gwtrace_core.values.unicode_text import clean_text

_HERE = Path(__file__).parent


def document(title: str, body: Html, data: dict[str, Any], tree: TreeComponent) -> str:
    """The whole file, UTF-8 encodable. `data` is for the page's script, `title` is redacted."""
    content = fragment(
        body,
        element("template", _style(tree.css), Html(tree.html), id="tree"),
        data_block(data, id_="report-data"),
        Html(f'<script type="module">{_file("report.bundle.js")}</script>'),
    )
    page = "<!doctype html>\n" + element(
        "html", _head(title, tree), element("body", content), lang="en"
    )
    # A lone surrogate, which a model may well write, cannot be stored.
    return clean_text(page)


def about(facts: Iterable[tuple[str, str]], redactor: Redactor) -> Html:
    """The end of the file: where it comes from."""
    rows = [
        fragment(
            element("dt", redactor.text(Section.SETTINGS, name)),
            element("dd", redactor.text(Section.SETTINGS, value)),
        )
        for name, value in facts
        if value
    ]
    return element(
        "footer",
        element("h2", "About this file"),
        element(
            "p",
            "Made by gwtrace. It holds everything that it shows and loads nothing. Keys, passwords "
            "and paths of the machine that made it are masked (••••) or shortened (…).",
            class_="lead",
        ),
        element("dl", *rows, class_="facts"),
        id="about",
    )


def _head(title: str, tree: TreeComponent) -> Html:
    # The policy comes first: it binds only what stands behind it.
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash(_file('report.bundle.js'))}",
            f"style-src {_hash(_file('report.css'))} {_hash(tree.css)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        # Keeps a browser from asking a server for /favicon.ico.
        element("link", rel="icon", href="data:,"),
        _style(_file("report.css")),
    )


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _style(css: str) -> Html:
    return Html(f"<style>{css}</style>")
