"""What a page keeps, as a test reads it."""

from __future__ import annotations

from typing import TypeVar

from streamlit.testing.v1 import AppTest

from pages.ui.session.kept import name_slot

_T = TypeVar("_T")


def kept_by(app: AppTest, kind: type[_T]) -> _T:
    """The session's value of that class, once the page has recalled it."""
    return app.session_state[name_slot(kind)]
