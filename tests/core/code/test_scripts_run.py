"""The scripts are run, in processes of their own, against the demo gateway and an MLflow store."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gwtrace_core.code.script import CodeTracking, write_script
from gwtrace_core.demo_gateway.common.exchange import Exchange
from gwtrace_core.sdk_paths import CallContext, open_path
from gwtrace_core.tools.tools import ToolResult
from gwtrace_core.values.connection import Provider, SdkPath, Target
from gwtrace_core.values.request import ChatRequest
from tests.conftest import Demo
from tests.core.code.calls import HISTORY, REACHED, RICH, make
from tests.core.code.calls import demo as demo_key
from tests.core.code.run_scripts import END
from tests.warm_start import Program, WarmProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    provider: Provider
    sdk_path: SdkPath
    is_streamed: bool
    is_rich: bool

    @property
    def name(self) -> str:
        how = "streamed" if self.is_streamed else "plain"
        what = "tools" if self.is_rich else "bare"
        return f"{self.provider.value}-{self.sdk_path.value}-{how}-{what}"

    def call(self, base_url: str) -> tuple[ChatRequest, Target]:
        rich: dict[str, Any] = {"messages": HISTORY, **RICH} if self.is_rich else {}
        if self.is_rich and self.provider is Provider.ANTHROPIC:
            # Claude takes one of temperature and top-p.
            rich["parameters"] = replace(rich["parameters"], top_p=None)
        return make(
            demo_key(base_url), self.provider, self.sdk_path, streamed=self.is_streamed, **rich
        )


_NATIVE = {
    (Provider.OPENAI, SdkPath.OPENAI_CHAT),
    (Provider.OPENAI, SdkPath.OPENAI_RESPONSES),
    (Provider.ANTHROPIC, SdkPath.ANTHROPIC_MESSAGES),
    (Provider.OPENAI, SdkPath.PYDANTIC_AI),
}
# Every path in all four ways; the other providers it reaches, streamed and with everything.
CASES = [
    Case(provider=provider, sdk_path=sdk_path, is_streamed=is_streamed, is_rich=is_rich)
    for provider, sdk_path in REACHED
    for is_streamed in (False, True)
    for is_rich in (False, True)
    if (provider, sdk_path) in _NATIVE or (is_streamed and is_rich)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    output: str
    exchanges: tuple[Exchange, ...]
    spans: tuple[tuple[str, str], ...]
    """(trace id, span type)"""


@pytest.fixture(scope="module")
def outcomes(
    demo: Demo, warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Outcome]:
    """What came of every case: one process runs all scripts of one SDK path, each of which has an
    experiment of its own."""
    folder = tmp_path_factory.mktemp("scripts")
    store = folder / "mlflow.db"
    outcomes: dict[str, Outcome] = {}
    for path in SdkPath:
        cases = [case for case in CASES if case.sdk_path is path]
        for case in cases:
            request, target = case.call(demo.base_url)
            tracking = CodeTracking(tracking_uri=f"sqlite:///{store}", experiment_name=case.name)
            (folder / f"{case.name}.py").write_text(
                write_script(request, target, tracking=tracking)
            )
        mark = demo.exchanges.mark
        log = folder / f"{path.value}.log"
        program = Program(
            module="tests.core.code.run_scripts",
            arguments=[str(folder / f"{case.name}.py") for case in cases],
            env={
                **os.environ,
                "MLFLOW_ASYNC_TRACE_LOGGING_MAX_INTERVAL_MILLIS": "50",
                "MLFLOW_MODEL_CATALOG_URI": "",
                "PYTHONWARNINGS": "ignore",
            },
            cwd=folder,
            log_path=log,
        )
        warm.start(program).wait(300)
        *texts, rest = re.split(rf"\n{END}.*\n", log.read_text())
        assert len(texts) == len(cases), rest[-3_000:]
        exchanges = list(demo.exchanges.since(mark))
        for case, text in zip(cases, texts, strict=True):
            took = _exchanges_of(case, exchanges)
            del exchanges[: len(took)]
            outcomes[case.name] = Outcome(
                output=text, exchanges=tuple(took), spans=_spans(store, case.name)
            )
        assert exchanges == []
    return outcomes


def _exchanges_of(case: Case, exchanges: list[Exchange]) -> list[Exchange]:
    """The next script's: a bare one asks once, one with tools asks again with their results."""
    return exchanges[: 2 if case.is_rich else 1]


def _spans(store: Path, experiment: str) -> tuple[tuple[str, str], ...]:
    with sqlite3.connect(store) as connection:
        rows = connection.execute(
            "select spans.trace_id, spans.type from spans "
            "join experiments on experiments.experiment_id = spans.experiment_id "
            "where experiments.name = ? order by spans.start_time_unix_nano",
            (experiment,),
        ).fetchall()
    return tuple((str(trace_id), str(kind)) for trace_id, kind in rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_script_prints_the_answer(case: Case, outcomes: Mapping[str, Outcome]) -> None:
    # Every answer of the demo says so; the one after a tool round names the number of results.
    output = outcomes[case.name].output
    assert "imulated" in output
    assert ("2 tools" in output) is case.is_rich


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_script_records_one_trace(case: Case, outcomes: Mapping[str, Outcome]) -> None:
    spans = outcomes[case.name].spans
    assert len({trace_id for trace_id, _ in spans}) == 1
    kinds = [kind for _, kind in spans]
    assert {"CHAT_MODEL", "LLM"} & set(kinds)
    assert kinds.count("TOOL") == (2 if case.is_rich else 0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_script_sends_the_key_from_the_environment_and_the_tools_results(
    case: Case, outcomes: Mapping[str, Outcome]
) -> None:
    exchanges = outcomes[case.name].exchanges
    assert [exchange.status for exchange in exchanges] == [200] * len(exchanges)
    assert {exchange.headers["authorization"] for exchange in exchanges} == {"Bearer demo"}
    if case.is_rich:
        assert "42.1648128" in str(exchanges[1].json)


class _Headers:
    def __call__(self) -> Mapping[str, str]:
        return {}


async def _no_tool(name: str, arguments: Mapping[str, object]) -> ToolResult:
    return ToolResult(content="unused")


@pytest.mark.anyio
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_script_sends_what_the_app_sends(
    case: Case, outcomes: Mapping[str, Outcome], demo: Demo
) -> None:
    request, target = case.call(demo.base_url)
    context = CallContext(target=target, trace_headers=_Headers(), run_tool=_no_tool)
    mark = demo.exchanges.mark
    client = open_path(case.sdk_path)
    async for _ in client.stream(request, context):
        pass
    await client.aclose()
    ours = demo.exchanges.since(mark)[0]
    script = outcomes[case.name].exchanges[0]
    assert (script.path, script.query) == (ours.path, ours.query)
    if case.sdk_path is SdkPath.PYDANTIC_AI:
        assert _in_common(script.json) == _in_common(ours.json)
    else:
        assert script.json == ours.json


def _in_common(body: Any) -> Any:
    """An agent's request without what is the same in other words: it makes the tools' schemas from
    the functions, and a prompt of one text may be sent as a list of one part."""
    match body:
        case {"type": "input_text" | "text", "text": str(text), **rest} if not rest:
            return text
        case dict():
            return {name: _in_common(item) for name, item in body.items() if name != "tools"}
        case [{"type": "input_text" | "text", "text": str(text), **rest}] if not rest:
            return text
        case list():
            return [_in_common(item) for item in body]
        case _:
            return body
