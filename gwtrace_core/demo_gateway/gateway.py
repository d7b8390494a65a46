"""The gateway itself: routes, groups that fail over, prices, and its own plain-text errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

from gwtrace_core.demo_gateway.common.faults import CACHING_KEY, Fault, find_fault
from gwtrace_core.demo_gateway.endpoints import has_own_routes, routes_of_key
from gwtrace_core.demo_gateway.formats.answer_forms import (
    Answer,
    NoAnswer,
    PlainAnswer,
    StreamAnswer,
    Unreachable,
)
from gwtrace_core.demo_gateway.formats.cost_report import report_plain, report_streamed
from gwtrace_core.demo_gateway.keys import GatewayError, Keys
from gwtrace_core.demo_gateway.model.conversation import Json, as_list, as_mapping
from gwtrace_core.demo_gateway.model.generation import Generation
from gwtrace_core.demo_gateway.model.models import Family, models_of
from gwtrace_core.demo_gateway.response_cache import Asked, ResponseCache
from gwtrace_core.demo_gateway.upstream.upstream import Provider

ALIASES: Mapping[str, str] = {
    "openai-responses": "openai",
    "openai-chat": "openai",
    "chat": "openai",
    "responses": "openai",
    "google-vertex": "gemini",
    "bedrock": "converse",
}

_PATH = re.compile(r"/([^/]+)/(.*)", re.DOTALL)
_UNMETERED = "v1/messages/count_tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """The answer to send, and what to do once it was sent whole."""

    answer: PlainAnswer | StreamAnswer | NoAnswer
    settle: Callable[[], object] | None = None


class Gateway:
    """Providers, routing groups and keys of one demo gateway."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._cache = ResponseCache()
        self._providers = {
            "anthropic": Provider("anthropic", "anthropic"),
            "gemini": Provider("gemini", "google-vertex"),
            "groq": Provider("groq", "groq"),
            "openai": Provider("openai", "openai"),
        }
        down = Provider("openai-down", "openai", fails="unavailable")
        busy = Provider("openai-busy", "openai", fails="rate_limit")
        refusing = Provider("openai-refusing", "openai", fails="invalid_key")
        self._groups = {
            "resilient": (down, busy, self._providers["openai"]),
            # A member's 401 is final, so the working one behind it is never asked.
            "misconfigured": (refusing, self._providers["openai"]),
            "unassigned": (),
        }

    def forward(
        self, path: str, body: bytes, *, query: str, headers: Mapping[str, str]
    ) -> Forwarded:
        """Answer a request to `/{route}/{rest}`. Raises `GatewayError` for the gateway's own."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise GatewayError(status=404, text="Path not found")
        key = self._keys.authenticate(headers)
        members = self._members(match[1], key)
        self._keys.check_state(key)
        asked = Asked(key=key, path=path, query=query, body=body)
        if (stored := self._cache.find(asked)) is not None:
            return _from_cache(stored)
        rest = match[2]
        answer: Answer = Unreachable()
        request: Json = {}
        for provider in members:
            request = _prepared(provider, rest, body)
            attempt = provider.call(rest, request, query=query, caller_key=key)
            if not (isinstance(attempt, Unreachable) and isinstance(answer, PlainAnswer)):
                answer = attempt
            if not _fails_over(attempt):
                break
        match answer:
            case Unreachable():
                raise GatewayError(status=500, text="Internal Server Error")
            case NoAnswer():
                return Forwarded(answer=answer)
            case PlainAnswer():
                return self._plain(answer, asked)
            case StreamAnswer():
                return self._stream(answer, asked)
            case _:
                assert_never(answer)

    def list_models(self, route: str | None, *, headers: Mapping[str, str]) -> list[Json]:
        """`GET /proxy/models`: one entry per route. Raises `GatewayError`."""
        key = self._keys.authenticate(headers)
        self._keys.check_state(key)
        entries = {name: self._of_family(family) for name, family in routes_of_key(key).items()}
        if route is not None and route not in entries:
            self._members(route, key)
            same = next(
                (name for name in entries if ALIASES.get(name) == route),
                ALIASES.get(route, route),
            )
            entries = {route: entries[same]} if same in entries else {}
        elif route is not None:
            entries = {route: entries[route]}
        return [_listing(name, provider) for name, provider in entries.items()]

    def _of_family(self, family: Family) -> Provider:
        return next(each for each in self._providers.values() if each.family == family)

    def _members(self, route: str, key: str) -> tuple[Provider, ...]:
        if has_own_routes(key):
            return self._own_member(route, key)
        name = ALIASES.get(route, route)
        if name in self._groups:
            members = self._groups[name]
            if not members:
                raise GatewayError(
                    status=400,
                    text=f"No providers included in routing group '{name}'. Add one or more "
                    "providers to this routing group in the Pydantic AI Gateway console.",
                )
            return members
        if name in self._providers:
            return (self._providers[name],)
        raise _route_not_found(route, {*self._providers, *self._groups})

    def _own_member(self, route: str, key: str) -> tuple[Provider, ...]:
        families = routes_of_key(key)
        if route not in families:
            raise _route_not_found(route, families)
        return (self._of_family(families[route]),)

    def _plain(self, answer: PlainAnswer, asked: Asked) -> Forwarded:
        generation, key = answer.generation, asked.key
        if generation is None:
            return Forwarded(answer=answer)
        try:
            body = json.loads(answer.body)
        except ValueError:
            raise self._unpriceable("invalid response, unable to extract usage", key) from None
        if generation.response_model == Fault.UNPRICED_LATE:
            raise self._unpriceable("Unable to calculate spend", key)
        cost_usd = price_usd(generation)

        def settle() -> None:
            self._settle(asked, answer, cost_usd)

        return Forwarded(answer=report_plain(answer, body, cost_usd), settle=settle)

    def _stream(self, answer: StreamAnswer, asked: Asked) -> Forwarded:
        if answer.generation.response_model in (Fault.UNPRICED_LATE, Fault.BAD_JSON):
            return Forwarded(answer=answer, settle=partial(self._keys.block, asked.key))
        cost_usd = price_usd(answer.generation)

        def settle() -> None:
            self._settle(asked, answer, cost_usd)

        told = report_streamed(answer, cost_usd) if answer.end == "complete" else answer
        return Forwarded(answer=told, settle=settle)

    def _settle(self, asked: Asked, answer: PlainAnswer | StreamAnswer, cost_usd: float) -> None:
        self._keys.spend(asked.key, cost_usd)
        made = answer.generation
        if asked.key == CACHING_KEY and made is not None and not find_fault(made.response_model):
            self._cache.store(asked, answer)

    def _unpriceable(self, text: str, key: str) -> GatewayError:
        blocked = self._keys.block(key)
        return GatewayError(status=400, text=f"{text}, API key disabled" if blocked else text)


def _from_cache(answer: PlainAnswer | StreamAnswer) -> Forwarded:
    """An earlier answer again: its usage as it was, and no cost."""
    match answer:
        case PlainAnswer():
            return Forwarded(answer=report_plain(answer, json.loads(answer.body), 0.0))
        case StreamAnswer():
            return Forwarded(answer=report_streamed(answer, 0.0))
        case _:
            assert_never(answer)


def _route_not_found(route: str, known: Iterable[str]) -> GatewayError:
    supported = ", ".join(sorted(known))
    return GatewayError(status=404, text=f"Route not found: {route}. Supported values: {supported}")


def price_usd(generation: Generation) -> float:
    """The list price of one answer."""
    prices, usage = generation.model.usd_per_mtok, generation.usage
    fresh = usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens
    total = (
        fresh * prices.input
        + usage.cache_read_tokens * prices.cached_input
        + usage.cache_write_tokens * prices.input * 1.25
        + usage.output_tokens * prices.output
    )
    return round(total / 1_000_000, 10)


def _prepared(provider: Provider, rest: str, body: bytes) -> Any:
    """The request as the gateway sends it on. Raises `GatewayError` for what it refuses."""
    try:
        request = json.loads(body)
    except ValueError:
        raise GatewayError(status=400, text="invalid request JSON") from None
    fields = as_mapping(request)
    is_chat = provider.family == "openai" and rest == "chat/completions"
    if is_chat and fields.get("stream") is True:
        options = as_mapping(fields.get("stream_options"))
        if options.get("include_usage") is False:
            raise GatewayError(
                status=400, text="You cannot disable `include_usage` in `stream_options`."
            )
        request = {**fields, "stream_options": {**options, "include_usage": True}}
    model = fields.get("model", rest.rpartition("/models/")[2].partition(":")[0])
    if model == Fault.UNPRICED and rest != _UNMETERED:
        raise GatewayError(
            status=404,
            text=f"PAIG does not support the model `{model}` yet. We're working on it!",
        )
    return request


def _fails_over(answer: Answer) -> bool:
    if isinstance(answer, PlainAnswer):
        return answer.status in (403, 429) or answer.status >= 500
    return isinstance(answer, Unreachable)


def _listing(route: str, provider: Provider) -> Json:
    # Vertex cannot be asked for its models, so the hosted gateway lists none.
    offered = () if provider.family == "google-vertex" else models_of(provider.family)
    models = [
        {"id": model.id, "name": model.id, "context_window": model.context_window}
        for model in offered
    ]
    return {
        "route": route,
        "provider": provider.family,
        "models": models,
        "embedding_models": as_list(None),
    }
