"""Plain HTTP questions to a gateway that cost nothing and call no model. Imports httpx2 late."""

from __future__ import annotations

import socket
import ssl
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gwtrace_core.connection import Connection, Provider, SdkPath, Target
from gwtrace_core.errors import Failure
from gwtrace_core.gateway.failures import (
    HttpAnswer,
    TransportTrouble,
    classify_answer,
    classify_transport,
)

if TYPE_CHECKING:
    import httpx2

_BODY_LIMIT_BYTES = 2_000_000


@asynccontextmanager
async def open_probe(connection: Connection, *, timeout_s: float) -> AsyncGenerator[Probe]:
    """An HTTP client for `connection` whose every request is bounded by `timeout_s`."""
    import httpx2

    # Redirects are not followed: the key must not travel to another host.
    async with httpx2.AsyncClient(timeout=timeout_s, follow_redirects=False) as client:
        yield Probe(connection=connection, client=client)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Asks one connection."""

    connection: Connection
    client: httpx2.AsyncClient

    async def get(self, path: str) -> HttpAnswer | Failure:
        """The answer to `GET {base URL}/{path}`, with the connection's key."""
        return await self._send("GET", path)

    async def post(self, path: str, body: Mapping[str, object]) -> HttpAnswer | Failure:
        """The answer to a JSON body posted to `{base URL}/{path}`, with the connection's key."""
        return await self._send("POST", path, body)

    async def post_unknown_route(self) -> HttpAnswer | Failure:
        """The answer for a route that cannot exist: the gateway then names those that do."""
        return await self.post(f"gwtrace-{uuid.uuid4().hex[:8]}/check", {})

    def failure(self, answer: HttpAnswer) -> Failure:
        """What an error answer means."""
        return classify_answer(answer, target=self._target, model="")

    @property
    def _target(self) -> Target:
        return Target(
            connection=self.connection,
            provider=self.connection.provider or Provider.OPENAI,
            route="",
            sdk_path=SdkPath.OPENAI_CHAT,
            base_url=self.connection.base_url,
        )

    async def _send(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> HttpAnswer | Failure:
        import httpx2

        url = f"{self.connection.base_url.rstrip('/')}/{path}"
        try:
            request = self.client.build_request(method, url, json=body, headers=self._headers())
            response = await self.client.send(request, stream=True)
            try:
                text = await _bounded_text(response)
            finally:
                await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as exc:
            return classify_transport(_trouble_of(exc), str(exc), target=self._target)
        return HttpAnswer(
            status=response.status_code,
            content_type=response.headers.get("content-type", ""),
            body=text,
            headers=dict(response.headers),
        )

    def _headers(self) -> Mapping[str, str]:
        key = self.connection.api_key.reveal()
        if self.connection.provider is Provider.ANTHROPIC:
            return {"x-api-key": key, "anthropic-version": "2023-06-01"}
        return {"authorization": f"Bearer {key}"}


async def _bounded_text(response: httpx2.Response) -> str:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > _BODY_LIMIT_BYTES:
            break
    return b"".join(chunks).decode(response.encoding or "utf-8", errors="replace")


def _trouble_of(exc: Exception) -> TransportTrouble:
    import httpx2

    if isinstance(exc, httpx2.ConnectTimeout):
        return TransportTrouble.CONNECT_TIMEOUT
    if isinstance(exc, httpx2.TimeoutException):
        return TransportTrouble.READ_TIMEOUT
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TransportTrouble.TLS
        if isinstance(cause, socket.gaierror):
            return TransportTrouble.DNS
        cause = cause.__cause__ or cause.__context__
    if isinstance(exc, httpx2.ConnectError):
        return TransportTrouble.REFUSED
    return TransportTrouble.DROPPED
