"""The compare page in the words of its user, and a hub whose calls are answered by a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from gwtrace_core.lanes.link import read_link, write_link
from gwtrace_core.running.recorder import TraceMissing, TraceState
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.values.connection import Provider, SdkPath, Target
from gwtrace_core.values.events import (
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    StreamEvent,
    TextDelta,
    Usage,
)
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, Lane, TurnContext
from gwtrace_core.values.secret import Secret
from pages.ui.compare.state import CompareState

COMPARE = Path(__file__).parents[2] / "pages" / "compare.py"
TIMEOUT_S = 30


class NoRecorder:
    """Records nothing but what each turn was begun with."""

    def __init__(self) -> None:
        self.begun: list[tuple[ChatRequest, TurnContext]] = []

    def prepare(self, path: SdkPath) -> None:
        pass

    def begin(self, request: ChatRequest, target: Target, context: TurnContext) -> NoRecorder:
        self.begun.append((request, context))
        return self

    @property
    def trace_id(self) -> str | None:
        return None

    def active(self) -> AbstractContextManager[None]:
        return nullcontext()

    def trace_headers(self) -> Mapping[str, str]:
        return {}

    def observe(self, event: StreamEvent) -> None:
        pass

    def finish(self, reply: Reply) -> None:
        pass

    @contextmanager
    def unrecorded(self) -> Iterator[None]:
        yield

    def read_back(self, trace_id: str | None) -> TraceState:
        return TraceMissing(reason="Nothing is recorded in this test.")


class NumberedPath:
    """Answers with the number of the call, so that no two answers are the same."""

    def __init__(self) -> None:
        self.calls = 0

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncIterator[StreamEvent]:
        self.calls += 1
        yield ModelRequestStarted(index=0, model=request.lane.model)
        yield TextDelta(text=f"Answer {self.calls}")
        usage = Usage(input_tokens=10, output_tokens=2)
        yield ModelRequestFinished(
            index=0, finish_reason="stop", usage=usage, response_model=request.lane.model
        )
        yield Finished(finish_reason="stop")

    async def open(self, target: Target) -> None: ...

    def load(self, provider: Provider) -> None:
        pass

    async def forget(self, key: Secret) -> None:
        pass

    async def aclose(self) -> None:
        pass


class Page:
    """The page in the words of its user."""

    def __init__(
        self, *lanes: Lane, link: str | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        self.test = AppTest.from_file(str(COMPARE), default_timeout=TIMEOUT_S)
        for name, value in (more or {}).items():
            self.test.query_params[name] = value
        if lanes or link is not None:
            self.test.query_params["lanes"] = write_link(lanes) if link is None else link
        self.run()

    def run(self) -> None:
        self.test.run()
        assert not self.test.exception

    @property
    def state(self) -> CompareState:
        return self.test.session_state["kept.compare"]

    @property
    def ids(self) -> list[str]:
        return [column.lane_id for column in self.state.lanes]

    @property
    def lanes(self) -> list[Lane]:
        return [column.lane for column in self.state.lanes]

    @property
    def names(self) -> str:
        """The lanes' letters, from the left."""
        return "".join(column.name for column in self.state.lanes)

    @property
    def heads(self) -> list[tuple[str, str]]:
        """Each lane's letter and path, as they are written over its column."""
        menus = [menu for menu in self.test.menu_button if str(menu.key).endswith(".menu")]
        return [
            (menu.proto.label, lane.sdk_path) for menu, lane in zip(menus, self.lanes, strict=True)
        ]

    @property
    def texts(self) -> list[str]:
        return [each.value for each in (*self.test.markdown, *self.test.caption)]

    @property
    def linked(self) -> tuple[Lane, ...]:
        """The lanes that the address would restore."""
        link = self.test.query_params["lanes"]
        return read_link(link if isinstance(link, str) else link[0])

    @property
    def alerts(self) -> list[str]:
        """Errors and notices, without what keeps them from being read as markup."""
        return [each.value.replace("\\", "") for each in (*self.test.error, *self.test.info)]

    @property
    def answers(self) -> list[list[str]]:
        """Each round's answers, lane by lane."""
        return [
            [round_.turns[lane_id].snapshot().reply.text for lane_id in self.ids]
            for round_ in self.state.rounds
        ]

    def set_up(self, index: int) -> None:
        """Open the set-up of the lane at that place."""
        self.test.session_state[f"compare.head.{self.ids[index]}.open"] = True
        self.run()

    def menu(self, index: int) -> Any:
        return self.test.menu_button(key=f"compare.head.{self.ids[index]}.menu")

    def choose(self, index: int, entry: str) -> None:
        """An entry of the menu of the lane at that place."""
        menu = self.menu(index)
        assert entry in menu.options
        menu.click(entry)
        self.run()

    def preset(self, name: str) -> None:
        self.test.menu_button(key="compare.preset").click(name)
        self.run()

    def click(self, key: str) -> None:
        self.test.button(key=key).click()
        self.run()

    def ask(self, text: str, *files: tuple[str, bytes]) -> None:
        box = self.test.chat_input(key="compare.prompt").set_value(text)
        for name, content in files:
            box.upload(name, content, "image/png")
        self.run()
