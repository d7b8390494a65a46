"""Draws texts with links as the app draws a model's: one container for each text."""

from __future__ import annotations

import streamlit as st

from pages.ui.draw.model_text import model_markdown
from tests.link_texts import AS_TEXT, FOREIGN, INSIDE, MISTAKEN, WEB


def draw(key: str, texts: list[str]) -> None:
    with st.container(key=key):
        for text in texts:
            st.markdown(model_markdown(text))


def filled(ways: tuple[str, ...], urls: tuple[str, ...]) -> list[str]:
    return [way.replace("{}", url) for way in ways for url in urls]


draw("foreign", filled((*AS_TEXT, *MISTAKEN, "a <{}> b"), FOREIGN[::3]))
draw("disguised", filled(AS_TEXT[:1] + MISTAKEN[:1], FOREIGN))
draw("inside", filled(AS_TEXT[:4], INSIDE))
draw("web", filled(("[a]({})", "[r]\n\n[r]: {}", "<{}>"), WEB))
