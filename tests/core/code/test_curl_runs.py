"""The curl scripts are run, by a shell and a real curl, against the demo gateway."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gwtrace_core.code.curl import curl_for
from gwtrace_core.demo_gateway.common.exchange import Exchange
from gwtrace_core.sdk_paths import CallContext, open_path
from gwtrace_core.settings.settings import Settings
from gwtrace_core.settings.typed_connections import read_typed_connection
from gwtrace_core.tools.tools import ToolResult
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest, Image, Message
from tests.conftest import Demo
from tests.core.code.calls import CANARY, HISTORY, REACHED, RICH, gateway_connection, make
from tests.core.code.calls import demo as demo_key

# In CI a missing curl is a failure, as a missing browser is.
pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None and "GWTRACE_REQUIRE_BROWSER" not in os.environ,
    reason="curl is not installed",
)

KEY_FROM_ENVIRONMENT = {"PYDANTIC_AI_GATEWAY_API_KEY": "demo"}


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

    def call(self, made: Connection) -> tuple[ChatRequest, Target]:
        rich: dict[str, Any] = {"messages": HISTORY, **RICH} if self.is_rich else {}
        if self.is_rich and self.provider is Provider.ANTHROPIC:
            # Claude takes one of temperature and top-p.
            rich["parameters"] = replace(rich["parameters"], top_p=None)
        return make(made, self.provider, self.sdk_path, streamed=self.is_streamed, **rich)


CASES = [
    Case(provider=provider, sdk_path=sdk_path, is_streamed=is_streamed, is_rich=is_rich)
    for provider, sdk_path in REACHED
    for is_streamed, is_rich in ((True, True), (False, False))
]


def run(script: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    file = folder / "call.sh"
    file.write_text(script)
    return subprocess.run(
        ["/bin/sh", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **env},
    )


def asked_by(
    script: str, demo: Demo, folder: Path, **env: str
) -> tuple[subprocess.CompletedProcess[str], Exchange]:
    mark = demo.exchanges.mark
    done = run(script, folder, **env)
    assert done.returncode == 0, done.stderr + done.stdout
    [exchange] = demo.exchanges.since(mark)
    return done, exchange


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_script_prints_the_answer_streamed_or_whole(
    case: Case, demo: Demo, tmp_path: Path
) -> None:
    request, target = case.call(gateway_connection(demo.base_url))
    script = curl_for(request, target)
    assert CANARY not in script
    done, exchange = asked_by(script, demo, tmp_path, **KEY_FROM_ENVIRONMENT)
    assert exchange.status == 200
    assert exchange.headers["authorization"] == "Bearer demo"
    events = re.findall(r"^data: (\{.*\})$", done.stdout, re.MULTILINE)
    if case.is_streamed:
        assert len(events) > 1
    else:
        assert events == []
        assert "imulated" in json.dumps(json.loads(done.stdout))


@pytest.mark.anyio
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_script_sends_what_the_app_sends(case: Case, demo: Demo, tmp_path: Path) -> None:
    request, target = case.call(demo_key(demo.base_url))
    context = CallContext(target=target, trace_headers=_Headers(), run_tool=_no_tool)
    mark = demo.exchanges.mark
    client = open_path(case.sdk_path)
    async for _ in client.stream(request, context):
        pass
    await client.aclose()
    ours = demo.exchanges.since(mark)[0]
    _, curl = asked_by(curl_for(request, target), demo, tmp_path)
    assert (curl.path, curl.query) == (ours.path, ours.query)
    if case.sdk_path is not SdkPath.PYDANTIC_AI:
        assert curl.json == ours.json
        return
    sent, expected = _in_common(curl.json), _in_common(ours.json)
    if isinstance(expected.get("system"), list):
        # The agent tells Claude of its own conventions first.
        expected["system"] = expected["system"][-1]
    # It has defaults of its own that change nothing for the model.
    assert sent == {name: value for name, value in expected.items() if name in sent}
    assert set(expected) - set(sent) <= {"text", "toolConfig", "tool_choice", "include"}


class _Headers:
    def __call__(self) -> Mapping[str, str]:
        return {}


async def _no_tool(name: str, arguments: Mapping[str, object]) -> ToolResult:
    return ToolResult(content="unused")


def _in_common(body: Any) -> Any:
    """An agent's request without what is the same in other words."""
    match body:
        case {"type": "input_text" | "text", "text": str(text), **rest} if not rest:
            return text
        case [{"type": "input_text" | "text", "text": str(text), **rest}] if not rest:
            return text
        case dict():
            left_out = {"tools", "responseModalities", "n", "stream_options"}
            found = {
                re.sub(r"_(\w)", lambda part: part[1].upper(), name)
                if "parts" in body or "mime_type" in body
                else name: _in_common(item)
                for name, item in body.items()
                if name not in left_out and item not in (False, {"responseModalities": ["TEXT"]})
            }
            # Google takes instructions with a role or without.
            if set(found) == {"parts", "role"} and found["role"] == "user":
                del found["role"]
            return found
        case list():
            return [_in_common(item) for item in body]
        case _:
            return body


def test_the_demos_script_runs_without_any_setting(demo: Demo, tmp_path: Path) -> None:
    request, target = make(demo_key(demo.base_url), Provider.OPENAI, SdkPath.OPENAI_CHAT)
    _, exchange = asked_by(curl_for(request, target), demo, tmp_path)
    assert exchange.headers["authorization"] == "Bearer demo"


