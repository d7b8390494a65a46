"""The evaluate page without a browser: choose traces and scorers, judge, read, compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from mlflow import MlflowClient
from streamlit.testing.v1 import AppTest

from gwtrace_core.chat import ChatRequest, Message, TurnContext
from gwtrace_core.evaluation.estimate import estimate_judges
from gwtrace_core.evaluation.stored import StoredEvaluation
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import BuiltinJudge, CodeScorer, ExactMatch
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.lanes import default_lane
from gwtrace_core.running.recording import TraceRecorded
from gwtrace_core.settings import demo_connection
from pages.ui.services import connections
from tests.pages.conftest import Pages, texts

SETTLE_S = 60.0


@pytest.fixture
def app(pages: Pages) -> Iterator[AppTest]:
    """The page of an experiment without evaluations."""
    app = pages.start("evaluate.py", wait=True)
    assert not app.exception
    yield app
    assert not app.exception


def answered(pages: Pages, text: str) -> str:
    """A trace of a call by the demo gateway."""
    connection = connections()[0]
    lane = replace(default_lane(connection), tools=())
    run = pages.services.hub.start(
        ChatRequest(lane=lane, messages=(Message(role="user", text=text),)),
        resolve(connection, lane),
        TurnContext(session_id="s", user="ann"),
    )
    assert run.wait_settled(SETTLE_S)
    assert isinstance(run.trace, TraceRecorded)
    return run.trace.trace.trace_id


def add(app: AppTest, menu: str, entry: str) -> AppTest:
    return app.menu_button(key=f"evaluate.add.{menu}").click(entry).run()


def key_of(app: AppTest, ending: str) -> str:
    """The key of the newest scorer's input."""
    from_state = app.session_state["kept.evaluate"].scorers[-1]
    return f"evaluate.scorer.{from_state.draft_id}.{ending}"


def start(app: AppTest, pages: Pages) -> str:
    """Press Start, and wait until everything is judged; the evaluation's id."""
    app.button(key="evaluate.start").click().run()
    assert not app.exception
    evaluation_id = app.query_params["evaluation"]
    run = pages.services.live_evaluations.find(evaluation_id)
    assert run is not None
    assert run.wait_over(SETTLE_S)
    app.run()
    return evaluation_id


def stored(pages: Pages, evaluation_id: str) -> StoredEvaluation:
    found = pages.services.evaluations.open_evaluation(evaluation_id)
    assert found is not None
    return found


def test_without_evaluations_the_page_says_what_they_are(app: AppTest) -> None:
    assert "Which answers are good, and which version is better?" in texts(app)
    app.button(key="evaluate.first").click().run()
    assert app.query_params["new"] == "1"
    assert "There is nothing to judge." in texts(app)
    assert app.button(key="evaluate.start").disabled


def test_a_scorer_that_cannot_work_is_said_beside_it_and_not_started(
    app: AppTest, pages: Pages
) -> None:
    answered(pages, "What is a lighthouse?")
    app.button(key="evaluate.new").click().run()
    assert "**1 trace** from newest 20 traces" in texts(app)
    assert "There is no scorer." in texts(app)
    add(app, "code", "Regular expression")
    app.text_input(key=key_of(app, "text")).set_value("(").run()
    assert ":red[:material/error: " in texts(app)
    assert app.button(key="evaluate.start").disabled
    app.text_input(key=key_of(app, "text")).set_value("[Ll]ight").run()
    assert not app.button(key="evaluate.start").disabled
    add(app, "code", "Regular expression")
    assert app.text_input(key=key_of(app, "name")).value == "regex_2"
    app.text_input(key=key_of(app, "text")).set_value("house").run()
    app.text_input(key=key_of(app, "name")).set_value("regex").run()
    assert "Another scorer has this name. Rename one of them." in texts(app)
    assert app.button(key="evaluate.start").disabled
    app.button(key=key_of(app, "remove")).click().run()
    assert not app.button(key="evaluate.start").disabled
    add(app, "judge", "Your own instruction")
    app.text_area(key=key_of(app, "instructions")).set_value("Is it {{ good }}?").run()
    assert "which is not known" in texts(app)
    assert app.button(key="evaluate.start").disabled


