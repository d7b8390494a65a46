"""The charts' colours: one for each of the most lanes there can be, and none like another."""

from __future__ import annotations

import tomllib
from itertools import combinations
from math import dist
from pathlib import Path
from typing import Any

import pytest

from gwtrace_core.lanes.lanes import MAX_LANES

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"
LEAST_CONTRAST = 3.0
"""WCAG 2.2, 1.4.11: of what has to be seen against its ground."""
LEAST_DISTANCE = 0.15
"""In Oklab; two neighbouring blues of a palette are some 0.08 apart."""

Triple = tuple[float, float, float]


def linear(colour: str) -> Triple:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def oklab(colour: str) -> Triple:
    red, green, blue = linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_lane_has_a_colour_that_is_seen_and_told_from_all_others(theme: str) -> None:
    found: dict[str, Any] = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][theme]
    colours = found["chartCategoricalColors"]
    assert len(colours) == MAX_LANES
    faint = [each for each in colours if contrast(each, found["backgroundColor"]) < LEAST_CONTRAST]
    alike = [
        pair
        for pair in combinations(colours, 2)
        if dist(oklab(pair[0]), oklab(pair[1])) < LEAST_DISTANCE
    ]
    assert (faint, alike) == ([], [])
