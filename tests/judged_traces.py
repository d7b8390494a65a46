"""Traces of two models over three weeks, judged by people, a judge and code: plain MLflow.

Written through MLflow's client into a store that `tests.seeded_traces` or the app has made.
"""

from __future__ import annotations

import secrets
from typing import Any

DAY_MS = 86_400_000
COUNT = 24
MODELS = ("gpt-4o-mini", "claude-haiku-4-5")
PATHS = ("openai-chat", "anthropic-messages")


def judged(uri: str, experiment_id: str, now_ms: int) -> list[str]:
    """Ids of `COUNT` traces, the newest first, the models in turn, one a day backwards.

    `ada` says `verdict`: good of every trace but each third. `eve` gives 1 to 5 stars to the first
    model's under `quality`. A judge says `verdict` is bad of the newest. Code gives `tone`.
    """
    from mlflow.entities import AssessmentSource, Feedback, TraceInfo, TraceLocation, TraceState
    from mlflow.tracing.client import TracingClient

    client = TracingClient(uri)
    ids: list[str] = []

    def say(trace_id: str, name: str, value: Any, kind: str, by: str) -> None:
        source = AssessmentSource(source_type=kind, source_id=by)
        client.log_assessment(trace_id, Feedback(name=name, value=value, source=source))

    for number in range(COUNT):
        info = TraceInfo(
            trace_id=f"tr-{secrets.token_hex(16)}",
            trace_location=TraceLocation.from_experiment_id(experiment_id),
            request_time=now_ms - number * DAY_MS - 60_000,
            execution_duration=500,
            state=TraceState.OK,
            request_preview=f"Question {number}",
            response_preview=f"Answer {number}",
            tags={
                "gwtrace.model": MODELS[number % 2],
                "gwtrace.sdk_path": PATHS[number % 2],
                "gwtrace.connection": "demo",
            },
        )
        client.start_trace(info)
        ids.append(info.trace_id)
        say(info.trace_id, "verdict", number % 3 > 0, "HUMAN", "ada")
        if number % 2 == 0:
            say(info.trace_id, "quality", 1 + number % 5, "HUMAN", "eve")
        say(info.trace_id, "tone", ("dry", "witty", "flat")[number % 3], "CODE", "tone-check")
    say(ids[0], "verdict", False, "LLM_JUDGE", "openai:/gpt-4o")
    return ids
