"""The call as a Python script that runs on its own, by the same SDK path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from gwtrace_core.code.agent import write_pydantic_ai_agent
from gwtrace_core.code.literals import SHORT, Code, quote_string
from gwtrace_core.code.parts import Call, Script, make_call, name_key_variable
from gwtrace_core.code.plain_sdks import (
    write_anthropic_messages,
    write_openai_chat,
    write_openai_responses,
)
from gwtrace_core.values.connection import ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import ChatRequest
from gwtrace_core.values.uris import masked_uri

_BODIES: Mapping[SdkPath, Callable[[Script, Call], None]] = {
    SdkPath.OPENAI_CHAT: write_openai_chat,
    SdkPath.OPENAI_RESPONSES: write_openai_responses,
    SdkPath.ANTHROPIC_MESSAGES: write_anthropic_messages,
    SdkPath.PYDANTIC_AI: write_pydantic_ai_agent,
}
_AUTOLOG = {
    SdkPath.OPENAI_CHAT: "openai",
    SdkPath.OPENAI_RESPONSES: "openai",
    SdkPath.ANTHROPIC_MESSAGES: "anthropic",
    SdkPath.PYDANTIC_AI: "pydantic_ai",
}
_EXTRAS = {
    Provider.OPENAI: "openai",
    Provider.ANTHROPIC: "anthropic",
    Provider.GROQ: "groq",
    Provider.GOOGLE: "google",
    Provider.BEDROCK: "bedrock",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTracking:
    """Where the script's traces go."""

    tracking_uri: str | None = field(default=None, repr=False)
    """None: MLflow's own default. One that holds a password is read from the environment."""
    experiment_name: str = "Pydantic AI Gateway"


def write_script(request: ChatRequest, target: Target, *, tracking: CodeTracking) -> str:
    """A script that makes the same call and records it with the same autolog.

    The key is read from an environment variable and is never in the script; the demo's own, which
    is public, is. Raises RequestRefused when there is no message to send.
    """
    made = make_call(request, target)
    if not made.messages:
        raise RequestRefused("There is no message to send.", hint="Type a message first.")
    script = Script(imports={"import mlflow"})
    script.add(_write_tracking_lines(script, target.sdk_path, tracking))
    _BODIES[target.sdk_path](script, made)
    return script.write(_write_docstring(target))


def _write_tracking_lines(script: Script, path: SdkPath, tracking: CodeTracking) -> list[str]:
    uri = tracking.tracking_uri or "sqlite:///mlflow.db"
    given = Code(quote_string(uri))
    if masked_uri(uri) != uri:
        script.imports.add("import os")
        given = Code('os.environ["MLFLOW_TRACKING_URI"]')
    return [
        *_write_one_argument("mlflow.set_tracking_uri", given.source),
        *_write_one_argument("mlflow.set_experiment", quote_string(tracking.experiment_name)),
        f"mlflow.{_AUTOLOG[path]}.autolog()",
    ]


def _write_one_argument(function: str, argument: str) -> list[str]:
    if len(argument) <= SHORT and argument.isascii():
        return [f"{function}({argument})"]
    return [f"{function}(", f"    {argument},", ")"]


def _write_docstring(target: Target) -> str:
    through = {
        ConnectionKind.DEMO: "through gwtrace's demo gateway, which simulates the answers",
        ConnectionKind.GATEWAY: "through the Pydantic AI Gateway",
        ConnectionKind.CUSTOM: "to a server of your own",
        ConnectionKind.DIRECT: "to the provider itself",
    }[target.connection.kind]
    lines = [
        f"One chat call with the {target.sdk_path.label}, {through}.",
        "",
        f"Packages: pip install {' '.join(_list_packages(target))}",
    ]
    if target.connection.kind is ConnectionKind.DEMO:
        lines.append("Key: the demo's own, which is public")
    elif target.connection.kind is not ConnectionKind.CUSTOM or target.connection.api_key:
        lines.append(f"Key: environment variable {name_key_variable(target)}")
    if target.connection.kind is ConnectionKind.DEMO:
        port = urlsplit(target.base_url).port
        lines += [
            "",
            "The app's demo gateway ends with the app. To have one at the same address, run in",
            f"gwtrace's folder: python -m gwtrace_core.demo_gateway --port {port}",
        ]
    return '"""' + "\n".join(lines) + '\n"""'


def _list_packages(target: Target) -> list[str]:
    match target.sdk_path:
        case SdkPath.OPENAI_CHAT | SdkPath.OPENAI_RESPONSES:
            sdk = _pin("openai")
        case SdkPath.ANTHROPIC_MESSAGES:
            sdk = _pin("anthropic")
        case SdkPath.PYDANTIC_AI:
            extra = _EXTRAS[target.provider]
            sdk = f'"{_pin("pydantic-ai-slim", extra)}"'
    return [_pin("mlflow"), sdk]


def _pin(package: str, extra: str = "") -> str:
    suffix = f"[{extra}]" if extra else ""
    try:
        return f"{package}{suffix}=={version(package)}"
    except PackageNotFoundError:
        return f"{package}{suffix}"
