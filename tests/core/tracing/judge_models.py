"""Models for judges: lanes at a demo gateway."""

from __future__ import annotations

from gwtrace_core.chat import Lane
from gwtrace_core.connection import Connection, ConnectionKind, SdkPath
from gwtrace_core.evaluation.values import JudgeModel
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.secret import Secret
from tests.core.tracing.support import MODELS, PROVIDERS


def judge_model(
    base_url: str,
    path: SdkPath = SdkPath.OPENAI_CHAT,
    *,
    model: str | None = None,
    key: str = "demo",
) -> JudgeModel:
    """`base_url` ends in `/proxy`."""
    provider = PROVIDERS[path]
    connection = Connection(
        id="demo",
        kind=ConnectionKind.DEMO,
        label="Demo gateway",
        base_url=base_url,
        api_key=Secret(key),
    )
    lane = Lane(
        connection_id=connection.id,
        provider=provider,
        route=provider.value,
        sdk_path=path,
        model=model or MODELS[provider],
    )
    return JudgeModel(lane=lane, target=resolve(connection, lane))
