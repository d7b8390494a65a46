from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from gwtrace_core.lanes.input_checks import (
    MAX_IMAGE_BYTES,
    MAX_MESSAGE_CHARS,
    CheckedText,
    build_conversation,
    check_images,
    check_text,
)
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Image, Message


def drawn(kind: str) -> bytes:
    """A picture of one grey dot."""
    data = BytesIO()
    Picture.new("L", (1, 1), 128).save(data, kind)
    return data.getvalue()


PNG = drawn("PNG")


@pytest.mark.parametrize("text", ["", "   ", "\n\t \n", "\x00\x1b"])
def test_nothing_is_not_sent_and_says_so(text: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        check_text(text)
    assert refused.value.message == "There is nothing to send: the message is empty."
    assert refused.value.hint == "Type a question first."


def test_a_picture_alone_is_enough() -> None:
    assert check_text("", has_images=True) == CheckedText(text="")


def test_a_huge_message_is_refused_with_both_numbers() -> None:
    with pytest.raises(RequestRefused) as refused:
        check_text("x" * 200_000)
    assert refused.value.message == (
        "The message has 200,000 characters; at most 100,000 can be sent."
    )


def test_the_longest_message_is_taken_whole() -> None:
    text = "x" * MAX_MESSAGE_CHARS
    assert check_text(text) == CheckedText(text=text)


def test_what_json_cannot_carry_is_replaced_and_named() -> None:
    assert check_text("a\ud800b\x1b[31mc\x00\r\nd\te") == CheckedText(
        text="a\N{REPLACEMENT CHARACTER}b[31mc\nd\te",
        note="2 control characters removed, 1 broken character replaced from the message.",
    )


@given(st.text(st.characters(codec=None), min_size=1, max_size=200))
def test_every_checked_text_can_be_encoded(text: str) -> None:
    try:
        checked = check_text(text)
    except RequestRefused:
        return
    checked.text.encode("utf-8")


def test_pictures_are_known_by_their_bytes_not_their_names() -> None:
    webp, jpeg, gif = drawn("WEBP"), drawn("JPEG"), drawn("GIF")
    assert check_images([("a.txt", PNG), ("b.png", webp), ("c", jpeg), ("d.jpg", gif)]) == (
        Image(media_type="image/png", data=PNG),
        Image(media_type="image/webp", data=webp),
        Image(media_type="image/jpeg", data=jpeg),
        Image(media_type="image/gif", data=gif),
    )


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "GIF"])
def test_a_damaged_picture_is_refused_before_anything_has_to_draw_it(kind: str) -> None:
    whole = drawn(kind)
    with pytest.raises(RequestRefused) as refused:
        check_images([("cat", whole[: len(whole) // 2])])
    assert refused.value.message == "The picture 'cat' is damaged: it cannot be opened."


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    data = BytesIO()
    Picture.new("1", (20_000, 20_000)).save(data, "PNG")
    assert len(data.getvalue()) < MAX_IMAGE_BYTES
    with pytest.raises(RequestRefused, match="damaged"):
        check_images([("huge.png", data.getvalue())])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([("notes.png", b"hello")], "The file 'notes.png' is not a picture that models take."),
        (
            [("big.png", PNG + b"0" * MAX_IMAGE_BYTES)],
            "The picture 'big.png' has 5.0 MB; at most 5.0 MB can be sent.",
        ),
        ([("a.png", PNG)] * 9, "9 pictures are attached; at most 8 can be sent."),
    ],
)
def test_a_wrong_picture_is_named(files: list[tuple[str, bytes]], message: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        check_images(files)
    assert refused.value.message == message


def test_the_history_leaves_out_turns_without_an_answer() -> None:
    first, failed, new = (Message(role="user", text=text) for text in ("1", "2", "3"))
    assert build_conversation([(first, "one"), (failed, " \n")], new) == (
        first,
        Message(role="assistant", text="one"),
        new,
    )
