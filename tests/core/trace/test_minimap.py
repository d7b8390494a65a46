from __future__ import annotations

from hypothesis import given

from gwtrace_core.trace.minimap import Minimap, minimap
from gwtrace_core.trace.model import Trace
from gwtrace_core.trace.tree import build_tree
from tests.core.trace.traces import any_trace, span, trace


def test_a_bucket_counts_the_spans_that_run_in_it_and_the_errors_that_end_in_it() -> None:
    tree = build_tree(
        trace(
            span("root", at=(0, 100)),
            span("first", "root", at=(0, 50)),
            span("failed", "root", at=(20, 60), status="error"),
            span("open", "root", at=(80, None), status="error"),
        )
    )
    assert minimap(tree, buckets=5) == Minimap(
        bucket_us=20_000, running=(2, 3, 3, 1, 2), errors=(0, 0, 1, 0, 1)
    )


def test_a_trace_of_no_length_is_one_bucket() -> None:
    tree = build_tree(trace(span("root", at=(5, 5))))
    assert minimap(tree) == Minimap(bucket_us=0, running=(1,), errors=(0,))


@given(any_trace)
def test_every_span_and_every_error_is_somewhere(broken: Trace) -> None:
    found = minimap(build_tree(broken), buckets=7)
    assert len(found.running) == len(found.errors)
    assert sum(found.errors) == sum(span.has_failed for span in broken.spans)
    assert sum(found.running) >= len(broken.spans)
    assert max(found.running) <= len(broken.spans)
