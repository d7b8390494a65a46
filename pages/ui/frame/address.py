"""What an address may say, page by page: the one place where it is held against that.

Whatever a page finds in the address is then a value that it knows how to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, get_args

import streamlit as st

from gwtrace_core.figures.repeated import MAX_RUNS
from gwtrace_core.lanes.link import read_link
from gwtrace_core.trace.feedback import FeedbackSource
from gwtrace_core.trace.feedback_summary.summary import GroupBy
from gwtrace_core.trace.feedback_summary.times import Over
from gwtrace_core.trace.filters import PARAMETERS as FILTER_PARAMETERS
from gwtrace_core.trace.filters import TraceOrder, filter_from_params
from gwtrace_core.values.errors import SettingsError
from gwtrace_core.values.unicode_text import clean_text
from pages.ui.session.kept import keep, recall

Check = Callable[[str], bool]
"""Whether a text is a value of the parameter."""
ListView = Literal["traces", "sessions", "feedback"]
"""What the traces page lists."""
Since = Literal["any", "hour", "day", "week", "month", "range"]
"""How far back it does."""

_MOST_CHARS = 500
_MOST_VERSION = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class _CheckedAddress:
    """A page's address as it was checked last, without what was no value of a parameter."""

    page: str = ""
    """Its path."""
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    wrong: tuple[str, ...] = ()
    """The names of what was taken out."""


def check_address(page: str) -> None:
    """Take out of the address of the page with that path what is no such value, and note it.

    Unknown parameters stay: Streamlit has some of its own.
    """
    params = st.query_params.to_dict()
    checked = recall(_CheckedAddress)
    if (checked.page, checked.params) == (page, params):
        return
    checks = PARAMETERS.get(page, {})
    wrong = [name for name, check in checks.items() if name in params and not check(params[name])]
    kept = {name: value for name, value in params.items() if name not in wrong}
    if wrong:
        st.query_params.from_dict(kept)
    told = tuple(name for name in wrong if params[name])
    keep(_CheckedAddress(page=page, params=kept, wrong=told))


def is_readable(page: str, name: str, text: str) -> bool:
    """Whether the page would read that value from its address."""
    return PARAMETERS[page][name](text)


def draw_address_problem() -> None:
    """Say what was taken out, until the address changes."""
    checked = recall(_CheckedAddress)
    if not checked.wrong:
        return
    lines: list[str] = []
    if "lanes" in checked.wrong:
        lines.append(
            "The address holds a set-up of lanes that cannot be read.  \n"
            "*It may have been cut when it was copied. The default set-up is shown instead.*"
        )
    if others := [name for name in checked.wrong if name != "lanes"]:
        lines.append(
            f"The address sets {', '.join(others)} to something that is no such value.  \n"
            "*The page is shown without it.*"
        )
    st.error("  \n".join(lines), icon=":material/error:")


def _is_text(text: str) -> bool:
    """Whether it can be a name or an id: not empty, not endless, and no store refuses it."""
    return 0 < len(text) <= _MOST_CHARS and "\0" not in text and clean_text(text) == text


def _is_one_of(choices: Iterable[str], text: str) -> bool:
    return text in choices


def _is_count(most: int, text: str) -> bool:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return is_number and 0 < int(text) <= most


def _is_condition(name: str, text: str) -> bool:
    return _is_text(text) and not filter_from_params({name: text}).ignored


def _are_lanes(text: str) -> bool:
    try:
        read_link(text)
    except SettingsError:
        return False
    return True


def _check_choice(kind: object) -> Check:
    return partial(_is_one_of, get_args(kind))


_TWO: Mapping[str, Check] = {"left": _is_text, "right": _is_text}
_EVALUATIONS: Mapping[str, Check] = {"evaluation": _is_text, **_TWO}

PARAMETERS: Mapping[str, Mapping[str, Check]] = {
    "": {"session": _is_text},
    "compare": {
        "lanes": _are_lanes,
        "comparison": _is_text,
        "runs": partial(_is_count, MAX_RUNS),
        "distinct": partial(_is_one_of, ("1",)),
    },
    "traces": {
        "trace": _is_text,
        "span": _is_text,
        **_TWO,
        "experiment": _is_text,
        "since": _check_choice(Since),
        "order": _check_choice(TraceOrder),
        "view": _check_choice(ListView),
        "feedback": _is_text,
        "from": _check_choice(FeedbackSource),
        "over": _check_choice(Over),
        "by": _check_choice(GroupBy),
        **{name: partial(_is_condition, name) for name in FILTER_PARAMETERS},
    },
    "prompts": {"prompt": _is_text, "version": partial(_is_count, _MOST_VERSION)},
    "evaluate": {"new": _is_text, **_EVALUATIONS},
    "evaluation": _EVALUATIONS,
}
"""By the page's path, and the parameter's name."""
