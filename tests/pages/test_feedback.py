"""Feedback on the Traces page without a browser: the form, who may edit what, and the summary."""

from __future__ import annotations

import json
from collections.abc import Callable

from mlflow import MlflowClient
from mlflow.entities import AssessmentSource, Feedback
from mlflow.tracing.client import TracingClient
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Dataframe

from tests.pages.conftest import texts
from tests.seeded_traces import Seeded


def keys(app: AppTest) -> set[str]:
    return {button.key or "" for button in app.button}


def labels(table: Dataframe) -> list[str]:
    """What stands over the columns."""
    columns = json.loads(table.proto.columns)
    return [columns[name]["label"] for name in table.value.columns if "label" in columns[name]]


def say(seeded: Seeded, trace_id: str, name: str, value: bool | float | str, by: str) -> str:
    """As another person, by MLflow's own client; the assessment's id."""
    source = AssessmentSource(source_type="HUMAN", source_id=by)
    given = TracingClient(seeded.uri).log_assessment(
        trace_id, Feedback(name=name, value=value, source=source)
    )
    return str(given.assessment_id)


def test_the_form_is_drawn_only_while_it_is_open(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    trace_id = seeded.ids["plain 1"]
    app = open_page(trace=trace_id)
    key = f"traces.feedback.{trace_id}"
    assert f"{key}.save" not in keys(app)
    app.button(key="traces.feedback.add").click().run()
    assert f"{key}.save" in keys(app)
    assert f"{key}.save" in keys(app.run())


def test_what_others_said_is_shown_with_who_said_it_and_only_ones_own_is_edited(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    trace_id = seeded.ids["plain 2"]
    others_id = say(seeded, trace_id, "tone", "witty", "eve")
    app = open_page(trace=trace_id)
    key = f"traces.feedback.{trace_id}"
    app.button(key="traces.feedback.add").click().run()
    app.segmented_control(key=f"{key}.sort").set_value("category").run()
    app.selectbox(key=f"{key}.name.category").set_value("tone").run()
    category = app.selectbox(key=f"{key}.category.new.value")
    assert "witty" in category.options
    category.set_value("witty").run()
    app.text_area(key=f"{key}.category.new.comment").set_value("Like a desert").run()
    app.button(key=f"{key}.save").click().run()
    assert not app.exception
    found = MlflowClient(tracking_uri=seeded.uri).get_trace(trace_id).info.assessments or []
    own = next(each for each in found if each.source and each.source.source_id == "local")
    assert isinstance(own, Feedback)
    assert (own.name, own.value, own.rationale) == ("tone", "witty", "Like a desert")
    assert "**tone**: witty :small[· eve (person)" in texts(app)
    assert "**tone**: witty · *Like a desert* :small[· local (person)" in texts(app)
    edit = {each for each in keys(app) if each.startswith(f"{key}.edit.")}
    assert edit == {f"{key}.edit.{own.assessment_id}"}
    assert not any(others_id in each for each in keys(app))

    again = open_page(trace=trace_id)
    again.button(key=f"{key}.edit.{own.assessment_id}").click().run()
    prefix = f"{key}.category.{own.assessment_id}"
    assert again.selectbox(key=f"{prefix}.value").value == "witty"
    assert again.text_area(key=f"{prefix}.comment").value == "Like a desert"

    again.button(key=f"{key}.withdraw.{own.assessment_id}").click().run()
    assert "Like a desert" not in texts(again)
    left = MlflowClient(tracking_uri=seeded.uri).get_trace(trace_id).info.assessments or []
    assert [each.assessment_id for each in left] == [others_id]


def test_names_are_asked_for_once_and_again_when_something_was_said(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    trace_id = seeded.ids["plain 1"]
    app = open_page(trace=trace_id)
    key = f"traces.feedback.{trace_id}"
    before = (
        app.button(key="traces.feedback.add")
        .click()
        .run()
        .selectbox(key=f"{key}.name.yes_no")
        .options
    )
    say(seeded, seeded.ids["plain 2"], "mood", "sunny", "eve")
    assert app.run().selectbox(key=f"{key}.name.yes_no").options == before
    app.segmented_control(key=f"{key}.yes_no.new.value").set_value("Yes").run()
    app.button(key=f"{key}.save").click().run()
    assert not app.exception
    assert f"{key}.save" not in keys(app)
    app.button(key="traces.feedback.add").click().run()
    assert "mood" not in before
    assert "mood" in app.selectbox(key=f"{key}.name.yes_no").options


def test_nothing_is_stored_without_a_value(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    trace_id = seeded.ids["plain 3"]
    app = open_page(trace=trace_id)
    key = f"traces.feedback.{trace_id}"
    app.button(key="traces.feedback.add").click().run()
    app.button(key=f"{key}.save").click().run()
    assert [each.value for each in app.toast] == ["Nothing was stored: there is no value yet."]
    assert "Nothing has been said of this trace yet." in texts(app)


def test_the_summary_keeps_what_was_picked_in_the_address(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    for number in (4, 5):
        say(seeded, seeded.ids[f"plain {number}"], "helpful", number == 4, "eve")
    app = open_page(view="feedback", feedback="helpful", over="all")
    (summary,) = app.dataframe
    row = summary.value.iloc[0]
    assert list(row)[:6] == ["Not run by gwtrace", 2, 2, "50% (1 of 2)", "1", "1"]
    app.selectbox(key="traces.feedback.by").set_value("prompt").run()
    assert app.dataframe[0].value.iloc[0, 0] == "Without a prompt"
    app.selectbox(key="traces.feedback.from").set_value("code").run()
    assert "**Nothing of that**" in texts(app)
    found = app.query_params.items()
    address = {name: value if isinstance(value, str) else value[0] for name, value in found}
    assert address == {
        "view": "feedback",
        "feedback": "helpful",
        "over": "all",
        "by": "prompt",
        "from": "code",
    }


def test_stars_are_summed_up_by_their_mean_and_categories_by_their_words(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    for number, (stars, mood) in enumerate(((4, "dry"), (1, "flat"), (2, "dry")), start=6):
        trace_id = seeded.ids[f"plain {number}"]
        say(seeded, trace_id, "stars", stars, "eve")
        say(seeded, trace_id, "style", mood, "eve")
    (stars,) = open_page(view="feedback", feedback="stars", over="all").dataframe
    assert labels(stars)[:5] == ["Model", "Given", "Traces", "Mean", "Lowest to highest"]
    assert [*stars.value.iloc[0]][:5] == ["Not run by gwtrace", 3, 3, "2.33", "1 to 4"]
    app = open_page(view="feedback", feedback="style", by="connection", over="week")
    (style,) = app.dataframe
    assert labels(style)[:5] == ["Connection", "Given", "Traces", "dry", "flat"]
    assert [*style.value.iloc[0]][1:5] == [3, 3, "67% (2)", "33% (1)"]
    assert app.selectbox(key="traces.feedback.by").value == "connection"


def test_an_experiment_without_feedback_says_what_would_be_there(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    client = MlflowClient(tracking_uri=seeded.uri)
    app = open_page(view="feedback", experiment=client.create_experiment("silent"))
    assert not app.exception
    assert "**No feedback yet**" in texts(app)