def test_who_pays_and_how_many_calls_is_said_before_the_start(app: AppTest, pages: Pages) -> None:
    answered(pages, "One")
    answered(pages, "Two")
    app.button(key="evaluate.new").click().run()
    app.number_input(key="evaluate.newest").set_value(1).run()
    assert "newest 1 trace · there are more; these are the newest" in texts(app)
    app.number_input(key="evaluate.newest").set_value(2).run()
    add(app, "code", "Length")
    assert "Demo · simulated]" not in texts(app)
    assert "2 checks by code, free" in texts(app)
    add(app, "judge", "Fluency")
    add(app, "judge", "Safety")
    assert "**4 judge calls**, estimated cost about" in texts(app)
    assert " · 2 checks by code, free" in texts(app)
    assert ":orange-badge[:material/science: Demo · simulated]" in texts(app)


def test_chosen_traces_are_kept_as_a_dataset_and_chosen_again(app: AppTest, pages: Pages) -> None:
    answered(pages, "What is a harbour?")
    answered(pages, "What is a buoy?")
    app.button(key="evaluate.new").click().run()
    app.session_state["evaluate.keep"] = True
    app.run()
    app.text_input(key="evaluate.keep.name").set_value("two at sea").run()
    app.button(key="evaluate.keep.save").click().run()
    assert [each.value for each in app.success] == ["Saved as two at sea, 2 records."]
    app.button(key="evaluate.keep.save").click().run()
    assert "two at sea" in app.error[0].value

    app.button_group(key="evaluate.from.0").set_value("dataset").run()
    assert "**2 traces** from dataset two at sea" in texts(app)
    (kept,) = pages.services.evaluations.datasets()
    rows = pages.services.evaluations.dataset_rows(kept.dataset_id)
    assert {row.question for row in rows} == {"What is a harbour?", "What is a buoy?"}


def test_an_evaluation_is_judged_shown_listed_and_repeated(app: AppTest, pages: Pages) -> None:
    trace_id = answered(pages, "What is a lighthouse?")
    pages.services.store.set_verdict(trace_id, value=False, comment="Too dull", user="eve")
    app.button(key="evaluate.new").click().run()
    add(app, "code", "Contains")
    app.text_input(key=key_of(app, "text")).set_value("lighthouse").run()
    add(app, "code", "Exact match")
    add(app, "judge", "Fluency")
    app.text_input(key="evaluate.name").set_value("First look").run()
    evaluation_id = start(app, pages)
    assert "First look :green-badge[Finished]" in texts(app)
    assert "**contains** agrees with people on **0 of 1 trace** (0%)" in texts(app)
    assert ":material/thumb_down: eve: Too dull" in texts(app)
    found = stored(pages, evaluation_id)
    states = {score.scorer_name: score.state for score in found.scores}
    assert states == {"contains": "scored", "exact_match": "not applicable", "fluency": "scored"}
    assert found.summary.judge_model == default_lane(connections()[0]).model
    app.button(key="evaluate.all").click().run()
    assert app.dataframe[0].value["name"].tolist() == ["First look"]
    app.query_params["evaluation"] = evaluation_id
    app.run()
    app.button(key="evaluate.repeat").click().run()
    assert app.query_params == {"new": "1"}
    assert "**1 trace** from newest 20 traces" in texts(app)
    again_id = start(app, pages)
    app.query_params.clear()
    app.query_params["left"], app.query_params["right"] = evaluation_id, again_id
    app.run()
    assert "1 pair, matched as the same trace." in texts(app)
    same = app.dataframe[0].value.set_index("scorer")["same"].to_dict()
    assert same == {"contains": "1", "exact_match": "0", "fluency": "1"}


