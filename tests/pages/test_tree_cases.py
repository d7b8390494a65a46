"""The tests of the tree's JavaScript begin with what Python gives."""

from __future__ import annotations

import pytest

from gwtrace_core.values.text import duration_text
from tests.cases.trace_tree.made import HERE, files, text_of

FILES = files()


@pytest.mark.parametrize("name", FILES)
def test_the_files_for_the_trees_tests_are_what_python_gives(name: str) -> None:
    assert (HERE / name).read_text(encoding="utf-8") == text_of(FILES[name])


def test_a_duration_in_whole_milliseconds_reads_as_the_exact_one() -> None:
    # MLflow has the duration of a whole trace in whole milliseconds, the rest dropped.
    for us, text in FILES["durations.json"].items():
        if int(us) >= 1000:
            assert duration_text(int(us) // 1000) == text
