"""Tests of a connection that name the failing part. Free of cost unless a model is to be tested."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from gwtrace_core.gateway.answer_forms import (
    call_failure,
    is_list,
    is_page,
    list_failure,
    page_failure,
    yes_to_anything_failure,
)
from gwtrace_core.gateway.catalog import OfferedRoute, listed_routes
from gwtrace_core.gateway.failures import HttpAnswer
from gwtrace_core.gateway.offers import default_route
from gwtrace_core.gateway.probe import Probe, open_probe
from gwtrace_core.gateway.providers import PROVIDER_LABELS
from gwtrace_core.gateway.routes import api_of
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, Target
from gwtrace_core.values.errors import Failure, FailureCause

CheckPart = Literal["host", "key", "route", "model"]
CheckStatus = Literal["ok", "failed", "skipped"]

_KEY_CAUSES = frozenset(
    {
        FailureCause.KEY_MISSING,
        FailureCause.KEY_UNKNOWN,
        FailureCause.KEY_DISABLED,
        FailureCause.KEY_EXPIRED,
        FailureCause.KEY_BLOCKED,
        FailureCause.KEY_REJECTED,
        FailureCause.SPENDING_LIMIT,
        FailureCause.RATE_LIMITED,
        FailureCause.PERMISSION_DENIED,
    }
)
_ROUTE_CAUSES = frozenset({FailureCause.ROUTE_UNKNOWN, FailureCause.ROUTE_EMPTY})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStep:
    """The outcome for one part of a connection."""

    part: CheckPart
    status: CheckStatus
    message: str
    hint: str = ""
    duration_ms: float | None = None
    """None for a step that was skipped or that another step's answer settled."""
    routes: tuple[str, ...] = ()
    """The routes that the key may use, with the route step."""


async def check_connection(
    connection: Connection,
    *,
    model: str | None = None,
    provider: Provider | None = None,
    route: str = "",
    timeout_s: float = 10.0,
    clock: Callable[[], float] = time.perf_counter,
) -> AsyncGenerator[CheckStep]:
    """Test host, key and route, and the model with one tiny paid call when `model` is given.

    Yields one step per part, in this order; what cannot be tested any more is skipped. `provider`
    and `route` choose what is tested on a gateway. At most four requests, each bounded by
    `timeout_s`. Without a route, it is the one that the key has for the provider. Never raises for
    troubles of the connection.
    """
    provider = connection.provider or provider or Provider.OPENAI
    async with open_probe(connection, timeout_s=timeout_s) as probe:
        check = _Check(probe, provider, route, clock)
        steps = check.gateway() if connection.is_gateway else check.server()
        failed = False
        async with aclosing(steps):
            async for step in steps:
                failed = failed or step.status == "failed"
                yield step
        if failed or not model:
            reason = (
                "Not tested: a part before it failed." if failed else "Not tested: costs a call."
            )
            yield CheckStep(part="model", status="skipped", message=reason)
        else:
            yield await check.model(model)


