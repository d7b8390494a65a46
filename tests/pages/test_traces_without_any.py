"""The Traces page when there is nothing to list, or nobody to ask."""

from __future__ import annotations

from tests.pages.conftest import Pages, texts


def test_while_mlflow_is_away_the_page_says_so_and_offers_to_try_again(pages: Pages) -> None:
    app = pages.start("traces.py", wait=True, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert not app.exception
    (error,) = app.error
    assert "Nothing listens at" in error.value
    assert app.button(key="traces.retry").label == "Try again"


def test_an_empty_experiment_says_where_traces_come_from(pages: Pages) -> None:
    app = pages.start("traces.py", wait=True)
    assert not app.exception
    assert "**No traces yet**" in texts(app)
