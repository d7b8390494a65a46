"""A store of traces as another program writes them: plain MLflow, nothing of gwtrace's.

Run as a process of its own by `seed`, so that no test shares MLflow's global state with it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.warm_start import Program, WarmProcess

REPOSITORY = Path(__file__).parents[1]
EXPERIMENT = "Pydantic AI Gateway"
OTHER_EXPERIMENT = "Somebody else's"
SESSION = "session-of-three"
PLAIN_COUNT = 60
LARGE_SPANS = 400
LARGE_TEXT = "long value " * 6_000
_MS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """Where the traces are, and their ids by name (see `_write`)."""

    directory: Path
    ids: Mapping[str, str]

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.directory}/mlflow.db"

    def copied(self, directory: Path) -> Seeded:
        """The same traces in a store of their own, for a tenth of the time."""
        shutil.copytree(self.directory, directory)
        return Seeded(directory=directory, ids=self.ids)


def seed(directory: Path, warm: WarmProcess) -> Seeded:
    """Write the traces to `mlflow.db` in `directory`, MLflow's own default."""
    directory.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "MLFLOW_TRACKING_URI": f"sqlite:///{directory}/mlflow.db",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false",
        # Pictures stay in the messages, as programs without MLflow write them.
        "MLFLOW_TRACE_EXTRACT_ATTACHMENTS": "false",
        "PYTHONPATH": str(REPOSITORY),
    }
    log = directory.with_name("seed.log")
    program = Program(
        module="tests.seeded_traces", arguments=[], env=environment, cwd=directory, log_path=log
    )
    warm.start(program).wait(180)
    *before, said = log.read_text().splitlines()
    assert said.startswith("{"), [*before, said][-30:]
    return Seeded(directory=directory, ids=json.loads(said))


