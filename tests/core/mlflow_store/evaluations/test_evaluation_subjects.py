"""Traces as they are judged: of every SDK path, and not more than can be."""

from __future__ import annotations

import pytest

from gwtrace_core.evaluation.sources import MOST_SUBJECTS, ChosenTraces
from gwtrace_core.mlflow_store.evaluations.evaluations import Evaluations
from gwtrace_core.values.connection import SdkPath
from tests.core.mlflow_store.evaluation_setups import asked, found
from tests.core.mlflow_store.support import Turns


def test_more_traces_than_can_be_judged_are_said_to_be_a_part(embedded: Turns) -> None:
    ids = (asked(embedded), *(f"tr-{number:032x}" for number in range(MOST_SUBJECTS)))
    got = Evaluations(embedded.tracking).find_subjects(ChosenTraces(trace_ids=ids))
    assert (len(got.subjects), len(got.missing), got.is_complete) == (1, MOST_SUBJECTS - 1, False)


@pytest.mark.parametrize("sdk_path", list(SdkPath))
def test_every_sdk_paths_turn_with_a_tool_is_a_subject(embedded: Turns, sdk_path: SdkPath) -> None:
    turn = embedded.ask(sdk_path, text="What is 17 * 23?", tools=("calculator",))
    (subject,) = found(embedded, turn.trace.trace_id)
    assert subject.question == "What is 17 * 23?"
    assert subject.answer == turn.reply.text
    assert subject.tool_names == ("calculator",)
    assert subject.sdk_path == sdk_path.value
