from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.trace.model import Nanoseconds, Span, SpanEvent
from tests.core.trace.traces import span

OMITTED = "<openai.Omit object at 0x7fa94b35e790>"


def page_script(shown):  # pyright: ignore[reportMissingParameterType]  # a script has no imports yet
    from pages.ui.trace.span import draw_span_details
    from tests.core.trace.traces import trace as trace_with

    draw_span_details(trace_with(shown), shown, key="test.span")


def draw(shown: Span, view: str | None = None) -> AppTest:
    page = AppTest.from_function(page_script, kwargs={"shown": shown})
    # The figures are a component, whose script AppTest does not run.
    if view is not None:
        page.session_state["test.span.view"] = view
    page.run()
    assert not page.exception
    return page


def llm(**fields: Any) -> Span:
    fields.setdefault("inputs", {"messages": [{"role": "user", "content": "hi"}]})
    fields.setdefault(
        "outputs",
        {"choices": [{"message": {"role": "assistant", "content": "hello"}}]},
    )
    return span("s", kind="LLM", **fields)


def texts(page: AppTest) -> list[str]:
    return [each.value for each in page.markdown] + [each.value for each in page.caption]


def test_a_model_span_opens_with_its_conversation() -> None:
    page = draw(llm())
    assert {"hi", "hello"} <= set(texts(page))
    (views,) = page.segmented_control
    assert list(views.options) == ["Messages", "Input and output", "Attributes"]
    assert not page.json
    assert not page.dataframe


def test_an_answer_that_ended_early_says_so_below_its_text() -> None:
    message = {"role": "assistant", "content": "Half"}
    outputs = {"choices": [{"message": message, "finish_reason": "model_length"}]}
    (told,) = (each for each in texts(draw(llm(outputs=outputs))) if "content_cut" in each)
    assert told == ":material/content_cut: Cut off\\: the model's context window is full."


def test_an_answer_in_no_known_form_is_shown_as_recorded() -> None:
    page = draw(llm(outputs={"weird": [1]}))
    assert "**Output**, in no form of messages that is known, as recorded:" in texts(page)
    assert [json.loads(each.value) for each in page.json] == [{"weird": [1]}]
    assert "No answer was recorded." not in texts(page)
    assert "No answer was recorded." in texts(draw(llm(outputs=None)))


def test_sound_is_told_with_its_kind_and_size() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    page = draw(llm(inputs={"messages": [{"role": "user", "content": [sound]}]}))
    assert ":material/graphic_eq: Audio, wav, 3 B, not played." in texts(page)


def test_of_a_picture_that_gwtrace_left_out_the_size_is_told() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "12345 bytes"}
    content = [{"type": "image", "source": source}]
    page = draw(llm(inputs={"messages": [{"role": "user", "content": content}]}))
    (told,) = (each for each in texts(page) if "Picture" in each)
    assert told.replace("\\", "") == (
        ":material/image: Picture, image/png, 12.3 kB. gwtrace records its size, not the picture."
    )


def test_a_span_without_messages_opens_with_input_and_output() -> None:
    page = draw(span("s", kind="TOOL", inputs={"a": 1}, outputs="3"))
    assert [json.loads(each.value) for each in page.json] == [{"a": 1}]
    assert [each.value for each in page.code] == ["3"]


def test_only_the_chosen_view_is_drawn() -> None:
    page = draw(llm(attributes={"x": 1}), "Attributes")
    assert "hello" not in texts(page)
    (table,) = page.dataframe
    assert table.value.to_dict("records")[0] == {"Attribute": "x", "Value": "1"}


def test_arguments_that_were_not_given_are_left_out_and_counted() -> None:
    inputs = {"model": "m", "stop": OMITTED, "timeout": "NOT_GIVEN"}
    page = draw(llm(inputs=inputs, attributes={"stop": OMITTED}), "Input and output")
    assert json.loads(page.json[0].value) == {"model": "m"}
    assert "2 arguments left out: recorded as not given." in texts(page)


def test_a_large_value_is_shown_in_part_with_its_size_and_a_download() -> None:
    page = draw(span("s", kind="TOOL", outputs="x" * 50_000))
    (shown,) = page.code
    assert shown.value == "x" * 20_000
    assert "The first 20,000 of 50,000 characters are shown." in texts(page)
    (download,) = page.get("download_button")
    assert download.proto.label == "Download all, 50.0 kB"


@pytest.mark.parametrize("hostile", [":red-badge[Verified]", "![x](https://x.test/a.png)"])
def test_text_of_a_span_cannot_pose_as_part_of_the_app(hostile: str) -> None:
    shown = llm(
        name=hostile,
        status="error",
        status_message=hostile,
        model=hostile,
        outputs={"choices": [{"message": {"role": hostile, "content": hostile}}]},
    )
    page = draw(shown)
    drawn = [*texts(page), *(each.value for each in page.error)]
    assert any("Verified" in text or "x.test" in text for text in drawn)
    assert not [text for text in drawn if hostile in text]


def test_lone_surrogates_and_control_characters_do_not_break_the_page() -> None:
    odd = "a\ud800b\x00c"
    shown = llm(name=odd, model=odd, status="error", status_message=odd, inputs={"q": odd},
                outputs=odd, attributes={odd: odd})  # fmt: skip
    for view in ("Input and output", "Attributes"):
        draw(shown, view)


def test_an_exception_shows_its_stack_trace() -> None:
    event = SpanEvent(
        name="exception",
        time_ns=Nanoseconds(2_000_000),
        attributes={
            "exception.type": "ValueError",
            "exception.message": "no",
            "exception.stacktrace": "Traceback …",
        },
    )
    chunks = tuple(
        SpanEvent(name=f"mlflow.chunk.item.{number}", time_ns=Nanoseconds(1)) for number in range(9)
    )
    failed = llm(status="error", status_message="no", events=(event, *chunks))
    page = draw(failed, "Events")
    assert [each.value for each in page.error] == ["no"]
    assert [each.value for each in page.code] == ["ValueError: no", "Traceback …"]
    assert "9 chunks of a stream, recorded as one event each." in texts(page)


def test_a_long_history_starts_with_its_last_messages() -> None:
    history = [{"role": "user", "content": f"message {number}"} for number in range(40)]
    page = draw(llm(inputs={"messages": history}))
    assert "message 27" not in texts(page)
    assert "message 28" in texts(page)
    page.toggle(key="test.span.messages.all").set_value(True).run()
    assert "message 0" in texts(page)
