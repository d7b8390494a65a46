"""What an address may say, page by page: the one place where it is held against that.

Whatever a page finds in the address is then a value that it knows how to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import get_args

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
from pages.ui.session.kept import CheckedAddress, checked_address, keep_checked_address
from pages.ui.traces.state import ListView, Since

Check = Callable[[str], bool]
"""Whether a text is a value of the parameter."""

_MOST_CHARS = 500
_MOST_VERSION = 10**9


def check_address(page: str) -> None:
    """Take out of the address of the page with that path what is no such value, and note it.

    Unknown parameters stay: Streamlit has some of its own.
    """
    params = st.query_params.to_dict()
    checked = checked_address()
    if checked is not None and (checked.page, checked.params) == (page, params):
        return
    checks = PARAMETERS.get(page, {})
    wrong = [name for name, check in checks.items() if name in params and not check(params[name])]
    kept = {name: value for name, value in params.items() if name not in wrong}
    if wrong:
        st.query_params.from_dict(kept)
    told = tuple(name for name in wrong if params[name])
    keep_checked_address(CheckedAddress(page=page, params=kept, wrong=told))


def is_readable(page: str, name: str, text: str) -> bool:
    """Whether the page would read that value from its address."""
    return PARAMETERS[page][name](text)


def draw_address_problem() -> None:
    """Say what was taken out, until the address changes."""
    checked = checked_address()
    if checked is None or not checked.wrong:
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


def _choice(kind: object) -> Check:
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
        "since": _choice(Since),
        "order": _choice(TraceOrder),
        "view": _choice(ListView),
        "feedback": _is_text,
        "from": _choice(FeedbackSource),
        "over": _choice(Over),
        "by": _choice(GroupBy),
        **{name: partial(_is_condition, name) for name in FILTER_PARAMETERS},
    },
    "prompts": {"prompt": _is_text, "version": partial(_is_count, _MOST_VERSION)},
    "evaluate": {"new": _is_text, **_EVALUATIONS},
    "evaluation": _EVALUATIONS,
}
"""By the page's path, and the parameter's name."""
