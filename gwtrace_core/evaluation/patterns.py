"""Regular expressions of users, which must neither hang the process nor fill its memory.

By `regex` and not by `re`: it takes what `re` takes, and can be told when to give up.
"""

from __future__ import annotations

import math
import re
from typing import Any

import regex

from gwtrace_core.values.errors import RequestRefused

LIMIT_S = 2.0
"""A pattern that takes longer with one answer is given up."""
_MOST_CHARS = 2_000
_MOST_REPETITIONS = 1_000_000
"""Least counts in braces multiplied: a pattern is written out that often before it is used."""
_COUNT = re.compile(r"\{(\d+)")


class TooSlowError(Exception):
    """A pattern took longer than its time."""


def check_pattern(pattern: str) -> str:
    """What is wrong with the pattern, and where; empty when it can be used."""
    if not pattern:
        return "There is no pattern."
    if len(pattern) > _MOST_CHARS:
        return f"The pattern has {len(pattern):,} characters; at most {_MOST_CHARS:,} can be used."
    if math.prod(max(1, int(each[:9])) for each in _COUNT.findall(pattern)) > _MOST_REPETITIONS:
        return f"The pattern asks for more than {_MOST_REPETITIONS:,} repetitions."
    try:
        regex.compile(pattern)
    except regex.error as exc:
        fault: Any = exc  # whose attributes the library's types leave out
        place = "" if fault.pos is None else f" at character {fault.pos + 1}"
        return f"The pattern is no regular expression{place}: {fault.msg}."
    except (ValueError, OverflowError) as exc:
        return f"The pattern is no regular expression: {exc}."
    except RecursionError:
        return "The pattern is nested too deeply."
    return ""


def search(pattern: str, text: str, *, limit_s: float = LIMIT_S) -> tuple[int, str] | None:
    """Where the pattern is first found, counted from 0, and what; None when it is not found.

    Raises TooSlowError, and RequestRefused for what `pattern_problem` names.
    """
    if problem := check_pattern(pattern):
        raise RequestRefused(problem)
    try:
        # `concurrent`: the other threads, and with them the pages, go on meanwhile.
        found = regex.compile(pattern).search(text, timeout=limit_s, concurrent=True)
    except TimeoutError as exc:
        raise TooSlowError(f"the pattern took longer than {limit_s:g} s") from exc
    return None if found is None else (found.start(), found.group())
