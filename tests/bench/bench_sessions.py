"""Many sessions that stream at once in one process: how far the text lags behind the gateway.

The sessions are websocket clients that speak Streamlit's protocol but draw nothing: a browser each
would use up the machine. What is measured is the server's part, on the machine that also runs the
clients and the gateway.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import ChatInputValue
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.bench.browser import AppProcess, gateway_settings, starting_app
from tests.bench.clock import running_clock
from tests.bench.report import Budget, Row, print_rows

_TOKENS_PER_S = 50
_PATIENCE_S = 90.0
_TOKEN = re.compile(r"(?<!\S)\d{8,}(?!\S)")
_MOST_SESSIONS = 50
_BUDGET = Budget(most=100, statistic="p95")


@dataclass(slots=True)
class _Session:
    """One client: what it was sent, as far as it is measured."""

    socket: ClientConnection
    box: str = ""
    """The message box's widget id."""
    newest_us: int = 0
    sent_us: int = 0
    first_ms: float | None = None
    lags_ms: list[float] = field(default_factory=list[float])

    async def ask(self, widgets: list[WidgetState]) -> None:
        """Have the page's script run."""
        state = ClientState(widget_states=WidgetStates(widgets=widgets))
        await self.socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def send(self, text: str) -> None:
        """Send a message by the message box."""
        self.sent_us = _now_us()
        value = ChatInputValue(data=text)
        await self.ask([WidgetState(id=self.box, chat_input_value=value)])

    async def follow(self) -> None:
        """Take messages in until the script has run to its end."""
        async for raw in self.socket:
            now_us = _now_us()
            message = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
            match message.WhichOneof("type"):
                case "script_finished":
                    if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                        return
                case "delta" if message.delta.WhichOneof("type") == "new_element":
                    element = message.delta.new_element
                    if element.WhichOneof("type") == "chat_input":
                        self.box = element.chat_input.id
                    elif element.WhichOneof("type") == "markdown":
                        self._note(element.markdown.body, now_us)
                case _:
                    pass

    def _note(self, text: str, now_us: int) -> None:
        # Every token counts once, when it is first to be seen.
        new = [us for us in map(int, _TOKEN.findall(text)) if us > self.newest_us]
        if not new:
            return
        self.newest_us = new[-1]
        if self.first_ms is None:
            self.first_ms = (now_us - self.sent_us) / 1000
        self.lags_ms += [(now_us - us) / 1000 for us in new]


def _now_us() -> int:
    return time.monotonic_ns() // 1000


def run(quick: bool) -> None:
    """Print the table."""
    counts, seconds = ((2,), 2) if quick else ((1, 10, 25, _MOST_SESSIONS), 8)
    rows: list[Row] = []
    with (
        running_clock(_TOKENS_PER_S, seconds * _TOKENS_PER_S) as base_url,
        starting_app(gateway_settings(base_url)) as app,
    ):
        app.wait_healthy()
        asyncio.run(_stream_at_once(app, 1))  # loads the SDKs and MLflow
        for count in counts:
            begun_s, used_s = time.monotonic(), app.cpu_s
            sessions = asyncio.run(_stream_at_once(app, count))
            share = 100 * (app.cpu_s - used_s) / (time.monotonic() - begun_s)
            rows += _rows(count, sessions, share)
    print_rows(f"sessions: streaming at once at {_TOKENS_PER_S} tokens a second, no browser", rows)


def _rows(count: int, sessions: list[_Session], share: float) -> list[Row]:
    lags = [lag for session in sessions for lag in session.lags_ms]
    firsts = [session.first_ms for session in sessions if session.first_ms is not None]
    return [
        Row(
            what=f"{count} sessions: token sent → in the browser's hands",
            samples=lags,
            budget=_BUDGET if count == _MOST_SESSIONS else None,
        ),
        Row(what=f"{count} sessions: message sent → first token", samples=firsts),
        Row(what=f"{count} sessions: processor, whole run", samples=[share], unit="%"),
    ]


async def _stream_at_once(app: AppProcess, count: int) -> list[_Session]:
    async with asyncio.timeout(_PATIENCE_S):
        sessions = [await _open(app) for _ in range(count)]
        await asyncio.gather(*(_turn(session, number) for number, session in enumerate(sessions)))
        await asyncio.gather(*(session.socket.close() for session in sessions))
    short = [session for session in sessions if not session.lags_ms]
    if short:
        raise RuntimeError(f"{len(short)} of {count} sessions were sent no answer.")
    return sessions


async def _open(app: AppProcess) -> _Session:
    url = app.url.replace("http://", "ws://") + "/_stcore/stream"
    protocol = Subprotocol("streamlit")
    session = _Session(await connect(url, subprotocols=[protocol], max_size=None, proxy=None))
    await session.ask([])
    await session.follow()
    return session


async def _turn(session: _Session, number: int) -> None:
    # Not all in the same moment: people do not.
    await asyncio.sleep(number * 0.04)
    await session.send("What time is it?")
    await session.follow()
