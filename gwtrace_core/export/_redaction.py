"""Masks what must not leave this machine, and keeps count of what was masked where."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from enum import StrEnum
from urllib.parse import quote

from gwtrace_core.export._report_values import Masked
from gwtrace_core.secret import MASK, SHORTEST_SECRET_CHARS, Secret

LEFT_OUT = "[left out]"


class Section(StrEnum):
    """Where a text stands in the report; the value is the name in the preview."""

    QUESTIONS = "Questions"
    ANSWERS = "Answers and reasoning"
    TOOLS = "Tool calls"
    SYSTEM_PROMPTS = "System prompts"
    SETUP = "Set-up of the lanes"
    FIGURES = "Figures"
    ERRORS = "Error messages"
    TREES = "Trace trees"
    PAYLOADS = "Trace payloads"
    CODE = "Code"
    SETTINGS = "Settings and ids"


_PROSE = frozenset({Section.QUESTIONS, Section.ANSWERS, Section.SYSTEM_PROMPTS, Section.CODE})
"""What people and models wrote: an example of a path in it is no path of this machine."""

_KEY_SHAPES = (
    r"(?<![A-Za-z0-9])(?:pylf_|paig_)[A-Za-z0-9_-]{6,}",
    r"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{12,}",
    r"(?<![A-Za-z0-9])(?:gsk_|hf_|gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}",
    r"(?<![A-Za-z0-9])(?:AIza[A-Za-z0-9_-]{20,}|AKIA[A-Z0-9]{16}|dapi[0-9a-f]{32})",
    r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*",
    r"(?<=Bearer )(?=[A-Za-z._~+/=-]*\d)[A-Za-z0-9._~+/=-]{8,}",
    r"(?<=bearer )(?=[A-Za-z._~+/=-]*\d)[A-Za-z0-9._~+/=-]{8,}",
)
_KEY = re.compile("|".join(_KEY_SHAPES))
# Bounded, so that a long text without an end to it costs no more than its length.
_USERINFO = re.compile(r"(?<=://)[^\s/@\"'<>:]{0,200}:[^\s/@\"'<>]{1,300}(?=@)")
_NAMED = re.compile(
    r"(?i)((?:api[-_]?key|authorization|password|passwd|client[-_]secret|(?:access|refresh)[-_]"
    r"token|set-cookie)\\{0,3}[\"']?\s{0,3}[:=\t]\s{0,3}\\{0,3}[\"']?)"
    rf"(?!none\b|null\b|\[|{MASK})((?:(?:Bearer|Basic) )?[^\s\"'\\,;&}}]{{4,}})"
)
_REST = r"[^\s\"'<>:,;)\]]*"
_HOME = re.compile(
    rf"(?<![\w./])/(?:home|Users)/[^\s\"'<>:,;)\]/]+{_REST}|(?<![\w./])/root/{_REST}"
    rf"|(?<!\w)[A-Za-z]:(?:\\{{1,4}}|/)Users(?:\\{{1,4}}|/){_REST}"
)
_FRAME = re.compile(r"(?<=File \")(?:/|[A-Za-z]:\\)[^\"\n]{1,400}(?=\")")
_ESCAPED_FRAME = re.compile(r"(?<=File \\\")(?:/|[A-Za-z]:\\)[^\"\n]{1,400}(?=\\\")")
_STORE = re.compile(r"(?:(?<=sqlite:///)|(?<=file://))/[^\s\"'<>?#]+")


class Redactor:
    """Masks a report's texts, section by section."""

    def __init__(
        self,
        *,
        secrets: Iterable[Secret] = (),
        private_paths: Iterable[str] = (),
        omitted: Iterable[tuple[str, str]] = (),
    ) -> None:
        """`omitted` are texts that are left out everywhere, each with what it is in a word."""
        forms = {form for secret in secrets for form in _forms(secret.reveal())}
        # The longest first: one key may be the beginning of another.
        self._keys = _any_of(form for form in forms if len(form) >= SHORTEST_SECRET_CHARS)
        paths = {path.rstrip("/\\") for path in private_paths}
        known = _any_of(path for path in paths if len(path) > 3)
        self._paths = (
            None if known is None else re.compile(rf"(?:{known.pattern})(?:[/\\]{_REST})?")
        )
        self._omitted = [
            (what, pattern)
            for text, what in omitted
            if (pattern := _any_of(_forms(text))) is not None
        ]
        self._masked: Counter[tuple[Section, str]] = Counter()

    def text(self, section: Section, text: str) -> str:
        """`text` without keys, passwords and paths of this machine."""
        for what, pattern in self._omitted:
            text = self._replaced(section, what, pattern, lambda _: LEFT_OUT, text)
        if self._keys is not None:
            text = self._replaced(section, "key", self._keys, lambda _: MASK, text)
        text = self._replaced(section, "key", _KEY, lambda _: MASK, text)
        text = self._replaced(section, "password", _USERINFO, lambda _: MASK, text)
        if self._paths is not None:
            text = self._replaced(section, "path", self._paths, _last_part, text)
        text = self._replaced(section, "path", _STORE, _last_part, text)
        if section in _PROSE:
            return text
        text = self._replaced(section, "key", _NAMED, lambda found: found[1] + MASK, text)
        for pattern in (_FRAME, _ESCAPED_FRAME, _HOME):
            text = self._replaced(section, "path", pattern, _last_part, text)
        return text

    def omit(self, section: Section, what: str) -> str:
        """What stands in place of something that is left out on purpose."""
        self._masked[section, what] += 1
        return LEFT_OUT

    def masked(self, section: Section) -> tuple[Masked, ...]:
        """What was masked in that section, in a fixed order."""
        return tuple(
            Masked(what=what, count=count)
            for (where, what), count in sorted(self._masked.items())
            if where is section
        )

    def _replaced(
        self,
        section: Section,
        what: str,
        pattern: re.Pattern[str],
        by: Callable[[re.Match[str]], str],
        text: str,
    ) -> str:
        text, count = pattern.subn(by, text)
        if count:
            self._masked[section, what] += count
        return text


def _forms(value: str) -> set[str]:
    """`value` as text, JSON, JSON within JSON and URLs write it; empty for an empty value."""
    if not value:
        return set()
    plain, ascii_ = (json.dumps(value, ensure_ascii=way)[1:-1] for way in (False, True))
    nested = {json.dumps(form, ensure_ascii=False)[1:-1] for form in (plain, ascii_)}
    readable = value.encode("utf-8", "replace").decode()
    return {value, plain, ascii_, *nested, quote(readable, safe=""), quote(readable)}


def _any_of(texts: Iterable[str]) -> re.Pattern[str] | None:
    ordered = sorted(set(texts), key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None


def _last_part(found: re.Match[str]) -> str:
    """`…/name.py` for a whole path: the folders are this machine's business."""
    name = re.split(r"[/\\]+", found[0].rstrip("/\\"))[-1]
    return f"…/{name}" if "." in name else "…"
