"""The SDK paths by themselves: without the autologs that tests of tracing leave switched on."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from gwtrace_core.values.connection import SdkPath


@pytest.fixture(scope="package", autouse=True)
def _no_autolog() -> Iterator[None]:
    # Autolog sends a `traceparent` of its own, and is switched for a whole process: by a test
    # that came before in this one, or by none.
    if "mlflow" not in sys.modules:
        yield
        return
    from mlflow import anthropic, openai, pydantic_ai
    from mlflow.utils.autologging_utils import autologging_is_disabled

    from gwtrace_core.mlflow_store.recording import autolog

    were_on = not autologging_is_disabled("openai")
    for flavor in (openai, anthropic, pydantic_ai):
        flavor.autolog(disable=True)
    yield
    if were_on:
        for path in SdkPath:
            autolog.switch_on(path)
