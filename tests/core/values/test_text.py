from __future__ import annotations

import pytest

from gwtrace_core.values.text import (
    bytes_text,
    change_text,
    count_text,
    duration_text,
    one_line,
    plural,
    usd_text,
)


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (0, "0.0 ms"),
        (0.04, "< 0.1 ms"),
        (0.4, "0.4 ms"),
        (84.4, "84 ms"),
        (999.4, "999 ms"),
        (999.6, "999 ms"),
        (1000, "1.00 s"),
        (1.999, "1 ms"),
        (0.25, "0.3 ms"),
        (4674.9, "4.67 s"),
        (4675, "4.68 s"),
        (1.001 * 1000, "1.00 s"),
        (1.005 * 1000, "1.01 s"),
        (4125, "4.13 s"),
        (1840, "1.84 s"),
        (59_994, "59.99 s"),
        (59_994.99, "59.99 s"),
        (59_995, "1 min 00 s"),
        (59_999, "1 min 00 s"),
        (90_500, "1 min 31 s"),
        (125_000, "2 min 05 s"),
        (3_599_499, "59 min 59 s"),
        (3_599_500, "1 h 00 min"),
        (11_100_000, "3 h 05 min"),
        (86_370_000, "1 d 00 h"),
        (100 * 86_400_000, "100 d 00 h"),
        (31_536_000_000, "1.0 years"),
        (1_796_040_000_000, "56.9 years"),
        (-1.5, "−1 ms"),
        (-1_796_040_000_000, "−56.9 years"),
    ],
)
def test_a_duration_has_a_fitting_unit(duration_ms: float, text: str) -> None:
    assert duration_text(duration_ms) == text


@pytest.mark.parametrize(
    ("amount_usd", "text"),
    [
        (0, "$0"),
        (0.0000004, "< $0.000001"),
        (0.0000123, "$0.000012"),
        (0.00312, "$0.0031"),
        (1234.5, "$1,234.50"),
    ],
)
def test_a_small_cost_is_not_rounded_to_nothing(amount_usd: float, text: str) -> None:
    assert usd_text(amount_usd) == text


@pytest.mark.parametrize(
    ("percent", "text"),
    [(50, "+50%"), (-1.2, "−1%"), (0.4, "±0%"), (-0.4, "±0%"), (123_456, "+123,456%")],
)
def test_a_change_has_a_sign_and_no_hyphen_for_a_minus(percent: float, text: str) -> None:
    assert change_text(percent) == text


def test_counts_and_sizes_are_readable() -> None:
    assert count_text(1234567) == "1,234,567"
    assert [bytes_text(size) for size in (340, 12_345, 1_234_567)] == ["340 B", "12.3 kB", "1.2 MB"]
    assert [plural(count, "span") for count in (0, 1, 2)] == ["0 spans", "1 span", "2 spans"]
    assert plural(2, "reply", "replies") == "2 replies"


def test_what_is_too_long_for_a_line_ends_in_an_ellipsis() -> None:
    assert one_line("claude-sonnet-4-5", 17) == "claude-sonnet-4-5"
    assert one_line("one  two\nthree", 9) == "one two…"
