"""The prompt registry in both stores, held against what MLflow's own client says."""

from __future__ import annotations

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from gwtrace_core.mlflow_store.connection.tracking import Ready, Tracking, TrackingConfig
from gwtrace_core.mlflow_store.prompts.prompts import Prompts
from gwtrace_core.mlflow_store.traces.traces import Traces
from gwtrace_core.prompts.registry import PromptSummary, PromptVersion
from gwtrace_core.prompts.template import ChatTemplate, TemplateMessage, TextTemplate
from gwtrace_core.trace.filters import TraceFilter
from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.errors import PromptsUnsupported, RequestRefused, TrackingError
from gwtrace_core.values.request import Message, PromptUse
from tests.core.mlflow_store.support import TakenForReady, Turns, wait_until

TEXT = TextTemplate(text="Hello {{name}},\n\nyou are {{a.b}}. {{ é }}")
CHAT = ChatTemplate(
    messages=(
        TemplateMessage(role="system", text="Be {{tone}}."),
        TemplateMessage(role="user", text="{{question}}"),
    )
)


@pytest.fixture
def prompts(turns: Turns) -> Prompts:
    return Prompts(turns.tracking)


@pytest.fixture
def name() -> str:
    return f"greeting-{uuid.uuid4().hex[:8]}"


def client(turns: Turns) -> Any:
    return MlflowClient(tracking_uri=turns.tracking.config.uri)


def test_versions_are_kept_under_mlflows_own_names(
    turns: Turns, prompts: Prompts, name: str
) -> None:
    first = prompts.create(
        name, TEXT, author="ada", commit_message=" First try ", tags={"team": "support"}
    )
    second = prompts.add_version(name, CHAT, author="bob", commit_message="As a chat")
    prompts.set_alias(name, "production", 1)
    prompts.set_alias(name, "challenger", 2)
    theirs = client(turns).load_prompt(f"prompts:/{name}@production")
    assert (theirs.version, theirs.template, theirs.commit_message) == (1, TEXT.text, "First try")
    assert theirs.tags == {"team": "support", "author": "ada"}
    chat = client(turns).load_prompt(f"prompts:/{name}/2")
    assert chat.template == [
        {"role": "system", "content": "Be {{tone}}."},
        {"role": "user", "content": "{{question}}"},
    ]
    history = prompts.read_history(name)
    assert history is not None
    assert history.versions == (
        PromptVersion(
            name=name,
            version=2,
            template=CHAT,
            commit_message="As a chat",
            author="bob",
            created_ms=second.created_ms,
            aliases=("challenger",),
        ),
        PromptVersion(
            name=name,
            version=1,
            template=TEXT,
            commit_message="First try",
            author="ada",
            created_ms=first.created_ms,
            aliases=("production",),
            tags={"team": "support"},
        ),
    )
    assert history.summary == PromptSummary(
        name=name,
        description="First try",
        created_ms=history.summary.created_ms,
        changed_ms=history.summary.changed_ms,
        latest_version=2,
        aliases={"challenger": 2, "production": 1},
        tags={"team": "support"},
    )


def test_prompts_of_other_programs_are_shown(turns: Turns, prompts: Prompts, name: str) -> None:
    parts = [{"type": "text", "text": "Hi"}]
    theirs = client(turns)
    theirs.register_prompt(name, [{"role": "user", "content": parts}], commit_message="é")
    theirs.register_prompt(name, "")
    history = prompts.read_history(name)
    assert history is not None
    assert [each.template for each in history.versions] == [
        TextTemplate(text=""),
        ChatTemplate(
            messages=(TemplateMessage(role="user", text='[{"type": "text", "text": "Hi"}]'),)
        ),
    ]
    assert [each.author for each in history.versions] == ["", ""]


def test_an_alias_moves_and_leaves(prompts: Prompts, name: str) -> None:
    prompts.create(name, TEXT, author="ada")
    prompts.add_version(name, CHAT, author="ada")

    def aliases() -> dict[int, tuple[str, ...]]:
        found = prompts.read_history(name)
        assert found is not None
        return {each.version: each.aliases for each in found.versions}

    prompts.set_alias(name, "production", 1)
    assert aliases() == {2: (), 1: ("production",)}
    prompts.set_alias(name, "production", 2)
    assert aliases() == {2: ("production",), 1: ()}
    prompts.delete_alias(name, "production")
    assert aliases() == {2: (), 1: ()}
    assert prompts.read_history("no-such-prompt") is None


def test_tags_are_set_and_taken_away(turns: Turns, prompts: Prompts, name: str) -> None:
    prompts.create(name, TEXT, author="ada")
    prompts.set_tag(name, "team", "support")
    prompts.set_tag(name, "reviewed", "yes", version=1)
    assert client(turns).get_prompt_version(name, 1).tags["reviewed"] == "yes"
    history = prompts.read_history(name)
    assert history is not None
    assert (history.summary.tags, history.versions[0].tags) == (
        {"team": "support"},
        {"reviewed": "yes"},
    )
    prompts.delete_tag(name, "team")
    prompts.delete_tag(name, "reviewed", version=1)
    history = prompts.read_history(name)
    assert history is not None
    assert (history.summary.tags, history.versions[0].tags) == ({}, {})


