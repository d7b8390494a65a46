from __future__ import annotations

import ast
import base64
import itertools
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gwtrace_core.code import tool_source
from gwtrace_core.code.literals import literal, quoted, text_block
from gwtrace_core.code.script import CodeTracking, script_for
from gwtrace_core.settings.settings import Settings
from gwtrace_core.settings.typed_connections import read_typed_connection
from gwtrace_core.tools.tools import TOOLS, run_tool
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Image, Lane, Message, Parameters
from tests.core.code.calls import CANARY, HISTORY, REACHED, RICH, demo, gateway_connection, make

TRACKING = CodeTracking(tracking_uri="sqlite:///mlflow.db")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TEXTS = st.text(max_size=300) | st.text(
    alphabet=st.sampled_from(list("ab \"'\\\n\r\t{}\0\ud800é漢🙂\u202e\u2028")), max_size=300
)


def ruff_problems(folder: Path) -> str:
    problems = ""
    for arguments in (
        ["check", "--isolated", "--select", "E4,E7,E9,F,I,B,UP", "--target-version", "py311"],
        ["format", "--isolated", "--diff"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, str(folder)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        problems += "" if done.returncode == 0 else done.stdout + done.stderr
    return problems


def direct(provider: Provider) -> Connection:
    return read_typed_connection(
        kind=ConnectionKind.DIRECT,
        base_url="",
        api_key=CANARY,
        provider=provider,
        settings=Settings(),
        is_open_to_others=False,
    )


def test_an_agent_on_a_route_with_a_name_of_its_own_speaks_the_api_that_the_app_speaks() -> None:
    for route, name in (("builtin-openai", "OpenAIResponsesModel"), ("chat", "OpenAIChatModel")):
        call = make(gateway_connection(), Provider.OPENAI, SdkPath.PYDANTIC_AI, route=route)
        script = script_for(*call, tracking=TRACKING)
        assert f"model = {name}(" in script and f'route="{route}"' in script


def test_a_script_for_the_demo_gateway_says_how_to_have_one_at_its_address() -> None:
    told = "python -m gwtrace_core.demo_gateway --port 43117"
    for provider, sdk_path in REACHED:
        request, target = make(demo("http://127.0.0.1:43117/proxy"), provider, sdk_path)
        script = script_for(request, target, tracking=TRACKING)
        assert "The app's demo gateway ends with the app." in script
        assert told in script.partition('"""\n\n')[0]
        request, target = make(gateway_connection(), provider, sdk_path)
        assert "demo_gateway" not in script_for(request, target, tracking=TRACKING)


def test_every_script_is_laid_out_and_free_of_leftovers(tmp_path: Path) -> None:
    picture = Message(
        role="user",
        text="What is this? Look closely at the picture, and at the other one, and compare them.",
        images=(
            Image(media_type="image/png", data=PIXEL),
            Image(media_type="image/jpeg", data=b"x" * 5_000),
        ),
    )
    conversations = {"short": (Message(role="user", text="Hi"),), "long": (*HISTORY, picture)}
    for (provider, path), streamed, (name, messages), rich in itertools.product(
        REACHED, (False, True), conversations.items(), ({}, RICH)
    ):
        call = make(
            gateway_connection(), provider, path, streamed=streamed, messages=messages, **rich
        )
        file = f"{provider}_{path}_{streamed}_{name}_{len(rich)}".replace("-", "_").lower()
        (tmp_path / f"{file}.py").write_text(script_for(*call, tracking=TRACKING))
    assert len(list(tmp_path.iterdir())) == len(REACHED) * 8
    assert ruff_problems(tmp_path) == ""


def test_every_way_to_a_server_is_written(tmp_path: Path) -> None:
    custom = read_typed_connection(
        kind=ConnectionKind.CUSTOM,
        base_url="http://localhost:11434/v1",
        api_key="",
        provider=Provider.OPENAI,
        settings=Settings(),
        is_open_to_others=False,
    )
    calls = {
        "direct_openai": make(direct(Provider.OPENAI), Provider.OPENAI, SdkPath.PYDANTIC_AI),
        "direct_groq": make(direct(Provider.GROQ), Provider.GROQ, SdkPath.PYDANTIC_AI),
        "direct_google": make(direct(Provider.GOOGLE), Provider.GOOGLE, SdkPath.PYDANTIC_AI),
        "direct_claude": make(
            direct(Provider.ANTHROPIC), Provider.ANTHROPIC, SdkPath.ANTHROPIC_MESSAGES
        ),
        "bedrock": make(gateway_connection(), Provider.BEDROCK, SdkPath.PYDANTIC_AI),
        "custom": make(custom, Provider.OPENAI, SdkPath.OPENAI_CHAT),
        "custom_agent": make(custom, Provider.OPENAI, SdkPath.PYDANTIC_AI),
    }
    for name, call in calls.items():
        script = script_for(*call, tracking=TRACKING)
        assert CANARY not in script
        (tmp_path / f"{name}.py").write_text(script)
    assert ruff_problems(tmp_path) == ""
    written = {name: (tmp_path / f"{name}.py").read_text() for name in calls}
    assert 'api_key=os.environ["GROQ_API_KEY"]' in written["direct_groq"]
    assert 'base_url="https://api.groq.com"' in written["direct_groq"]
    assert 'api_key=os.environ["ANTHROPIC_API_KEY"]' in written["direct_claude"]
    assert 'api_key="none"' in written["custom"] and "import os" not in written["custom"]
    assert "BedrockConverseModel" in written["bedrock"]


@pytest.mark.parametrize(("provider", "path"), REACHED)
def test_the_key_is_never_in_a_script(provider: Provider, path: SdkPath) -> None:
    script = script_for(*make(gateway_connection(), provider, path), tracking=TRACKING)
    assert CANARY not in script and CANARY[12:] not in script
    assert 'os.environ["PYDANTIC_AI_GATEWAY_API_KEY"]' in script


def test_the_demo_gets_its_own_key_and_never_that_of_the_real_gateway() -> None:
    connection = demo("http://127.0.0.1:4321/proxy")
    script = script_for(*make(connection, Provider.OPENAI, SdkPath.OPENAI_CHAT), tracking=TRACKING)
    assert 'api_key="demo"' in script
    assert "PYDANTIC_AI_GATEWAY_API_KEY" not in script
    assert 'base_url="http://127.0.0.1:4321/proxy/openai"' in script


def test_a_tracking_uri_with_a_password_stays_out_of_the_script() -> None:
    tracking = CodeTracking(tracking_uri="postgresql://me:hunter2@db/mlflow")
    script = script_for(
        *make(gateway_connection(), Provider.OPENAI, SdkPath.OPENAI_CHAT), tracking=tracking
    )
    assert "hunter2" not in script and "hunter2" not in repr(tracking)
    assert 'mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])' in script


def test_without_a_message_there_is_no_script() -> None:
    call = make(
        gateway_connection(),
        Provider.OPENAI,
        SdkPath.OPENAI_CHAT,
        messages=(Message(role="user", text="  \n"),),
    )
    with pytest.raises(RequestRefused, match="no message"):
        script_for(*call, tracking=TRACKING)


def test_settings_that_the_model_does_not_take_are_left_out() -> None:
    parameters = Parameters(temperature=0.5, reasoning_effort="high", stop=("X",))
    script = script_for(
        *make(
            gateway_connection(),
            Provider.OPENAI,
            SdkPath.OPENAI_CHAT,
            model="gpt-6.1-sol",
            parameters=parameters,
        ),
        tracking=TRACKING,
    )
    assert "temperature" not in script and "stop=" not in script
    assert 'reasoning_effort="high"' in script


@given(text=TEXTS)
def test_any_text_comes_back_from_its_literal(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert ast.literal_eval(text_block(text)) == text
    assert ast.literal_eval(literal({"content": [text, {"deep": text}]})) == {
        "content": [text, {"deep": text}]
    }
    assert "\n" not in quoted(text) and quoted(text).isprintable()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(TEXTS, min_size=20, max_size=20))
def test_any_literal_is_laid_out_as_the_formatter_would(texts: list[str], tmp_path: Path) -> None:
    source = ""
    for number, text in enumerate(texts):
        nested = {"role": "user", "content": text, "more": [text[:40], 1.5, None, True]}
        source += f"TEXT_{number} = {text_block(text)}\n\n"
        source += f"DATA_{number} = {literal(nested, before=len(f'DATA_{number} = '))}\n\n"
    (tmp_path / "case.py").write_text(source.rstrip("\n") + "\n")
    assert ruff_problems(tmp_path) == ""


@settings(max_examples=60, deadline=None)
@given(text=TEXTS.filter(lambda text: bool(text.strip())), system=TEXTS)
@pytest.mark.parametrize("path", [SdkPath.OPENAI_CHAT, SdkPath.PYDANTIC_AI])
def test_any_text_of_the_user_stays_text(path: SdkPath, text: str, system: str) -> None:
    call = make(
        gateway_connection(),
        Provider.OPENAI,
        path,
        messages=(Message(role="user", text=text),),
        system_prompt=system,
        model=text,
    )
    script = script_for(*call, tracking=CodeTracking(experiment_name=text))
    texts = {
        node.value
        for node in ast.walk(ast.parse(script))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    sent = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert {text, sent} <= texts
    names = {node.id for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Name)}
    assert names <= {
        *("mlflow", "client", "messages", "stream", "chunk", "print", "os", "OpenAI"),
        *("SYSTEM_PROMPT", "QUESTION", "provider", "gateway_provider", "model", "agent", "Agent"),
        *("OpenAIResponsesModel", "RunContext", "AsyncIterable", "AgentStreamEvent", "events"),
        *("event", "PartStartEvent", "PartDeltaEvent", "TextPart", "TextPartDelta", "text"),
        *("result", "show"),
    }


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def app_answer(name: str, **arguments: object) -> str:
    return run_tool(name, arguments, now=NOW).content


@pytest.mark.parametrize(
    "expression",
    ["1+1", "(17.5 * 4) ** 2 / 3", "240 * 17.5 / 100", "-7 // 2", "sqrt(2)", "0.1 + 0.2", "2**100"],
)
def test_the_scripts_calculator_agrees_with_the_apps(expression: str) -> None:
    assert tool_source.calculator(expression) == app_answer("calculator", expression=expression)


@pytest.mark.parametrize(
    "expression", ["", "1/0", "__import__('os')", "x", "1 +", "(1).real", "'a' * 3", "sqrt(-1)"]
)
def test_the_scripts_calculator_says_what_it_cannot_evaluate(expression: str) -> None:
    assert tool_source.calculator(expression).startswith(f"Cannot evaluate {expression!r}: ")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (one, other)
        for one, other in itertools.permutations(tool_source.UNITS, 2)
        if tool_source.UNITS[one][0] == tool_source.UNITS[other][0]
    ],
)
def test_the_scripts_units_agree_with_the_apps(source: str, target: str) -> None:
    ours = app_answer("convert_units", value=500, from_unit=source, to_unit=target)
    theirs = tool_source.convert_units(500, source, target)
    assert theirs.split(" = ")[1].split()[0] == ours.split(" = ")[1].split()[0]


