"""The templates of the reports: every text escaped, nothing missing without a word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import gwtrace_core
from gwtrace_core.report.page import Header, render_page
from gwtrace_core.report.traces import TracePlace
from tests.core.report.reports import TREE

CORE = Path(gwtrace_core.__file__).parent


def test_a_template_that_is_not_given_what_it_draws_fails() -> None:
    header = Header(title="A trace", facts=())
    with pytest.raises(UndefinedError, match="'time_words' is undefined"):
        render_page("trace.html.jinja", header=header, about=(), data={}, tree=TREE)


def test_only_the_renderer_of_markdown_and_the_page_s_own_files_are_put_in_unescaped() -> None:
    makers = {
        path.relative_to(CORE).as_posix()
        for path in CORE.rglob("*.py")
        if re.search(r"\bMarkup\(", path.read_text())
    }
    assert makers == {"markdown/code.py", "markdown/html.py", "report/page.py"}
    templates = {path.name: path.read_text() for path in CORE.glob("report/templates/*")}
    assert len(templates) == 7
    for text in templates.values():
        assert re.search(r"\|\s*safe\b|autoescape", text) is None


def test_a_file_is_what_the_template_draws_without_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    html = render_page(
        "trace.html.jinja",
        header=Header(title="<A>", facts=("b", "c"), places=(("#d", "D"),), notes=("e",)),
        about=(("g", "h"),),
        data={"i": "<'&"},
        tree=TREE,
        time_words="f",
        time_note="",
        defects=(),
        place=TracePlace(note="No trace."),
        feedback=(),
    )
    assert html.startswith('<!doctype html><html lang="en"><head><meta charset="utf-8">')
    assert re.findall(r"<body>.*?<template", html) == [
        '<body><header class="page"><h1>&lt;A&gt;</h1><p class="lead">b · c</p>'
        '<p class="note">e</p><nav><a href="#d">D</a></nav></header><main>'
        "<section><h2>Where the time went</h2><p>f</p></section>"
        '<section class="traces"><h2>Trace</h2>'
        '<p class="hint">Click a span, or press Enter on it, for what it recorded.</p>'
        '<noscript><p class="note">The tree needs JavaScript.</p></noscript>'
        '<section class="trace"><h4></h4><p class="note">No trace.</p></section></section>'
        '<footer id="about"><h2>About this file</h2><p class="lead">'
        "Made by gwtrace. It holds everything that it shows and loads nothing. Keys, passwords "
        "and paths of the machine that made it are masked (••••) or shortened (…).</p>"
        '<dl class="facts"><dt>g</dt><dd>h</dd></dl></footer></main><template'
    ]
    assert r'id="report-data">{"i":"\u003c\u0027\u0026"}</script>' in html
