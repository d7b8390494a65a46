from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.trace.filters import (
    PARAMETERS,
    FilterFromAddress,
    TraceFilter,
    filter_from_params,
    filter_to_params,
)
from gwtrace_core.values.connection import Provider, SdkPath

_texts = st.none() | st.text(min_size=1, max_size=40)
_counts = st.none() | st.integers(0, 2**53)
_amounts = st.none() | st.floats(0, 1e6)
_choices = st.none() | st.booleans()
any_filter = st.builds(
    TraceFilter,
    status=st.sampled_from([None, "ok", "error", "stopped", "in_progress"]),
    sdk_path=st.sampled_from([None, *SdkPath]),
    provider=st.sampled_from([None, *Provider]),
    outcome=st.sampled_from([None, "finished", "failed", "stopped"]),
    **{name: _counts for name in ("after_ms", "before_ms", "min_duration_ms", "max_duration_ms")},
    **{name: _counts for name in ("min_tokens", "max_tokens")},
    **{name: _amounts for name in ("min_cost_usd", "max_cost_usd")},
    **{name: _choices for name in ("has_error", "by_gwtrace", "by_judge", "has_prompt")},
    verdict_source=st.sampled_from([None, "person", "judge", "code"]),
    verdict_kind=st.sampled_from([None, "yes_no", "number", "category"]),
    **{
        name: _texts
        for name in (
            *(
                "session_id",
                "model",
                "connection",
                "comparison_id",
                "user",
                "name",
                "prompt",
            ),
            *("preview", "full_text", "verdict_name", "verdict_value", "verdict_person"),
        )
    },
)


@given(any_filter)
def test_a_filter_survives_the_address(chosen: TraceFilter) -> None:
    assert filter_from_params(filter_to_params(chosen)) == FilterFromAddress(filter=chosen)


def test_every_condition_has_a_parameter_of_its_own() -> None:
    assert len(set(PARAMETERS)) == len(fields(TraceFilter))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("status", "OKAY"),
        ("outcome", "lost"),
        ("path", "openai"),
        ("provider", "gpt"),
        ("after", "-5"),
        ("after", "yesterday"),
        ("min_ms", "1.5"),
        ("max_tokens", "9" * 400),
        ("max_tokens", "³"),
        ("min_usd", "nan"),
        ("max_usd", "1e999"),
        ("errors", "true"),
        ("prompted", "1"),
        ("said_by", "HUMAN"),
        ("value_kind", "bool"),
        ("model", "x" * 501),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named_and_left_out(name: str, text: str) -> None:
    found = filter_from_params({name: text, "user": "ada", "trace": "tr-1"})
    assert found == FilterFromAddress(filter=TraceFilter(user="ada"), ignored=(name,))


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=30)))
def test_no_address_breaks_the_page(params: dict[str, str]) -> None:
    found = filter_from_params(params)
    assert filter_from_params(filter_to_params(found.filter)).filter == found.filter