class _Check:
    def __init__(
        self, probe: Probe, provider: Provider, route: str, clock: Callable[[], float]
    ) -> None:
        self._probe = probe
        self._provider = provider
        self._route = route
        self._clock = clock
        self._started_s = 0.0

    async def gateway(self) -> AsyncGenerator[CheckStep]:
        """Host, key and route of a gateway."""
        self._started_s = self._clock()
        answer = await self._probe.get("models")
        named: HttpAnswer | Failure | None = None
        if isinstance(answer, HttpAnswer) and _is_silent_of_models(answer):
            # The open gateway has no list. Below the right root it knows of routes all the same;
            # what says yes to everything is found out as well.
            answer = named = await self._probe.post_unknown_route()
        host = self._host_step(answer, is_refusal=named is not None)
        yield host
        if isinstance(answer, Failure) or host.status == "failed":
            for part in ("key", "route"):
                yield _skipped(part)
            return
        self._started_s = self._clock()
        routes = listed_routes(answer.body)
        failure = self._key_failure(answer)
        if failure is None and not (answer.status == 200 and routes):
            named = named or await self._probe.post_unknown_route()
            failure = named if isinstance(named, Failure) else self._failure(named)
            routes = tuple(OfferedRoute(route=each) for each in failure.routes)
            failure = failure if failure.cause not in _ROUTE_CAUSES else None
        self._choose_route(routes)
        # A key's state is looked at after its route, so it takes a route that exists; a GET is
        # refused before any provider is called.
        asked = None if failure else await self._probe.get(f"{self._route}/gwtrace-check")
        if isinstance(asked, HttpAnswer):
            failure = self._failure(asked) if asked.status < 300 else self._key_failure(asked)
        elif asked is not None:
            failure = asked
        yield self._step("key", failure, "The gateway accepts the key.")
        if failure is not None or not isinstance(asked, HttpAnswer):
            yield _skipped("route")
            return
        yield self._route_step(asked, routes)

    def _choose_route(self, routes: Sequence[OfferedRoute]) -> None:
        if not self._route:
            self._route = default_route(self._probe.connection, self._provider, routes)

    async def server(self) -> AsyncGenerator[CheckStep]:
        """Host and key of a server that is no gateway."""
        self._started_s = self._clock()
        answer = await self._probe.get(self._server_path("models"))
        host = self._host_step(answer)
        yield host
        if isinstance(answer, Failure) or host.status == "failed":
            yield _skipped("key")
        elif not self._probe.connection.api_key:
            yield CheckStep(part="key", status="skipped", message="No key is set for this server.")
        elif self._key_failure(answer) is None and not (answer.status < 300 and is_list(answer)):
            yield CheckStep(
                part="key",
                status="skipped",
                message="The server has no list of models; a test of a model will show.",
            )
        else:
            yield self._step("key", self._key_failure(answer), "The server accepts the key.")
        yield CheckStep(
            part="route", status="skipped", message="Without a gateway there are no routes."
        )

    async def model(self, model: str) -> CheckStep:
        """One call that asks for a few tokens."""
        self._started_s = self._clock()
        path, body = _tiny_call(self._provider, model)
        if self._probe.connection.kind is ConnectionKind.CUSTOM:
            # Compatible servers of all kinds know the older name.
            body = {name.replace("_completion", ""): value for name, value in body.items()}
        if self._probe.connection.is_gateway:
            path = f"{self._route}/{path}"
        else:
            path = self._server_path(path, model)
        answer = await self._probe.post(path, body, provider=self._provider)
        failure: Failure | None
        if isinstance(answer, Failure):
            failure = answer
        elif answer.status < 300:
            failure = call_failure(answer, target=self._target, model=model)
        else:
            failure = self._failure(answer, model)
        return self._step("model", failure, f"{model} answered.")

    def _server_path(self, path: str, model: str = "") -> str:
        """The path behind a custom or direct connection's base URL."""
        is_direct = self._probe.connection.kind is ConnectionKind.DIRECT
        match self._provider:
            case Provider.ANTHROPIC:
                return path if path.startswith("v1/") else f"v1/{path}"
            case Provider.GROQ:
                return path if path.startswith("openai/") else f"openai/v1/{path}"
            case Provider.GOOGLE:
                return (
                    f"v1beta/models/{quote(model, safe='')}:generateContent"
                    if model
                    else f"v1beta/{path}"
                )
            case _:
                return f"v1/{path}" if is_direct else path

    def _host_step(self, answer: HttpAnswer | Failure, *, is_refusal: bool = False) -> CheckStep:
        """`is_refusal`: whether anything but a refusal would be wrong."""
        if isinstance(answer, Failure):
            return self._step("host", answer, "")
        is_bad = answer.status >= 300 or is_refusal or is_page(answer)
        failure = self._failure(answer) if is_bad else None
        # Not every server lists its models: a plain 404 proves only that somebody is there.
        is_wrong = failure is not None and failure.cause is FailureCause.BASE_URL_WRONG
        is_gateway = self._probe.connection.is_gateway
        is_silent = answer.status == 404 and not is_gateway and not is_page(answer)
        if failure is not None and is_wrong and not is_silent:
            return self._step("host", failure, "")
        return self._step("host", None, f"{self._probe.connection.base_url} answers.")

    def _route_step(self, answer: HttpAnswer, routes: Sequence[OfferedRoute]) -> CheckStep:
        failure = self._failure(answer) if answer.status >= 300 else None
        if failure is not None and failure.cause not in _ROUTE_CAUSES:
            failure = None
        label = PROVIDER_LABELS[self._provider]
        own = OfferedRoute(route=self._route)
        listed = next((each for each in routes if each.route == self._route), own)
        message = f"Route {self._route} leads to {label}."
        if api_of(listed) is not self._provider:
            message = f"Route {self._route} exists; which provider answers is not reported."
        step = self._step("route", failure, message)
        names = tuple(each.route for each in routes)
        return CheckStep(
            part="route",
            status=step.status,
            message=step.message,
            hint=step.hint,
            duration_ms=step.duration_ms,
            routes=names or (failure.routes if failure else ()),
        )

    def _key_failure(self, answer: HttpAnswer) -> Failure | None:
        if answer.status < 300:
            failure = list_failure(answer, target=self._target)
        else:
            failure = self._failure(answer)
        return failure if failure is not None and failure.cause in _KEY_CAUSES else None

    @property
    def _target(self) -> Target:
        return self._probe.target(self._provider, self._route)

    def _failure(self, answer: HttpAnswer, model: str = "") -> Failure:
        """What an error means, or a good status where only an error can be right."""
        if answer.status < 300 and is_page(answer):
            return page_failure(self._target)
        if answer.status < 300:
            return yes_to_anything_failure(answer, self._target)
        return self._probe.failure(answer, provider=self._provider, route=self._route, model=model)

    def _step(self, part: CheckPart, failure: Failure | None, message: str) -> CheckStep:
        duration_ms = (self._clock() - self._started_s) * 1000
        self._started_s = self._clock()
        if failure is None:
            return CheckStep(part=part, status="ok", message=message, duration_ms=duration_ms)
        return CheckStep(
            part=part,
            status="failed",
            message=failure.message,
            hint=failure.hint,
            duration_ms=duration_ms,
        )


