"""The evaluate page in the words of its user, and what a plain MlflowClient says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.support import EXPERIMENT, SLOW_MS, App, choose, drawn_anew, wait_idle

if TYPE_CHECKING:
    from mlflow.entities import Run, Trace


class Evaluate:
    """The evaluate page, in the words of its user."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.start = page.get_by_role("button", name="Start", exact=True)
        self.figures = page.locator(".st-key-evaluate-figures")
        self.scorers = page.locator("[class*='st-key-evaluate-card-']")
        self.again = page.get_by_role("button", name="Evaluate again")
        """There when nothing is judged any more, and not before."""

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    def come_from(self, what: str) -> None:
        with drawn_anew(self.page):
            self.page.get_by_role("radio", name=what, exact=True).click()

    def newest(self, count: int) -> None:
        """Choose that many of the newest traces."""
        box = self.page.get_by_role("spinbutton", name="How many")
        box.fill(str(count))
        with drawn_anew(self.page):
            box.press("Enter")

    def add(self, menu: str, entry: str) -> None:
        count = self.scorers.count()
        self.page.get_by_role("button", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=entry, exact=True).click()
        expect(self.scorers).to_have_count(count + 1)
        wait_idle(self.page)

    def fill(self, label: str, text: str, *, nth: int = -1) -> None:
        """Type into the scorer's input of that name."""
        scorer = self.scorers.nth(nth) if nth >= 0 else self.scorers.last
        box = scorer.get_by_role("textbox", name=label, exact=True)
        with drawn_anew(self.page):
            box.fill(text)
            box.press("Tab")
        wait_idle(self.page)

    def pick_model(self, model: str) -> None:
        box = self.page.get_by_role("combobox", name="Model", exact=True)
        with drawn_anew(self.page):
            choose(box, model)
        expect(box).to_have_value(model)

    def begin(self) -> str:
        """Press Start; returns the id when the evaluation is shown."""
        expect(self.start).to_be_enabled()
        self.start.click()
        self.page.wait_for_url(re.compile("evaluation="), timeout=SLOW_MS)
        return self.evaluation_id

    def end(self) -> None:
        """Wait until nothing is judged any more."""
        expect(self.again).to_be_visible(timeout=SLOW_MS)
        wait_idle(self.page)

    @property
    def evaluation_id(self) -> str:
        return parse_qs(urlsplit(self.page.url).query)["evaluation"][0]


class Evaluations:
    """What MLflow holds of evaluations, by the plain client."""

    def __init__(self, app: App) -> None:
        from mlflow import MlflowClient

        self._client: Any = MlflowClient(tracking_uri=f"sqlite:///{app.directory}/mlflow.db")

    def expect_answer(self, trace_id: str, text: str) -> None:
        """Say what the answer should have been, as another program does."""
        from mlflow.entities import AssessmentSource, Expectation
        from mlflow.tracing.client import TracingClient

        source = AssessmentSource(source_type="HUMAN", source_id="eve")
        expectation = Expectation(name="expected_response", value=text, source=source)
        TracingClient(self._client.tracking_uri).log_assessment(trace_id, expectation)

    def make_dataset(self, name: str, answers: dict[str, str]) -> None:
        """Questions and what is expected, without traces, as another program makes them."""
        from mlflow.tracing.client import TracingClient

        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        made = self._client.create_dataset(name, experiment_id=[experiment.experiment_id])
        store: Any = TracingClient(self._client.tracking_uri).store
        store.upsert_dataset_records(
            dataset_id=made.dataset_id,
            records=[
                {"inputs": {"question": question}, "expectations": {"expected_response": answer}}
                for question, answer in answers.items()
            ],
        )

    @property
    def ids(self) -> list[str]:
        """Of all evaluations, newest first."""
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        runs = self._client.search_runs(
            [experiment.experiment_id], "tags.`mlflow.runType` = 'genai_evaluate'"
        )
        return [run.info.run_id for run in runs]

    def run(self, evaluation_id: str) -> Run:
        return self._client.get_run(evaluation_id)

    def status(self, evaluation_id: str) -> str:
        return self.run(evaluation_id).info.status

    def traces(self, evaluation_id: str) -> list[Trace]:
        """Those that were judged, by MLflow's own link."""
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        return list(
            self._client.search_traces(
                locations=[experiment.experiment_id], run_id=evaluation_id, max_results=50
            )
        )

    def judge_traces(self, evaluation_id: str) -> list[Trace]:
        """Those of the judges' own calls."""
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        return list(
            self._client.search_traces(
                locations=[experiment.experiment_id],
                filter_string=f"tags.`gwtrace.evaluation` = '{evaluation_id}'",
                max_results=50,
            )
        )


def given(trace: Trace, evaluation_id: str) -> dict[str, Any]:
    """What that evaluation says of the trace, by name."""
    return {
        each.name: each
        for each in trace.info.assessments or []
        if (each.metadata or {}).get("mlflow.assessment.sourceRunId") == evaluation_id
    }
