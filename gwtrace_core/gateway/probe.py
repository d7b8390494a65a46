"""Plain HTTP questions to a gateway that cost nothing and call no model. Imports httpx2 late."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gwtrace_core.gateway.failures import (
    HttpAnswer,
    TransportTrouble,
    classify_answer,
    classify_transport,
)
from gwtrace_core.values.connection import Connection, Provider, SdkPath, Target
from gwtrace_core.values.errors import Failure
from gwtrace_core.values.masking import Masker, secrets_of

if TYPE_CHECKING:
    import httpx2

_BODY_LIMIT_BYTES = 2_000_000


@asynccontextmanager
async def open_probe(connection: Connection, *, timeout_s: float) -> AsyncGenerator[Probe]:
    """An HTTP client for `connection` whose every request is bounded by `timeout_s`."""
    import httpx2

    from gwtrace_core.gateway.transports import open_transport

    # Redirects are not followed: the key must not travel to another host.
    async with httpx2.AsyncClient(
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        transport=open_transport(connection.base_url, connection.reach),
    ) as client:
        yield Probe(connection=connection, client=client, timeout_s=timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Asks one connection. Answers are never raised, troubles of the line are `Failure`s."""

    connection: Connection
    client: httpx2.AsyncClient
    timeout_s: float

    async def get(self, path: str) -> HttpAnswer | Failure:
        """The answer to `GET {base URL}/{path}`, with the connection's key."""
        return await self._send("GET", path)

    async def post(
        self, path: str, body: Mapping[str, object], *, provider: Provider | None = None
    ) -> HttpAnswer | Failure:
        """The answer to a JSON body posted to `{base URL}/{path}`, with the connection's key."""
        return await self._send("POST", path, body, provider=provider)

    async def post_unknown_route(self) -> HttpAnswer | Failure:
        """The answer for a route that cannot exist: the gateway then names those that do."""
        return await self.post(f"gwtrace-{uuid.uuid4().hex[:8]}/check", {})

    def failure(
        self,
        answer: HttpAnswer,
        *,
        provider: Provider | None = None,
        route: str = "",
        model: str = "",
    ) -> Failure:
        """What an error answer means."""
        return classify_answer(answer, target=self.target(provider, route), model=model)

    def target(self, provider: Provider | None = None, route: str = "") -> Target:
        """What the questions to a provider's API are asked of."""
        provider = provider or self.connection.provider or Provider.OPENAI
        is_anthropic = provider is Provider.ANTHROPIC
        return Target(
            connection=self.connection,
            provider=provider,
            route=route or (provider.value if self.connection.is_gateway else ""),
            sdk_path=SdkPath.ANTHROPIC_MESSAGES if is_anthropic else SdkPath.OPENAI_CHAT,
            base_url=self.connection.base_url,
        )

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        provider: Provider | None = None,
    ) -> HttpAnswer | Failure:
        import httpx2

        from gwtrace_core.gateway.transports import transport_trouble

        url = f"{self.connection.base_url.rstrip('/')}/{path}"
        headers = self._headers(provider or self.connection.provider)
        try:
            # The client's own limit is per read; a server that drips would hold it for ever.
            async with asyncio.timeout(self.timeout_s + 1):
                request = self.client.build_request(method, url, json=body, headers=headers)
                response = await self.client.send(request, stream=True)
                try:
                    text = await _bounded_text(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            trouble = TransportTrouble.READ_TIMEOUT
            return classify_transport(trouble, "no whole answer in time", target=self.target())
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as exc:
            trouble, detail = transport_trouble(exc) or (TransportTrouble.DROPPED, str(exc))
            return classify_transport(trouble, detail, target=self.target())
        # It may echo the key, in the name of a model as well as in an error.
        masker = Masker(secrets_of(self.connection))
        return HttpAnswer(
            status=response.status_code,
            content_type=masker.text(response.headers.get("content-type", "")),
            body=masker.text(text),
            headers=masker.texts(response.headers),
        )

    def _headers(self, provider: Provider | None) -> Mapping[str, str]:
        key = self.connection.api_key.reveal()
        headers: dict[str, str] = {}
        if provider is Provider.ANTHROPIC:
            headers["anthropic-version"] = "2023-06-01"
        if not key:
            return headers
        if self.connection.is_gateway:
            return {**headers, "authorization": f"Bearer {key}"}
        match provider:
            case Provider.ANTHROPIC:
                return {**headers, "x-api-key": key}
            case Provider.GOOGLE:
                return {**headers, "x-goog-api-key": key}
            case _:
                return {**headers, "authorization": f"Bearer {key}"}


async def _bounded_text(response: httpx2.Response) -> str:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > _BODY_LIMIT_BYTES:
            break
    return b"".join(chunks).decode(response.encoding or "utf-8", errors="replace")
