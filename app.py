"""The launcher: `streamlit run app.py`, or `uvicorn app:app`. Headers, warm-up, shutdown."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ROOT = Path(__file__).resolve().parent
_SCRIPT = _ROOT / "pages" / "main.py"
if str(_ROOT) not in sys.path:
    sys.path.insert(0, str(_ROOT))
# Streamlit puts the script's folder there for each run of a page and takes it out again, unless it
# is there. Python, looking for a module in another thread meanwhile, passes over the folder that
# moves up, and MLflow's import fails for want of a package that is installed.
if str(_SCRIPT.parent) not in sys.path:
    sys.path.append(str(_SCRIPT.parent))

# Model text is drawn as Markdown, which may name pictures anywhere: img-src keeps the browser from
# fetching them. Streamlit itself needs inline styles, inline scripts and WebAssembly.
_CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "script-src 'self' 'unsafe-inline' blob: 'wasm-unsafe-eval'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = [
    (b"content-security-policy", _CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class SecurityHeaders:
    """Adds the headers to every answer. Plain ASGI, so that nothing is buffered on its way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the headers on HTTP answers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *_HEADERS]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class NestedAddresses:
    """Leads from an address below a page, where nothing is, to the page.

    Streamlit answers every unknown address with its start page, whose scripts are named relative
    to the address: one level too deep they are not found, and the browser shows nothing at all.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, but for the start page at such an address."""
        page = _page_above(scope) if scope["type"] == "http" else None
        if page is None:
            await self._app(scope, receive, send)
            return
        is_replaced = False

        async def send_or_replace(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] == 200:
                is_replaced = (
                    Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
                )
                if is_replaced:
                    await RedirectResponse(page)(scope, receive, send)
            if not is_replaced:
                await send(message)

        await self._app(scope, receive, send_or_replace)


def _page_above(scope: Scope) -> str | None:
    """The address of the page that the browser's address is below; None where it is not."""
    if scope["method"] != "GET" or "text/html" not in Headers(scope=scope).get("accept", ""):
        return None
    base = f"{scope.get('root_path', '')}/{st.get_option('server.baseUrlPath') or ''}".rstrip("/")
    page, *below = scope["path"].removeprefix(base).strip("/").split("/")
    if not below:
        return None
    query = scope["query_string"].decode("latin-1")
    return f"{base}/{quote(page)}{'?' if query else ''}{query}"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start the demo gateway and what runs in the background; end them with us."""
    # Streamlit's caches look for a running server when a module that uses them is imported.
    from pages.ui.session.services import close_services, services

    services()
    try:
        yield
    finally:
        # In a thread: it takes as long as MLflow does, and pages that are still open go on here.
        await asyncio.to_thread(close_services)


app = st.App(
    _SCRIPT,
    lifespan=lifespan,
    middleware=[Middleware(SecurityHeaders), Middleware(NestedAddresses)],
)
