"""The Traces page without a browser, over a store that another program wrote to."""

from __future__ import annotations

import json
from collections.abc import Callable

from mlflow import MlflowClient
from mlflow.entities import Expectation
from streamlit.testing.v1 import AppTest

from gwtrace_core.trace.filters import PARAMETERS, TraceFilter, filter_to_params
from gwtrace_core.values import trace_names
from pages.ui.traces.state import TracesState
from tests.pages.conftest import texts
from tests.pages.kept_values import kept_by
from tests.seeded_traces import OTHER_EXPERIMENT, PLAIN_COUNT, SESSION, Seeded

EVERY_CONDITION = TraceFilter(
    status="ok",
    after_ms=1_700_000_000_000,
    before_ms=4_000_000_000_000,
    min_duration_ms=1_500,
    max_duration_ms=60_000,
    session_id="s",
    sdk_path="openai-chat",
    model="m",
    provider="openai",
    connection="demo",
    outcome="finished",
    comparison_id="c",
    prompt="greeting/3",
    has_prompt=True,
    user="u",
    name="n",
    preview="p",
    full_text="f",
    verdict_name="v",
    verdict_value="true",
    verdict_source="person",
    verdict_person="ada",
    verdict_kind="yes_no",
    has_error=False,
    by_gwtrace=True,
    by_judge=False,
    min_tokens=1,
    max_tokens=9,
    min_cost_usd=0.25,
    max_cost_usd=2.5,
)


def address(app: AppTest) -> dict[str, str]:
    found = app.query_params.items()
    return {name: value if isinstance(value, str) else value[0] for name, value in found}


def names(app: AppTest) -> list[str]:
    page = kept_by(app, TracesState).page
    assert page is not None
    return [row.name for row in page.rows]


def test_every_condition_is_read_from_the_address_shown_as_a_chip_and_kept(
    open_page: Callable[..., AppTest],
) -> None:
    params = filter_to_params(EVERY_CONDITION) | {"since": "month", "order": "slowest"}
    assert {*PARAMETERS} <= {*params}
    app = open_page(**params)
    assert not app.exception
    state = kept_by(app, TracesState)
    assert (state.filter, state.since, state.order) == (EVERY_CONDITION, "month", "slowest")
    assert address(app) == params
    chips = [button.label for button in app.button if (button.key or "").startswith("traces.chip")]
    # Status and text are in sight anyway.
    assert len(chips) == len(PARAMETERS) - 2
    assert "Duration\\: ≥ 1.50 s" in chips
    assert "Cost\\: ≤ \\$2.50" in chips
    assert app.number_input(key="traces.f.min_duration_ms").value == 1.5
    assert app.selectbox(key="traces.f.by_gwtrace").value is True


def test_taking_a_chip_away_takes_its_condition_alone(open_page: Callable[..., AppTest]) -> None:
    app = open_page(text="plain question", min_ms="100", name="plain 5")
    assert names(app) == ["plain 5"]
    app.button(key="traces.chip.name").click().run()
    assert address(app) == {"text": "plain question", "min_ms": "100"}
    assert app.text_input(key="traces.f.name.1").value == ""
    assert len(names(app)) == 50
    app.button(key="traces.clear").click().run()
    assert address(app) == {}


