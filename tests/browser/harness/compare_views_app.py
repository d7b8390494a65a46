"""A page with the compare page's views alone, for the browser tests. `?view=…&n=…`"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gwtrace_core.trace.diff.diff import diff_traces
from gwtrace_core.trace.parity.parity import Aspect, Cell, Parity, Verdict
from pages.ui.components.answer_diff import answer_diff
from pages.ui.components.parity_view import parity_view
from pages.ui.trace.diff import draw_trace_diff
from tests.browser.harness.shapes import SHAPES

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> **bold** :red-badge[Verified]"

st.set_page_config(layout="wide", page_title="Views")

view = st.query_params.get("view", "parity")
count = int(st.query_params.get("n", "2"))
st.button("Rerun", key="harness.rerun")

VERDICTS = list(Verdict)


def lane_parity(number: int) -> Parity:
    return Parity(
        cells=tuple(
            Cell(
                aspect=aspect,
                seen=None if place % 5 == 4 else f"{place * 11}",
                held=HOSTILE if aspect is Aspect.ERROR else f"{place * 11 + number}",
                autolog=None,
                verdict=VERDICTS[place % 5 if place % 2 else (place + number) % 5],
                reason=f"Reason of {aspect.value.lower()}, lane {number}.",
            )
            for place, aspect in enumerate(Aspect)
        )
    )


PARAGRAPHS = [f"Paragraph {number} says the same in both." for number in range(20)]
LEFT = ["The capital of France is Paris.", *PARAGRAPHS, HOSTILE, "One line more."]
RIGHT = ["The capital of France is Lyon.", *PARAGRAPHS, "Nothing hostile.", "One line more."]

if view == "parity":
    parity_view([(f"Lane {n} {HOSTILE if n == 1 else ''}", lane_parity(n)) for n in range(count)])
elif view == "answer":
    answer_diff(
        "\n\n".join(LEFT),
        "\n\n".join(RIGHT),
        left_label=HOSTILE,
        right_label="Claude",
        key="harness.answer",
    )
else:
    left = SHAPES["chat"](count, "tr-left")
    right = SHAPES["chat"](count + 5, "tr-right")
    spans = tuple(
        replace(
            span,
            outputs={"answer": "new words"},
            end_ns=span.end_ns and span.end_ns + 1_200_000_000,
        )
        if span.kind == "LLM"
        else span
        for span in right.spans
    )
    draw_trace_diff(
        diff_traces(left, replace(right, spans=spans)),
        left_label="OpenAI SDK",
        right_label=HOSTILE,
        key="harness.diff",
    )
