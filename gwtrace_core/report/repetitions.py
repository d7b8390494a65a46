"""What a report tells of a prompt that was run several times: medians and spreads by lane."""

from __future__ import annotations

from gwtrace_core.figures.repeated import describe_repetition, make_median_figures
from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.values import ReportRound


def repetition_table(round_: ReportRound) -> Html:
    """Every lane's runs summed up; nothing where no prompt was run more than once."""
    summed = [(turn.name, turn.repetition) for turn in round_.turns if turn.repetition is not None]
    if not summed:
        return fragment()
    labels = [figure.label for figure in make_median_figures(summed[0][1])]
    heads = ["Lane", "Runs", *(f"{label[:1].upper()}{label[1:]}, median" for label in labels)]
    rows: list[Html] = []
    for name, repetition in summed:
        figures = [
            element(
                "td",
                f"{figure.value} {figure.unit}".strip(),
                element("span", figure.spread, class_="held") if figure.spread else "",
                class_="number",
            )
            for figure in make_median_figures(repetition)
        ]
        rows.append(
            element(
                "tr", element("td", name), element("td", describe_repetition(repetition)), *figures
            )
        )
    table = element(
        "table",
        element("thead", element("tr", *[element("th", each, scope="col") for each in heads])),
        element("tbody", *rows),
    )
    return element(
        "section",
        element("h3", "Several runs of this prompt"),
        element(
            "p",
            "The answer shown of each lane is one of its runs; below each median the least and "
            "the most.",
            class_="lead",
        ),
        element("div", table, class_="wide", tabindex="0"),
        class_="repetitions",
    )
