"""Autolog on, one library at a time, and muted where two of them would record one call twice."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import mlflow
from mlflow import anthropic, openai, pydantic_ai
from mlflow.utils import autologging_utils

from gwtrace_core.values.connection import SdkPath

# Their types are unknown.
_autologging: Any = autologging_utils
_tracing: Any = mlflow.tracing  # pyright: ignore[reportPrivateImportUsage]  # MLflow's documented name

Flavor = Literal["openai", "anthropic"]

_switching = threading.Lock()
_muted: ContextVar[frozenset[Flavor]] = ContextVar("gwtrace_muted", default=frozenset())


def switch_on(path: SdkPath) -> None:
    """Turn on the autolog of the path's library, process-wide. Idempotent.

    Imports the library, which takes a second or two; nobody shall wait for one that is not used.
    """
    flavor, record = _AUTOLOGS[path]
    # Two paths share a library: the second must not go on while the first is at it.
    with _switching:
        if _autologging.autologging_is_disabled(flavor):
            record()


def _record_openai() -> None:
    openai.autolog()
    _make_mutable("openai", "mlflow.openai.autolog")


def _record_anthropic() -> None:
    anthropic.autolog()
    _make_mutable("anthropic", "mlflow.anthropic.autolog")
    _let_cancellation_through()


def _record_agents() -> None:
    """Before any agent is built: one that was built earlier is not recorded."""
    notices = logging.getLogger("mlflow.pydantic_ai")
    level = notices.level
    # It warns that MCP, which is not installed and not used here, is not recorded.
    notices.setLevel(logging.ERROR)
    try:
        pydantic_ai.autolog()
    finally:
        notices.setLevel(level)


_AUTOLOGS: Mapping[SdkPath, tuple[str, Callable[[], None]]] = {
    SdkPath.OPENAI_CHAT: ("openai", _record_openai),
    SdkPath.OPENAI_RESPONSES: ("openai", _record_openai),
    SdkPath.ANTHROPIC_MESSAGES: ("anthropic", _record_anthropic),
    SdkPath.PYDANTIC_AI: ("pydantic_ai", _record_agents),
}


@contextmanager
def mute(flavors: frozenset[Flavor]) -> Generator[None]:
    """Within it, in this task and what it starts, these libraries' autolog records nothing."""
    token = _muted.set(flavors)
    try:
        yield
    finally:
        _muted.reset(token)


@contextmanager
def silence() -> Generator[None]:
    """Within it, in this task and what it starts, nothing at all is recorded."""
    with _tracing.context(enabled=False):
        yield


def _make_mutable(flavor: Flavor, module_name: str) -> None:
    """Let `mute` reach one autolog.

    MLflow can only switch an autolog off for the whole process, or all tracing in a context. What
    is needed lies between: the agent's calls through the OpenAI SDK must not be recorded a second
    time, while other lanes go on recording theirs.
    """
    # `mlflow.openai.autolog` as an attribute is the function; the module is only found here.
    module: Any = sys.modules[module_name]
    original: Callable[..., Any] = module.start_span_no_context
    if getattr(original, "gwtrace_mutable", False):
        return

    def start_span_no_context(*args: Any, **kwargs: Any) -> Any:
        if flavor not in _muted.get():
            return original(*args, **kwargs)
        with _tracing.context(enabled=False):
            return original(*args, **kwargs)

    vars(start_span_no_context)["gwtrace_mutable"] = True
    module.start_span_no_context = start_span_no_context


def _let_cancellation_through() -> None:
    """Let Stop end a plain call of the Anthropic SDK.

    MLflow 3.17 notes on the span what the call raised, and its span refuses what is no `Exception`.
    A cancellation becomes an error of autolog's own so, which MLflow drops: the call would go on as
    if the server had answered nothing.
    """
    session: Any = vars(sys.modules["mlflow.anthropic.autolog"])["TracingSession"]
    original: Callable[..., None] = session._exit_impl
    if getattr(original, "gwtrace_lets_through", False):
        return

    def _exit_impl(self: Any, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        if exc_val is None or isinstance(exc_val, Exception):
            original(self, exc_type, exc_val, exc_tb)
        else:
            original(self, exc_type, type(exc_val).__name__, exc_tb)

    vars(_exit_impl)["gwtrace_lets_through"] = True
    session._exit_impl = _exit_impl
