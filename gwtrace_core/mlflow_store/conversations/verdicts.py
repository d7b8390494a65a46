"""What a person says of an answer: verdicts, expected answers, outcomes of blind comparisons."""

from __future__ import annotations

from collections.abc import Mapping

from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.conversations.scan import scan_summaries
from gwtrace_core.mlflow_store.conversations.sessions import NOT_BY_JUDGES
from gwtrace_core.mlflow_store.format.assessments import (
    delete_assessments,
    is_standing,
    read_assessments,
    store_assessment,
)
from gwtrace_core.trace.feedback import VERDICT
from gwtrace_core.trace.model import Assessment, TraceSummary
from gwtrace_core.values import trace_names
from gwtrace_core.values.preferences import Preference

PREFERENCE = "preference"
"""What a blind comparison made of a reply: `win`, `loss`, `tie` or `bad`."""

_LIMIT_S = 8.0


class Verdicts(Questions):
    """What the chat and comparison pages ask of verdicts, and have stored."""

    @question("read the verdict", limit_s=_LIMIT_S)
    def find_verdict(
        self, store: Store, trace_id: str, *, name: str = VERDICT, user: str | None = None
    ) -> Assessment | None:
        """The valid verdict of that name, of that user if one is named; None if there is none."""
        verdicts = [
            each
            for each in read_assessments(store.tracing, trace_id)
            if is_standing(each, kind="feedback", name=name, user=user)
        ]
        return verdicts[-1] if verdicts else None

    @question("store the verdict", limit_s=_LIMIT_S)
    def set_verdict(
        self,
        store: Store,
        trace_id: str,
        *,
        value: bool | str,
        comment: str | None,
        user: str,
        name: str = VERDICT,
        metadata: Mapping[str, str] | None = None,
    ) -> Assessment:
        """Store a person's verdict; one that the same user gave before is kept as replaced.

        `metadata` goes on the assessment, such as the id of the comparison that it was given in.
        """
        return store_assessment(
            store.tracing,
            trace_id,
            kind="feedback",
            name=name,
            value=value,
            user=user,
            rationale=comment,
            metadata=metadata,
        )

    @question("store the expected answer", limit_s=_LIMIT_S)
    def set_expectation(
        self,
        store: Store,
        trace_id: str,
        *,
        value: str,
        user: str,
        name: str = trace_names.EXPECTED_RESPONSE,
    ) -> None:
        """Store what a person expects the answer to be, on a trace that MLflow has."""
        store_assessment(
            store.tracing, trace_id, kind="expectation", name=name, value=value, user=user
        )

    @question("withdraw the verdict", limit_s=_LIMIT_S)
    def withdraw_verdict(
        self, store: Store, trace_id: str, *, name: str = VERDICT, user: str | None = None
    ) -> None:
        """Delete the verdict and what it replaced; of that user, if one is named."""
        delete_assessments(
            store.tracing,
            trace_id,
            lambda each: is_standing(each, kind="feedback", name=name, user=user),
        )

    @question("read the preferences", limit_s=_LIMIT_S)
    def list_preferences(self, store: Store) -> tuple[Preference, ...]:
        """The valid outcomes of blind comparisons in the experiment's newest 2,000 traces."""
        return tuple(
            Preference(
                vote=_make_vote_id(summary, each.source_id),
                model=summary.tags.get(trace_names.MODEL, ""),
                sdk_path=summary.tags.get(trace_names.SDK_PATH, ""),
                outcome=str(each.value),
            )
            for summary in scan_summaries(store, NOT_BY_JUDGES)
            for each in summary.assessments
            if each.name == PREFERENCE and each.is_valid
        )


def _make_vote_id(summary: TraceSummary, voter: str) -> str:
    """One for each person and question that went to all lanes; without one, the trace's own."""
    comparison_id = summary.tags.get(trace_names.COMPARISON)
    round_id = summary.tags.get(trace_names.COMPARISON_ROUND)
    asked = f"{comparison_id} {round_id}" if comparison_id and round_id else summary.trace_id
    return f"{asked} {voter}"
