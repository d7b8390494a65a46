"""What people, judges and code have said of a trace, as lines of Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from gwtrace_core.mlflow_store.conversations.verdicts import PREFERENCE
from gwtrace_core.trace.feedback import VERDICT, source_of, value_words, who_words
from gwtrace_core.trace.model import Assessment
from pages.ui.draw.model_text import plain_label
from pages.ui.session.local_time import to_local_moment
from pages.ui.session.services import current_user

_VALUE_CHARS = 300
_LINE_CHARS = 60
_MOST_IN_LINE = 6


def is_own(assessment: Assessment) -> bool:
    """Whether it was given by whoever looks at the page."""
    return source_of(assessment) == "person" and assessment.source_id == current_user()


def said_words(assessment: Assessment) -> str:
    """All of it: name, value, comment, by whom and when."""
    kind = ":violet-badge[expectation] " if assessment.kind == "expectation" else ""
    value = plain_label(value_words(assessment), limit=_VALUE_CHARS)
    words = f"{kind}**{plain_label(assessment.name)}**: {value}"
    if assessment.rationale:
        words += f" · *{plain_label(assessment.rationale, limit=_VALUE_CHARS)}*"
    source = source_of(assessment) or assessment.source_kind.lower()
    about = [f"{plain_label(assessment.source_id)} ({source})"]
    if assessment.given_ms is not None:
        about.append(f"{to_local_moment(assessment.given_ms):%d %b %H\\:%M}")
    if assessment.span_id:
        about.append("on a span")
    return f"{words} :small[· {' · '.join(about)}]"


def draw_said_line(assessments: Sequence[Assessment]) -> None:
    """What stands, in one line under an answer; nothing where the thumbs say it all."""
    shown = [each for each in assessments if each.is_valid and not _is_in_sight(each)]
    if not shown:
        return
    parts = [_short_words(each) for each in shown[-_MOST_IN_LINE:]]
    if len(shown) > _MOST_IN_LINE:
        parts.append(f"and {len(shown) - _MOST_IN_LINE} more")
    st.caption(":material/rate_review: " + " · ".join(parts))


def _is_in_sight(assessment: Assessment) -> bool:
    """The thumbs show one's own verdict, and the round what was voted."""
    is_thumb = assessment.kind == "feedback" and assessment.name == VERDICT
    is_bare = is_thumb and is_own(assessment) and not assessment.rationale
    return is_bare or assessment.name == PREFERENCE


def _short_words(assessment: Assessment) -> str:
    value = plain_label(value_words(assessment), limit=_LINE_CHARS)
    if assessment.kind == "expectation":
        value = f"expected: {value}"
    elif assessment.name != VERDICT:
        value = f"{plain_label(assessment.name)}: {value}"
    who = "you" if is_own(assessment) else plain_label(who_words(assessment))
    words = f"**{value}** {who}".rstrip()
    if assessment.rationale:
        words += f", *{plain_label(assessment.rationale, limit=_LINE_CHARS)}*"
    return words