def test_without_its_key_a_script_sends_nothing_and_says_which(demo: Demo, tmp_path: Path) -> None:
    request, target = make(
        gateway_connection(demo.base_url), Provider.OPENAI, SdkPath.OPENAI_RESPONSES
    )
    mark = demo.exchanges.mark
    done = run(curl_for(request, target), tmp_path)
    assert done.returncode != 0 and "PYDANTIC_AI_GATEWAY_API_KEY" in done.stderr
    assert demo.exchanges.since(mark) == ()


def test_a_refusal_is_printed_and_ends_with_an_error(demo: Demo, tmp_path: Path) -> None:
    request, target = make(
        gateway_connection(demo.base_url), Provider.OPENAI, SdkPath.OPENAI_CHAT, model="no-such"
    )
    done = run(curl_for(request, target), tmp_path, **KEY_FROM_ENVIRONMENT)
    assert done.returncode != 0
    assert json.loads(done.stdout)["error"]["code"] == "model_not_found"


NASTY = "it's $HOME `id` \"$(id)\" \\ 'JSON'\nJSON\n!! %s \0\u202e\u2028 é漢🙂"


@pytest.mark.parametrize("size", [60, 4_000], ids=["in the script", "in a file"])
@pytest.mark.parametrize(
    ("provider", "path"),
    [
        (Provider.OPENAI, SdkPath.OPENAI_CHAT),
        (Provider.ANTHROPIC, SdkPath.ANTHROPIC_MESSAGES),
        (Provider.GOOGLE, SdkPath.PYDANTIC_AI),
    ],
)
def test_any_text_and_any_picture_arrive_as_they_are(
    demo: Demo, tmp_path: Path, provider: Provider, path: SdkPath, size: int
) -> None:
    data = bytes(range(256)) * 16
    image = Image(media_type="image/png", data=data[:size])
    message = Message(role="user", text=NASTY, images=(image,))
    request, target = make(
        demo_key(demo.base_url), provider, path, messages=(message,), system_prompt=NASTY
    )
    script = curl_for(request, target)
    assert "\u202e" not in script and "\0" not in script
    if size > 100:
        (tmp_path / "image-1.png").write_bytes(image.data)
        assert "image-1.png (4,000 bytes)" in script
        assert len(script) < 4_000
    _, exchange = asked_by(script, demo, tmp_path)
    sent = json.dumps(exchange.json)
    assert base64.b64encode(image.data).decode() in sent
    assert sent.count(json.dumps(NASTY)) == 2


@pytest.mark.parametrize(
    ("provider", "path", "url", "header"),
    [
        (
            Provider.OPENAI,
            SdkPath.PYDANTIC_AI,
            "https://api.openai.com/v1/responses",
            '"authorization: Bearer ${OPENAI_API_KEY:?}"',
        ),
        (
            Provider.ANTHROPIC,
            SdkPath.ANTHROPIC_MESSAGES,
            "https://api.anthropic.com/v1/messages",
            '"x-api-key: ${ANTHROPIC_API_KEY:?}"',
        ),
        (
            Provider.ANTHROPIC,
            SdkPath.OPENAI_CHAT,
            "https://api.anthropic.com/v1/chat/completions",
            '"authorization: Bearer ${ANTHROPIC_API_KEY:?}"',
        ),
        (
            Provider.GROQ,
            SdkPath.PYDANTIC_AI,
            "https://api.groq.com/openai/v1/chat/completions",
            '"authorization: Bearer ${GROQ_API_KEY:?}"',
        ),
        (
            Provider.GOOGLE,
            SdkPath.PYDANTIC_AI,
            "https://generativelanguage.googleapis.com/v1beta/models/"
            "gemini-2.5-flash:streamGenerateContent?alt=sse",
            '"x-goog-api-key: ${GOOGLE_API_KEY:?}"',
        ),
    ],
)
def test_a_provider_itself_is_asked_with_its_own_key_header(
    provider: Provider, path: SdkPath, url: str, header: str
) -> None:
    made = read_typed_connection(
        kind=ConnectionKind.DIRECT,
        base_url="",
        api_key=CANARY,
        provider=provider,
        settings=Settings(),
        is_open_to_others=False,
    )
    script = curl_for(*make(made, provider, path))
    assert re.search(rf"^  '?{re.escape(url)}'? \\$", script, re.MULTILINE)
    assert f"--header {header}" in script and CANARY not in script


def test_a_server_that_wants_no_key_is_sent_none() -> None:
    made = read_typed_connection(
        kind=ConnectionKind.CUSTOM,
        base_url="http://localhost:11434/v1",
        api_key="",
        provider=Provider.OPENAI,
        settings=Settings(),
        is_open_to_others=False,
    )
    script = curl_for(*make(made, Provider.OPENAI, SdkPath.OPENAI_CHAT))
    assert "authorization" not in script and "Key:" not in script
    assert "http://localhost:11434/v1/chat/completions" in script


def test_what_curl_cannot_ask_is_refused_with_what_to_take() -> None:
    request, target = make(gateway_connection(), Provider.BEDROCK, SdkPath.PYDANTIC_AI)
    with pytest.raises(RequestRefused, match="no curl command for Amazon Bedrock"):
        curl_for(request, target)
    request, target = make(gateway_connection(), Provider.OPENAI, SdkPath.OPENAI_CHAT, messages=())
    with pytest.raises(RequestRefused, match="no message to send"):
        curl_for(request, target)