class _Writer:
    """Makes traces one after the other, each begun a second after the one before."""

    def __init__(self, experiment_id: str) -> None:
        self._experiment_id = experiment_id
        self._at_ns = time.time_ns() - 3_600_000 * _MS
        self.ids: dict[str, str] = {}

    def call(
        self,
        name: str,
        question: str,
        answer: str,
        *,
        took_ms: int = 400,
        tokens: tuple[int, int] = (12, 30),
        model: str = "gpt-4o-mini",
        experiment_id: str = "",
        key: str = "",
        **more: Any,
    ) -> str:
        """A root and the model call in it, in the form of OpenAI's chat completions."""
        root = self._root(name, question, took_ms, experiment_id, **more)
        self.ids[key or name] = root.trace_id
        span = _start(
            "Completions",
            span_type="CHAT_MODEL",
            parent_span=root,
            inputs={
                "model": model,
                "temperature": 0.2,
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": question},
                ],
            },
            attributes={
                "mlflow.llm.model": model,
                "mlflow.llm.provider": "openai",
                "mlflow.chat.tokenUsage": {
                    "input_tokens": tokens[0],
                    "output_tokens": tokens[1],
                    "total_tokens": sum(tokens),
                },
            },
            start_time_ns=self._at_ns + 5 * _MS,
        )
        message = {"role": "assistant", "content": answer}
        span.end(
            outputs={"choices": [{"message": message, "finish_reason": "stop"}]},
            end_time_ns=self._at_ns + (took_ms - 5) * _MS,
        )
        root.end(outputs=answer, end_time_ns=self._at_ns + took_ms * _MS)
        return str(root.trace_id)

    def _root(
        self, name: str, inputs: Any, took_ms: int, experiment_id: str = "", **more: Any
    ) -> Any:
        self._at_ns += (took_ms + 1_000) * _MS
        root = _start(
            name,
            span_type="CHAIN",
            inputs=inputs,
            experiment_id=experiment_id or self._experiment_id,
            start_time_ns=self._at_ns,
            **more,
        )
        self.ids.setdefault(name, root.trace_id)
        return root

    def failed(self) -> None:
        """A tool that raised, with the stack trace that MLflow keeps."""
        root = self._root("failing tool", {"city": "Atlantis"}, 90)
        tool = _start(
            "look up",
            span_type="TOOL",
            parent_span=root,
            inputs={"city": "Atlantis"},
            start_time_ns=self._at_ns + 5 * _MS,
        )
        try:
            raise LookupError("No city 'Atlantis' on any map")
        except LookupError as error:
            tool.record_exception(error)
            tool.end(status="ERROR", end_time_ns=self._at_ns + 80 * _MS)
        root.end(status="ERROR", end_time_ns=self._at_ns + 90 * _MS)

    def opentelemetry(self) -> None:
        """The attributes of OpenTelemetry's GenAI conventions, and a link to another span."""
        from mlflow.entities import Link

        root = self._root("otel agent", "What is the tide?", 700)
        linked = Link(trace_id=self.ids["question"], span_id="0123456789abcdef", attributes={})
        span = _start(
            "chat claude-haiku-4-5",
            parent_span=root,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "anthropic",
                "gen_ai.request.model": "claude-haiku-4-5",
                "gen_ai.usage.input_tokens": 21,
                "gen_ai.usage.output_tokens": 8,
                "gen_ai.input.messages": json.dumps(
                    [{"role": "user", "parts": [{"type": "text", "content": "What is the tide?"}]}]
                ),
                "gen_ai.output.messages": json.dumps(
                    [{"role": "assistant", "parts": [{"type": "text", "content": "It is low."}]}]
                ),
            },
            links=[linked],
            start_time_ns=self._at_ns + 10 * _MS,
        )
        span.end(end_time_ns=self._at_ns + 600 * _MS)
        root.end(outputs="It is low.", end_time_ns=self._at_ns + 700 * _MS)

    def pictured(self) -> None:
        """A picture in the message's data, and one that only an address stands for."""
        root = self._root("picture", "What is in the picture?", 300)
        data = base64.b64encode(_PNG).decode()
        content = [
            {"type": "text", "text": "What is in the picture?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
            {"type": "image_url", "image_url": {"url": "https://pictures.example/cat.png"}},
        ]
        span = _start(
            "Completions",
            span_type="CHAT_MODEL",
            parent_span=root,
            inputs={"model": "gpt-4o-mini", "messages": [{"role": "user", "content": content}]},
            start_time_ns=self._at_ns,
        )
        message = {"role": "assistant", "content": "A dot."}
        choice = {"message": message, "finish_reason": "stop"}
        span.end(outputs={"choices": [choice]}, end_time_ns=self._at_ns + 290 * _MS)
        root.end(outputs="A dot.", end_time_ns=self._at_ns + 300 * _MS)

    def large(self) -> None:
        """Many spans in four levels, one with very many and very large values."""
        root = self._root("large", {"task": "many steps"}, LARGE_SPANS * 10)
        parents = [root]
        for number in range(LARGE_SPANS - 1):
            depth = 1 + number % 4
            del parents[depth:]
            begun_ns = self._at_ns + number * 10 * _MS
            span = _start(
                f"step {number}",
                span_type="TOOL" if depth == 4 else "CHAIN",
                parent_span=parents[-1],
                inputs=LARGE_TEXT if number == LARGE_SPANS - 2 else {"number": number},
                attributes={f"key.{each:03}": f"value {each}" for each in range(120)}
                if number == LARGE_SPANS - 2
                else {},
                start_time_ns=begun_ns,
            )
            parents.append(span)
            self.ids[f"step {number}"] = span.span_id
            span.end(outputs={"ok": True}, end_time_ns=begun_ns + 9 * _MS)
        root.end(outputs="done", end_time_ns=self._at_ns + LARGE_SPANS * 10 * _MS)

    def broken(self) -> None:
        """An orphan, a span without an end, one that ends before it begins; the root unclosed."""
        from mlflow.entities import Span
        from mlflow.tracing.client import TracingClient

        self._at_ns += 2_000 * _MS
        digits = secrets.token_hex(16)
        trace_id = f"tr-{digits}"

        def span(number: int, parent: int, start_ms: int, end_ms: int | None) -> Span:
            found: dict[str, Any] = {
                "trace_id": base64.b64encode(bytes.fromhex(digits)).decode(),
                "span_id": _span_id(number),
                "parent_span_id": _span_id(parent) if parent else None,
                "name": f"broken {number}",
                "start_time_unix_nano": self._at_ns + start_ms * _MS,
                "end_time_unix_nano": None if end_ms is None else self._at_ns + end_ms * _MS,
                "events": [],
                "status": {"code": "STATUS_CODE_OK", "message": ""},
                "attributes": {"mlflow.traceRequestId": json.dumps(trace_id)},
                "links": [],
            }
            return Span.from_dict(found)

        spans = [
            span(1, 0, 0, None),
            span(2, 1, 10, None),
            span(3, 1, 30, 20),
            span(4, 99, 5, 6),
        ]
        TracingClient(os.environ["MLFLOW_TRACKING_URI"]).log_spans(self._experiment_id, spans)
        self.ids["broken"] = trace_id


def _start(name: str, **fields: Any) -> Any:
    import mlflow

    return mlflow.start_span_no_context(name, **fields)


def _span_id(number: int) -> str:
    return base64.b64encode(number.to_bytes(8, "big")).decode()


_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC"
)


def _write() -> dict[str, str]:
    import mlflow
    from mlflow import MlflowClient

    client = MlflowClient()
    writer = _Writer(client.create_experiment(EXPERIMENT))
    other_id = client.create_experiment(OTHER_EXPERIMENT)
    for number in range(PLAIN_COUNT):
        writer.call(f"plain {number}", f"Plain question {number}", f"Plain answer {number}")
    for number in range(3):
        writer.call(
            f"turn {number}",
            f"Turn number {number} of the conversation",
            f"Answer number {number}",
            metadata={"mlflow.trace.session": SESSION, "mlflow.trace.user": "ada"},
        )
    writer.call("question", "How high is the Eiffel tower?", "330 metres.", took_ms=900)
    writer.call(
        "question",
        "How high is the Eiffel tower?",
        "It is 330 metres high.",
        took_ms=2_500,
        tokens=(12, 90),
        model="gpt-4o",
        key="question again",
        tags={"gwtrace.comparison": "c" * 32},
    )
    writer.call("elsewhere", "In another experiment", "Yes.", experiment_id=other_id)
    writer.failed()
    writer.opentelemetry()
    writer.pictured()
    writer.large()
    writer.broken()
    mlflow.log_feedback(trace_id=writer.ids["question"], name="verdict", value=True)
    mlflow.flush_trace_async_logging()
    return writer.ids


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_write()) + "\n")
