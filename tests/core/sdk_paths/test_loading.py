"""What a path imports when: in processes of their own, which have imported nothing yet."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gwtrace_core.values.connection import Provider

SCRIPT = """
import sys
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.sdk_paths import open_path
open_path(SdkPath.PYDANTIC_AI).load(Provider(sys.argv[1]))
print(" ".join(sys.modules))
"""


@pytest.mark.parametrize(
    ("provider", "sdk"), [(Provider.GOOGLE, "google.genai"), (Provider.GROQ, "groq")]
)
def test_the_agents_load_imports_the_providers_sdk(provider: Provider, sdk: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, provider.value], capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    assert {sdk, f"pydantic_ai.models.{sdk.rpartition('.')[0] or sdk}"} <= set(modules)