def _is_silent_of_models(answer: HttpAnswer) -> bool:
    """Whether it is what the open gateway says of every path with one segment, or no list."""
    if answer.status < 300:
        return not is_page(answer) and not is_list(answer)
    return answer.status == 404 and answer.body.strip().lower() == "path not found"


def _skipped(part: CheckPart) -> CheckStep:
    return CheckStep(part=part, status="skipped", message="Not tested: a part before it failed.")


def _tiny_call(provider: Provider, model: str) -> tuple[str, Mapping[str, Any]]:
    """(path behind the route, body) of a call that asks for a few tokens."""
    text = "Reply with OK."
    messages = [{"role": "user", "content": text}]
    match provider:
        case Provider.OPENAI:
            body = {"model": model, "messages": messages, "max_completion_tokens": 16}
            return "chat/completions", body
        case Provider.ANTHROPIC:
            return "v1/messages", {"model": model, "messages": messages, "max_tokens": 16}
        case Provider.GROQ:
            body = {"model": model, "messages": messages, "max_tokens": 16}
            return "openai/v1/chat/completions", body
        case Provider.GOOGLE:
            return f"v1beta1/publishers/google/models/{quote(model, safe='')}:generateContent", {
                "contents": [{"role": "user", "parts": [{"text": text}]}],
                "generationConfig": {"maxOutputTokens": 16},
            }
        case Provider.BEDROCK:
            return f"model/{quote(model, safe='')}/converse", {
                "messages": [{"role": "user", "content": [{"text": text}]}],
                "inferenceConfig": {"maxTokens": 16},
            }
