"""Answers with status 200: one that is right for each provider's API, and many that are none."""

from __future__ import annotations

import json

from gwtrace_core.values.connection import Provider

SIGN_IN = "<!doctype html>\n<html><title>Sign in</title><form>Password</form></html>"

_CHAT = {
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "OK"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 1},
}
ANSWERS = {
    Provider.OPENAI: json.dumps(_CHAT),
    Provider.GROQ: json.dumps(_CHAT),
    Provider.ANTHROPIC: json.dumps(
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": "OK"}],
            "stop_reason": "end_turn",
        }
    ),
    Provider.GOOGLE: json.dumps(
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "OK"}]}}]}
    ),
    Provider.BEDROCK: json.dumps(
        {"output": {"message": {"role": "assistant", "content": [{"text": "OK"}]}}}
    ),
}
"""A text, in each provider's own form."""

CUT = {
    Provider.OPENAI: '{"choices": [{"message": {"content": ""}, "finish_reason": "length"}]}',
    Provider.GROQ: '{"choices": [{"message": {"content": null, "tool_calls": [{}]}}]}',
    Provider.ANTHROPIC: '{"content": [], "stop_reason": "max_tokens"}',
    Provider.GOOGLE: '{"candidates": [{"finishReason": "MAX_TOKENS"}]}',
    Provider.BEDROCK: '{"output": {"message": {"content": []}}, "stopReason": "max_tokens"}',
}
"""Without a word: a model that reasons first may have come to none within a few tokens."""

HOLLOW = {
    Provider.OPENAI: '{"choices": []}',
    Provider.GROQ: '{"choices": [{"message": {}, "finish_reason": "stop"}]}',
    Provider.ANTHROPIC: '{"content": "OK"}',
    Provider.GOOGLE: '{"candidates": [{}]}',
    Provider.BEDROCK: '{"output": {}}',
}
"""The API's member with nothing of an answer in it."""
