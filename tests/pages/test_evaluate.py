"""The evaluate page without a browser: choose traces and scorers, judge, read, compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from mlflow import MlflowClient
from streamlit.testing.v1 import AppTest

from gwtrace_core.evaluation.estimate import estimate_judges
from gwtrace_core.evaluation.sources import ChosenTraces
from gwtrace_core.evaluation.stored import EvaluationSetup, StoredEvaluation
from gwtrace_core.evaluation.subjects import Subject
from gwtrace_core.evaluation.values import BuiltinJudge, CodeScorer, ExactMatch, LengthBetween
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.lanes.lanes import choose_default_lane
from gwtrace_core.running.recorder import TraceRecorded
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.request import ChatRequest, Message, TurnContext
from pages.ui.evaluate.state import EvaluateState
from pages.ui.evaluate.words import default_name
from pages.ui.session.services import connections
from tests.pages.conftest import MAIN, Pages, texts
from tests.pages.kept_values import kept_by

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
    lane = replace(choose_default_lane(connection), tools=())
    run = pages.services.hub.start(
        ChatRequest(lane=lane, messages=(Message(role="user", text=text),)),
        resolve(connection, lane),
        TurnContext(session_id="s", user="ann"),
    )
    assert run.wait_settled(SETTLE_S)
    assert isinstance(run.trace, TraceRecorded)
    return run.trace.trace.trace_id


def at_page(app: AppTest, name: str, **params: str) -> AppTest:
    """The page of that file at an address."""
    app.query_params.clear()
    for each, value in params.items():
        app.query_params[each] = value
    return followed(app, name).run()


def followed(app: AppTest, name: str) -> AppTest:
    """The session as it goes on where a click has led: it does not learn of that by itself."""
    return app.switch_page(str(MAIN.with_name(name)))


def begin_new(app: AppTest, key: str = "evaluate.new") -> None:
    """Press the button that leads to the form."""
    app.button(key=key).click().run()
    assert "#### New evaluation" in texts(app)
    followed(app, "new_evaluation.py")


def add(app: AppTest, menu: str, entry: str) -> AppTest:
    return app.menu_button(key=f"evaluate.add.{menu}").click(entry).run()


def key_of(app: AppTest, ending: str) -> str:
    """The key of the newest scorer's input."""
    from_state = kept_by(app, EvaluateState).scorers[-1]
    return f"evaluate.scorer.{from_state.draft_id}.{ending}"


def start(app: AppTest, pages: Pages) -> str:
    """Press Start, and wait until everything is judged; the evaluation's id."""
    app.button(key="evaluate.start").click().run()
    assert not app.exception
    evaluation_id = app.query_params["evaluation"]
    followed(app, "evaluation.py")
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
    begin_new(app, "evaluate.first")
    assert "There is nothing to judge." in texts(app)
    assert app.button(key="evaluate.start").disabled


def test_a_scorer_that_cannot_work_is_said_beside_it_and_not_started(
    app: AppTest, pages: Pages
) -> None:
    answered(pages, "What is a lighthouse?")
    begin_new(app)
    assert "**The only trace**" in texts(app)
    assert texts(app).count("scorer") == 1
    assert "Add at least one scorer: a check by code, or a judge." in texts(app)
    assert app.button(key="evaluate.start").disabled
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
    begin_new(app)
    app.number_input(key="evaluate.newest").set_value(1).run()
    assert "**The newest trace** · there are more" in texts(app)
    app.number_input(key="evaluate.newest").set_value(2).run()
    add(app, "code", "Length")
    assert "Demo · simulated]" not in texts(app)
    assert "2 checks by code, free" in texts(app)
    add(app, "judge", "Fluency")
    add(app, "judge", "Safety")
    assert "**4 judge calls**, simulated and free; a real model would cost about" in texts(app)
    assert " · 2 checks by code, free" in texts(app)
    assert ":orange-badge[:material/science: Demo · simulated]" in texts(app)


def test_chosen_traces_are_kept_as_a_dataset_and_chosen_again(app: AppTest, pages: Pages) -> None:
    answered(pages, "What is a harbour?")
    answered(pages, "What is a buoy?")
    begin_new(app)
    app.session_state["evaluate.keep"] = True
    app.run()
    app.text_input(key="evaluate.keep.name").set_value("two at sea").run()
    app.button(key="evaluate.keep.save").click().run()
    assert [each.value for each in app.success] == ["Saved as two at sea, 2 records."]
    app.button(key="evaluate.keep.save").click().run()
    assert "two at sea" in app.error[0].value

    app.button_group(key="evaluate.from.0").set_value("dataset").run()
    assert "**2 traces of dataset two at sea**" in texts(app)
    (kept,) = pages.services.evaluations.list_datasets()
    rows = pages.services.evaluations.read_dataset_rows(kept.dataset_id)
    assert {row.question for row in rows} == {"What is a harbour?", "What is a buoy?"}


