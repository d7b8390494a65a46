"""What a person typed or attached, checked before anything is sent. Refusals say what would do."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gwtrace_core.lanes.pictures import is_picture
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Image, Message
from gwtrace_core.values.text import bytes_text, count_text, plural

MAX_MESSAGE_CHARS = 100_000
MAX_IMAGES = 8
MAX_IMAGE_BYTES = 5_000_000
"""The strictest of the providers: Anthropic refuses pictures above 5 MB."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_KEPT_CONTROLS = "\n\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedText:
    """A text that every SDK can send, and what had to be changed for that."""

    text: str
    note: str = ""


def check_text(text: str, *, has_images: bool = False) -> CheckedText:
    """The text as it can be sent. Raises `RequestRefused` for nothing at all and for too much.

    Control characters are removed and halves of surrogate pairs replaced: JSON or UTF-8 cannot
    carry them, and no model reads them.
    """
    if len(text) > MAX_MESSAGE_CHARS:
        raise RequestRefused(
            f"The message has {count_text(len(text))} characters; "
            f"at most {count_text(MAX_MESSAGE_CHARS)} can be sent.",
            hint="Shorten it and send it again; it is still in the box.",
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned: list[str] = []
    removed = replaced = 0
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs":
            replaced += 1
            cleaned.append("\N{REPLACEMENT CHARACTER}")
        elif category == "Cc" and character not in _KEPT_CONTROLS:
            removed += 1
        else:
            cleaned.append(character)
    result = "".join(cleaned)
    if not result.strip() and not has_images:
        raise RequestRefused(
            "There is nothing to send: the message is empty.", hint="Type a question first."
        )
    notes = [
        f"{plural(removed, 'control character')} removed" if removed else "",
        f"{plural(replaced, 'broken character')} replaced" if replaced else "",
    ]
    note = ", ".join(part for part in notes if part)
    return CheckedText(text=result, note=f"{note} from the message." if note else "")


def check_images(files: Sequence[tuple[str, bytes]]) -> tuple[Image, ...]:
    """Pictures from (file name, content) pairs. Raises `RequestRefused`, naming the file."""
    if len(files) > MAX_IMAGES:
        raise RequestRefused(
            f"{len(files)} pictures are attached; at most {MAX_IMAGES} can be sent.",
            hint="Remove some and send again.",
        )
    images: list[Image] = []
    for name, data in files:
        media_type = _detect_media_type(data)
        if media_type is None:
            raise RequestRefused(
                f"The file {name!r} is not a picture that models take.",
                hint="Attach PNG, JPEG, GIF or WebP.",
            )
        if len(data) > MAX_IMAGE_BYTES:
            raise RequestRefused(
                f"The picture {name!r} has {bytes_text(len(data))}; "
                f"at most {bytes_text(MAX_IMAGE_BYTES)} can be sent.",
                hint="Make it smaller and attach it again.",
            )
        if not is_picture(data):
            raise RequestRefused(
                f"The picture {name!r} is damaged: it cannot be opened.",
                hint="Save it anew and attach it again.",
            )
        images.append(Image(media_type=media_type, data=data))
    return tuple(images)


def _detect_media_type(data: bytes) -> str | None:
    """By the first bytes: a file's name proves nothing."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)


def build_conversation(
    earlier: Iterable[tuple[Message, str]], message: Message
) -> tuple[Message, ...]:
    """The messages to send: earlier questions with their answers, then `message`.

    A turn without any answer is left out: no provider takes two questions in a row alike.
    """
    messages: list[Message] = []
    for question, answer in earlier:
        if answer.strip():
            messages += [question, Message(role="assistant", text=answer)]
    return (*messages, message)
