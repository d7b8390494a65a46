"""The four APIs as raw HTTP, so that tests can look at the very bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from gwtrace_core.demo_gateway.common.faults import DEMO_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One way to ask: path, body, and where the model goes."""

    name: str
    path: str
    """Below `/proxy/`; `{model}` and `{action}` for Google."""
    model: str

    def url(self, base_url: str, model: str, *, stream: bool) -> str:
        action = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"{base_url}/{self.path.format(model=model, action=action)}"

    def body(self, prompt: str, model: str, *, stream: bool, **extra: Any) -> dict[str, Any]:
        message = {"role": "user", "content": prompt}
        match self.name:
            case "google":
                return {"contents": [{"role": "user", "parts": [{"text": prompt}]}], **extra}
            case "responses":
                body = {"model": model, "input": prompt}
            case "anthropic":
                body = {"model": model, "max_tokens": 4000, "messages": [message]}
            case _:
                body = {"model": model, "messages": [message]}
        return {**body, **({"stream": True} if stream else {}), **extra}


CHAT = Api(name="chat", path="openai/chat/completions", model="gpt-5.2")
RESPONSES = Api(name="responses", path="openai/responses", model="gpt-5.2")
ANTHROPIC = Api(name="anthropic", path="anthropic/v1/messages", model="claude-sonnet-4-6")
GROQ = Api(name="groq", path="groq/openai/v1/chat/completions", model="openai/gpt-oss-120b")
GOOGLE = Api(
    name="google",
    path="google-vertex/v1beta1/publishers/google/models/{model}:{action}",
    model="gemini-3-flash-preview",
)
COMPAT = Api(name="compat", path="anthropic/v1/chat/completions", model="claude-haiku-4-5")
APIS = (CHAT, RESPONSES, ANTHROPIC, GROQ, GOOGLE, COMPAT)


def ask(
    base_url: str,
    api: Api = CHAT,
    prompt: str = "Hello",
    *,
    model: str | None = None,
    stream: bool = False,
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> httpx.Response:
    """POST one question and read the whole answer."""
    name = model or api.model
    sent = {"authorization": f"Bearer {DEMO_KEY}"} if headers is None else headers
    # Not httpx's own JSON, which cannot send the lone surrogates that a browser can.
    content = json.dumps(api.body(prompt, name, stream=stream, **extra))
    return httpx.post(
        api.url(base_url, name, stream=stream),
        content=content,
        headers={"content-type": "application/json", **sent},
        timeout=10,
    )


def events(response: httpx.Response) -> list[dict[str, Any]]:
    """The JSON of every server-sent event; `[DONE]` is left out."""
    lines = [line for line in response.text.splitlines() if line.startswith("data: ")]
    data = [line.removeprefix("data: ") for line in lines]
    return [json.loads(text) for text in data if text != "[DONE]"]


def answer_text(api: Api, response: httpx.Response, *, stream: bool) -> str:
    """The visible text of an answer, whichever API gave it."""
    bodies = events(response) if stream else [response.json()]
    return "".join(_text(api, body, stream=stream) for body in bodies)


def _text(api: Api, body: dict[str, Any], *, stream: bool) -> str:
    match api.name, stream:
        case "google", _:
            parts = body["candidates"][0]["content"]["parts"]
            return "".join(p.get("text", "") for p in parts if not p.get("thought"))
        case "responses", True:
            return body["delta"] if body["type"] == "response.output_text.delta" else ""
        case "responses", False:
            messages = [item for item in body["output"] if item["type"] == "message"]
            return "".join(item["content"][0]["text"] for item in messages)
        case "anthropic", True:
            return body.get("delta", {}).get("text", "")
        case "anthropic", False:
            return "".join(b["text"] for b in body["content"] if b["type"] == "text")
        case _, True:
            return "".join(c["delta"].get("content") or "" for c in body["choices"])
        case _:
            return body["choices"][0]["message"]["content"] or ""