def test_an_evaluation_is_judged_shown_listed_and_repeated(app: AppTest, pages: Pages) -> None:
    trace_id = answered(pages, "What is a lighthouse?")
    pages.services.store.set_verdict(trace_id, value=False, comment="Too dull", user="eve")
    begin_new(app)
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
    assert found.summary.judge_model == choose_default_lane(connections()[0]).model
    app.button(key="evaluate.all").click().run()
    assert app.dataframe[0].value["name"].tolist() == ["First look"]
    at_page(app, "evaluation.py", evaluation=evaluation_id)
    begin_new(app, "evaluate.repeat")
    assert "**The only trace**" in texts(app)
    again_id = start(app, pages)
    at_page(app, "evaluation.py", left=evaluation_id, right=again_id)
    assert "1 pair, matched as the same trace." in texts(app)
    same = app.dataframe[0].value.set_index("Scorer")["Same"].to_dict()
    assert same == {"contains": "1", "exact_match": "0", "fluency": "1"}


def test_what_became_worse_stands_as_before_and_after(app: AppTest, pages: Pages) -> None:
    answered(pages, "What is a lighthouse?")
    begin_new(app)
    add(app, "code", "Contains")
    app.text_input(key=key_of(app, "text")).set_value("lighthouse").run()
    before_id = start(app, pages)
    begin_new(app, "evaluate.repeat")
    app.text_input(key=key_of(app, "text")).set_value("no such word").run()
    after_id = start(app, pages)
    at_page(app, "evaluation.py", left=before_id, right=after_id)
    scorers, changes = (each.value.to_dict("records") for each in app.dataframe)
    (scorer,) = scorers
    assert (scorer["Better"], scorer["Worse"]) == ("0", "1")
    assert (scorer["Before"], scorer["After"]) == ("100% (1 of 1)", "0% (0 of 1)")
    assert [(each["Before"], each["After"]) for each in changes] == [("✓ yes", "✗ no")]


def test_an_address_of_nothing_says_so(app: AppTest) -> None:
    # As addresses were before an evaluation had a page of its own.
    at_page(app, "evaluate.py", evaluation="0" * 32)
    assert "No such evaluation" in texts(app)


def test_the_estimate_counts_a_call_for_each_trace_and_judge() -> None:
    lane = choose_default_lane(make_demo_connection("http://127.0.0.1:9/proxy"))
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
    experiment_id = pages.services.traces.find_current_experiment_id()
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
    at_page(app, "evaluation.py", evaluation=run.info.run_id)
    assert "Made elsewhere, by" in texts(app)
    assert "Nightly" in texts(app)
    client.set_tag(run.info.run_id, "mlflow.runName", "Weekly")
    assert "Weekly" not in texts(app.run())
    assert "Weekly" in texts(app.button(key="evaluate.read_again").click().run())


def test_one_of_another_process_is_not_resumed_while_it_lives(app: AppTest, pages: Pages) -> None:
    trace_id = answered(pages, "What is a lighthouse?")
    source = ChosenTraces(trace_ids=(trace_id,))
    scorer = CodeScorer(name="short", check=LengthBetween(most_chars=9_000))
    setup = EvaluationSetup(name="Theirs", scorers=(scorer,), source=source, user="eve")
    own = pages.services.evaluations
    # Nobody in this process is at it.
    run_id = own.begin(setup, own.find_subjects(source).subjects)
    app.button(key="evaluate.refresh").click().run()
    assert app.dataframe[0].value["state"].tolist() == [["Under way"]]
    at_page(app, "evaluation.py", evaluation=run_id)
    assert "Theirs :blue-badge[Under way]" in texts(app)
    assert "Another process is at it, or was until it ended: its last sign of life" in texts(app)
    assert "evaluate.resume" not in [each.key for each in app.button]

    client: Any = MlflowClient(tracking_uri=pages.services.tracking.config.uri)
    client.set_tag(run_id, "gwtrace.evaluation.alive_ms", "1764000000000")
    app.button(key="evaluate.read_again").click().run()
    assert "Theirs :orange-badge[Cut off]" in texts(app)
    assert "no process has given a sign of life since 24 Nov 2025" in texts(app)
    own.tell_alive(run_id)
    app.button(key="evaluate.resume").click().run()
    assert "Another process has gone on with this evaluation" in app.error[0].value
    assert pages.services.live_evaluations.find(run_id) is None

    client.set_tag(run_id, "gwtrace.evaluation.alive_ms", "1764000000000")
    app.button(key="evaluate.resume").click().run()
    run = pages.services.live_evaluations.find(run_id)
    assert run is not None
    assert run.wait_over(SETTLE_S)
    assert [score.state for score in run.poll().scores] == ["scored"]

    client.set_tag(run_id, "gwtrace.evaluation.owner", "somebody else")
    run.retry_failed(None)
    assert run.wait_over(SETTLE_S)
    at_page(app, "evaluation.py", evaluation=run_id)
    # No longer from what this process knows of it.
    assert "evaluate.read_again" in [each.key for each in app.button]


def test_two_that_begin_in_one_minute_have_different_names() -> None:
    moments = (1764000001000, 1764000002000)
    first, second = (default_name(["length", "fluency"], moment) for moment in moments)
    assert first.startswith("length, fluency · 24 Nov 2025 ")
    assert first != second


def test_without_mlflow_the_page_says_so_and_can_be_tried_again(pages: Pages) -> None:
    app = pages.start("evaluate.py", wait=True, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert not app.exception
    assert "the connection was refused" in app.error[-1].value
    assert app.button(key="evaluate.retry")
    at_page(app, "new_evaluation.py")
    assert not app.exception
    assert "the connection was refused" in app.error[-1].value
    assert app.button(key="evaluate.start").disabled
