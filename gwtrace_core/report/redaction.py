"""Masks what must not leave this machine, and keeps count of what was masked where."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from gwtrace_core.report.values import Masked, ReportInput
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.masking_json import masked_values
from gwtrace_core.values.secret import MASK, Secret

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What is masked by its look."""

    what: str
    pattern: re.Pattern[str]
    needles: tuple[str, ...]
    """Lower case; a text without any of them is not searched, which is what most texts are."""
    replacement: Callable[[re.Match[str]], str]
    in_prose: bool = True

    def applies(self, section: Section, lowered: str) -> bool:
        """Whether the pattern may find anything in a text of that section."""
        if section in _PROSE and not self.in_prose:
            return False
        return any(needle in lowered for needle in self.needles)


def _mask(_: re.Match[str]) -> str:
    return MASK


def _mask_value(found: re.Match[str]) -> str:
    return found[1] + MASK


def _shorten_path(found: re.Match[str]) -> str:
    """`…/name.py` for a whole path: the folders are this machine's business."""
    name = re.split(r"[/\\]+", found[0].rstrip("/\\"))[-1]
    return f"…/{name}" if "." in name else "…"


_REST = r"[^\s\"'<>:,;)\]]*"
_KEY_SHAPES = (
    r"(?<![A-Za-z0-9])(?:pylf_|paig_)[A-Za-z0-9_-]{6,}",
    r"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{12,}",
    r"(?<![A-Za-z0-9])(?:gsk_|hf_|gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}",
    r"(?<![A-Za-z0-9])(?:AIza[A-Za-z0-9_-]{20,}|AKIA[A-Z0-9]{16}|dapi[0-9a-f]{32})",
    r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*",
    r"(?<=[Bb]earer )(?=[A-Za-z._~+/=-]*\d)[A-Za-z0-9._~+/=-]{8,}",
)
_TELLING_NAMES = (
    "api[-_]?key|authorization|password|passwd|client[-_]?secret|(?:access|refresh)[-_]?token"
    "|cookie"
)
# Counted repetitions throughout, so that no text costs more time than its length.
_RULES = (
    _Rule(
        what="key",
        pattern=re.compile("|".join(_KEY_SHAPES)),
        needles=(
            "pylf_", "paig_", "sk-", "gsk_", "hf_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_",
            "github_pat_", "aiza", "akia", "dapi", "eyj", "bearer ",
        ),
        replacement=_mask,
    ),
    _Rule(
        what="password",
        pattern=re.compile(r"(?<=://)[^\s/@\"'<>:]{0,200}:[^\s/@\"'<>]{1,300}(?=@)"),
        needles=("://",),
        replacement=_mask,
    ),
    _Rule(
        what="path",
        pattern=re.compile(r"(?:(?<=sqlite:///)|(?<=file://))/[^\s\"'<>?#]+"),
        needles=("sqlite:///", "file://"),
        replacement=_shorten_path,
    ),
    _Rule(
        what="key",
        pattern=re.compile(
            rf"(?i)((?:{_TELLING_NAMES})\\{{0,3}}[\"']?\s{{0,3}}[:=\t]\s{{0,3}}\\{{0,3}}[\"']?)"
            rf"(?!none\b|null\b|\[|{MASK})((?:(?:Bearer|Basic) )?[^\s\"'\\,;&}}]{{4,}})"
        ),
        needles=("key", "authorization", "passw", "secret", "token", "cookie"),
        replacement=_mask_value,
        in_prose=False,
    ),
    _Rule(
        what="path",
        pattern=re.compile(
            r"(?:(?<=File \")|(?<=File \\\"))(?:/|[A-Za-z]:\\)(?:[^\"\n\\]|\\(?!\")){1,400}"
        ),
        needles=('file "', 'file \\"'),
        replacement=_shorten_path,
        in_prose=False,
    ),
    _Rule(
        what="path",
        pattern=re.compile(
            rf"(?<![\w./])/(?:home|Users)/[^\s\"'<>:,;)\]/]+{_REST}|(?<![\w./])/root/{_REST}"
            rf"|(?<!\w)[A-Za-z]:(?:\\{{1,4}}|/)Users(?:\\{{1,4}}|/){_REST}"
        ),
        needles=("/home/", "/users/", "/root/", "\\users\\", ":/users"),
        replacement=_shorten_path,
        in_prose=False,
    ),
)  # fmt: skip


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
        self._masker = Masker(secrets)
        paths = {path.rstrip("/\\") for path in private_paths}
        paths |= {path.replace("\\", "\\\\") for path in paths}
        # `/usr` is a folder of every machine, and of many an answer.
        known = _match_any(path for path in paths if len(re.findall(r"[/\\]+", path)) > 1)
        self._paths = (
            None if known is None else re.compile(rf"(?:{known.pattern})(?:[/\\]{_REST})?")
        )
        self._omitted = _compile_omitted(omitted)
        self._masked: Counter[tuple[Section, str]] = Counter()

    def omit_also(self, omitted: Iterable[tuple[str, str]]) -> Redactor:
        """One that leaves out these texts as well, and counts together with this one."""
        other = copy.copy(self)
        other._omitted = [*self._omitted, *_compile_omitted(omitted)]
        return other

    def mask(self, section: Section, text: str) -> str:
        """`text` without keys, passwords and paths of this machine."""
        for what, pattern in self._omitted:
            text = self._replace(section, what, pattern, lambda _: LEFT_OUT, text)
        text, count = self._masker.counted(text)
        if count:
            self._masked[section, "key"] += count
        if self._paths is not None:
            text = self._replace(section, "path", self._paths, _shorten_path, text)
        lowered = text.lower()
        for rule in _RULES:
            if rule.applies(section, lowered):
                text = self._replace(section, rule.what, rule.pattern, rule.replacement, text)
        return text

    def mask_values(self, section: Section, values: Sequence[Any]) -> list[Any]:
        """JSON values of one kind, in their order, without keys that lie in them in pieces."""
        masked = masked_values(values, self._masker)
        for new, old in zip(masked, values, strict=True):
            if new is not old:
                count = str(new).count(MASK) - str(old).count(MASK)
                self._masked[section, "key"] += max(count, 1)
        return masked

    def omit(self, section: Section, what: str) -> str:
        """What stands in place of something that is left out on purpose."""
        self._masked[section, what] += 1
        return LEFT_OUT

    def list_masked(self, section: Section) -> tuple[Masked, ...]:
        """What was masked in that section, in a fixed order."""
        return tuple(
            Masked(what=what, count=count)
            for (where, what), count in sorted(self._masked.items())
            if where is section
        )

    def _replace(
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


def make_redactor(report: ReportInput, *, prompts: Iterable[str]) -> Redactor:
    """Masks every key that is known, and of `prompts` those that are to be left out."""
    secrets: list[Secret] = list(report.secrets)
    secrets += [turn.target.connection.api_key for turn in report.turns]
    omitted = list_omitted_prompts(report, prompts)
    if not report.parts.user_name and "@" in report.user:
        omitted.append((report.user, "user name"))
    return Redactor(secrets=secrets, private_paths=report.private_paths, omitted=omitted)


def list_omitted_prompts(report: ReportInput, prompts: Iterable[str]) -> list[tuple[str, str]]:
    """The texts to leave out everywhere when system prompts are not to leave."""
    if report.parts.system_prompts:
        return []
    distinct = {prompt.strip() for prompt in prompts}
    return [(prompt, "system prompt") for prompt in distinct if len(prompt) > len(LEFT_OUT)]


def _compile_omitted(omitted: Iterable[tuple[str, str]]) -> list[tuple[str, re.Pattern[str]]]:
    return [
        (what, pattern)
        for text, what in omitted
        if (pattern := _match_any(_list_forms(text))) is not None
    ]


def _list_forms(value: str) -> set[str]:
    """`value` as text, JSON, JSON within JSON, Python and URLs write it; none of an empty value."""
    if not value:
        return set()
    plain, ascii_ = (json.dumps(value, ensure_ascii=way)[1:-1] for way in (False, True))
    nested = {json.dumps(form, ensure_ascii=False)[1:-1] for form in (plain, ascii_)}
    readable = value.encode("utf-8", "replace").decode()
    python = {repr(value)[1:-1], value.replace("\\", "\\\\")}
    return {value, plain, ascii_, *nested, *python, quote(readable, safe=""), quote(readable)}


def _match_any(texts: Iterable[str]) -> re.Pattern[str] | None:
    ordered = sorted(set(texts), key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None
