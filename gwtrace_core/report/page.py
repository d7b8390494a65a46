"""The frame of a file that is handed on: policy, styles, script, head, and where it comes from."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.values import ReportInput, TreeComponent
from gwtrace_core.values.unicode_text import clean_text
from gwtrace_core.values.uris import masked_uri

JSON_STYLE: Mapping[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}
"""How values are written for the page's script."""
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The top of a file. All texts are masked."""

    title: str
    facts: tuple[str, ...]
    places: tuple[tuple[str, str], ...] = ()
    """Where the links at the top lead, and their words."""
    simulated: str = ""
    """Whose answers come from the demo gateway, as a sentence begins with it."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    policy: str
    style: Markup
    script: Markup
    tree_style: Markup
    tree_html: Markup


def render_page(
    template: str,
    *,
    header: Header,
    about: Iterable[tuple[str, str]],
    data: Mapping[str, Any],
    tree: TreeComponent,
    **parts: object,
) -> str:
    """The whole file, UTF-8 encodable.

    `data` is for the page's script, `about` the facts at its end; `template` draws `parts`.
    """
    style, script = _read("report.css"), _read("report.bundle.js")
    # What is put between elements as it is: files of our own, no text from anywhere else.
    frame = _Frame(
        policy=_write_policy(script, style, tree.css),
        style=Markup(style),
        script=Markup(script),
        tree_style=Markup(tree.css),
        tree_html=Markup(tree.html),
    )
    page = (
        _make_environment()
        .get_template(template)
        .render(frame=frame, header=header, about=tuple(about), data=data, **parts)
    )
    # A lone surrogate, which a model may well write, cannot be stored.
    return clean_text(page)


def describe_header(
    report: ReportInput,
    redactor: Redactor,
    *,
    facts: Iterable[str],
    places: Iterable[tuple[str, str]],
) -> Header:
    """Title, facts behind the date, the way to each place, and what is simulated."""
    turns = report.turns
    names = sorted({turn.name for turn in turns if turn.target.connection.is_simulated})
    told = [f"{report.made_at.day} {report.made_at:%B %Y, %H:%M %Z}".strip(), *facts]
    if report.parts.user_name and report.user:
        told.append(f"by {redactor.mask(Section.SETTINGS, report.user)}")
    is_all = len(names) == len({turn.name for turn in turns})
    simulated = "All answers" if is_all else f"The answers of lane {', '.join(names)}"
    code = [("#code", "Code")] if report.parts.code else []
    return Header(
        title=redactor.mask(Section.SETTINGS, report.title),
        facts=tuple(told),
        places=(*places, *code, ("#about", "About this file")),
        simulated=simulated if names else "",
    )


def list_origin(report: ReportInput, redactor: Redactor) -> tuple[tuple[str, str], ...]:
    """Ids, where the traces are kept, and versions; what is not known is not named."""
    kept_in = masked_uri(report.tracking.tracking_uri or "")
    facts = [
        ("Made", report.made_at.isoformat(timespec="seconds")),
        ("Comparison", report.comparison_id),
        ("Session", report.session_id),
        ("Traces kept in", kept_in or "MLflow's default store"),
        ("Experiment", report.tracking.experiment_name),
        *((f"Version of {name}", version) for name, version in report.versions),
    ]
    return mask_facts(facts, redactor)


def mask_facts(facts: Iterable[tuple[str, str]], redactor: Redactor) -> tuple[tuple[str, str], ...]:
    """Names and values, masked, without those whose value is empty."""
    return tuple(
        (redactor.mask(Section.SETTINGS, name), redactor.mask(Section.SETTINGS, value))
        for name, value in facts
        if value
    )


class _Compact(Extension):
    """Leaves out line breaks and indentation of the templates, which are for their reader only.

    A report has thousands of elements, and a space between two of them may show.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        source = re.sub(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])", "", source)
        return re.sub(r"\s*\n\s*", " ", source)


@cache
def _make_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gwtrace_core.report"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[_Compact],
    )
    environment.policies["json.dumps_kwargs"] = JSON_STYLE
    return environment


def _write_policy(script: str, *styles: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {' '.join(map(_hash, styles))}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


@cache
def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
