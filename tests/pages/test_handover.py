"""What one screen hands another: acted on once, and not lost when a click cuts in."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.ui.session.handover import CompareInbox, OpenComparison
from tests.pages.kept_values import kept_by

HANDED_OVER = OpenComparison(comparison_id="c0ffee")


def _draw_receiver() -> None:
    """A screen that stops in its first acts, as when a click comes, or fails in them."""
    import streamlit as st

    from pages.ui.session.handover import CompareInbox, ForCompare, OpenComparison
    from pages.ui.session.kept import recall

    state = st.session_state

    def act(value: ForCompare) -> None:
        assert isinstance(value, OpenComparison)
        state["acts"] += 1
        if state["acts"] <= state["cut short"]:
            st.stop()
        if state["fails"]:
            raise ValueError("Nobody expected that.")
        state["taken"].append(value.comparison_id)

    recall(CompareInbox).receive(act)
    state["drawn"] += 1


def receiver(*, cut_short: int = 0, fails: bool = False) -> AppTest:
    app = AppTest.from_function(_draw_receiver)
    given = {"acts": 0, "taken": [], "drawn": 0, "cut short": cut_short, "fails": fails}
    for name, value in given.items():
        app.session_state[name] = value
    app.run()
    kept_by(app, CompareInbox).waiting = HANDED_OVER
    return app


def counts(app: AppTest) -> tuple[list[str], int, int]:
    """What was taken, how often it was acted on, and how often the screen was drawn to its end."""
    state = app.session_state
    return state["taken"], state["acts"], state["drawn"]


def test_what_is_handed_over_is_acted_on_once_and_drawn() -> None:
    app = receiver()
    assert counts(app.run()) == (["c0ffee"], 1, 2)
    assert counts(app.run()) == (["c0ffee"], 1, 3)


def test_what_a_click_cut_short_is_done_in_the_next_run() -> None:
    app = receiver(cut_short=1)
    assert counts(app.run()) == ([], 1, 1)
    assert counts(app.run()) == (["c0ffee"], 2, 2)
    assert counts(app.run()) == (["c0ffee"], 2, 3)


def test_what_fails_does_not_keep_the_screen_from_being_drawn_again() -> None:
    app = receiver(fails=True)
    assert len(app.run().exception) == 1
    app.run()
    assert not app.exception
    assert counts(app) == ([], 1, 2)