@pytest.mark.parametrize("name", tool_source.UNIT_NAMES)
def test_the_scripts_unit_names_mean_what_they_mean_in_the_app(name: str) -> None:
    base = next(
        unit
        for unit, (quantity, factor, _) in tool_source.UNITS.items()
        if quantity == tool_source.unit(name)[0] and factor == 1
    )
    ours = app_answer("convert_units", value=500, from_unit=name, to_unit=base)
    assert tool_source.convert_units(500, name, base).split(" = ")[1].split()[0] in ours


def test_the_scripts_other_tools_answer_as_the_apps() -> None:
    assert tool_source.look_up_fact("the moon") == app_answer("look_up_fact", topic="Moon")
    assert "no fact about 'Atlantis'" in tool_source.look_up_fact("Atlantis")
    assert "no unit 'parsec'" in tool_source.convert_units(1, "parsec", "km")
    assert "measures length" in tool_source.convert_units(1, "km", "kg")
    for zone, told in (("Asia/Tokyo", "Asia/Tokyo (UTC+09:00)"), ("UTC", "UTC (UTC+00:00)")):
        answers = (tool_source.date_and_time(zone), app_answer("date_and_time", timezone=zone))
        assert [answer.partition(" in ")[2] for answer in answers] == [told, told]
    assert "no time zone 'Mars/Olympus'" in tool_source.date_and_time("Mars/Olympus")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_can_stand_alone(tool: object, tmp_path: Path) -> None:
    name = getattr(tool, "name", "")
    source = tool_source.tool_source(name)
    script = "\n".join((*source.imports, *source.helpers, source.function))
    namespace: dict[str, object] = {}
    exec(compile(script, name, "exec"), namespace)
    assert callable(namespace[name])


def test_a_lane_with_an_unknown_tool_leaves_it_out() -> None:
    call = make(gateway_connection(), Provider.OPENAI, SdkPath.OPENAI_CHAT, tools=("nope",))
    assert isinstance(call[0].lane, Lane)
    assert "nope" not in script_for(*call, tracking=TRACKING)
