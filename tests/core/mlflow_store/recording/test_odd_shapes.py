"""Answers with single members changed: never a fault of gwtrace's own, never without a trace.

A sample, the same in every run; `python -m tests.bench shapes` tries all of them.
"""

from __future__ import annotations

import pytest

from tests.conftest import Demo
from tests.core.mlflow_store.support import Turns
from tests.odd_shapes import CHANGES, record_shapes, try_shapes

# Without a divisor in common with the number of changes, so that all of them are in the sample.
_EVERY = 167


# Of libraries that write odd members down, or count them.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.filterwarnings("ignore:Failed to extract usage")
def test_no_changed_answer_is_our_fault_or_costs_a_trace(demo: Demo, embedded: Turns) -> None:
    shapes = record_shapes(demo.base_url)[::_EVERY]
    tried = try_shapes(embedded.hub, shapes)
    assert [outcome.shape.name for outcome in tried.own_faults] == []
    assert [outcome.shape.name for outcome in tried.without_trace] == []
    assert {shape.change for shape in shapes} == set(CHANGES)
    assert len(shapes) > 50