def test_a_name_is_found_by_any_part_and_pages_go_on(prompts: Prompts) -> None:
    mark = uuid.uuid4().hex[:8]
    names = [f"a.{mark}_{number}" for number in range(5)]
    for each in names:
        prompts.create(each, TEXT, author="ada")
    assert [p.name for p in prompts.list_prompts(mark.upper()).prompts] == names[::-1]
    page = prompts.list_prompts(mark, page_size=3)
    rest = prompts.list_prompts(mark, page_size=3, page_token=page.next_token)
    assert [p.name for p in (*page.prompts, *rest.prompts)] == names[::-1]
    assert rest.next_token is None
    assert prompts.list_prompts("' OR name LIKE '").prompts == ()


def test_versions_and_prompts_are_deleted(prompts: Prompts, name: str) -> None:
    prompts.create(name, TEXT, author="ada")
    prompts.add_version(name, CHAT, author="ada")
    prompts.delete(name, version=1)
    history = prompts.read_history(name)
    assert history is not None
    assert [each.version for each in history.versions] == [2]
    prompts.delete(name)
    assert prompts.read_history(name) is None


def test_what_mlflow_would_not_take_is_refused_before_it_is_sent(
    turns: Turns, prompts: Prompts, name: str
) -> None:
    client(turns).create_registered_model(f"{name}-model")
    prompts.create(name, TEXT, author="ada")
    for refused in (
        lambda: prompts.create(name, TEXT, author="ada"),
        lambda: prompts.create("a b", TEXT, author="ada"),
        lambda: prompts.create(f"{name}-long", TextTemplate(text="x" * 100_001), author="ada"),
        lambda: prompts.create(f"{name}-empty", TextTemplate(text=" "), author="ada"),
        lambda: prompts.set_alias(name, "latest", 1),
        lambda: prompts.set_alias(name, "v2", 1),
        lambda: prompts.set_tag(name, "author", "eve", version=1),
        lambda: prompts.set_tag(name, "mlflow.prompt.text", "gone", version=1),
    ):
        with pytest.raises(RequestRefused):
            refused()
    with pytest.raises(TrackingError, match="exists with the same name"):
        prompts.create(f"{name}-model", TEXT, author="ada")
    with pytest.raises(TrackingError, match="version 9 does not exist"):
        prompts.set_alias(name, "production", 9)


def test_a_turn_is_linked_to_the_prompts_it_was_made_with(
    turns: Turns, prompts: Prompts, name: str
) -> None:
    prompts.create(name, CHAT, author="ada")
    prompts.add_version(name, TEXT, author="ada")
    system = PromptUse(name=name, version=2, alias="production")
    asked = Message(role="user", text="Hi", prompt=PromptUse(name=name, version=1))
    both = turns.ask(SdkPath.OPENAI_CHAT, system_prompt="x", prompt=system, messages=(asked,))
    one = turns.ask(SdkPath.ANTHROPIC_MESSAGES, system_prompt="x", prompt=system)
    turns.ask(SdkPath.OPENAI_CHAT)
    assert json.loads(both.trace.summary.tags["mlflow.linkedPrompts"]) == [
        {"name": name, "version": "2"},
        {"name": name, "version": "1"},
    ]
    traces = Traces(turns.tracking)

    def made_by(version: int) -> set[str]:
        chosen = TraceFilter(prompt=f"{name}/{version}")
        return {row.trace_id for row in traces.list_traces(chosen=chosen).rows}

    wait_until(lambda: made_by(2) == {both.trace.trace_id, one.trace.trace_id})
    wait_until(lambda: made_by(1) == {both.trace.trace_id})
    state = turns.tracking.state
    assert isinstance(state, Ready)
    theirs = client(turns).search_traces(
        locations=[state.experiment_id], filter_string=f"prompt = '{name}/1'"
    )
    assert [trace.info.trace_id for trace in theirs] == [both.trace.trace_id]


def test_a_link_to_a_prompt_that_is_gone_leaves_the_turn_as_it_is(turns: Turns) -> None:
    gone = PromptUse(name="no-such-prompt", version=7)
    turn = turns.ask(SdkPath.OPENAI_CHAT, system_prompt="x", prompt=gone)
    assert (turn.reply.status, turn.trace.summary.status) == ("finished", "ok")


def test_a_message_never_waits_for_a_registry_that_is_away(tmp_path: Path) -> None:
    away = TrackingConfig(
        tracking_uri="http://127.0.0.1:9", experiment_name="e", working_dir=tmp_path
    )
    tracking = Tracking(away, protected=[])
    try:
        prompts = Prompts(tracking)
        assert prompts.read_history_soon("greeting") is None
        tracking.wait_ready(60)
        assert prompts.read_history_soon("greeting") is None
        with pytest.raises(TrackingError, match="refused"):
            prompts.read_history("greeting")
    finally:
        tracking.close()


class _OldServer(BaseHTTPRequestHandler):
    """A server without a registry: 404 for everything, in the words of `body`."""

    body = b""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(404)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST = _answer  # the base class looks for these names

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing to the terminal."""


@pytest.mark.parametrize("body", [b'{"error_code": "ENDPOINT_NOT_FOUND"}', b"Not Found"])
def test_a_server_without_a_registry_is_named(body: bytes) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_OldServer,), {"body": body}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        prompts = Prompts(TakenForReady(f"http://127.0.0.1:{server.server_port}"))
        with pytest.raises(PromptsUnsupported, match="keeps no prompts"):
            prompts.list_prompts()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_registry_that_cannot_be_listed_is_named() -> None:
    with pytest.raises(PromptsUnsupported, match="keeps no prompts"):
        Prompts(TakenForReady("databricks")).list_prompts()
