"""The peer in Streamlit: a question, a column for each lane and the bare SDK's text in it.

No settings, figures, traces or buttons: what this page takes, any page of Streamlit's takes. Run by
`streamlit run`, with the gateway's base URL, the model and the count of lanes in the environment.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from dataclasses import dataclass, field

import streamlit as st
from openai import AsyncOpenAI

_BASE_URL = os.environ["BENCH_BASE_URL"]
_MODEL = os.environ["BENCH_MODEL"]
_COUNT = int(os.environ["BENCH_LANES"])
_SHOWN_ROUNDS = max(2, 16 // _COUNT)
"""As many as the compare page shows."""
_TICK_S = 0.05
_FIRST_TOKEN_TICK_S = 0.005


@dataclass(slots=True)
class _Answer:
    pieces: list[str] = field(default_factory=list)
    has_ended: bool = False


@st.cache_resource
def _sdk() -> tuple[asyncio.AbstractEventLoop, AsyncOpenAI]:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop, AsyncOpenAI(base_url=f"{_BASE_URL}/openai", api_key="demo", max_retries=0)


async def _read(client: AsyncOpenAI, prompt: str, answer: _Answer) -> None:
    try:
        stream = await client.chat.completions.create(
            model=_MODEL, messages=[{"role": "user", "content": prompt}], stream=True
        )
        async with stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    answer.pieces.append(chunk.choices[0].delta.content)
    finally:
        answer.has_ended = True


def _page() -> None:
    rounds: list[list[_Answer]] = st.session_state.setdefault("rounds", [])
    asked = st.chat_input("Ask all lanes")
    if asked:
        rounds.append([_Answer() for _ in range(_COUNT)])
        loop, client = _sdk()
        for answer in rounds[-1]:
            asyncio.run_coroutine_threadsafe(_read(client, asked, answer), loop)
    for number, answers in list(enumerate(rounds))[-_SHOWN_ROUNDS:]:
        with st.container(key=f"row-{number}"):
            _draw(number, answers)


def _draw(number: int, answers: list[_Answer]) -> None:
    slots = [
        column.container(key=f"compare-cell-{number}-{lane}").empty()
        for lane, column in enumerate(st.columns(_COUNT))
    ]
    drawn = [0] * len(answers)
    while True:
        has_ended = all(answer.has_ended for answer in answers)
        for lane, (answer, slot) in enumerate(zip(answers, slots, strict=True)):
            if (count := len(answer.pieces)) > drawn[lane]:
                drawn[lane] = count
                slot.markdown("".join(answer.pieces[:count]))
        if has_ended:
            return
        time.sleep(_TICK_S if all(drawn) else _FIRST_TOKEN_TICK_S)


_page()