def test_what_is_typed_into_the_filter_goes_into_the_address(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page()
    app.number_input(key="traces.f.max_cost_usd").set_value(0.5).run()
    app.text_input(key="traces.f.user").set_value(" ada ").run()
    app.selectbox(key="traces.f.order").set_value("oldest").run()
    assert address(app) == {"max_usd": "0.5", "user": "ada", "order": "oldest"}
    assert names(app) == ["turn 0", "turn 1", "turn 2"]


def test_an_address_that_makes_no_sense_is_named_and_the_list_shown(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page(min_ms="soon", since="yesterday", order="best", status="fine")
    (error,) = app.error
    assert "min_ms" in error.value and "since" in error.value and "order" in error.value
    assert "status" in error.value
    assert len(names(app)) == 50
    assert address(app) == {}


def test_a_search_without_hits_says_so_and_is_cleared(open_page: Callable[..., AppTest]) -> None:
    app = open_page(text="nothing-like-it", name="nobody")
    assert "Nothing matches" in texts(app)
    app.button(key="traces.clear_empty").click().run()
    assert (address(app), len(names(app))) == ({}, 50)


def test_pages_follow_each_other_without_a_gap(open_page: Callable[..., AppTest]) -> None:
    app = open_page(text="plain question")
    first = names(app)
    app.button(key="traces.next").click().run()
    second = names(app)
    assert [*first, *second] == [f"plain {number}" for number in reversed(range(PLAIN_COUNT))]
    app.button(key="traces.back").click().run()
    assert names(app) == first


def test_blanks_typed_into_the_filter_leave_the_page_that_is_shown(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page(text="plain question")
    app.button(key="traces.next").click().run()
    shown = kept_by(app, TracesState).page
    app.text_input(key="traces.f.preview").set_value("plain question ").run()
    app.text_input(key="traces.f.user").set_value("  ").run()
    assert kept_by(app, TracesState).page is shown
    assert kept_by(app, TracesState).filter == TraceFilter(preview="plain question")


def test_a_judges_own_call_is_marked_in_the_list(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    client = MlflowClient(tracking_uri=seeded.uri)
    client.set_trace_tag(seeded.ids["turn 0"], trace_names.JUDGE, "tone")
    try:
        (table,) = open_page(judges="yes").dataframe
    finally:
        client.delete_trace_tag(seeded.ids["turn 0"], trace_names.JUDGE)
    (question,) = table.value["question"]
    assert question.startswith("Judge tone: ")


def test_another_experiment_is_picked_and_stays_in_the_address(
    open_page: Callable[..., AppTest],
) -> None:
    app = open_page()
    picker = app.selectbox(key="traces.experiment")
    assert picker.options[0] == "Pydantic AI Gateway"
    assert OTHER_EXPERIMENT in picker.options
    experiments = {
        each.name: each.experiment_id for each in kept_by(app, TracesState).experiments or ()
    }
    picker.set_value(experiments[OTHER_EXPERIMENT]).run()
    assert names(app) == ["elsewhere"]
    assert address(app) == {"experiment": experiments[OTHER_EXPERIMENT]}


def test_the_header_leads_to_the_session(open_page: Callable[..., AppTest], seeded: Seeded) -> None:
    app = open_page(trace=seeded.ids["turn 1"])
    assert app.markdown[0].value
    app.button(key="traces.one.session").click().run()
    assert address(app) == {"session": SESSION, "order": "oldest"}
    assert names(app) == ["turn 0", "turn 1", "turn 2"]


def test_the_header_says_which_model_answered_by_which_program(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    app = open_page(trace=seeded.ids["question"])
    (line,) = [each.value for each in app.markdown if seeded.ids["question"] in each.value]
    assert ":small[gpt-4o-mini] · :small[question] · " in line


def test_the_header_leads_to_the_comparison_only_where_there_is_one(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    keys = [button.key for button in open_page(trace=seeded.ids["question"]).button]
    assert "traces.one.comparison" not in keys
    keys = [button.key for button in open_page(trace=seeded.ids["question again"]).button]
    assert "traces.one.comparison" in keys


def test_a_failed_tool_is_opened_first_with_its_stack_trace(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    app = open_page(trace=seeded.ids["failing tool"])
    assert "##### look up" in [each.value for each in app.markdown]
    assert [each.value for each in app.error] == ["LookupError\\: No city 'Atlantis' on any map"]
    app.segmented_control(key="traces.one.span.view").set_value("Events").run()
    assert any("Traceback" in each.value for each in app.code)


def test_a_trace_that_is_not_there_is_said_not_to_be(open_page: Callable[..., AppTest]) -> None:
    app = open_page(trace="tr-<b>nobody's", span="x")
    assert not app.exception
    assert "No such trace" in texts(app)
    assert "MLflow has no trace tr-\\<b\\>nobody's." in texts(app)
    app.button(key="traces.all").click().run()
    assert (address(app), len(names(app))) == ({}, 50)


def test_a_link_to_a_span_that_is_not_there_opens_the_trace_and_says_so(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    # The link that another program recorded names a span that its trace does not have.
    app = open_page(trace=seeded.ids["otel agent"])
    app.segmented_control(key="traces.one.span.view").set_value("Links").run()
    (link,) = [button for button in app.button if button.label == "Open"]
    link.click().run()
    assert address(app)["trace"] == seeded.ids["question"]
    assert "#### How high is the Eiffel tower?" in [each.value for each in app.markdown]
    assert "This trace has no span `0123456789abcdef`." in texts(app)
    assert "##### Completions" in [each.value for each in app.markdown]


def test_the_header_leads_to_the_prompt_that_was_used(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    client = MlflowClient(tracking_uri=seeded.uri)
    client.register_prompt("asked-with", "What is {{thing}}?")
    used = json.dumps([{"name": "asked-with", "version": "1"}])
    # No other test has opened it, so nothing of it is remembered.
    client.set_trace_tag(seeded.ids["plain 7"], "mlflow.linkedPrompts", used)
    app = open_page(trace=seeded.ids["plain 7"])
    (button,) = [each for each in app.button if each.label == "asked-with v1"]
    button.click().run()
    assert address(app) == {"prompt": "asked-with", "version": "1"}


def test_a_broken_trace_names_its_defects_and_leads_to_their_spans(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    app = open_page(trace=seeded.ids["broken"])
    assert "4 defects in this recording" in [each.label for each in app.expander]
    for title in (
        "A root that never closed",
        "Spans whose parent is missing",
        "Spans that never closed",
        "Spans that end before they start",
    ):
        assert title in texts(app)
    (button,) = [each for each in app.button if "of span 'broken 4'" in each.label]
    button.click().run()
    assert "##### broken 4" in [each.value for each in app.markdown]


def test_an_expectation_on_a_span_is_stored_as_mlflow_knows_it(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    trace_id = seeded.ids["turn 0"]
    app = open_page(trace=trace_id)
    key = f"traces.feedback.{trace_id}"
    app.button(key="traces.feedback.add").click().run()
    app.segmented_control(key=f"{key}.sort").set_value("expectation").run()
    app.checkbox(key=f"{key}.on_span").check().run()
    app.text_area(key=f"{key}.expectation.new.value").set_value("Something else").run()
    app.button(key=f"{key}.save").click().run()
    assert not app.exception
    trace = MlflowClient(tracking_uri=seeded.uri).get_trace(trace_id)
    (stored,) = trace.info.assessments or []
    assert isinstance(stored, Expectation)
    (called,) = [span for span in trace.data.spans if span.name == "Completions"]
    assert (stored.name, stored.value, stored.span_id) == (
        "expected_response",
        "Something else",
        called.span_id,
    )
    assert any(":violet-badge[expectation] **expected" in each.value for each in app.markdown)


def test_attributes_are_searched_in_name_and_value(
    open_page: Callable[..., AppTest], seeded: Seeded
) -> None:
    app = open_page(trace=seeded.ids["large"], span=seeded.ids["step 398"])
    app.segmented_control(key="traces.one.span.view").set_value("Attributes").run()
    search = app.text_input(key="traces.one.span.attributes.search")
    search.set_value("KEY.01").run()
    assert list(app.dataframe[0].value["Attribute"]) == [
        f"key.{number:03}" for number in range(10, 20)
    ]
    search.set_value("value 119").run()
    assert list(app.dataframe[0].value["Attribute"]) == ["key.119"]
