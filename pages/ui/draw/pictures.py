"""Pictures of a message: drawn where they can be, named where they cannot."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from gwtrace_core.lanes.pictures import is_picture
from gwtrace_core.values.request import Image
from gwtrace_core.values.text import bytes_text


def draw_pictures(images: Iterable[Image], *, width: int) -> None:
    """Draw them beside each other; `width` is each one's, in pixels."""
    whole: list[bytes] = []
    for image in images:
        if is_picture(image.data):
            whole.append(image.data)
        else:
            size = bytes_text(len(image.data))
            st.caption(f":material/broken_image: Picture, {image.media_type}, {size}, damaged.")
    if whole:
        st.image(whole, width=width)