def test_what_became_worse_stands_as_before_and_after(app: AppTest, pages: Pages) -> None:
    answered(pages, "What is a lighthouse?")
    app.button(key="evaluate.new").click().run()
    add(app, "code", "Contains")
    app.text_input(key=key_of(app, "text")).set_value("lighthouse").run()
    before_id = start(app, pages)
    app.button(key="evaluate.repeat").click().run()
    app.text_input(key=key_of(app, "text")).set_value("no such word").run()
    after_id = start(app, pages)
    app.query_params.clear()
    app.query_params["left"], app.query_params["right"] = before_id, after_id
    app.run()
    scorers, changes = (each.value.to_dict("records") for each in app.dataframe)
    (scorer,) = scorers
    assert (scorer["better"], scorer["worse"]) == ("0", "1")
    assert (scorer["before"], scorer["after"]) == ("100% (1 of 1)", "0% (0 of 1)")
    assert [(each["before"], each["after"]) for each in changes] == [("✓ yes", "✗ no")]


def test_an_address_of_nothing_says_so(app: AppTest) -> None:
    app.query_params["evaluation"] = "0" * 32
    app.run()
    assert "No such evaluation" in texts(app)


def test_the_estimate_counts_a_call_for_each_trace_and_judge() -> None:
    lane = default_lane(demo_connection("http://127.0.0.1:9/proxy"))
    subjects = [Subject(trace_id="tr-1", question="q" * 400, answer="a" * 600)] * 3
    scorers = (
        CodeScorer(name="exact", check=ExactMatch()),
        BuiltinJudge(name="fluent", builtin="Fluency"),
        BuiltinJudge(name="safe", builtin="Safety"),
    )
    found = estimate_judges(subjects, scorers, lane)
    assert (found.calls, found.input_tokens, found.output_tokens) == (6, 6 * 625, 6 * 150)
    assert found.amount_usd is not None
    assert found.amount_usd > 0
    assert estimate_judges(subjects, scorers[:1], lane).amount_usd is None


def test_one_made_elsewhere_is_listed_and_shown(app: AppTest, pages: Pages) -> None:
    trace_id = answered(pages, "What is a lighthouse?")
    client: Any = MlflowClient(tracking_uri=pages.services.tracking.config.uri)
    experiment_id = pages.services.traces.current_experiment_id()
    run = client.create_run(
        experiment_id, run_name="Nightly", tags={"mlflow.runType": "genai_evaluate"}
    )
    client.link_traces_to_run(trace_ids=[trace_id], run_id=run.info.run_id)
    client.log_metric(run.info.run_id, "tone/mean", 0.5)
    client.set_terminated(run.info.run_id)
    app.button(key="evaluate.refresh").click().run()
    rows = app.dataframe[0].value
    assert rows[["name", "state", "scorers"]].to_numpy().tolist() == [
        ["Nightly", ["Finished"], ["tone mean 0.50"]]
    ]
    app.query_params["evaluation"] = run.info.run_id
    app.run()
    assert "Made elsewhere, by" in texts(app)
    assert "Nightly" in texts(app)
    client.set_tag(run.info.run_id, "mlflow.runName", "Weekly")
    assert "Weekly" not in texts(app.run())
    assert "Weekly" in texts(app.button(key="evaluate.read_again").click().run())


def test_without_mlflow_the_page_says_so_and_can_be_tried_again(pages: Pages) -> None:
    app = pages.start("evaluate.py", wait=True, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert not app.exception
    assert "the connection was refused" in app.error[-1].value
    assert app.button(key="evaluate.retry")
    app.query_params["new"] = "1"
    app.run()
    assert not app.exception
    assert "the connection was refused" in app.error[-1].value
    assert app.button(key="evaluate.start").disabled
